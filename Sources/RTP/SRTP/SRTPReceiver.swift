import CCrypto

/// What unprotecting a packet gave.
public struct SRTPUnprotected: Hashable, Sendable {
  /// The plain packet's length in bytes.
  public let count: Int
  /// The authenticated index: for RTP rollover counter × 65 536 + sequence number, for RTCP the SRTCP index.
  public let index: Int64
}

/// The receiving half of SRTP and SRTCP (RFC 3711 §3.3, RFC 7714): the keys that a peer may use, and a replay window and
/// rollover counter for each SSRC that has authenticated itself.
///
/// It works in place on the caller's buffer and allocates nothing per packet (a new authentic SSRC grows a table once).
/// Nothing that a packet says changes any state before its tag has been found right.
public final class SRTPReceiver: CustomStringConvertible, CustomReflectable {
  private struct Slot {
    let key: SRTPMasterKey
    let transform: SRTPTransform
    let rtpLimit: UInt64
    var rtpCount: UInt64 = 0
    var rtcpCount: UInt64 = 0
  }

  private struct Source {
    let ssrc: UInt32
    var rtp = SequenceWindow()
    var rtcp = SequenceWindow()
    /// The last authentic RTP index; nil before the first.
    var highest: Int64?
    /// Failures since the last authentic packet, replays of recent ones aside: a hint that the rollover counter is out of step.
    var failures: UInt32 = 0
  }

  /// How many failures in a row make an estimate suspicious.
  private static let suspicion: UInt32 = 32

  /// What it does beside the suite.
  public let options: SRTPOptions
  private let identifierLength: Int
  // Copies of the suite's numbers for the path of every packet.
  private let isAEAD: Bool
  private let encryptsRTP: Bool
  private let rtpTagLength: Int
  // The run-time exclusivity check would cost a quarter of a packet's own work. It is not needed: these are private, the
  // object is confined to one executor, and no access of them calls out of this file while it lasts.
  @exclusivity(unchecked) private var slots: [Slot] = []
  @exclusivity(unchecked) private var sources: [Source] = []
  @exclusivity(unchecked) private var unknownFailures: UInt32 = 0

  /// Derives the session keys of `keys`.
  /// - Parameter keys: one key; or several of one suite, told apart by identifiers of one length (MKI).
  /// - Throws: `.keyLength` when there is none, or they cannot be told apart; `.cipher` when libcrypto refuses.
  public init(keys: [SRTPMasterKey], options: SRTPOptions = SRTPOptions()) throws(RTPError) {
    guard let first = keys.first, keys.count <= 16 else {
      throw RTPError(.keyLength, expected: "1 to 16 SRTP master keys")
    }
    for (position, key) in keys.enumerated() {
      guard key.suite == first.suite, key.identifier.count == first.identifier.count,
        !keys[..<position].contains(where: { $0.identifier == key.identifier })
      else { throw RTPError(.keyLength, expected: "keys of one suite with distinct MKIs of one length") }
      slots.append(
        Slot(
          key: key, transform: try SRTPTransform(master: key, sealing: false),
          rtpLimit: min(key.lifetime, SRTPOptions.rtpLifetime)))
    }
    self.options = options
    identifierLength = first.identifier.count
    suite = first.suite
    isAEAD = first.suite.isAEAD
    encryptsRTP = options.encryptsRTP
    rtpTagLength = first.suite.rtpTagLength
    sources.reserveCapacity(4)
  }

  /// Derives the session keys of one `key`.
  public convenience init(key: SRTPMasterKey, options: SRTPOptions = SRTPOptions()) throws(RTPError) {
    try self.init(keys: [key], options: options)
  }

  /// The suite of all keys.
  public let suite: SRTPSuite
  /// The keys; their bytes cannot be read.
  public var keys: [SRTPMasterKey] { slots.map(\.key) }
  /// How many SSRCs have authenticated themselves.
  public var sourceCount: Int { sources.count }

  /// The rollover counter of a source, nil when none of its RTP packets was authentic yet.
  public func rollover(of ssrc: UInt32) -> UInt32? {
    guard let highest = sources.first(where: { $0.ssrc == ssrc })?.highest else { return nil }
    return UInt32(truncatingIfNeeded: highest >> 16)
  }

