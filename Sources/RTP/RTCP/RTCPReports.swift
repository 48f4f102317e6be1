/// What a sender says of itself (RFC 3550 §6.4.1).
public struct RTCPSenderInfo: Hashable, Sendable {
  /// When the report was sent, by the sender's wall clock.
  public var ntp: NTPTime
  /// The same moment on the media clock.
  public var rtpTimestamp: UInt32
  /// Packets sent, modulo 2^32.
  public var packetCount: UInt32
  /// Payload bytes sent, modulo 2^32.
  public var octetCount: UInt32

  /// Information of these fields.
  public init(ntp: NTPTime, rtpTimestamp: UInt32, packetCount: UInt32, octetCount: UInt32) {
    self.ntp = ntp
    self.rtpTimestamp = rtpTimestamp
    self.packetCount = packetCount
    self.octetCount = octetCount
  }
}

/// What a receiver says of one source (RFC 3550 §6.4.1).
public struct RTCPReportBlock: Hashable, Sendable {
  /// The source reported on.
  public var ssrc: UInt32
  /// The fraction lost since the last report, in 1/256.
  public var fractionLost: UInt8
  /// Packets lost in all, −2^23 to 2^23 − 1; negative with duplicates.
  public var cumulativeLost: Int32
  /// The highest sequence number, with the count of its wraps in the upper 16 bits.
  public var highestSequence: UInt32
  /// Interarrival jitter in timestamp units.
  public var jitter: UInt32
  /// The middle of the last sender report's NTP time, 0 when none was received.
  public var lastSenderReport: UInt32
  /// The delay since that report in 1/65 536 s.
  public var delaySinceLastSenderReport: UInt32

  /// A block of these fields.
  public init(
    ssrc: UInt32, fractionLost: UInt8, cumulativeLost: Int32, highestSequence: UInt32, jitter: UInt32,
    lastSenderReport: UInt32, delaySinceLastSenderReport: UInt32
  ) {
    self.ssrc = ssrc
    self.fractionLost = fractionLost
    self.cumulativeLost = cumulativeLost
    self.highestSequence = highestSequence
    self.jitter = jitter
    self.lastSenderReport = lastSenderReport
    self.delaySinceLastSenderReport = delaySinceLastSenderReport
  }

  /// Reads a block at `offset`, which must have 24 bytes behind it.
  init(parsing bytes: Span<UInt8>, at offset: Int) {
    ssrc = bytes.uint32(at: offset)
    let loss = bytes.uint32(at: offset + 4)
    fractionLost = UInt8(loss >> 24)
    // Sign-extends the lower 24 bits.
    cumulativeLost = Int32(bitPattern: loss << 8) >> 8
    highestSequence = bytes.uint32(at: offset + 8)
    jitter = bytes.uint32(at: offset + 12)
    lastSenderReport = bytes.uint32(at: offset + 16)
    delaySinceLastSenderReport = bytes.uint32(at: offset + 20)
  }
}
