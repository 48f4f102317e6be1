import Media
import NetworkIO
import SDP
import SIPParser
import SIPTransaction
import SIPUserAgent
import WireSupport

/// One SIP endpoint: its account, its sockets, its mixer, its sessions. An instance, not a singleton: two in one process
/// are two endpoints.
///
/// ```swift
/// let application = SIPApplication(SIPApplicationConfiguration(account: .direct(user: "alice")))
/// try await application.run {
///   let session = try await application.call("sip:bob@127.0.0.1:5070", streams: [.audio()])
///   for try await event in session.events { print(event) }
/// }
/// ```
///
/// Everything of an application runs on its network's one serial executor: a packet is handled where it arrives.
public actor SIPApplication {
  /// What the application was told at the start.
  public nonisolated let configuration: SIPApplicationConfiguration
  /// The network that it runs on: the machine's, or a virtual one.
  public nonisolated let network: any Network
  /// The kinds of stream that it can make for what peers propose.
  public nonisolated let streams: MediaStreamRegistry
  /// The network's serial executor.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { network.unownedExecutor }

  private nonisolated let source = EventSource<ApplicationEvent>()
  /// Incoming sessions, SIP messages as they cross the wire, and what happens to the application.
  public nonisolated var events: EventSequence<ApplicationEvent> { source.events }

  /// Whether it runs.
  public private(set) var isRunning = false
  /// The sessions that are not over.
  public var sessions: [Session] { Array(sessionsByInvitation.values) }
  /// Where SIP is received, with the ports that the system chose; empty before `start()`.
  public private(set) var listening: [SIPListenAddress] = []

  private var driver: SIPUserAgentDriver?
  private var lastSignalling = SignallingStatistics()
  private var sessionsByInvitation: [SIPInvitationID: Session] = [:]
  var ids: IDSource
  private(set) var audio: Confined<AudioEngine>?
  nonisolated let codecs: Result<AudioCodecRegistry, MediaError>

  /// An application that does nothing until it is started.
  ///
  /// - Parameters:
  ///   - configuration: every setting has a default that works.
  ///   - network: the machine's own unless told otherwise.
  ///   - streams: the kinds of stream that it accepts from peers.
  public init(
    _ configuration: SIPApplicationConfiguration = .init(), network: any Network = SystemNetwork.onSharedLoop(),
    streams: MediaStreamRegistry = .standard
  ) {
    self.configuration = configuration
    self.network = network
    self.streams = streams
    self.ids = network.makeIDSource()
    self.codecs = Result { () throws(MediaError) in
      guard let names = configuration.rtp.audioCodecs else { return .standard }
      return try AudioCodecRegistry.standard.preferring(names)
    }
  }

  /// How the signalling is doing; the last figures when the application has stopped.
  public var signalling: SignallingStatistics {
    guard let driver else { return lastSignalling }
    return driver.performNow { agent, _, _ in SignallingStatistics(agent) }
  }

  // MARK: Life

  /// Binds the sockets and starts the audio clock.
  ///
  /// - Throws: `SIPSimpleError` in a sentence: a port is taken, a codec or device does not exist. Nothing stays open then.
  public func start() async throws(SIPSimpleError) {
    guard !isRunning else { return }
    if case .failure(let error) = codecs { throw SIPSimpleError(.invalidConfiguration, "\(error)") }
    guard configuration.sip.listen.isEmpty == false else {
      throw SIPSimpleError(.invalidConfiguration, "SIPSettings.listen is empty: name at least one transport")
    }
    let driver = SIPUserAgentDriver(
      configuration: userAgentConfiguration, network: network,
      onEvent: { [weak self] event in self?.assumeIsolated { $0.handle(event) } },
      onFlow: { [weak self] flow, tls in self?.assumeIsolated { $0.flowOpened(flow, tlsVersion: tls) } },
      onTrace: { [source] record in source.send(.trace(record)) })
    do {
      listening = try await driver.start(
        SIPTransportConfiguration(
          listen: configuration.sip.listen, tls: configuration.sip.tls, limits: configuration.sip.limits))
    } catch {
      throw SIPSimpleError(.network, error.message)
    }
    do {
      try startAudio()
    } catch {
      await driver.stop()
      listening = []
      throw SIPSimpleError(.media, "\(error)")
    }
    self.driver = driver
    isRunning = true
    source.send(.started(listening: listening))
  }

  /// Ends every session, says goodbye on the wire, and closes the sockets.
  ///
  /// A peer that does not answer is waited for no longer than `grace`.
  public func stop(grace: Duration = .seconds(2)) async {
    guard isRunning, let driver else { return }
    isRunning = false
    for session in sessions.sorted(by: { $0.remoteIdentity.uri.description < $1.remoteIdentity.uri.description }) {
      session.beginEndNow(SessionEnd(originator: .local, reason: .applicationStopped))
    }
    await driver.drain(within: grace)
    await driver.stop()
    for session in sessions { session.abandonNow() }
    audio?.value.stop()
    audio = nil
    lastSignalling = signalling
    self.driver = nil
    listening = []
    source.send(.stopped)
    source.finish()
  }

  /// Starts the application, runs `body`, and stops it however `body` ends; cancelling the task ends every call.
  public func run<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
    try await start()
    do {
      let result = try await body()
      await stop()
      return result
    } catch {
      await stop()
      throw error
    }
  }

  private func startAudio() throws(MediaError) {
    let engine = try AudioEngine(mixer: AudioMixer(sampleRate: configuration.audio.sampleRate))
    let audio = Confined(engine, to: network.executor)
    let network = network
    try engine.start(configuration.audio.device) { [weak self] in
      network.execute { [weak self] in self?.assumeIsolated { $0.audioPeriod() } }
    } onFailure: { [source] error in
      source.send(.audioDeviceFailed("\(error)"))
    }
    self.audio = audio
  }

  /// Puts another device in place of the present one while calls go on.
  ///
  /// - Throws: `SIPSimpleError` when the new device cannot be started; there is no device then, and calls are silent.
  public func setAudioDevice(_ device: any AudioDevice) throws(SIPSimpleError) {
    guard let audio else { throw SIPSimpleError(.invalidState, "The application is not running") }
    let network = network
    do {
      try audio.value.start(device) { [weak self] in
        network.execute { [weak self] in self?.assumeIsolated { $0.audioPeriod() } }
      } onFailure: { [source] error in
        source.send(.audioDeviceFailed("\(error)"))
      }
    } catch {
      throw SIPSimpleError(.media, "\(error)")
    }
  }

  // MARK: Calls

  /// Calls `target` and returns when the session is established.
  ///
  /// Cancelling the task before that takes the call back. Afterwards the session lives until `session.end()`, the peer
  /// hangs up, or the application stops; `withCall` ties it to a scope.
  /// - Parameter target: a SIP URI (`sip:bob@192.0.2.7:5070;transport=tcp`) or `bob@host`.
  /// - Throws: `SIPSimpleError` for a target that cannot be read or found; `SessionFailure` when the peer refuses.
  public func call(_ target: String, streams: [MediaStreamRequest] = [.audio()]) async throws -> Session {
    let session = try await session(to: target, streams: streams)
    try await session.connect()
    return session
  }

  /// Calls `target`, runs `body` with the session and ends it however `body` ends; cancelling the task ends the call.
  public func withCall<Result: Sendable>(
    _ target: String, streams: [MediaStreamRequest] = [.audio()], _ body: @Sendable (Session) async throws -> Result
  ) async throws -> Result {
    let session = try await call(target, streams: streams)
    do {
      let result = try await body(session)
      await session.end()
      return result
    } catch {
      await session.end()
      throw error
    }
  }

  /// Makes a session for a call to `target` without calling yet: read its events, then `connect()`.
  ///
  /// - Throws: `SIPSimpleError` for a target that cannot be read or found.
  public func session(to target: String, streams: [MediaStreamRequest] = [.audio()]) async throws(SIPSimpleError)
    -> Session
  {
    guard isRunning else { throw SIPSimpleError(.invalidState, "Start the application before it calls") }
    guard !streams.isEmpty else { throw SIPSimpleError(.invalidConfiguration, "A call needs at least one stream") }
    let route = try await CallTarget(target).route(
      over: listening, hasTLS: configuration.sip.tls != nil, network: network)
    let local = try advertisedAddress(toward: route.destination.address)
    let negotiator = SDPNegotiator(sessionID: ids.next() >> 2, address: local)
    return Session(
      application: self, to: SIPNameAddress(uri: route.uri), destination: route.destination, localAddress: local,
      negotiator: negotiator, streams: streams.map { $0.make(self) })
  }

  /// The address of ours that a peer at `peer` can reach.
  func advertisedAddress(toward peer: TransportAddress) throws(SIPSimpleError) -> IPAddress {
    let bound = listening.first { $0.address.ip.isV6 == peer.ip.isV6 }?.address.ip
    if let bound, !bound.isUnspecified { return bound }
    do { return try network.localAddress(toward: peer) } catch {
      throw SIPSimpleError(.unresolvableTarget, error.message)
    }
  }

  // MARK: The user agent below

  // The application, its sessions and its streams share one executor: these are plain calls.

  nonisolated func perform(_ body: @Sendable (inout SIPUserAgentCore, Instant, inout SIPUserAgentOutputs) -> Void) {
    assumeIsolated { $0.driver }?.performNow(body)
  }

  nonisolated func performThrowing<Value: Sendable>(
    _ body: @Sendable (inout SIPUserAgentCore, Instant, inout SIPUserAgentOutputs) throws(SIPTransactionError) -> Value
  ) throws -> Value {
    guard let driver = assumeIsolated({ $0.driver }) else {
      throw SIPSimpleError(.invalidState, "The application is not running")
    }
    return try driver.performNow(body)
  }

  /// Tells the user agent something about an invitation; one that has ended meanwhile has nothing to be told.
  nonisolated func attempt(
    _ body: @Sendable (inout SIPUserAgentCore, Instant, inout SIPUserAgentOutputs) throws(SIPTransactionError) -> Void
  ) {
    do { try performThrowing(body) } catch {}
  }

  nonisolated var audioNow: Confined<AudioEngine>? { assumeIsolated { $0.audio } }

  nonisolated func invite(
    _ session: Session, to target: SIPNameAddress, destination: SIPDestination, local: IPAddress, offer: [UInt8]
  ) throws -> SIPInvitationID {
    var outgoing = SIPOutgoingInvitation(
      from: identity(at: local), to: target, target: .destination(destination), body: .sdp(offer))
    // Nil would mean the user agent's own patience; a century is for ever.
    outgoing.answerTimeout = configuration.sip.answerTimeout ?? .seconds(100 * 365 * 86_400)
    let invitation = outgoing
    let id = try performThrowing { (agent, now, outputs) throws(SIPTransactionError) in
      try agent.invite(invitation, at: now, into: &outputs)
    }
    assumeIsolated { $0.sessionsByInvitation[id] = session }
    return id
  }

  /// Our address as the peer reads it in From.
  private nonisolated func identity(at local: IPAddress) -> SIPNameAddress {
    let account = configuration.account
    let host = account.domain.map { SIPHost($0) } ?? .ip(local)
    return SIPNameAddress(displayName: account.displayName, uri: SIPURI(user: account.user, host: host))
  }

  private var userAgentConfiguration: SIPUserAgentConfiguration {
    var result = SIPUserAgentConfiguration()
    result.product = configuration.userAgent
    result.endpoint.timers = configuration.sip.timers
    result.repeatsDeferredOffers = false
    // What no reader in this application would answer is refused with 405 by the user agent itself.
    result.allowedMethods = [.invite, .ack, .cancel, .bye, .options]
    return result
  }

  nonisolated func forget(_ invitation: SIPInvitationID) {
    assumeIsolated { $0.sessionsByInvitation[invitation] = nil }
  }

  private func handle(_ event: SIPUserAgentEvent) {
    switch event {
    case .incomingInvitation(let id, let request, let flow): receive(id, request, on: flow)
    case .invitation(let id, let event):
      guard let session = sessionsByInvitation[id] else { return }
      session.assumeIsolated { $0.handle(event) }
    case .incomingRequest: break  // none of the methods that we allow is left to us
    case .response, .requestFailed: break
    }
  }

  private func receive(_ id: SIPInvitationID, _ request: SIPRequest, on flow: SIPFlow) {
    func refuse(_ status: SIPStatus) {
      attempt { (agent, now, outputs) throws(SIPTransactionError) in
        try agent.reject(id, status: status, at: now, into: &outputs)
      }
    }
    guard isRunning else { return refuse(.serviceUnavailable) }
    let local: IPAddress
    do {
      local = try flow.local.ip.isUnspecified ? advertisedAddress(toward: flow.remote) : flow.local.ip
    } catch { return refuse(.serverInternalError) }
    var negotiator = SDPNegotiator(sessionID: ids.next() >> 2, address: local)
    var slots: [(any MediaStream)?] = []
    if request.body.isEmpty {
      slots = [MediaStreamRequest.audio().make(self)]
    } else {
      do {
        try negotiator.receiveOffer(SDPSession(parsing: request.body))
      } catch {
        return refuse(SIPStatus(error.status))
      }
      slots = negotiator.remoteOffer?.media.map { streams.request(for: $0)?.make(self) } ?? []
      guard slots.contains(where: { $0 != nil }) else { return refuse(.notAcceptableHere) }
    }
    let caller: SIPNameAddress
    do {
      guard let from = try request.headers.value(.from) else { return refuse(.badRequest) }
      caller = from
    } catch {
      return refuse(.badRequest)
    }
    let session = Session(
      application: self, from: caller, userAgent: request.headers.productText, invitation: id, flow: flow,
      localAddress: local, negotiator: negotiator, slots: slots, at: network.now())
    sessionsByInvitation[id] = session
    let tls = driver?.tlsVersionNow(of: flow)
    session.assumeIsolated { $0.tlsVersion = tls }
    source.send(.incomingSession(session))
  }

  private func flowOpened(_ flow: SIPFlow, tlsVersion: String?) {
    for session in sessionsByInvitation.values where session.destination?.address == flow.remote {
      session.assumeIsolated { $0.tlsVersion = tlsVersion }
    }
  }

  // MARK: Audio

  private func audioPeriod() { audio?.value.tick() }
}