  /// Authenticates and decrypts the SRTP packet in the first `count` bytes of `buffer`, in place.
  ///
  /// On failure the buffer's bytes are worthless, and no state has changed but a count of failures in a row.
  /// - Parameter rolloverOffset: added to the estimated rollover counter; see `resynchronisation(of:)`.
  /// - Throws: header errors; `.truncated`; `.unknownKey`; `.replayed`; `.authenticationFailed`; `.keyExhausted`;
  ///   `.tooManySources`.
  @_lifetime(buffer: copy buffer)
  public func unprotectRTP(
    _ buffer: inout MutableSpan<UInt8>, count: Int, rolloverOffset: Int = 0
  ) throws(RTPError) -> SRTPUnprotected {
    guard count >= 0, count <= buffer.count else {
      throw RTPError(.bufferTooSmall, at: buffer.count, expected: "a count inside the buffer")
    }
    let overhead = rtpTagLength + identifierLength
    let layout = try RTPLayout(parsing: buffer.span.extracting(0..<count))
    let plainCount = count - overhead
    guard plainCount >= layout.payloadOffset else {
      throw RTPError(.truncated, at: count, expected: "an SRTP tag behind the header")
    }
    let slot = try slot(of: buffer.span, at: isAEAD ? count - identifierLength : plainCount)
    let ssrc = layout.header.ssrc
    let source = position(of: ssrc)
    let offset = Int64(max(-0xffff, min(0xffff, rolloverOffset))) << 16
    let sequence = layout.header.sequenceNumber
    let index: Int64
    if let source, let highest = sources[source].highest {
      index = SRTPIndex.estimate(sequence, highest: highest) + offset
      let answer = index < 0 ? .tooOld : sources[source].rtp.check(index)
      guard answer == .new else {
        // An index below the window is what a rollover counter out of step looks like, too.
        if answer == .tooOld { sources[source].failures &+= 1 }
        throw RTPError(.replayed, at: 2, expected: "an SRTP index not seen before")
      }
    } else {
      index = offset | Int64(sequence)
    }
    guard index >= 0, index < 1 << 48,
      slots[slot].rtpCount < slots[slot].rtpLimit
    else { throw RTPError(.keyExhausted, at: 2, expected: "a fresh SRTP master key") }
    let tagOffset = isAEAD ? plainCount : plainCount + identifierLength
    let transform = slots[slot].transform
    let encrypted = encryptsRTP
    let isAuthentic = buffer.withUnsafeMutableBytes { bytes in
      // Safe: plainCount + overhead = count ≤ bytes.count, and the tag lies inside the overhead.
      guard let base = bytes.baseAddress else { return false }
      return transform.unprotectRTP(
        UnsafeMutableRawBufferPointer(start: base, count: plainCount), payloadOffset: layout.payloadOffset, ssrc: ssrc,
        index: UInt64(index), encrypted: encrypted, tag: base + tagOffset)
    }
    guard isAuthentic else {
      if let source { sources[source].failures &+= 1 } else { unknownFailures &+= 1 }
      throw RTPError(.authenticationFailed, at: tagOffset, expected: "an SRTP tag of one of our keys")
    }
    let authentic = try self.source(ssrc, at: source)
    sources[authentic].rtp.insert(index)
    sources[authentic].highest = max(sources[authentic].highest ?? index, index)
    sources[authentic].failures = 0
    slots[slot].rtpCount += 1
    return SRTPUnprotected(count: plainCount, index: index)
  }

