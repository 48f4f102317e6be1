import NIOCore
import NIOPosix
import SIPParser
import SIPTransaction
import WireSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// SIP over UDP, TCP and TLS on an event loop.
final class SystemSIPTransport: SIPTransportLayer, @unchecked Sendable {
  // Unchecked: confined to the loop, but for `listening`, which is written before anybody else sees the object.
  private(set) var listening: [SIPListenAddress] = []
  private let loop: any EventLoop
  private let limits: SIPTransportLimits
  private let tls: TLSContexts?
  private let dscp: UInt8
  private let whenClosed: @Sendable () -> Void
  private var handler: (@Sendable (SIPTransportEvent) -> Void)?

  private var datagramSockets: [(id: UInt64, socket: DatagramSocket)] = []
  private var listeners: [any Channel] = []
  private var connections: [UInt64: SIPConnection] = [:]
  /// The connection that the next request to a destination takes.
  private var reusable: [SIPDestination: SIPConnection] = [:]
  private var accepted = 0
  private var opened = 0
  private var nextID: UInt64 = 0

  /// Events that arose while the user was calling us, or behind such.
  private var deferred: [SIPTransportEvent] = []
  private var isCalled = false
  private var shutdown: EventLoopPromise<Void>?

  private init(
    _ configuration: SIPTransportConfiguration, _ tls: TLSContexts?, _ loop: any EventLoop, dscp: UInt8,
    handler: @escaping @Sendable (SIPTransportEvent) -> Void, whenClosed: @escaping @Sendable () -> Void
  ) {
    self.limits = configuration.limits
    self.tls = tls
    self.loop = loop
    self.dscp = dscp
    self.handler = handler
    self.whenClosed = whenClosed
  }

  /// Binds everything, or nothing.
  static func open(
    _ configuration: SIPTransportConfiguration, on loop: any EventLoop, _ settings: SystemNetworkSettings,
    handler: @escaping @Sendable (SIPTransportEvent) -> Void, whenClosed: @escaping @Sendable () -> Void
  ) async throws(NetworkError) -> SystemSIPTransport {
    let tls: TLSContexts? = if let settings = configuration.tls { try TLSContexts(settings) } else { nil }
    let transport = SystemSIPTransport(
      configuration, tls, loop, dscp: settings.signallingDSCP, handler: handler, whenClosed: whenClosed)
    do throws(NetworkError) {
      for wanted in configuration.listen {
        let address =
          switch wanted.transport {
          case .udp: try await transport.bindDatagrams(wanted.address, receiveBuffer: settings.signallingReceiveBuffer)
          case .tcp, .tls: try await transport.bindListener(wanted)
          default:
            throw NetworkError(.invalidConfiguration, "SIP over \(wanted.transport) is not supported")
          }
        transport.listening.append(SIPListenAddress(wanted.transport, address))
      }
    } catch {
      await transport.shutdown()
      throw error
    }
    return transport
  }

  // MARK: SIPTransportLayer

  func send(_ transmission: SIPTransmission) {
    call {
      switch transmission.target {
      case .flow(let flow) where flow.transport == .udp:
        let socket = datagramSockets.first { $0.id == flow.id }?.socket
        sendDatagram(transmission, to: flow.remote, from: socket)
      case .flow(let flow):
        if let connection = connections[flow.id] { return connection.send(transmission) }
        report(
          transmission.id, NetworkError(.flowClosed, "the connection to \(flow.remote) is closed", address: flow.remote)
        )
      case .destination(let destination) where destination.transport == .udp:
        let socket = datagramSockets.first { $0.socket.address.ip.isV6 == destination.address.ip.isV6 }?.socket
        sendDatagram(transmission, to: destination.address, from: socket)
      case .destination(let destination):
        do throws(NetworkError) {
          try connection(to: destination).send(transmission)
        } catch {
          report(transmission.id, error)
        }
      }
    }
  }

  func close(_ flow: SIPFlow) {
    call { connections[flow.id]?.drain() }
  }

  func shutdown() async {
    // A loop that is gone has closed everything.
    try? await loop.flatSubmit { [self] in
      if let shutdown { return shutdown.futureResult }
      let done = loop.makePromise(of: Void.self)
      shutdown = done
      for listener in listeners { listener.close(promise: nil) }
      for connection in connections.values { connection.drain() }
      let patience = SystemTimer(loop: loop) { [weak self] in
        for connection in self.map({ Array($0.connections.values) }) ?? [] { connection.fail(nil) }
      }
      patience.arm(at: SystemClock.now() + .seconds(1))
      done.futureResult.whenComplete { _ in withExtendedLifetime(patience) { patience.disarm() } }
      finishShutdown()
      return done.futureResult
    }.get()
  }

