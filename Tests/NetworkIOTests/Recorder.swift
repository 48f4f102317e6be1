import NetworkIO
import SIPParser
import SIPTransaction
import Synchronization
import Testing
import WireSupport

/// Collects events from callbacks, and lets a test wait for what it expects: never by sleeping, and never for ever.
final class Recorder<Event: Sendable>: Sendable {
  struct Late: Error, CustomStringConvertible {
    var description: String
  }

  private struct Waiter: Sendable {
    var check: @Sendable ([Event]) -> Bool
    var resume: @Sendable (Bool) -> Void
  }

  private struct State: Sendable {
    var events: [Event] = []
    var waiters: [UInt64: Waiter] = [:]
    var nextWaiter: UInt64 = 0
  }

  private let state = Mutex(State())
  private let network: any Network

  init(_ network: any Network) { self.network = network }

  var events: [Event] { state.withLock { $0.events } }

  func record(_ event: Event) {
    let ready = state.withLock { state in
      state.events.append(event)
      let ready = state.waiters.filter { $0.value.check(state.events) }
      for id in ready.keys { state.waiters[id] = nil }
      return ready.values.map(\.resume)
    }
    for resume in ready { resume(true) }
  }

  /// What `find` finds in the events, once it does.
  func wait<R: Sendable>(
    for what: String, within limit: Duration = .seconds(20), _ find: @escaping @Sendable ([Event]) -> R?
  ) async throws -> R {
    let network = network
    let met = await withCheckedContinuation { continuation in
      let id: UInt64? = state.withLock { state in
        if find(state.events) != nil { return nil }
        state.nextWaiter += 1
        let waiter = Waiter(check: { find($0) != nil }, resume: { continuation.resume(returning: $0) })
        state.waiters[state.nextWaiter] = waiter
        return state.nextWaiter
      }
      guard let id else { return continuation.resume(returning: true) }
      network.execute { [self] in
        let box = TimerBox()
        box.timer = network.makeTimer { [self] in
          box.timer = nil
          state.withLock { $0.waiters.removeValue(forKey: id) }?.resume(false)
        }
        box.timer?.arm(at: network.now() + limit)
      }
    }
    guard met, let found = find(events) else { throw Late(description: "no \(what) in \(limit); got \(events)") }
    return found
  }
}

/// Holds a timer until it fires. On the loop only.
private final class TimerBox: @unchecked Sendable {
  var timer: (any NetworkTimer)?
}

extension Network {
  /// Runs on the executor, and gives back what it gave.
  func run<R: Sendable>(_ body: @escaping @Sendable () -> R) async -> R {
    await withCheckedContinuation { continuation in execute { continuation.resume(returning: body()) } }
  }
}

/// A SIP transport with its events, as a test uses it.
struct Endpoint: Sendable {
  let network: SystemNetwork
  let layer: any SIPTransportLayer
  let recorder: Recorder<SIPTransportEvent>

  init(
    _ network: SystemNetwork, _ listen: [SIPTransport] = [], at ip: IPAddress = .loopback, tls: SIPTLSSettings? = nil,
    limits: SIPTransportLimits = .init(),
    answer: (@Sendable ([UInt8], SIPFlow) -> [UInt8]?)? = nil
  ) async throws {
    let recorder = Recorder<SIPTransportEvent>(network)
    let box = LayerBox()
    var limits = limits
    limits.halfClosed = .milliseconds(200)
    self.network = network
    self.recorder = recorder
    layer = try await network.makeSIPTransport(
      SIPTransportConfiguration(
        listen: listen.map { SIPListenAddress($0, TransportAddress(ip: ip, port: 0)) }, tls: tls, limits: limits)
    ) { event in
      if case .received(let bytes, let flow, _) = event, let reply = answer?(bytes, flow) {
        box.layer?.send(SIPTransmission(id: .none, target: .flow(flow), bytes: reply))
      }
      recorder.record(event)
    }
    let layer = layer
    await network.run { box.layer = layer }
  }

  func address(_ transport: SIPTransport) throws -> TransportAddress {
    try #require(layer.localAddress(for: transport))
  }

  func send(_ bytes: [UInt8], _ target: SIPTransmissionTarget, id: UInt64 = 1) {
    network.execute { [layer] in
      layer.send(SIPTransmission(id: SIPTransmissionID(rawValue: id), target: target, bytes: bytes))
    }
  }

  func send(
    _ bytes: [UInt8], _ transport: SIPTransport, _ address: TransportAddress, name: String? = nil, id: UInt64 = 1
  ) {
    send(bytes, .destination(SIPDestination(transport: transport, address: address, serverName: name)), id: id)
  }

  func close(_ flow: SIPFlow) { network.execute { [layer] in layer.close(flow) } }

  func opened() async throws -> (flow: SIPFlow, tlsVersion: String?) {
    try await recorder.wait(for: "opened connection") { events in
      for case .opened(let flow, let version) in events { return (flow, version) }
      return nil
    }
  }

  func closed() async throws -> NetworkError? {
    try await recorder.wait(for: "closed connection") { events -> NetworkError?? in
      for case .closed(_, let error) in events { return .some(error) }
      return nil
    }
  }

  func failed(_ id: UInt64 = 1) async throws -> NetworkError {
    try await recorder.wait(for: "failed transmission") { events in
      for case .sendFailed(let failed, let error) in events where failed.rawValue == id { return error }
      return nil
    }
  }

  /// The bytes of all flows, once there are `count`.
  func received(count: Int) async throws -> [UInt8] {
    try await recorder.wait(for: "\(count) bytes") { events in
      let bytes = Self.bytes(events)
      return bytes.count >= count ? bytes : nil
    }
  }

  static func bytes(_ events: [SIPTransportEvent]) -> [UInt8] {
    events.flatMap { event -> [UInt8] in
      if case .received(let bytes, _, _) = event { bytes } else { [] }
    }
  }

  var openedCount: Int {
    recorder.events.count { if case .opened = $0 { true } else { false } }
  }
}

/// On the loop only.
private final class LayerBox: @unchecked Sendable {
  var layer: (any SIPTransportLayer)?
}

/// A network of its own for a test, ended whatever happens.
func withNetwork(_ body: (SystemNetwork) async throws -> Void) async throws {
  let network = SystemNetwork()
  do {
    try await body(network)
  } catch {
    await network.shutdown()
    throw error
  }
  await network.shutdown()
}

/// The network error that `body` throws; a failure of the test when it throws none.
func networkError(
  _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async throws -> NetworkError {
  let error = await #expect(throws: NetworkError.self, what, sourceLocation: sourceLocation) { try await body() }
  return try #require(error, what, sourceLocation: sourceLocation)
}
