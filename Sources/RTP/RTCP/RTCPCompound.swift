/// The packets of one RTCP datagram, checked as a whole (RFC 3550 §A.2) before the first is looked at.
///
///     var compound = try RTCPCompound(parsing: datagram)
///     while let packet = compound.next() { … }
public struct RTCPCompound: ~Escapable {
  private let bytes: Span<UInt8>
  private var offset = 0

  /// Checks a datagram: version and lengths of every packet, counts that fit their packets, padding only on the last.
  /// - Parameter reducedSize: accept a datagram that does not begin with a report (RFC 5506).
  /// - Throws: `.truncated`, `.version`, `.payloadType` when the first packet is no report, `.length`, `.padding`.
  @_lifetime(copy bytes)
  public init(parsing bytes: Span<UInt8>, reducedSize: Bool = false) throws(RTPError) {
    guard bytes.count >= 8 else { throw RTPError(.truncated, at: bytes.count, expected: "an RTCP packet") }
    var offset = 0
    while offset < bytes.count {
      guard bytes.count - offset >= 4 else { throw RTPError(.length, at: offset, expected: "an RTCP header") }
      guard bytes[offset] >> 6 == 2 else { throw RTPError(.version, at: offset, expected: "RTCP version 2") }
      let type = RTCPPacketType(rawValue: bytes[offset + 1])
      if offset == 0, !reducedSize, type != .senderReport, type != .receiverReport {
        throw RTPError(.payloadType, at: 1, expected: "a report first")
      }
      let end = offset + 4 + 4 * Int(bytes.uint16(at: offset + 2))
      guard end <= bytes.count else {
        throw RTPError(.length, at: offset + 2, expected: "a length inside the datagram")
      }
      var padding = 0
      if bytes[offset] & 0x20 != 0 {
        guard end == bytes.count else {
          throw RTPError(.padding, at: offset, expected: "padding on the last packet only")
        }
        padding = Int(bytes[end - 1])
        guard padding > 0, padding % 4 == 0, padding <= end - offset - 4 else {
          throw RTPError(.padding, at: end - 1, expected: "a multiple of 4 inside the packet")
        }
      }
      let count = Int(bytes[offset] & 0x1f)
      guard end - padding - offset - 4 >= Self.minimumBody(type, count: count) else {
        throw RTPError(.length, at: offset + 2, expected: "a length that holds the packet's count")
      }
      offset = end
    }
    self.bytes = bytes
  }

  /// The next packet, nil after the last.
  @_lifetime(copy self)
  public mutating func next() -> RTCPPacket? {
    guard bytes.count - offset >= 4 else { return nil }
    let start = offset
    let end = start + 4 + 4 * Int(bytes.uint16(at: start + 2))
    guard end <= bytes.count else { return nil }
    offset = end
    let padding = bytes[start] & 0x20 != 0 ? Int(bytes[end - 1]) : 0
    return RTCPPacket(
      type: RTCPPacketType(rawValue: bytes[start + 1]), count: Int(bytes[start] & 0x1f),
      body: bytes.extracting((start + 4)..<max(start + 4, end - padding)))
  }

  private static func minimumBody(_ type: RTCPPacketType, count: Int) -> Int {
    switch type {
    case .senderReport: 24 + 24 * count
    case .receiverReport: 4 + 24 * count
    case .sourceDescription: 4 * count
    case .goodbye: 4 * count
    case .application: 8
    default: 0
    }
  }
}
