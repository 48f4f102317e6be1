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

  /// Waits `duration` of virtual time.
  public func sleep(for duration: Duration) async { await loop.sleep(for: duration) }

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
  public func inject(_ bytes: [UInt8], from source: TransportAddress, to destination: TransportAddress) {
    send(bytes, from: source, to: destination, traffic: .signalling)
  }

  /// A plain UDP socket for a scripted peer: what arrives is handed to `receive` on the loop. Inside `run` only.
  public func bindDatagrams(
    _ address: TransportAddress, receive: @escaping @Sendable ([UInt8], TransportAddress) -> Void
  ) {
    state.value.datagramPorts[address] = receive
  }

  /// Counters of what the links did.
  public var counters: VirtualNetworkCounters { state.value.counters }

  func send(_ bytes: [UInt8], from source: TransportAddress, to destination: TransportAddress, traffic: TrafficClass) {
    state.value.counters.sent += 1
    let fate = PacketFate(state.value.conditions[traffic] ?? .perfect, isDatagram: true, ids: &state.value.ids)
    if fate.delays.isEmpty { state.value.counters.lost += 1 }
    for (copy, delay) in fate.delays.enumerated() {
      if copy > 0 { state.value.counters.duplicated += 1 }
      loop.schedule(at: loop.now + delay) { [self] in
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

struct VirtualNetworkState {
  var ids: IDSource
  var conditions: [TrafficClass: LinkConditions] = [:]
  var names: [String: [IPAddress]] = [:]
  var datagramPorts: [TransportAddress: @Sendable ([UInt8], TransportAddress) -> Void] = [:]
  var listeners: [TransportAddress: VirtualListener] = [:]
  var nextFlow: UInt64 = 1
  var nextPort: UInt16 = 49152
  var counters = VirtualNetworkCounters()

  mutating func flowID() -> UInt64 {
    defer { nextFlow += 1 }
    return nextFlow
  }

  mutating func ephemeralPort() -> UInt16 {
    defer { nextPort = nextPort == .max ? 49152 : nextPort + 1 }
    return nextPort
  }
}
