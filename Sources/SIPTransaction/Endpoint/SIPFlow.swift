import SIPParser
import WireSupport

/// A way on which messages come and go between us and one peer: a connection, or over UDP a socket and the peer's address.
public struct SIPFlow: Hashable, Sendable, CustomStringConvertible {
  /// What the driver calls the socket or connection. Two UDP flows of one socket share it.
  public var id: UInt64
  /// The transport that carries it.
  public var transport: SIPTransport
  /// Our end.
  public var local: TransportAddress
  /// The peer's end, as seen from here.
  public var remote: TransportAddress

  /// A flow as the driver knows it.
  public init(id: UInt64, transport: SIPTransport, local: TransportAddress, remote: TransportAddress) {
    self.id = id
    self.transport = transport
    self.local = local
    self.remote = remote
  }

  /// `UDP 192.0.2.1:5060 <-> 192.0.2.2:5060 (#7)`
  public var description: String { "\(transport) \(local) <-> \(remote) (#\(id))" }
}

/// Where a request goes when no flow exists yet; the driver opens or reuses a connection for it.
public struct SIPDestination: Hashable, Sendable, CustomStringConvertible {
  /// The transport to use.
  public var transport: SIPTransport
  /// The numeric address of the next hop.
  public var address: TransportAddress
  /// The name that the peer's certificate must carry (RFC 5922), for transports with TLS.
  public var serverName: String?

  /// A next hop.
  public init(transport: SIPTransport, address: TransportAddress, serverName: String? = nil) {
    self.transport = transport
    self.address = address
    self.serverName = serverName
  }

  /// `UDP 192.0.2.1:5060`
  public var description: String { "\(transport) \(address)" + (serverName.map { " (\($0))" } ?? "") }
}

/// What a message is sent on or to.
public enum SIPTransmissionTarget: Hashable, Sendable {
  /// On this flow, and nowhere else.
  case flow(SIPFlow)
  /// To this next hop, on a connection that the driver opens or already has for the same destination.
  case destination(SIPDestination)

  /// The transport that will carry the message.
  public var transport: SIPTransport {
    switch self {
    case .flow(let flow): flow.transport
    case .destination(let destination): destination.transport
    }
  }

  /// The peer's address.
  public var remote: TransportAddress {
    switch self {
    case .flow(let flow): flow.remote
    case .destination(let destination): destination.address
    }
  }
}

/// Names the transaction on whose behalf bytes are transmitted, so that the driver can report a failure.
public struct SIPTransmissionID: Hashable, Sendable {
  /// The transaction's number; 0 when nobody waits for the outcome.
  public var rawValue: UInt64
  /// An id from its number.
  public init(rawValue: UInt64) { self.rawValue = rawValue }
  /// A message that belongs to no transaction: ACK to 2xx, a stateless answer, a keep-alive.
  public static let none = SIPTransmissionID(rawValue: 0)
}

/// Bytes for the driver to transmit, a whole message or keep-alive.
public struct SIPTransmission: Hashable, Sendable {
  /// The id to hand to `transmissionFailed` when the bytes could not be sent.
  public var id: SIPTransmissionID
  /// Where to.
  public var target: SIPTransmissionTarget
  /// What.
  public var bytes: [UInt8]

  /// Bytes to transmit.
  public init(id: SIPTransmissionID, target: SIPTransmissionTarget, bytes: [UInt8]) {
    self.id = id
    self.target = target
    self.bytes = bytes
  }
}