  private func finishShutdown() {
    guard let shutdown, connections.isEmpty else { return }
    // In another tick: this may be a connection's last breath, with its event still on the way.
    loop.execute { [self] in
      guard handler != nil else { return }
      for (_, socket) in datagramSockets { socket.close() }
      deliverDeferred()
      handler = nil
      datagramSockets = []
      listeners = []
      whenClosed()
      shutdown.succeed()
    }
  }

  // MARK: Events

  /// Tells the user; later, if the user is in the middle of calling us: their state may be half-way through a change.
  func emit(_ event: SIPTransportEvent) {
    if isCalled || !deferred.isEmpty {
      deferred.append(event)
      if deferred.count == 1 { loop.execute { [self] in deliverDeferred() } }
    } else {
      handler?(event)
    }
  }

  func report(_ id: SIPTransmissionID, _ error: NetworkError) {
    if id != .none { emit(.sendFailed(id, error)) }
  }

  private func deliverDeferred() {
    while !deferred.isEmpty {
      let events = deferred
      deferred = []
      for event in events { handler?(event) }
    }
  }

  /// Runs a call of the user's.
  private func call(_ body: () -> Void) {
    loop.preconditionInEventLoop()
    let outer = isCalled
    isCalled = true
    body()
    isCalled = outer
  }

  // MARK: Datagrams

  private func bindDatagrams(
    _ address: TransportAddress, receiveBuffer: Int
  ) async throws(NetworkError) -> TransportAddress {
    let options = DatagramOptions(use: "SIP over UDP", receiveBuffer: receiveBuffer, dscp: dscp)
    let (descriptor, bound) = try DatagramDescriptor.bind(address, options)
    let id = await takeID()
    // A SIP message may be as long as a datagram; of the 16 slots, only pages that were written to cost memory.
    let socket = try await DatagramSocket.open(descriptor, bound, on: loop, vector: 16, largest: 1 << 16) {
      [weak self] bytes, source, time in
      let flow = SIPFlow(id: id, transport: .udp, local: bound, remote: source)
      self?.emit(.received(bytes.withUnsafeBufferPointer { Array($0) }, flow, time))
    }
    await onLoop { $0.datagramSockets.append((id, socket)) }
    return bound
  }

  private func sendDatagram(_ transmission: SIPTransmission, to remote: TransportAddress, from socket: DatagramSocket?)
  {
    guard let socket, socket.isOpen else {
      let family = remote.ip.isV6 ? "IPv6" : "IPv4"
      return report(
        transmission.id,
        NetworkError(.flowClosed, "no UDP socket for \(family) is bound to send to \(remote)", address: remote))
    }
    let error = socket.send(transmission.bytes.span, to: remote)
    if error != 0 { report(transmission.id, NetworkError(systemError: error, .send(remote))) }
  }

  // MARK: Connections

  private func bindListener(_ wanted: SIPListenAddress) async throws(NetworkError) -> TransportAddress {
    if wanted.transport == .tls, tls?.canAccept != true {
      throw NetworkError(.invalidConfiguration, "to accept TLS connections needs a certificate and its key")
    }
    var bootstrap = ServerBootstrap(group: loop, childGroup: loop)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .serverChannelOption(.backlog, value: 256)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelOption(.allowRemoteHalfClosure, value: wanted.transport == .tcp)
      .childChannelInitializer { [self] channel in
        channel.eventLoop.makeCompletedFuture { try accept(channel, wanted.transport) }
      }
    for (level, name, value) in Self.socketOptions(v6: wanted.address.ip.isV6, dscp: dscp) {
      bootstrap = bootstrap.serverChannelOption(
        ChannelOptions.Types.SocketOption(level: level, name: name), value: value)
    }
    do {
      let channel = try await bootstrap.bind(to: wanted.address.socketAddress).get()
      await onLoop { $0.listeners.append(channel) }
      return TransportAddress(channel.localAddress) ?? wanted.address
    } catch {
      throw NetworkError(error, .bind(wanted.address, use: "SIP over \(wanted.transport)"))
    }
  }

