import CCrypto

/// The sending half of SRTP and SRTCP (RFC 3711 §3.3, RFC 7714): one master key, any number of own SSRCs.
///
/// It works in place on the caller's buffer and allocates nothing per packet. It never uses an index twice, so two
/// different packets are never under one key stream. Confined to one executor, like the session that owns it.
public final class SRTPSender: CustomStringConvertible, CustomReflectable {
  private struct Source {
    let ssrc: UInt32
    /// The last index used, −1 before the first packet.
    var index: Int64 = -1
    /// The rollover counter that the first packet gets.
    var initialRollover: UInt32 = 0
    var rtcpIndex: UInt64 = 0
  }

  /// The key; its bytes cannot be read.
  public let key: SRTPMasterKey
  /// What it does beside the suite.
  public let options: SRTPOptions
  private let transform: SRTPTransform
  // Copies of the key's numbers for the path of every packet.
  private let isAEAD: Bool
  private let encryptsRTP: Bool
  private let rtpTagLength: Int
  private let identifierLength: Int
  private let rtpLimit: UInt64
  // The run-time exclusivity check would cost a quarter of a packet's own work. It is not needed: these are private, the
  // object is confined to one executor, and no access of them calls out of this file while it lasts.
  @exclusivity(unchecked) private var sources: [Source] = []
  @exclusivity(unchecked) private var rtpCount: UInt64 = 0
  @exclusivity(unchecked) private var rtcpCount: UInt64 = 0

  /// Derives the session keys of `key`.
  /// - Throws: `.cipher` when libcrypto refuses.
  public init(key: SRTPMasterKey, options: SRTPOptions = SRTPOptions()) throws(RTPError) {
    self.key = key
    self.options = options
    isAEAD = key.suite.isAEAD
    encryptsRTP = options.encryptsRTP
    rtpTagLength = key.suite.rtpTagLength
    identifierLength = key.identifier.count
    rtpLimit = min(key.lifetime, SRTPOptions.rtpLifetime)
    rtpOverhead = key.suite.rtpTagLength + key.identifier.count
    transform = try SRTPTransform(master: key, sealing: true)
    sources.reserveCapacity(2)
  }

  /// How many bytes protection adds to an RTP packet.
  public let rtpOverhead: Int
  /// How many bytes protection adds to a compound RTCP packet.
  public var rtcpOverhead: Int { key.suite.rtcpTagLength + 4 + key.identifier.count }
  /// How many RTP packets the key may still protect (RFC 3711 §9.2).
  public var remainingPackets: UInt64 { rtpLimit - rtpCount }

  /// The rollover counter of an own SSRC, nil before its first packet.
  public func rollover(of ssrc: UInt32) -> UInt32? {
    guard let source = sources.first(where: { $0.ssrc == ssrc }), source.index >= 0 else { return nil }
    return UInt32(truncatingIfNeeded: source.index >> 16)
  }

  /// Protects the RTP packet in the first `count` bytes of `buffer`, in place.
  /// - Returns: the protected packet's length, `count + rtpOverhead`.
  /// - Throws: parse errors of the header; `.bufferTooSmall`; `.indexReused` when the sequence number does not go
  ///   forward; `.keyExhausted`; `.tooManySources`; `.cipher`.
  @_lifetime(buffer: copy buffer)
  public func protectRTP(_ buffer: inout MutableSpan<UInt8>, count: Int) throws(RTPError) -> Int {
    guard count >= 0, count <= buffer.count - rtpOverhead else {
      throw RTPError(.bufferTooSmall, at: count, expected: "room for the SRTP tag")
    }
    let layout = try RTPLayout(parsing: buffer.span.extracting(0..<count))
    guard rtpCount < rtpLimit else { throw RTPError(.keyExhausted, expected: "a fresh SRTP master key") }
    let slot = try slot(of: layout.header.ssrc)
    let last = sources[slot].index
    let sequence = layout.header.sequenceNumber
    let index =
      last < 0
      ? Int64(sources[slot].initialRollover) << 16 | Int64(sequence) : SRTPIndex.estimate(sequence, highest: last)
    guard index > last else { throw RTPError(.indexReused, at: 2, expected: "a sequence number not yet protected") }
    guard index < 1 << 48 else { throw RTPError(.keyExhausted, at: 2, expected: "a fresh SRTP master key") }
    // Taken before the cipher runs: whatever happens, this index is never used again.
    sources[slot].index = index
    rtpCount += 1
    let identifierOffset = isAEAD ? count + rtpTagLength : count
    let tagOffset = isAEAD ? count : count + identifierLength
    let isDone = buffer.withUnsafeMutableBytes { bytes in
      // Safe: count + rtpOverhead ≤ bytes.count was checked, and tag and MKI fill exactly that overhead.
      guard let base = bytes.baseAddress else { return false }
      if identifierLength > 0 {
        for (position, byte) in key.identifier.enumerated() { bytes[identifierOffset + position] = byte }
      }
      return transform.protectRTP(
        UnsafeMutableRawBufferPointer(start: base, count: count), payloadOffset: layout.payloadOffset,
        ssrc: layout.header.ssrc, index: UInt64(index), encrypt: encryptsRTP, tag: base + tagOffset)
    }
    guard isDone else { throw RTPError(.cipher, expected: "libcrypto to protect a packet") }
    return count + rtpOverhead
  }

