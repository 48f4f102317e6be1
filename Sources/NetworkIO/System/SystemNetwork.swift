import NIOCore
import NIOPosix
import SIPTransaction
import WireSupport

/// How `SystemNetwork` makes its sockets.
public struct SystemNetworkSettings: Sendable {
  /// The differentiated services code point of RTP and RTCP; by default 46, expedited forwarding (RFC 4594 §4.1).
  public var mediaDSCP: UInt8 = 46
  /// The differentiated services code point of SIP; by default 40, CS5, signalling (RFC 4594 §4.2).
  public var signallingDSCP: UInt8 = 40
  /// The receive buffer to ask the system for on each RTP socket, in bytes; it may give less.
  public var mediaReceiveBuffer = 1 << 18
  /// The receive buffer to ask the system for on each SIP datagram socket, in bytes; it may give less.
  public var signallingReceiveBuffer = 1 << 22

  /// The defaults.
  public init() {}
}

/// The machine's own network, on one SwiftNIO event loop.
///
/// ```swift
/// let network = SystemNetwork()
/// let sockets = try await network.makeSIPTransport(
///   SIPTransportConfiguration(listen: [SIPListenAddress(.udp, TransportAddress(ip: .any, port: 5060))])
/// ) { event in print(event) }
/// // …
/// await sockets.shutdown()
/// await network.shutdown()
/// ```
public final class SystemNetwork: Network, @unchecked Sendable {
  // Unchecked: `users` is touched on the loop only.
  private let loop: any EventLoop
  private let ownGroup: MultiThreadedEventLoopGroup?
  private let settings: SystemNetworkSettings
  private let mediaPorts = MediaPortRange()
  /// What to close when the network shuts down, by a number of our own.
  private var users: [UInt64: User] = [:]
  private var nextUser: UInt64 = 0
  private var isShutDown = false

  private enum User {
    case transport(SystemSIPTransport)
    case media(SystemMediaSocket)
  }

  /// A network with a thread of its own. `shutdown()` ends it.
  public init(settings: SystemNetworkSettings = .init()) {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    ownGroup = group
    loop = group.next()
    self.settings = settings
  }

  /// A network on an event loop of the caller's, who ends it after `shutdown()`.
  public init(eventLoop: any EventLoop, settings: SystemNetworkSettings = .init()) {
    ownGroup = nil
    loop = eventLoop
    self.settings = settings
  }

  /// A network on one of the event loops that SwiftNIO keeps for the whole process, one a core, in turn. It needs no
  /// `shutdown()` and leaves no thread behind: what an application uses that is told nothing else.
  public static func onSharedLoop(settings: SystemNetworkSettings = .init()) -> SystemNetwork {
    SystemNetwork(eventLoop: MultiThreadedEventLoopGroup.singleton.next(), settings: settings)
  }

  /// The event loop as an executor.
  public var executor: any SerialExecutor { loop.executor }

  public func now() -> Instant { SystemClock.now() }

  public func wallClock() -> Int64 { SystemClock.wall() }

  public func makeIDSource() -> IDSource { IDSource(SystemRandomNumberGenerator()) }

  public func execute(_ body: @escaping @Sendable () -> Void) { loop.execute(body) }

  public func makeTimer(_ fire: @escaping @Sendable () -> Void) -> any NetworkTimer {
    SystemTimer(loop: loop, fire: fire)
  }

  public func makeSIPTransport(
    _ configuration: SIPTransportConfiguration, handler: @escaping @Sendable (SIPTransportEvent) -> Void
  ) async throws(NetworkError) -> any SIPTransportLayer {
    let user = try await register()
    let transport = try await SystemSIPTransport.open(configuration, on: loop, settings, handler: handler) {
      [weak self] in self?.users[user] = nil
    }
    try await keep(.transport(transport), as: user)
    return transport
  }

  public func makeMediaSocket(
    address: IPAddress, ports: ClosedRange<UInt16>, handler: any MediaSocketHandler
  ) async throws(NetworkError) -> any MediaSocket {
    let user = try await register()
    let pair = try mediaPorts.bind(
      address, ports, receiveBuffer: settings.mediaReceiveBuffer, dscp: settings.mediaDSCP)
    let socket = try await SystemMediaSocket.open(pair, on: loop, handler: handler) {
      [weak self] in self?.users[user] = nil
    }
    try await keep(.media(socket), as: user)
    return socket
  }

  public func localAddress(toward peer: TransportAddress) throws(NetworkError) -> IPAddress {
    try DatagramDescriptor.route(to: peer)
  }

  public func resolve(host: String) async throws(NetworkError) -> [IPAddress] {
    try await HostLookup.addresses(of: host)
  }

  /// Closes what is still open, and ends the thread if it is the network's own. No actor may use the executor any more:
  /// call this last. Again is harmless.
  public func shutdown() async {
    let open = await onLoop { network in
      network.isShutDown = true
      let open = Array(network.users.values)
      network.users = [:]
      return open
    }
    for user in open ?? [] {
      switch user {
      case .transport(let transport): await transport.shutdown()
      case .media(let socket): _ = await onLoop { _ in socket.close() }
      }
    }
    // The only error is that it was shut down before.
    try? await ownGroup?.shutdownGracefully()
  }

  /// A number for something that is about to be opened.
  private func register() async throws(NetworkError) -> UInt64 {
    let number = await onLoop { network -> UInt64? in
      if network.isShutDown { return nil }
      network.nextUser += 1
      return network.nextUser
    }
    guard let number = number.flatMap({ $0 }) else { throw Self.shutDownError }
    return number
  }

  /// Remembers what was opened, or closes it when the network was shut down meanwhile.
  private func keep(_ user: User, as number: UInt64) async throws(NetworkError) {
    let kept = await onLoop { network in
      if network.isShutDown { return false }
      network.users[number] = user
      return true
    }
    if kept == true { return }
    switch user {
    case .transport(let transport): await transport.shutdown()
    case .media(let socket): _ = await onLoop { _ in socket.close() }
    }
    throw Self.shutDownError
  }

  private static let shutDownError = NetworkError(.shutDown, "the network was shut down")

  /// Runs on the loop; nil when that is gone.
  private func onLoop<R: Sendable>(_ body: @escaping @Sendable (SystemNetwork) -> R) async -> R? {
    try? await loop.submit { body(self) }.get()
  }
}