  /// Throwing closes the connection.
  private func accept(_ channel: any Channel, _ transport: SIPTransport) throws {
    guard handler != nil, shutdown == nil, accepted < limits.inboundConnections,
      let remote = TransportAddress(channel.remoteAddress)
    else { throw NetworkError(.limitReached, "too many connections") }
    if transport.isSecure, let handler = tls?.makeServerHandler() {
      try channel.pipeline.syncOperations.addHandler(handler)
    }
    let connection = makeConnection(.accepted, transport, remote)
    connection.attach(channel)
    try channel.pipeline.syncOperations.addHandler(connection)
    accepted += 1
    connections[connection.id] = connection
  }

  private func connection(to destination: SIPDestination) throws(NetworkError) -> SIPConnection {
    let key = destination.canonical
    if let connection = reusable[key] { return connection }
    let remote = destination.address
    guard shutdown == nil else { throw NetworkError(.shutDown, "the transport was shut down", address: remote) }
    guard destination.transport == .tcp || (destination.transport == .tls && tls != nil) else {
      throw NetworkError(.invalidConfiguration, "SIP over \(destination.transport) is not set up", address: remote)
    }
    guard opened < limits.outboundConnections else {
      throw NetworkError(.limitReached, "\(opened) connections are open, and no more are allowed", address: remote)
    }
    let connection = makeConnection(.opened(for: key), destination.transport, remote)
    opened += 1
    connections[connection.id] = connection
    reusable[key] = connection
    // Later, for a connection on loopback can fail at once, and the caller is still calling.
    loop.execute { [self] in connect(connection, to: key) }
    return connection
  }

  private func connect(_ connection: SIPConnection, to destination: SIPDestination) {
    var bootstrap = ClientBootstrap(group: loop)
      .connectTimeout(.nanoseconds(limits.connect.wholeNanoseconds))
      .channelOption(.tcpOption(.tcp_nodelay), value: 1)
      .channelInitializer { [tls] channel in
        channel.eventLoop.makeCompletedFuture {
          connection.attach(channel)
          if destination.transport.isSecure, let tls {
            let handler = try tls.makeClientHandler(
              name: destination.serverName ?? destination.address.ip.description, address: destination.address
            ) { connection.refuse($0) }
            try channel.pipeline.syncOperations.addHandler(handler)
          }
          try channel.pipeline.syncOperations.addHandler(connection)
        }
      }
    for (level, name, value) in Self.socketOptions(v6: destination.address.ip.isV6, dscp: dscp) {
      bootstrap = bootstrap.channelOption(ChannelOptions.Types.SocketOption(level: level, name: name), value: value)
    }
    bootstrap.connect(to: destination.address.socketAddress).whenFailure { connection.connectFailed($0) }
  }

  private func makeConnection(
    _ role: SIPConnection.Role, _ sipTransport: SIPTransport, _ remote: TransportAddress
  ) -> SIPConnection {
    nextID += 1
    return SIPConnection(
      id: nextID, role: role, sipTransport: sipTransport, remote: remote, limits: limits, transport: self)
  }

  /// A connection takes no new requests any more.
  func retire(_ connection: SIPConnection) {
    if case .opened(let destination) = connection.role, reusable[destination] === connection {
      reusable[destination] = nil
    }
  }

  /// A connection is closed.
  func forget(_ connection: SIPConnection) {
    retire(connection)
    guard connections.removeValue(forKey: connection.id) != nil else { return }
    if connection.role.isAccepted { accepted -= 1 } else { opened -= 1 }
    finishShutdown()
  }

  // MARK: Set-up

  private func takeID() async -> UInt64 {
    await onLoop {
      $0.nextID += 1
      return $0.nextID
    } ?? 0
  }

  @discardableResult
  private func onLoop<R: Sendable>(_ body: @escaping @Sendable (SystemSIPTransport) -> R) async -> R? {
    try? await loop.submit { body(self) }.get()
  }

  private static func socketOptions(
    v6: Bool, dscp: UInt8
  ) -> [(level: NIOBSDSocket.OptionLevel, name: NIOBSDSocket.Option, value: SocketOptionValue)] {
    let service = SocketOptionValue(dscp & 63) << 2
    if v6 {
      return [(.ipv6, .ipv6_v6only, 1), (.ipv6, .init(rawValue: IPV6_TCLASS), service)]
    }
    return [(.ip, .init(rawValue: IP_TOS), service)]
  }
}

extension SIPDestination {
  /// The same for each spelling of the same next hop: names compare without regard to case, and only TLS looks at them.
  fileprivate var canonical: SIPDestination {
    SIPDestination(
      transport: transport, address: address, serverName: transport.isSecure ? serverName?.lowercased() : nil)
  }
}
