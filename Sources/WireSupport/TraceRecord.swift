/// One message as it crossed the edge of an endpoint, for logs, ladders and tests.
public struct TraceRecord: Sendable {
  /// Which way a message went.
  public enum Direction: String, Sendable {
    /// From the peer to us.
    case received
    /// From us to the peer.
    case sent
  }

  /// When it crossed.
  public var time: Instant
  /// Which way it went.
  public var direction: Direction
  /// The transport's name as in Via: `UDP`, `TCP`, `TLS`, …
  public var transport: String
  /// Our end.
  public var local: TransportAddress
  /// The peer's end.
  public var remote: TransportAddress
  /// The message's bytes with secrets hidden.
  public var bytes: [UInt8]

  /// One traced message. The caller has hidden the secrets in `bytes`.
  public init(
    time: Instant, direction: Direction, transport: String, local: TransportAddress, remote: TransportAddress,
    bytes: [UInt8]
  ) {
    self.time = time
    self.direction = direction
    self.transport = transport
    self.local = local
    self.remote = remote
    self.bytes = bytes
  }
}
