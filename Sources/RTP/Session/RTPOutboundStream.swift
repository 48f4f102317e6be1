import WireSupport

/// Our own stream: SSRC, sequence number, timestamp offset and what a sender report says of it.
struct RTPOutboundStream: Sendable {
  let ssrc: UInt32
  private(set) var nextSequence: UInt16
  private let timestampOffset: UInt32
  private(set) var packetCount: UInt32 = 0
  private(set) var octetCount: UInt32 = 0
  private(set) var lastSent: (timestamp: UInt32, at: Instant)?

  /// A stream with random beginnings (RFC 3550 §5.1); the sequence number's lies below 2^15, so that the loss of the
  /// first packets cannot confuse a receiver's rollover counter (RFC 3711 §3.3.1).
  init(ssrc: UInt32?, ids: inout IDSource) {
    self.ssrc = ssrc ?? UInt32(truncatingIfNeeded: ids.next())
    nextSequence = UInt16(truncatingIfNeeded: ids.next() & 0x7fff)
    timestampOffset = UInt32(truncatingIfNeeded: ids.next())
  }

  /// Sets the next sequence number: for tests that begin near a wrap.
  mutating func setNextSequence(_ sequence: UInt16) { nextSequence = sequence }

  /// The next packet's header.
  func header(payloadType: UInt8, timestamp: UInt32, marker: Bool) -> RTPHeader {
    RTPHeader(
      marker: marker, payloadType: payloadType, sequenceNumber: nextSequence, timestamp: timestamp &+ timestampOffset,
      ssrc: ssrc)
  }

  /// The packet of this header leaves.
  mutating func sent(_ header: RTPHeader, payloadCount: Int, at now: Instant) {
    nextSequence &+= 1
    packetCount &+= 1
    octetCount &+= UInt32(truncatingIfNeeded: payloadCount)
    lastSent = (header.timestamp, now)
  }

  /// What a sender report says now; nil before the first packet.
  func senderInfo(at now: Instant, wallClock: Int64, clockRate: Int) -> RTCPSenderInfo? {
    guard let lastSent else { return nil }
    // The media clock at `now`, from the last packet on: a day at 192 kHz stays far below 2^63.
    let elapsed = max(0, min(86_400_000_000_000, now.nanoseconds(since: lastSent.at)))
    let units = elapsed / 1_000_000 * Int64(clockRate) / 1000
    return RTCPSenderInfo(
      ntp: NTPTime(unixNanoseconds: wallClock), rtpTimestamp: lastSent.timestamp &+ UInt32(truncatingIfNeeded: units),
      packetCount: packetCount, octetCount: octetCount)
  }
}
