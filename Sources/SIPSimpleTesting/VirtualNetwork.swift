import NetworkIO
import SIPParser
import SIPTransaction
import WireSupport

/// A network that exists in one process and in virtual time: hosts with addresses, links that delay, lose, double and
/// reorder, all from one seed. Endpoints run on it unchanged; a run with the same seed takes the same course.
///
/// ```swift
/// let network = VirtualNetwork(seed: 7)
/// try await network.run {
///   let alice = network.host("10.0.0.1")
///   let bob = network.host("10.0.0.2")
///   // SIPApplication(configuration, network: alice) …
/// }
/// ```
public final class VirtualNetwork: Sendable {
  /// The executor and clock of every host.
  public let loop = VirtualLoop()
  let state: Confined<VirtualNetworkState>

  /// A network whose every random choice follows from `seed`.
  public init(seed: UInt64) {
    state = Confined(VirtualNetworkState(ids: .seeded(seed)), to: loop)
  }

  /// Runs `body` in virtual time.
  ///
  /// - Parameter limit: virtual time after which the run is given up.
  public func run<Result: Sendable>(
    limit: Duration = .seconds(3600), _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    try await loop.run(limit: limit, body)
  }

  /// The virtual time.
  public var now: Instant { loop.now }

  /// Waits `duration` of virtual time; returns at once when the task is cancelled.
  public func sleep(for duration: Duration) async { await loop.sleep(for: duration) }

  /// Starts a task in virtual time, to be awaited or cancelled. A plain `Task { }` would run outside of it.
  public func task<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
  ) -> Task<Result, any Error> {
    loop.task(body)
  }

  /// A host with this IPv4 or IPv6 address; inside `run` only.
  ///
  /// - Parameter names: the names that resolve to it, and that its TLS certificate carries.
  public func host(_ address: String, names: [String] = []) -> VirtualHost {
    let ip = IPAddress(address) ?? .loopback
    precondition(IPAddress(address) != nil, "\(address) is not a numeric IP address")
    for name in names { state.value.names[name.lowercased(), default: []].append(ip) }
    return VirtualHost(network: self, ip: ip, names: names)
  }

  /// Sets what every link does to this kind of traffic from now on; inside `run` only.
  public func setConditions(_ conditions: LinkConditions, for traffic: TrafficClass) {
    state.value.conditions[traffic] = conditions
  }

  /// Sets the same conditions for all traffic from now on; inside `run` only.
  public func setConditions(_ conditions: LinkConditions) {
    setConditions(conditions, for: .signalling)
    setConditions(conditions, for: .media)
  }

  /// Puts a datagram on the wire as if `source` had sent it: for scripted peers and attackers. Inside `run` only.
  public func inject(
    _ bytes: [UInt8], from source: TransportAddress, to destination: TransportAddress,
    as traffic: TrafficClass = .signalling
  ) {
    send(bytes, from: source, to: destination, traffic: traffic)
  }

  /// Shows every datagram to `observer` as it is sent, before the link decides its fate. One observer; nil for none.
  /// Inside `run` only.
  public func observeDatagrams(_ observer: (@Sendable (VirtualDatagram) -> Void)?) { state.value.observer = observer }

  /// The addresses on which somebody listens, of any transport, in no order. Inside `run` only.
  public var boundAddresses: [TransportAddress] { Array(state.value.datagramPorts.keys) + state.value.listeners.keys }

  /// A plain UDP socket for a scripted peer: what arrives is handed to `receive` on the loop. Inside `run` only.
  public func bindDatagrams(
    _ address: TransportAddress, receive: @escaping @Sendable ([UInt8], TransportAddress) -> Void
  ) {
    state.value.datagramPorts[address] = receive
  }

  /// Counters of what the links did. Inside `run` only.
  public var counters: VirtualNetworkCounters { state.value.counters }

  func send(_ bytes: [UInt8], from source: TransportAddress, to destination: TransportAddress, traffic: TrafficClass) {
    state.value.counters.sent += 1
    state.value.observer?(
      VirtualDatagram(time: loop.now, source: source, destination: destination, traffic: traffic, bytes: bytes))
    let fate = PacketFate(state.value.conditions[traffic] ?? .perfect, isDatagram: true, ids: &state.value.ids)
    if fate.delays.isEmpty { state.value.counters.lost += 1 }
    let path = VirtualPath(source: source, destination: destination)
    for (copy, delay) in fate.delays.enumerated() {
      if copy > 0 { state.value.counters.duplicated += 1 }
      var arrival = loop.now + delay
      if !fate.mayBeOvertaken {
        arrival = max(arrival, state.value.lastArrivals[path] ?? .zero)
        state.value.lastArrivals[path] = arrival
      }
      loop.schedule(at: arrival) { [self] in
        guard let receive = state.value.datagramPorts[destination] else {
          state.value.counters.unreachable += 1
          return
        }
        receive(bytes, source)
      }
    }
  }

  /// Delivers to a stream's other end, in order, after the link's delay.
  func deliver(after floor: Instant, _ body: @escaping @Sendable () -> Void) -> Instant {
    let fate = PacketFate(state.value.conditions[.signalling] ?? .perfect, isDatagram: false, ids: &state.value.ids)
    let at = max(floor, loop.now + (fate.delays.first ?? .zero))
    loop.schedule(at: at, body)
    return at
  }
}

/// A datagram on a virtual network.
public struct VirtualDatagram: Sendable {
  /// When it was sent.
  public var time: Instant
  /// Who sent it.
  public var source: TransportAddress
  /// Whom it is for.
  public var destination: TransportAddress
  /// What kind of traffic it is.
  public var traffic: TrafficClass
  /// What it carries.
  public var bytes: [UInt8]
}

/// What the links of a virtual network did, in packets.
public struct VirtualNetworkCounters: Hashable, Sendable {
  /// Datagrams that were sent.
  public var sent = 0
  /// Datagrams that the links lost.
  public var lost = 0
  /// Second copies that the links made.
  public var duplicated = 0
  /// Datagrams that arrived where nobody listened.
  public var unreachable = 0
}

/// One direction between two sockets.
struct VirtualPath: Hashable {
  var source: TransportAddress
  var destination: TransportAddress
}

struct VirtualNetworkState {
  var ids: IDSource
  /// When the latest datagram of a path arrives: jitter alone does not let the next one overtake it.
  var lastArrivals: [VirtualPath: Instant] = [:]
  var conditions: [TrafficClass: LinkConditions] = [:]
  var names: [String: [IPAddress]] = [:]
  var datagramPorts: [TransportAddress: @Sendable ([UInt8], TransportAddress) -> Void] = [:]
  var listeners: [TransportAddress: VirtualListener] = [:]
  var nextFlow: UInt64 = 1
  var nextPort: UInt16 = 49152
  var counters = VirtualNetworkCounters()
  var observer: (@Sendable (VirtualDatagram) -> Void)?

  mutating func flowID() -> UInt64 {
    defer { nextFlow += 1 }
    return nextFlow
  }

  mutating func ephemeralPort() -> UInt16 {
    defer { nextPort = nextPort == .max ? 49152 : nextPort + 1 }
    return nextPort
  }
}
