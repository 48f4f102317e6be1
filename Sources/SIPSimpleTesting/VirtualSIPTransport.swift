import NetworkIO
import SIPParser
import SIPSimple
import SIPTransaction
import WireSupport

/// SIP over the virtual network: UDP as datagrams that meet the links' conditions, TCP and TLS as ordered streams.
final class VirtualSIPTransport: SIPTransportLayer {
  private struct State {
    var connections: [UInt64: VirtualConnection] = [:]
    var byDestination: [SIPDestination: UInt64] = [:]
    var closed = false
  }

  let listening: [SIPListenAddress]
  private let host: VirtualHost
  private let handler: @Sendable (SIPTransportEvent) -> Void
  private let state: Confined<State>
  private let datagramIDs: [TransportAddress: UInt64]

  init(
    host: VirtualHost, configuration: SIPTransportConfiguration,
    handler: @escaping @Sendable (SIPTransportEvent) -> Void
  ) throws(NetworkError) {
    self.host = host
    self.handler = handler
    self.state = Confined(State(), to: host.network.loop)
    var bound: [SIPListenAddress] = []
    var ids: [TransportAddress: UInt64] = [:]
    let network = host.network
    for listen in configuration.listen {
      if listen.transport == .udp {
        let address = try host.bindable(listen.address) { network.state.value.datagramPorts[$0] != nil }
        let id = network.state.value.flowID()
        ids[address] = id
        bound.append(SIPListenAddress(.udp, address))
        network.state.value.datagramPorts[address] = { bytes, source in
          handler(.received(bytes, SIPFlow(id: id, transport: .udp, local: address, remote: source), host.now()))
        }
      } else {
        let address = try host.bindable(listen.address) { network.state.value.listeners[$0] != nil }
        bound.append(SIPListenAddress(listen.transport, address))
      }
    }
    listening = bound
    datagramIDs = ids
    for listen in bound where listen.transport != .udp {
      network.state.value.listeners[listen.address] = VirtualListener(
        transport: listen.transport, names: host.names, owner: self)
    }
  }

  func send(_ transmission: SIPTransmission) {
    let network = host.network
    switch transmission.target {
    case .flow(let flow) where flow.transport == .udp:
      network.send(transmission.bytes, from: flow.local, to: flow.remote, traffic: .signalling)
    case .flow(let flow):
      guard let connection = state.value.connections[flow.id] else {
        return fail(transmission, NetworkError(.flowClosed, "The connection to \(flow.remote) is closed"))
      }
      connection.send(transmission.bytes)
    case .destination(let destination) where destination.transport == .udp:
      let socket = listening.first { $0.transport == .udp && $0.address.ip.isV6 == destination.address.ip.isV6 }
      guard let socket else {
        return fail(transmission, NetworkError(.addressNotAvailable, "No UDP socket is bound on this host"))
      }
      network.send(transmission.bytes, from: socket.address, to: destination.address, traffic: .signalling)
    case .destination(let destination):
      if let id = state.value.byDestination[destination], let connection = state.value.connections[id] {
        return connection.send(transmission.bytes)
      }
      connect(to: destination, first: transmission)
    }
  }

  private func connect(to destination: SIPDestination, first: SIPTransmission) {
    let network = host.network
    let local = TransportAddress(ip: host.ip, port: network.state.value.ephemeralPort())
    guard let listener = network.state.value.listeners[destination.address],
      listener.transport == destination.transport, let peer = listener.owner
    else {
      return fail(
        first, NetworkError(.refused, "Nobody listens at \(destination.address)", address: destination.address))
    }
    if let name = destination.serverName, destination.transport.isSecure,
      !listener.names.contains(where: { $0.lowercased() == name.lowercased() })
    {
      return fail(
        first, NetworkError(.tlsVerificationFailed, "The certificate of \(destination.address) is not for \(name)"))
    }
    let ours = SIPFlow(
      id: network.state.value.flowID(), transport: destination.transport, local: local, remote: destination.address)
    let theirs = SIPFlow(
      id: network.state.value.flowID(), transport: destination.transport, local: destination.address, remote: local)
    let near = VirtualConnection(network: network, flow: ours, owner: self)
    let far = VirtualConnection(network: network, flow: theirs, owner: peer)
    near.other = far
    far.other = near
    let version = destination.transport.isSecure ? "TLSv1.3" : nil
    state.value.connections[ours.id] = near
    state.value.byDestination[destination] = ours.id
    near.floor = network.deliver(after: network.now) { [peer] in
      guard !peer.state.value.closed else { return near.fail(NetworkError(.refused, "Nobody listens there")) }
      peer.state.value.connections[theirs.id] = far
      peer.handler(.opened(theirs, tlsVersion: version))
    }
    far.floor = network.deliver(after: near.floor) { [weak self] in self?.handler(.opened(ours, tlsVersion: version)) }
    near.floor = far.floor
    near.send(first.bytes)
  }

