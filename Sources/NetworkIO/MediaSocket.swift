import WireSupport

/// Which of a media stream's two sockets.
public enum MediaComponent: UInt8, Sendable, Hashable {
  /// The even port: RTP, and RTCP too when multiplexed (RFC 5761).
  case rtp
  /// The odd port: RTCP.
  case rtcp
}

/// A pair of UDP sockets for one media stream: RTP on an even port, RTCP on the next (RFC 3550 §11).
///
/// A stream that multiplexes RTCP (RFC 5761) uses the `.rtp` component for both. Members are for the network's executor
/// only. The path of a packet allocates nothing of ours.
public protocol MediaSocket: AnyObject, Sendable {
  /// Where RTP is received.
  var localRTP: TransportAddress { get }
  /// Where RTCP is received.
  var localRTCP: TransportAddress { get }
  /// Datagrams that the system would not take from us (buffer full, no route); they are lost, as on the wire.
  var refusedSends: UInt64 { get }

  /// Sends one datagram from the component's socket; what the system will not take is dropped and counted.
  func send(_ packet: Span<UInt8>, component: MediaComponent, to destination: TransportAddress)

  /// Closes both sockets and lets go of the handler. No packet comes afterwards. Again is harmless.
  func close()
}

/// Receives a media socket's datagrams.
public protocol MediaSocketHandler: AnyObject, Sendable {
  /// One datagram of any content, on the network's executor.
  ///
  /// - Parameters:
  ///   - packet: valid during the call only.
  ///   - source: who sent it, as the system says; anybody can send.
  ///   - time: when it was read; datagrams that were read together share it.
  func received(_ packet: Span<UInt8>, component: MediaComponent, from source: TransportAddress, at time: Instant)
}
