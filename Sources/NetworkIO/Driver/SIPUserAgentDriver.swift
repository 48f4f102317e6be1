import SIPParser
import SIPTransaction
import SIPUserAgent
import WireSupport

/// Runs a `SIPUserAgentCore` on a network: carries bytes to it and from it, keeps its one timer, and hands its events on.
///
/// An actor on the network's own executor: a datagram is parsed, matched and answered in the call that brought it. Whoever
/// owns it lives on that executor too and calls the `…Now` members, which are plain calls.
public actor SIPUserAgentDriver {
  /// The network that it runs on.
  public nonisolated let network: any Network
  public nonisolated var unownedExecutor: UnownedSerialExecutor { network.unownedExecutor }

  /// The user agent.
  public private(set) var userAgent: SIPUserAgentCore
  private var outputs = SIPUserAgentOutputs()
  private var isDraining = false
  private var transport: (any SIPTransportLayer)?
  private var timer: (any NetworkTimer)?
  private var tlsVersions: [UInt64: String] = [:]
  private var idleWaiters: [CheckedContinuation<Void, Never>] = []
  private let onEvent: @Sendable (SIPUserAgentEvent) -> Void
  private let onFlow: @Sendable (SIPFlow, String?) -> Void
  private let onTrace: @Sendable (TraceRecord) -> Void

  /// A driver that is not bound to any address yet.
  ///
  /// - Parameters:
  ///   - configuration: the user agent's.
  ///   - onEvent: called on the executor with each event of the user agent.
  ///   - onFlow: called on the executor when a connection is open, with its TLS version.
  ///   - onTrace: called on the executor with each message that crosses the wire, its secrets hidden.
  public init(
    configuration: SIPUserAgentConfiguration, network: any Network,
    onEvent: @escaping @Sendable (SIPUserAgentEvent) -> Void,
    onFlow: @escaping @Sendable (SIPFlow, String?) -> Void = { _, _ in },
    onTrace: @escaping @Sendable (TraceRecord) -> Void = { _ in }
  ) {
    self.network = network
    self.userAgent = SIPUserAgentCore(configuration: configuration, ids: network.makeIDSource())
    self.onEvent = onEvent
    self.onFlow = onFlow
    self.onTrace = onTrace
  }

  /// Binds the sockets and begins to receive; returns the bound addresses.
  public func start(_ configuration: SIPTransportConfiguration) async throws(NetworkError) -> [SIPListenAddress] {
    let transport = try await network.makeSIPTransport(configuration) { [weak self] event in
      self?.assumeIsolated { $0.handle(event) }
    }
    self.transport = transport
    timer = network.makeTimer { [weak self] in
      self?.performNow { agent, now, outputs in agent.advance(to: now, into: &outputs) }
    }
    let bound = transport.listening
    for listen in bound.reversed() {
      // Reversed, so that the first of several addresses of one transport is the one that Via and Contact name.
      var address = listen.address
      if address.ip.isUnspecified {
        let probe = TransportAddress(
          ip: address.ip.isV6 ? .v6(high: 0x2001_0db8_0000_0000, low: 1, zone: 0) : .v4(0xc000_0201), port: 9)
        do { address.ip = try network.localAddress(toward: probe) } catch {
          address.ip = address.ip.isV6 ? .loopbackV6 : .loopback  // no route out: loopback is all there is
        }
      }
      userAgent.setLocalAddress(address, for: listen.transport)
    }
    return bound
  }

  /// Ends every invitation and waits until each has been confirmed, at most `limit`. What lingers afterwards only absorbs
  /// retransmissions and is not waited for.
  public func drain(within limit: Duration) async {
    performNow { agent, now, outputs in agent.shutdown(at: now, into: &outputs) }
    guard userAgent.liveInvitationCount > 0 else { return }
    let alarm = network.makeTimer { [weak self] in self?.assumeIsolated { $0.releaseIdleWaiters() } }
    alarm.arm(at: network.now() + limit)
    await withCheckedContinuation { idleWaiters.append($0) }
    alarm.disarm()
  }

  /// Closes the sockets.
  public func stop() async {
    timer?.disarm()
    timer = nil
    let transport = transport
    self.transport = nil
    releaseIdleWaiters()
    await transport?.shutdown()
  }

  private func releaseIdleWaiters() {
    let waiters = idleWaiters
    idleWaiters = []
    for waiter in waiters { waiter.resume() }
  }

  // MARK: For whoever lives on the same executor

  /// Lets `body` tell the user agent something, then does what it asks for.
  public nonisolated func performNow<Result: Sendable, Failure: Error>(
    _ body: @Sendable (inout SIPUserAgentCore, Instant, inout SIPUserAgentOutputs) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let outcome: Swift.Result<Result, Failure> = assumeIsolated { driver in
      let result = Swift.Result { () throws(Failure) in
        try body(&driver.userAgent, driver.network.now(), &driver.outputs)
      }
      driver.drainOutputs()
      return result
    }
    return try outcome.get()
  }

  /// The TLS version of an open connection, nil without TLS.
  public nonisolated func tlsVersionNow(of flow: SIPFlow) -> String? { assumeIsolated { $0.tlsVersions[flow.id] } }

  // MARK: Inputs

  private func handle(_ event: SIPTransportEvent) {
    switch event {
    case .received(let bytes, let flow, let now):
      trace(.received, bytes, flow.transport, local: flow.local, remote: flow.remote)
      userAgent.receive(bytes, on: flow, at: now, into: &outputs)
    case .opened(let flow, let version):
      if let version { tlsVersions[flow.id] = version }
      userAgent.flowOpened(flow, at: network.now(), into: &outputs)
      onFlow(flow, version)
    case .closed(let flow, let error):
      tlsVersions[flow.id] = nil
      userAgent.flowClosed(flow, reason: error?.message, at: network.now(), into: &outputs)
    case .sendFailed(let id, let error):
      userAgent.transmissionFailed(id, reason: error.message, at: network.now(), into: &outputs)
    }
    drainOutputs()
  }

  // MARK: Outputs

  private func drainOutputs() {
    // An event's handler may tell the user agent more, which ends up here again: the outer call does it in order.
    guard !isDraining else { return }
    isDraining = true
    while !outputs.isEmpty {
      let actions = outputs.actions
      let events = outputs.events
      outputs.removeAll()
      for action in actions { perform(action) }
      for event in events { onEvent(event) }
    }
    isDraining = false
    timer?.arm(at: userAgent.nextDeadline)
    if !idleWaiters.isEmpty, userAgent.liveInvitationCount == 0 { releaseIdleWaiters() }
  }

  private func perform(_ action: SIPEndpointAction) {
    switch action {
    case .transmit(let transmission):
      let remote = transmission.target.remote
      let local: TransportAddress
      switch transmission.target {
      case .flow(let flow): local = flow.local
      case .destination(let destination):
        local =
          transport?.localAddress(for: destination.transport, toward: remote.ip)
          ?? TransportAddress(ip: remote.ip.isV6 ? .anyV6 : .any, port: 0)
      }
      trace(.sent, transmission.bytes, transmission.target.transport, local: local, remote: remote)
      transport?.send(transmission)
    case .closeFlow(let flow):
      transport?.close(flow)
    }
  }

  private func trace(
    _ direction: TraceRecord.Direction, _ bytes: [UInt8], _ transport: SIPTransport, local: TransportAddress,
    remote: TransportAddress
  ) {
    onTrace(
      TraceRecord(
        time: network.now(), direction: direction, transport: transport.name, local: local, remote: remote,
        bytes: SIPRedaction.redacted(bytes)))
  }
}
