/// The fixed fields of an RTP header that identify a packet (RFC 3550 §5.1).
public struct RTPHeader: Hashable, Sendable {
  /// The marker bit: with audio, the first packet of a talk spurt or of a telephone event.
  public var marker: Bool
  /// The payload type, 0–127.
  public var payloadType: UInt8
  /// The sequence number.
  public var sequenceNumber: UInt16
  /// The timestamp in units of the payload's clock rate.
  public var timestamp: UInt32
  /// The synchronisation source.
  public var ssrc: UInt32

  /// A header of these fields. Only the low 7 bits of `payloadType` can be written.
  public init(marker: Bool = false, payloadType: UInt8, sequenceNumber: UInt16, timestamp: UInt32, ssrc: UInt32) {
    self.marker = marker
    self.payloadType = payloadType
    self.sequenceNumber = sequenceNumber
    self.timestamp = timestamp
    self.ssrc = ssrc
  }
}

/// Where the parts of an RTP packet lie. It is a plain value, found from the part of the packet that SRTP leaves in the
/// clear, so it can be had before decryption; padding, which SRTP encrypts, is not looked at.
public struct RTPLayout: Hashable, Sendable {
  /// The fixed header fields.
  public let header: RTPHeader
  /// Whether the padding bit is set.
  public let hasPadding: Bool
  /// How many contributing sources the header lists, 0–15.
  public let csrcCount: Int
  /// The header extension's profile-defined 16 bits, nil when the packet has no extension (RFC 3550 §5.3.1).
  public let extensionProfile: UInt16?
  /// Where the extension's data lies, without its 4-byte header; empty when there is none.
  public let extensionRange: Range<Int>
  /// Where the payload begins: the length of the whole header in bytes.
  public let payloadOffset: Int

  /// Finds the parts of `bytes`. O(1), no allocation.
  /// - Throws: `.truncated`, `.version`, or `.extensionLength` (RFC 3550 §A.1's header checks).
  public init(parsing bytes: Span<UInt8>) throws(RTPError) {
    let count = bytes.count
    guard count >= 12 else { throw RTPError(.truncated, at: count, expected: "a 12-byte RTP header") }
    let first = bytes[0]
    guard first >> 6 == 2 else { throw RTPError(.version, at: 0, expected: "RTP version 2") }
    var offset = 12 + 4 * Int(first & 0x0f)
    guard offset <= count else { throw RTPError(.truncated, at: 12, expected: "the contributing sources") }
    var profile: UInt16?
    var range = offset..<offset
    if first & 0x10 != 0 {
      guard offset + 4 <= count else { throw RTPError(.extensionLength, at: offset, expected: "an extension header") }
      profile = bytes.uint16(at: offset)
      let length = 4 * Int(bytes.uint16(at: offset + 2))
      offset += 4
      guard length <= count - offset else {
        throw RTPError(.extensionLength, at: offset - 2, expected: "an extension that ends inside the packet")
      }
      range = offset..<(offset + length)
      offset += length
    }
    header = RTPHeader(
      marker: bytes[1] & 0x80 != 0, payloadType: bytes[1] & 0x7f, sequenceNumber: bytes.uint16(at: 2),
      timestamp: bytes.uint32(at: 4), ssrc: bytes.uint32(at: 8))
    hasPadding = first & 0x20 != 0
    csrcCount = Int(first & 0x0f)
    extensionProfile = profile
    extensionRange = range
    payloadOffset = offset
  }

  /// How many padding bytes end the (decrypted) packet `bytes`, of which this is the layout.
  /// - Throws: `.padding` when the last byte cannot be a padding count (RFC 3550 §5.1).
  public func paddingCount(of bytes: Span<UInt8>) throws(RTPError) -> Int {
    guard hasPadding else { return 0 }
    guard bytes.count > payloadOffset else {
      throw RTPError(.padding, at: bytes.count, expected: "a padding count after the header")
    }
    let padding = Int(bytes[bytes.count - 1])
    guard padding > 0, padding <= bytes.count - payloadOffset else {
      throw RTPError(.padding, at: bytes.count - 1, expected: "a padding count from 1 to the payload's length")
    }
    return padding
  }
}