  /// Authenticates and decrypts the SRTCP packet in the first `count` bytes of `buffer`, in place. A packet whose E flag
  /// is clear was only authenticated (RFC 3711 §3.4).
  ///
  /// On failure the buffer's bytes are worthless, and no state has changed.
  /// - Throws: `.truncated`, `.version`, `.unknownKey`, `.replayed`, `.authenticationFailed`, `.keyExhausted`,
  ///   `.tooManySources`.
  @_lifetime(buffer: copy buffer)
  public func unprotectRTCP(_ buffer: inout MutableSpan<UInt8>, count: Int) throws(RTPError) -> SRTPUnprotected {
    guard count >= 0, count <= buffer.count else {
      throw RTPError(.bufferTooSmall, at: buffer.count, expected: "a count inside the buffer")
    }
    let plainCount = count - suite.rtcpTagLength - 4 - identifierLength
    guard plainCount >= 8 else { throw RTPError(.truncated, at: count, expected: "an SRTCP packet") }
    guard buffer[0] >> 6 == 2 else { throw RTPError(.version, at: 0, expected: "RTCP version 2") }
    let wordOffset = isAEAD ? plainCount + suite.rtcpTagLength : plainCount
    let slot = try slot(of: buffer.span, at: wordOffset + 4)
    let ssrc = buffer.span.uint32(at: 4)
    let word = buffer.span.uint32(at: wordOffset)
    let index = Int64(word & 0x7fff_ffff)
    let source = position(of: ssrc)
    if let source, sources[source].rtcp.check(index) != .new {
      throw RTPError(.replayed, at: wordOffset, expected: "an SRTCP index not seen before")
    }
    guard slots[slot].rtcpCount < min(slots[slot].key.lifetime, SRTPOptions.rtcpLifetime) else {
      throw RTPError(.keyExhausted, expected: "a fresh SRTP master key")
    }
    let tagOffset = isAEAD ? plainCount : plainCount + 4 + identifierLength
    let transform = slots[slot].transform
    let isAuthentic = buffer.withUnsafeMutableBytes { bytes in
      // Safe: every offset lies below `count`, which was checked against the buffer.
      guard let base = bytes.baseAddress else { return false }
      return transform.unprotectRTCP(
        UnsafeMutableRawBufferPointer(start: base, count: isAEAD ? plainCount : plainCount + 4),
        word: UnsafeRawBufferPointer(start: base + wordOffset, count: 4), ssrc: ssrc, index: UInt64(index),
        encrypted: word & 0x8000_0000 != 0, tag: base + tagOffset)
    }
    guard isAuthentic else {
      throw RTPError(.authenticationFailed, at: tagOffset, expected: "an SRTCP tag of one of our keys")
    }
    let authentic = try self.source(ssrc, at: source)
    sources[authentic].rtcp.insert(index)
    slots[slot].rtcpCount += 1
    return SRTPUnprotected(count: plainCount, index: index)
  }

  /// Which `rolloverOffset` to try once more on a fresh copy of a packet that failed: for a source that was joined late
  /// or not heard for more than 32 768 packets, the rollover counter cannot be known, only found (RFC 3711 §3.3.1).
  /// Nil while there is no reason for doubt. At most one more attempt a packet, so a forger at most doubles the work.
  public func resynchronisation(of ssrc: UInt32) -> Int? {
    if let source = position(of: ssrc), sources[source].highest != nil {
      let failures = sources[source].failures
      return failures < Self.suspicion ? nil : 1 + Int(failures / 2 % 4)
    }
    return 1 + Int(unknownFailures / 2 % 4)
  }

  /// Tells the rollover counter at which a source will be joined (RFC 3711 §3.3.1), before its first packet.
  public func setInitialRollover(_ rollover: UInt32, sequence: UInt16, of ssrc: UInt32) throws(RTPError) {
    let source = try self.source(ssrc, at: position(of: ssrc))
    sources[source].highest = Int64(rollover) << 16 | Int64(sequence)
  }

  private func position(of ssrc: UInt32) -> Int? {
    for position in sources.indices where sources[position].ssrc == ssrc { return position }
    return nil
  }

  private func source(_ ssrc: UInt32, at known: Int?) throws(RTPError) -> Int {
    if let known { return known }
    guard sources.count < options.maximumSources else {
      throw RTPError(.tooManySources, at: 8, expected: "no more SSRCs than the context serves")
    }
    sources.append(Source(ssrc: ssrc))
    return sources.count - 1
  }

  private func slot(of packet: Span<UInt8>, at offset: Int) throws(RTPError) -> Int {
    if identifierLength == 0 { return 0 }
    for (position, slot) in slots.enumerated() {
      var isEqual = true
      for index in 0..<identifierLength where packet[offset + index] != slot.key.identifier[index] { isEqual = false }
      if isEqual { return position }
    }
    throw RTPError(.unknownKey, at: offset, expected: "the MKI of one of our keys")
  }

  /// The suite's name; never a key.
  public var description: String { "SRTPReceiver(\(suite.name))" }
  /// Nothing but the suite, so that `dump` shows no key.
  public var customMirror: Mirror { Mirror(self, children: ["suite": suite.name]) }
}
