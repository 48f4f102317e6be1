import SIPParser
import SIPTransaction
import WireSupport

/// The sockets on which an endpoint sends and receives SIP: datagram sockets, listeners, and the connections of both.
///
/// It moves bytes and knows nothing of messages. A connection is opened by the first bytes sent to a destination and
/// reused for the next with the same transport, address and server name (RFC 3261 §18). All members are for the
/// network's executor only, but `shutdown()`.
public protocol SIPTransportLayer: AnyObject, Sendable {
  /// The bound addresses, in the order of the configuration, with the ports that the system chose.
  var listening: [SIPListenAddress] { get }

  /// Sends a whole message.
  ///
  /// - On a flow: over that connection, or from that datagram socket to the flow's remote address, and nowhere else.
  /// - To a destination: over the open connection to it or a new one, on which bytes wait in order until it is open; of a
  ///   datagram transport from the first bound socket of the address's family.
  ///
  /// When the bytes surely did not reach the system, `.sendFailed` reports `transmission.id`, unless that is `.none`;
  /// never within this call.
  func send(_ transmission: SIPTransmission)

  /// Closes a connection once what was sent on it before has been written. `.closed` follows. Nothing happens for a
  /// datagram flow or one that is closed.
  func close(_ flow: SIPFlow)

  /// Stops listening, closes each connection once its bytes have been written (those that take longer than a second are
  /// cut), and closes the sockets. No event comes after it returns. From any task; again is harmless.
  func shutdown() async
}

extension SIPTransportLayer {
  /// The first bound address of a transport, nil when it is not listened on.
  public func localAddress(for transport: SIPTransport) -> TransportAddress? {
    listening.first { $0.transport == transport }?.address
  }

  /// The first bound address of a transport with the family (IPv4 or IPv6) of `peer`.
  public func localAddress(for transport: SIPTransport, toward peer: IPAddress) -> TransportAddress? {
    listening.first { $0.transport == transport && $0.address.ip.isV6 == peer.isV6 }?.address
  }
}

/// A transport and the local address to receive it on.
public struct SIPListenAddress: Hashable, Sendable {
  /// UDP, TCP or TLS.
  public var transport: SIPTransport
  /// The local address; the unspecified one for every interface, port 0 for one that the system chooses.
  public var address: TransportAddress

  /// A transport and the local address to receive it on.
  public init(_ transport: SIPTransport, _ address: TransportAddress) {
    self.transport = transport
    self.address = address
  }
}

/// Where to listen, and how far peers may go.
public struct SIPTransportConfiguration: Sendable {
  /// What is bound. A connection-oriented transport that is not listed can still be used to call out.
  public var listen: [SIPListenAddress]
  /// Identity and trust for TLS; nil: no TLS at all.
  public var tls: SIPTLSSettings?
  /// Caps on what peers and we may use.
  public var limits: SIPTransportLimits

  /// A configuration.
  public init(listen: [SIPListenAddress], tls: SIPTLSSettings? = nil, limits: SIPTransportLimits = .init()) {
    self.listen = listen
    self.tls = tls
    self.limits = limits
  }
}

/// Caps on the resources that connections use.
public struct SIPTransportLimits: Sendable {
  /// Accepted connections open at a time; more are closed at once. A flood of them cannot exhaust descriptors.
  public var inboundConnections = 1024
  /// Connections opened by us at a time; a send that would need more fails with `.limitReached`.
  public var outboundConnections = 1024
  /// How long a TCP connection may take to be established.
  public var connect: Duration = .seconds(10)
  /// How long a TLS handshake may take, from the established TCP connection.
  public var handshake: Duration = .seconds(10)
  /// After how long without a byte in either direction an *accepted* connection is closed. RFC 5626 peers send a
  /// keep-alive at least every 2 minutes on a flow that they want kept.
  public var idle: Duration = .seconds(600)
  /// How long we may go on answering on an accepted TCP connection whose peer has sent its last byte. A peer that is gone
  /// altogether looks the same, so this is also how late its end may be told.
  public var halfClosed: Duration = .seconds(4)
  /// How long a connection that we close may take to write what was sent on it before.
  public var closing: Duration = .seconds(10)
  /// Bytes that may wait to be written on one connection; when more would, the connection fails with `.backPressure`.
  public var outboundBufferedBytes = 1 << 20

  /// The defaults.
  public init() {}
}

/// What happened on a SIP transport.
public enum SIPTransportEvent: Sendable {
  /// A datagram, or the next piece of a stream (cut anywhere), and when it was read.
  case received([UInt8], SIPFlow, Instant)
  /// A connection is open: accepted, or opened for a destination. With TLS, the handshake has succeeded, the peer of one
  /// that we opened is who we called, and `tlsVersion` is `TLSv1.2` or `TLSv1.3`. Datagram flows have no such event.
  case opened(SIPFlow, tlsVersion: String?)
  /// An open connection ended; without an error, either side closed it in order. Nothing more comes from the flow.
  case closed(SIPFlow, NetworkError?)
  /// This transmission was not delivered to the system: nobody to connect to, connection lost, and the like.
  case sendFailed(SIPTransmissionID, NetworkError)
}
