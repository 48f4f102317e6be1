import WireSupport

extension RTPSession {
  /// Makes the next packet of our stream, protected when there are keys.
  /// - Parameters:
  ///   - payload: at most `maximumPayload` bytes.
  ///   - timestamp: the caller's media clock, counted from anywhere; a random offset is added (RFC 3550 §5.1).
  ///   - marker: the first packet of a talk spurt or of a telephone event.
  /// - Returns: the packet, to be sent to `rtpDestination`; its bytes are overwritten by the next `send`.
  /// - Throws: `.closed`, `.payloadTooLarge`, `.payloadType` when the type cannot be told from RTCP on a shared port
  ///   (RFC 5761 §4), or SRTP's `.keyExhausted`.
  @_lifetime(borrow self)
  public func send(
    _ payload: Span<UInt8>, payloadType: UInt8, timestamp: UInt32, marker: Bool = false, at now: Instant
  ) throws(RTPError) -> Span<UInt8> {
    if isClosed { throw RTPError(.closed, expected: "a session that has not said BYE") }
    guard payload.count <= outgoing.capacity - 172 else {
      throw RTPError(.payloadTooLarge, at: 12, expected: "a payload of at most maximumPayload bytes")
    }
    guard payloadType < 128, configuration.rtcp != .multiplexed || !(64...95).contains(payloadType) else {
      throw RTPError(.payloadType, at: 1, expected: "a payload type that RTCP does not use")
    }
    let header = outbound.header(payloadType: payloadType, timestamp: timestamp, marker: marker)
    let buffer = outgoing
    var bytes = buffer.mutableBytes
    _ = try RTPPacket.write(header, into: &bytes)
    bytes.copy(payload, at: 12)
    var count = 12 + payload.count
    if let srtpSender { count = try srtpSender.protectRTP(&bytes, count: count) }
    outbound.sent(header, payloadCount: payload.count, at: now)
    totals.packetsSent += 1
    totals.bytesSent += Int64(payload.count)
    // Safe: `outgoing` lives as long as `self` and never moves.
    return _overrideLifetime(buffer.bytes.extracting(0..<count), borrowing: self)
  }
}
