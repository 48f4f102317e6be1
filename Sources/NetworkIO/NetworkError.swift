import WireSupport

/// What went wrong at the edge to the outside world, in a sentence that can be shown to a person.
public struct NetworkError: Error, Sendable {
  /// The kind of failure; it alone decides equality. Open: compare, and treat one that you do not know as `other`.
  public struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// The code's stable name.
    public let rawValue: String
    /// A code with this name.
    public init(rawValue: String) { self.rawValue = rawValue }
    /// The code's stable name.
    public var description: String { rawValue }

    /// Another socket holds the port.
    public static let addressInUse = Code(rawValue: "address-in-use")
    /// The system forbids it: a port below 1024, a firewall rule.
    public static let permissionDenied = Code(rawValue: "permission-denied")
    /// The address is not one of this machine's.
    public static let addressNotAvailable = Code(rawValue: "address-not-available")
    /// Each even/odd pair of the port range is taken.
    public static let portsExhausted = Code(rawValue: "ports-exhausted")
    /// Nobody listens there.
    public static let refused = Code(rawValue: "refused")
    /// No route to the host or network.
    public static let unreachable = Code(rawValue: "unreachable")
    /// The peer did not answer in time.
    public static let timedOut = Code(rawValue: "timed-out")
    /// The peer broke the connection off.
    public static let connectionReset = Code(rawValue: "connection-reset")
    /// The flow is closed, or never was.
    public static let flowClosed = Code(rawValue: "flow-closed")
    /// The peer reads more slowly than we write, and the cap on buffered bytes was reached.
    public static let backPressure = Code(rawValue: "back-pressure")
    /// A limit of ours on connections or time was reached.
    public static let limitReached = Code(rawValue: "limit-reached")
    /// The datagram does not fit a datagram, or the path's MTU.
    public static let messageTooLarge = Code(rawValue: "message-too-large")
    /// The TLS handshake failed for another reason than the certificate.
    public static let tlsHandshakeFailed = Code(rawValue: "tls-handshake-failed")
    /// The peer's certificate is not trusted, not valid now, or not for the name that we called.
    public static let tlsVerificationFailed = Code(rawValue: "tls-verification-failed")
    /// There is no such host.
    public static let nameNotFound = Code(rawValue: "name-not-found")
    /// The configuration cannot be applied: an unusable certificate, a transport that is not supported.
    public static let invalidConfiguration = Code(rawValue: "invalid-configuration")
    /// The network or the transport was shut down.
    public static let shutDown = Code(rawValue: "shut-down")
    /// Anything else; `message` says what the system said.
    public static let other = Code(rawValue: "other")
  }

  /// The kind of failure.
  public var code: Code
  /// A sentence for a person, without a final full stop.
  public var message: String
  /// The address that it is about: ours when binding, the peer's otherwise.
  public var address: TransportAddress?
  /// The system's error number, where one was the cause.
  public var systemError: Int32?

  /// An error. `message` is a sentence without its full stop and holds no secret.
  public init(_ code: Code, _ message: String, address: TransportAddress? = nil, systemError: Int32? = nil) {
    self.code = code
    self.message = message
    self.address = address
    self.systemError = systemError
  }
}

extension NetworkError: Equatable {
  /// Whether both are of the same kind.
  public static func == (lhs: NetworkError, rhs: NetworkError) -> Bool { lhs.code == rhs.code }
}

extension NetworkError: CustomStringConvertible {
  /// The sentence.
  public var description: String { message }
}
