import NetworkIO
import SIPParser
import SIPTransaction
import SIPSimple
import WireSupport

/// One machine of a `VirtualNetwork`: the `Network` that an application there runs on.
public final class VirtualHost: Network {
  let network: VirtualNetwork
  /// The host's address.
  public let ip: IPAddress
  /// The names that resolve to it.
  public let names: [String]

  init(network: VirtualNetwork, ip: IPAddress, names: [String]) {
    self.network = network
    self.ip = ip
    self.names = names
  }

  public var executor: any SerialExecutor { network.loop }
  public func now() -> Instant { network.loop.now }
  /// The virtual time since 2026-01-01.
  public func wallClock() -> Int64 { 1_767_225_600_000_000_000 + network.loop.now.nanoseconds }
  public func makeIDSource() -> IDSource { .seeded(network.state.value.ids.next()) }
  public func execute(_ body: @escaping @Sendable () -> Void) { network.loop.execute(body) }

  public func makeTimer(_ fire: @escaping @Sendable () -> Void) -> any NetworkTimer {
    VirtualTimer(loop: network.loop, fire: fire)
  }

  public func makeSIPTransport(
    _ configuration: SIPTransportConfiguration, handler: @escaping @Sendable (SIPTransportEvent) -> Void
  ) async throws(NetworkError) -> any SIPTransportLayer {
    try VirtualSIPTransport(host: self, configuration: configuration, handler: handler)
  }

  public func makeMediaSocket(
    address: IPAddress, ports: ClosedRange<UInt16>, handler: any MediaSocketHandler
  ) async throws(NetworkError) -> any MediaSocket {
    var port = ports.lowerBound + ports.lowerBound % 2
    while port < ports.upperBound {
      let rtp = TransportAddress(ip: ip, port: port)
      let rtcp = TransportAddress(ip: ip, port: port + 1)
      if network.state.value.datagramPorts[rtp] == nil, network.state.value.datagramPorts[rtcp] == nil {
        return VirtualMediaSocket(host: self, rtp: rtp, rtcp: rtcp, handler: handler)
      }
      guard port < .max - 2 else { break }
      port += 2
    }
    throw NetworkError(.portsExhausted, "No even/odd pair of ports is free in \(ports) on \(ip)")
  }

  public func localAddress(toward peer: TransportAddress) throws(NetworkError) -> IPAddress { ip }

  public func resolve(host: String) async throws(NetworkError) -> [IPAddress] {
    if let ip = IPAddress(host) { return [ip] }
    guard let addresses = network.state.value.names[host.lowercased()] else {
      throw NetworkError(.nameNotFound, "There is no host named \(host) on the virtual network")
    }
    return addresses
  }

  /// Resolves a bind address: the unspecified address and port 0 get this host's values.
  func bindable(_ address: TransportAddress, taken: (TransportAddress) -> Bool) throws(NetworkError) -> TransportAddress
  {
    guard address.ip.isUnspecified || address.ip == ip else {
      throw NetworkError(.addressNotAvailable, "\(address.ip) is not an address of this virtual host (\(ip))")
    }
    var bound = TransportAddress(ip: ip, port: address.port)
    if bound.port == 0 {
      repeat { bound.port = network.state.value.ephemeralPort() } while taken(bound)
    } else if taken(bound) {
      throw NetworkError(.addressInUse, "Port \(bound.port) is taken on the virtual host \(ip)", address: bound)
    }
    return bound
  }
}

/// One re-armable deadline in virtual time.
final class VirtualTimer: NetworkTimer {
  private struct State {
    var generation: UInt64 = 0
    var deadline: Instant?
  }

  private let loop: VirtualLoop
  private let fire: @Sendable () -> Void
  private let state: Confined<State>

  init(loop: VirtualLoop, fire: @escaping @Sendable () -> Void) {
    self.loop = loop
    self.fire = fire
    self.state = Confined(State(), to: loop)
  }

  func arm(at deadline: Instant) {
    if state.value.deadline == deadline { return }
    state.value.deadline = deadline
    state.value.generation += 1
    let generation = state.value.generation
    loop.schedule(at: deadline) { [weak self] in
      guard let self, state.value.generation == generation else { return }
      state.value.deadline = nil
      fire()
    }
  }

  func disarm() {
    state.value.deadline = nil
    state.value.generation += 1
  }
}

/// A pair of RTP and RTCP sockets on the virtual network.
final class VirtualMediaSocket: MediaSocket {
  let localRTP: TransportAddress
  let localRTCP: TransportAddress
  private let host: VirtualHost

  init(host: VirtualHost, rtp: TransportAddress, rtcp: TransportAddress, handler: any MediaSocketHandler) {
    self.host = host
    localRTP = rtp
    localRTCP = rtcp
    for (address, component) in [(rtp, MediaComponent.rtp), (rtcp, .rtcp)] {
      host.network.state.value.datagramPorts[address] = { bytes, source in
        handler.received(bytes.span, component: component, from: source, at: host.now())
      }
    }
  }

  var refusedSends: UInt64 { 0 }

  func send(_ packet: Span<UInt8>, component: MediaComponent, to destination: TransportAddress) {
    var bytes = [UInt8]()
    bytes.reserveCapacity(packet.count)
    for index in 0..<packet.count { bytes.append(packet[index]) }
    host.network.send(
      bytes, from: component == .rtp ? localRTP : localRTCP, to: destination, traffic: .media)
  }

  func close() {
    host.network.state.value.datagramPorts[localRTP] = nil
    host.network.state.value.datagramPorts[localRTCP] = nil
  }
}