  /// Protects the compound RTCP packet in the first `count` bytes of `buffer`, in place; its source is the SSRC of the
  /// compound's first packet.
  /// - Returns: the protected packet's length, `count + rtcpOverhead`.
  /// - Throws: `.truncated`, `.bufferTooSmall`, `.keyExhausted`, `.tooManySources`, `.cipher`.
  @_lifetime(buffer: copy buffer)
  public func protectRTCP(_ buffer: inout MutableSpan<UInt8>, count: Int) throws(RTPError) -> Int {
    guard count >= 8 else { throw RTPError(.truncated, at: count, expected: "an RTCP packet") }
    guard count <= buffer.count - rtcpOverhead else {
      throw RTPError(.bufferTooSmall, at: count, expected: "room for the SRTCP index and tag")
    }
    guard rtcpCount < min(key.lifetime, SRTPOptions.rtcpLifetime) else {
      throw RTPError(.keyExhausted, expected: "a fresh SRTP master key")
    }
    let ssrc = buffer.span.uint32(at: 4)
    let slot = try slot(of: ssrc)
    let index = sources[slot].rtcpIndex
    guard index < 1 << 31 else { throw RTPError(.keyExhausted, expected: "a fresh SRTP master key") }
    sources[slot].rtcpIndex = index + 1
    rtcpCount += 1
    let encrypts = options.encryptsRTCP
    let wordOffset = isAEAD ? count + key.suite.rtcpTagLength : count
    let tagOffset = isAEAD ? count : count + 4 + key.identifier.count
    buffer.store(UInt32(truncatingIfNeeded: index) | (encrypts ? 0x8000_0000 : 0), at: wordOffset)
    let isDone = buffer.withUnsafeMutableBytes { bytes in
      // Safe: count + rtcpOverhead ≤ bytes.count was checked; index word, tag and MKI fill exactly that overhead.
      guard let base = bytes.baseAddress else { return false }
      for (position, byte) in key.identifier.enumerated() { bytes[wordOffset + 4 + position] = byte }
      return transform.protectRTCP(
        UnsafeMutableRawBufferPointer(start: base, count: isAEAD ? count : count + 4),
        word: UnsafeRawBufferPointer(start: base + wordOffset, count: 4), ssrc: ssrc, index: index, encrypt: encrypts,
        tag: base + tagOffset)
    }
    guard isDone else { throw RTPError(.cipher, expected: "libcrypto to protect a packet") }
    return count + rtcpOverhead
  }

  /// Sets where an own SSRC's indices begin, before its first packet. For tests and for taking over a stream.
  package func setInitialIndices(ssrc: UInt32, rollover: UInt32, rtcpIndex: UInt64 = 0) throws(RTPError) {
    let slot = try slot(of: ssrc)
    sources[slot].initialRollover = rollover
    sources[slot].rtcpIndex = rtcpIndex
  }

  private func slot(of ssrc: UInt32) throws(RTPError) -> Int {
    for position in sources.indices where sources[position].ssrc == ssrc { return position }
    guard sources.count < options.maximumSources else {
      throw RTPError(.tooManySources, at: 8, expected: "no more own SSRCs than the context serves")
    }
    sources.append(Source(ssrc: ssrc))
    return sources.count - 1
  }

  /// The suite's name; never the key.
  public var description: String { "SRTPSender(\(key.suite.name))" }
  /// Nothing but the suite, so that `dump` shows no key.
  public var customMirror: Mirror { Mirror(self, children: ["suite": key.suite.name]) }
}
