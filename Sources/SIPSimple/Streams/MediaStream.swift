import NetworkIO
import SDP
import WireSupport

/// The name of a kind of stream: open, an application may bring its own.
public struct MediaStreamKind: Hashable, Sendable, CustomStringConvertible {
  /// The name, as it stands in the `m=` line where that decides the kind.
  public let description: String
  /// A kind.
  public init(_ name: String) { description = name }

  /// RTP audio.
  public static let audio = MediaStreamKind("audio")
}

/// What a stream is given by its session before it can be described.
public struct MediaStreamContext: Sendable {
  /// The address of ours that the peer can reach, and that goes into the SDP.
  public var localAddress: IPAddress
  /// Whether the call came to us.
  public var isIncoming: Bool
}

/// One medium of a session. The session knows nothing of what it carries; a stream knows nothing of SIP.
///
/// A stream is an actor on its application's executor. Its session calls it in this order: `prepare`, `localMedia` (for
/// each offer or answer), `start` once, `update` after each further agreement, `end` once.
public protocol MediaStream: Actor {
  /// What kind of stream it is.
  nonisolated var kind: MediaStreamKind { get }

  /// Takes what the stream needs to be described: ports, keys.
  ///
  /// - Throws: `SIPSimpleError` when it cannot be had; the session then fails.
  func prepare(_ context: MediaStreamContext) async throws(SIPSimpleError)

  /// The stream's part of our next offer or answer, with its present hold state.
  func localMedia() -> SDPLocalMedia

  /// Starts it as agreed. Called before the peer knows, so that nothing that comes early is lost.
  func start(_ agreed: SDPNegotiatedMedia) throws(SIPSimpleError)

  /// Applies a new agreement to the running stream.
  func update(_ agreed: SDPNegotiatedMedia, by originator: Originator) throws(SIPSimpleError)

  /// Changes what `localMedia` wishes: true asks the peer to send nothing.
  func setHold(_ onHold: Bool)

  /// Whether we put the stream on hold.
  var isOnHoldByLocal: Bool { get }
  /// Whether the peer put it on hold.
  var isOnHoldByRemote: Bool { get }

  /// Stops it and gives back what it took. Again is harmless.
  func end()
}

/// A wish for a stream in a call: a kind and how to make it.
public struct MediaStreamRequest: Sendable {
  /// The kind of stream.
  public let kind: MediaStreamKind
  let make: @Sendable (SIPApplication) -> any MediaStream

  /// A stream that `make` makes for an application. This is how a kind of your own is registered.
  public init(_ kind: MediaStreamKind, make: @escaping @Sendable (SIPApplication) -> any MediaStream) {
    self.kind = kind
    self.make = make
  }

  /// RTP audio with the application's settings.
  public static func audio() -> MediaStreamRequest {
    MediaStreamRequest(.audio) { AudioStream(application: $0) }
  }
}

/// Which kinds of stream an application can make for the media that a peer proposes, in the order of preference.
public struct MediaStreamRegistry: Sendable {
  private var requests: [(accepts: @Sendable (SDPMedia) -> Bool, request: MediaStreamRequest)] = []

  /// Every kind that there is: audio.
  public static let standard: MediaStreamRegistry = {
    var registry = MediaStreamRegistry()
    registry.register(.audio()) { media in
      media.kind == .audio && media.proto.string.uppercased().contains("RTP/")
    }
    return registry
  }()

  /// An empty registry: every proposal is refused.
  public init() {}

  /// Adds a kind: `accepts` tells the `m=` parts that it can carry.
  public mutating func register(_ request: MediaStreamRequest, for accepts: @escaping @Sendable (SDPMedia) -> Bool) {
    requests.append((accepts, request))
  }

  /// How to make a stream for a proposed `m=` part; nil when no kind can carry it.
  public func request(for media: SDPMedia) -> MediaStreamRequest? {
    guard media.port != 0 else { return nil }
    return requests.first { $0.accepts(media) }?.request
  }
}

extension MediaStream {
  // The session and its streams share one serial executor: calling across is a plain call, and nothing can come between.
  package nonisolated func localMediaNow() -> SDPLocalMedia { assumeIsolated { $0.localMedia() } }
  package nonisolated func startNow(_ agreed: SDPNegotiatedMedia) throws {
    try assumeIsolated { try $0.start(agreed) }
  }
  package nonisolated func updateNow(_ agreed: SDPNegotiatedMedia, by originator: Originator) throws {
    try assumeIsolated { try $0.update(agreed, by: originator) }
  }
  package nonisolated func setHoldNow(_ onHold: Bool) { assumeIsolated { $0.setHold(onHold) } }
  package nonisolated func endNow() { assumeIsolated { $0.end() } }
  package nonisolated var holdStateNow: (local: Bool, remote: Bool) {
    assumeIsolated { ($0.isOnHoldByLocal, $0.isOnHoldByRemote) }
  }
}