  private func fail(_ transmission: SIPTransmission, _ error: NetworkError) {
    guard transmission.id != .none else { return }
    let handler = handler
    host.network.loop.execute { handler(.sendFailed(transmission.id, error)) }
  }

  func close(_ flow: SIPFlow) { state.value.connections[flow.id]?.close() }

  func received(_ bytes: [UInt8], on flow: SIPFlow) {
    guard !state.value.closed, state.value.connections[flow.id] != nil else { return }
    handler(.received(bytes, flow, host.now()))
  }

  func ended(_ flow: SIPFlow, _ error: NetworkError?) {
    guard state.value.connections.removeValue(forKey: flow.id) != nil else { return }
    if let entry = state.value.byDestination.first(where: { $0.value == flow.id }) {
      state.value.byDestination[entry.key] = nil
    }
    if !state.value.closed { handler(.closed(flow, error)) }
  }

  func shutdown() async {
    await withCheckedContinuation { continuation in
      host.network.loop.execute { [self] in
        let network = host.network
        for listen in listening {
          if listen.transport == .udp {
            network.state.value.datagramPorts[listen.address] = nil
          } else {
            network.state.value.listeners[listen.address] = nil
          }
        }
        for connection in state.value.connections.values.sorted(by: { $0.flow.id < $1.flow.id }) { connection.close() }
        state.value.closed = true
        continuation.resume()
      }
    }
  }
}

/// Who listens on a virtual TCP or TLS port.
struct VirtualListener {
  var transport: SIPTransport
  var names: [String]
  weak var owner: VirtualSIPTransport?
}

/// One end of a virtual stream.
final class VirtualConnection: Sendable {
  private struct State {
    var floor = Instant.zero
    weak var other: VirtualConnection?
    var isOpen = true
  }

  let flow: SIPFlow
  private let network: VirtualNetwork
  private let owner: Confined<WeakTransport>
  private let state: Confined<State>

  init(network: VirtualNetwork, flow: SIPFlow, owner: VirtualSIPTransport) {
    self.network = network
    self.flow = flow
    self.owner = Confined(WeakTransport(transport: owner), to: network.loop)
    self.state = Confined(State(), to: network.loop)
  }

  /// The earliest time at which the next bytes may arrive: streams keep their order.
  var floor: Instant {
    get { state.value.floor }
    set { state.value.floor = newValue }
  }

  var other: VirtualConnection? {
    get { state.value.other }
    set { state.value.other = newValue }
  }

  func send(_ bytes: [UInt8]) {
    guard state.value.isOpen, let other else { return }
    floor = network.deliver(after: floor) { other.owner.value.transport?.received(bytes, on: other.flow) }
  }

  func close() {
    guard state.value.isOpen else { return }
    state.value.isOpen = false
    let other = other
    floor = network.deliver(after: floor) { other?.fail(nil) }
    network.loop.execute { [self] in owner.value.transport?.ended(flow, nil) }
  }

  func fail(_ error: NetworkError?) {
    state.value.isOpen = false
    owner.value.transport?.ended(flow, error)
  }
}

struct WeakTransport {
  weak var transport: VirtualSIPTransport?
}
