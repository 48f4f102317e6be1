import NetworkIO
import SDP
import SIPParser
import SIPTransaction
import SIPUserAgent
import WireSupport

/// A call between us and one peer, with its streams: made by `SIPApplication.session(to:streams:)` or by a peer.
///
/// It is independent of what its streams carry. Its methods return when the thing has happened; what the peer does
/// arrives in `events`.
public actor Session {
  /// Where a session is in its life.
  public enum State: Hashable, Sendable {
    /// Made by us, not yet proposed.
    case idle
    /// Proposed by us, not yet answered.
    case connecting
    /// Proposed by the peer, not yet answered.
    case incoming
    /// Accepted by us, not yet confirmed by the peer's ACK.
    case accepting
    /// Established.
    case connected
    /// Saying goodbye.
    case terminating
    /// Over.
    case terminated
  }

  /// The application that the session belongs to.
  public nonisolated let application: SIPApplication
  /// Who made the call.
  public nonisolated let originator: Originator
  /// The peer's address: To of a call that we make, From of one that we receive.
  public nonisolated let remoteIdentity: SIPNameAddress
  /// The network's serial executor, shared with the application and the streams.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { application.network.unownedExecutor }

  nonisolated let source = EventSource<SessionEvent>()
  /// What happens to the session, in order; a late reader first gets the present state.
  public nonisolated var events: EventSequence<SessionEvent> { source.events }

  /// Where the session is in its life.
  public private(set) var state: State
  /// The streams that were agreed on; before that, those that are proposed.
  public private(set) var streams: [any MediaStream]
  /// The transport that carries the signalling: UDP, TCP or TLS.
  public private(set) var transport: SIPTransport?
  /// The version of TLS that protects the signalling, nil without.
  public internal(set) var tlsVersion: String?
  /// What the peer calls its program (User-Agent or Server), nil while unknown.
  public private(set) var remoteUserAgent: String?
  /// Milliseconds from our INVITE to our ACK, or from the peer's INVITE to its ACK as far as this side can see it.
  public private(set) var setupMilliseconds: Double?
  /// When the session was established.
  public private(set) var startTime: Instant?
  /// When it was over.
  public private(set) var endTime: Instant?

  // A session of ours has a target from the start; an incoming one its request.
  let destination: SIPDestination?
  let localAddress: IPAddress
  var invitation: SIPInvitationID?
  var negotiator: SDPNegotiator
  var slots: [(any MediaStream)?] = []
  var started: Set<Int> = []
  private var beganAt: Instant?
  /// The negotiator as it was when our INVITE left: each early answer, and the final one, starts from it.
  private var offered: SDPNegotiator?
  private var earlyAnswer: [UInt8]?
  private var end: SessionEnd?
  private var failure: SessionFailure?
  var proposal: Proposal?
  /// What `holdChanged` has told, by slot.
  var reportedHolds: [(local: Bool, remote: Bool)] = []
  var proposalQueue: [CheckedContinuation<Void, Never>] = []
  private var establishing: CheckedContinuation<Void, any Error>?
  private var endWaiters: [CheckedContinuation<Void, Never>] = []

  init(
    application: SIPApplication, to target: SIPNameAddress, destination: SIPDestination, localAddress: IPAddress,
    negotiator: SDPNegotiator, streams: [any MediaStream]
  ) {
    self.application = application
    self.originator = .local
    self.remoteIdentity = target
    self.destination = destination
    self.localAddress = localAddress
    self.negotiator = negotiator
    self.streams = streams
    self.slots = streams
    self.transport = destination.transport
    self.state = .idle
  }

  init(
    application: SIPApplication, from peer: SIPNameAddress, userAgent: String?, invitation: SIPInvitationID,
    flow: SIPFlow,
    localAddress: IPAddress, negotiator: SDPNegotiator, slots: [(any MediaStream)?], at now: Instant
  ) {
    self.application = application
    self.originator = .remote
    self.remoteIdentity = peer
    self.remoteUserAgent = userAgent
    self.destination = nil
    self.localAddress = localAddress
    self.invitation = invitation
    self.negotiator = negotiator
    self.slots = slots
    self.streams = slots.compactMap { $0 }
    self.transport = flow.transport
    self.state = .incoming
    self.beganAt = now
  }

  // MARK: A call that we make

  /// Proposes the session to the peer and returns when it is established.
  ///
  /// Cancelling the task takes the proposal back (CANCEL), or ends the session if the answer was faster.
  /// - Throws: `SessionFailure` when the peer refuses, redirects, does not answer or cannot be reached;
  ///   `SIPSimpleError` when the session cannot be proposed at all.
  public func connect() async throws {
    guard state == .idle, let destination else {
      throw SIPSimpleError(.invalidState, "A session can be connected once, and only by the side that made it")
    }
    state = .connecting
    let offer: [UInt8]
    do {
      let context = MediaStreamContext(localAddress: localAddress, isIncoming: false)
      for stream in streams { try await stream.prepare(context) }
      guard state == .connecting else { throw cancelledFailure() }
      offer = try negotiator.makeOffer(slots.map { $0?.localMediaNow() }).serialized()
    } catch {
      finishFailed(asFailure(error, code: 488))
      throw error
    }
    offered = negotiator
    beganAt = application.network.now()
    do {
      invitation = try application.invite(
        self, to: remoteIdentity, destination: destination, local: localAddress, offer: offer)
    } catch {
      finishFailed(asFailure(error, code: 500))
      throw error
    }
    try await waitForEstablishment()
  }

  // MARK: A call that we receive

  /// Tells the caller that we ring (180).
  public func ring() {
    guard state == .incoming, let invitation else { return }
    application.attempt { (agent, now, outputs) throws(SIPTransactionError) in
      try agent.progress(invitation, at: now, into: &outputs)
    }
  }

  /// Accepts the session with these of its proposed streams, all of them unless told otherwise, and returns when the
  /// caller has confirmed it.
  ///
  /// - Throws: `SessionFailure` when the caller gave up or never sent ACK; `SIPSimpleError` when the streams cannot be
  ///   set up, in which case the caller has been refused with 488 or 500.
  public func accept(streams accepted: [any MediaStream]? = nil) async throws {
    guard state == .incoming, let invitation else {
      throw SIPSimpleError(.invalidState, "Only an incoming session that has not been answered can be accepted")
    }
    state = .accepting
    if let accepted {
      for (index, stream) in slots.enumerated() where stream.map({ one in !accepted.contains { $0 === one } }) == true {
        slots[index] = nil
      }
      streams = slots.compactMap { $0 }
    }
    do {
      let context = MediaStreamContext(localAddress: localAddress, isIncoming: true)
      for stream in streams { try await stream.prepare(context) }
      guard state == .accepting else { throw failure ?? cancelledFailure() }
      let body: [UInt8]
      if negotiator.remoteOffer != nil {
        let agreement = try negotiator.makeAnswer(slots.map { $0?.localMediaNow() })
        guard agreement.hasMedia else { throw SIPSimpleError(.negotiation, Self.reason(for: agreement)) }
        source.send(.willStart)
        try apply(agreement, by: .remote)
        body = try agreement.local.serialized()
      } else {
        // An INVITE without an offer asks us for one (RFC 3261 §13.2.1); the answer is in the ACK.
        body = try negotiator.makeOffer(slots.map { $0?.localMediaNow() }).serialized()
      }
      let answer = SIPBody.sdp(body)
      try application.performThrowing { (agent, now, outputs) throws(SIPTransactionError) in
        try agent.accept(invitation, body: answer, at: now, into: &outputs)
      }
    } catch {
      if state == .accepting {
        let status =
          (error as? SIPSimpleError)?.code == .negotiation ? SIPStatus.notAcceptableHere : .serverInternalError
        // The user agent tells at once that the call is over; why, is known here only.
        failure = asFailure(error, code: Int(status.code))
        application.attempt { (agent, now, outputs) throws(SIPTransactionError) in
          try agent.reject(invitation, status: status, at: now, into: &outputs)
        }
        finishFailed(asFailure(error, code: Int(status.code)))
      }
      throw error
    }
    try await waitForEstablishment()
  }

  /// Refuses the session: 486 when busy, 603 to decline everywhere, or any other status from 300 to 699.
  public func reject(code: Int = 603, phrase: String? = nil) {
    guard state == .incoming, let invitation else { return }
    let status = SIPStatus((300...699).contains(code) ? UInt16(code) : 603)
    let refusal = SessionFailure(
      .rejected, code: Int(status.code), phrase: phrase ?? status.defaultReason, originator: .local)
    failure = refusal
    application.attempt { (agent, now, outputs) throws(SIPTransactionError) in
      try agent.reject(invitation, status: status, reason: phrase, at: now, into: &outputs)
    }
    finishFailed(refusal)
  }

  // MARK: The end

  /// Ends the session in whatever state it is (CANCEL, a refusal, BYE) and returns when the peer has confirmed or the
  /// protocol's time for that is over. Again is harmless.
  public func end() async {
    switch state {
    case .terminated: return
    case .idle: finishFailed(cancelledFailure())
    case .connecting where invitation == nil:
      finishFailed(cancelledFailure())
    case .connecting, .incoming, .accepting, .connected:
      beginEnd(SessionEnd(originator: .local, reason: .hangup))
    case .terminating: break
    }
    guard state != .terminated else { return }
    await withCheckedContinuation { endWaiters.append($0) }
  }

  func beginEnd(_ reason: SessionEnd) {
    guard let invitation, state != .terminating, state != .terminated else { return }
    end = end ?? reason
    if state == .connected { source.send(.willEnd(originator: reason.originator)) }
    state = .terminating
    for stream in streams { stream.endNow() }
    application.perform { agent, now, outputs in agent.end(invitation, at: now, into: &outputs) }
  }

  // MARK: What the signalling reports

  func handle(_ event: SIPInvitationEvent) {
    switch event {
    case .trying: break
    case .progress(let response):
      note(response.headers)
      if response.status.code == 180 { source.send(.ringing) }
      source.send(.provisional(code: Int(response.status.code), phrase: response.reason))
      applyEarlyAnswer(response)
    case .answered(let response, _):
      note(response.headers)
      applyFinalAnswer(response)
    case .confirmed(let ack):
      confirm(with: ack)
    case .reinvited(let request): answerProposal(request)
    case .reinviteCancelled: if !negotiator.isStable { negotiator.rollback() }
    case .reinviteConfirmed(let ack): finishAnswer(ack)
    case .reinviteAnswered(let response, _): finishProposal(with: response)
    case .reinviteRejected(let rejection): rejectProposal(rejection)
    case .reinviteDeferred:
      // The peer's offer comes first; ours is made anew when it is due.
      if !negotiator.isStable { negotiator.rollback() }
    case .reinviteDue: repeatProposal()
    case .noAck: end = SessionEnd(originator: .remote, reason: .missingACK)
    case .ended(let how): finish(how)
    }
  }

  private func note(_ headers: SIPHeaders) {
    if let agent = headers.productText { remoteUserAgent = agent }
  }

  private func applyEarlyAnswer(_ response: SIPResponse) {
    // A fork's second early answer does not take the media away from the first.
    guard earlyAnswer == nil, !response.body.isEmpty, let offered, state == .connecting else { return }
    do {
      var early = offered
      let agreement = try early.receiveAnswer(SDPSession(parsing: response.body))
      negotiator = early
      earlyAnswer = response.body
      try apply(agreement, by: .remote)
    } catch {
      // An early answer that makes no sense is no reason to give up: the final one decides.
    }
  }

  private func applyFinalAnswer(_ response: SIPResponse) {
    guard state == .connecting, var final = offered else { return }
    do {
      // RFC 3261 §13.2.1: an answer that came in a provisional response is not repeated, or repeated as it was.
      let isKnown = earlyAnswer != nil && (response.body.isEmpty || response.body == earlyAnswer)
      if !isKnown {
        let agreement = try final.receiveAnswer(SDPSession(parsing: response.body))
        guard agreement.hasMedia else { throw SIPSimpleError(.negotiation, Self.reason(for: agreement)) }
        negotiator = final
        source.send(.willStart)
        try apply(agreement, by: .remote)
      }
      dropRefusedStreams()
      establish()
    } catch {
      let failure = asFailure(error, code: 488)
      self.failure = failure
      beginEnd(SessionEnd(originator: .local, reason: .hangup))
    }
  }

  private func confirm(with ack: SIPRequest?) {
    guard state == .accepting else { return }
    do {
      if negotiator.localOffer != nil {
        guard let ack, !ack.body.isEmpty else {
          throw SIPSimpleError(.negotiation, "The caller asked for an offer and answered it with an empty ACK")
        }
        let agreement = try negotiator.receiveAnswer(SDPSession(parsing: ack.body))
        guard agreement.hasMedia else { throw SIPSimpleError(.negotiation, Self.reason(for: agreement)) }
        source.send(.willStart)
        try apply(agreement, by: .remote)
      }
      dropRefusedStreams()
      establish()
    } catch {
      failure = asFailure(error, code: 488)
      beginEnd(SessionEnd(originator: .local, reason: .hangup))
    }
  }

  private func establish() {
    let now = application.network.now()
    state = .connected
    startTime = now
    if let beganAt { setupMilliseconds = now.milliseconds(since: beganAt) }
    source.send(.didStart(streams: streams))
    reportHold()
    establishing?.resume()
    establishing = nil
  }

  private func dropRefusedStreams() {
    for (index, stream) in slots.enumerated() where !started.contains(index) {
      stream?.endNow()
      slots[index] = nil
    }
    streams = slots.compactMap { $0 }
  }

  private func waitForEstablishment() async throws {
    let network = application.network
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        switch state {
        case .connected: continuation.resume()
        case .terminated: continuation.resume(throwing: failure ?? cancelledFailure())
        default: establishing = continuation
        }
        if Task.isCancelled { beginEnd(SessionEnd(originator: .local, reason: .hangup)) }
      }
    } onCancel: {
      network.execute {
        self.assumeIsolated { session in
          if session.state == .connecting || session.state == .accepting || session.state == .connected {
            session.beginEnd(SessionEnd(originator: .local, reason: .hangup))
          }
        }
      }
    }
  }

  // MARK: Over

  private func finish(_ how: SIPInvitationEnd) {
    guard state != .terminated else { return }
    if startTime == nil {
      finishFailed(failure ?? SessionFailure(how, originator: originator))
    } else {
      finishEnded(end ?? SessionEnd(how))
    }
  }

  private func finishFailed(_ failure: SessionFailure) {
    guard state != .terminated else { return }
    self.failure = failure
    tearDown()
    source.send(.didFail(failure))
    source.finish()
    establishing?.resume(throwing: failure)
    establishing = nil
  }

  private func finishEnded(_ end: SessionEnd) {
    tearDown()
    source.send(.didEnd(end))
    source.finish()
    establishing?.resume()
    establishing = nil
  }

  private func tearDown() {
    state = .terminated
    endTime = application.network.now()
    for stream in streams { stream.endNow() }
    for stream in slots { stream?.endNow() }
    proposal?.continuation?.resume(
      throwing: SIPSimpleError(.invalidState, "The session ended before its change was answered"))
    proposal = nil
    for waiter in proposalQueue { waiter.resume() }
    proposalQueue = []
    for waiter in endWaiters { waiter.resume() }
    endWaiters = []
    if let invitation { application.forget(invitation) }
  }

  nonisolated func beginEndNow(_ reason: SessionEnd) { assumeIsolated { $0.beginEnd(reason) } }
  nonisolated func abandonNow() { assumeIsolated { $0.abandon() } }

  /// The application has stopped before the peer confirmed the end.
  func abandon() {
    guard state != .terminated else { return }
    if startTime == nil {
      finishFailed(failure ?? cancelledFailure())
    } else {
      finishEnded(end ?? SessionEnd(originator: .local, reason: .applicationStopped))
    }
  }

  func cancelledFailure() -> SessionFailure {
    SessionFailure(.cancelled, code: 487, phrase: "Request Terminated", originator: .local)
  }

  func asFailure(_ error: any Error, code: Int) -> SessionFailure {
    if let failure = error as? SessionFailure { return failure }
    return SessionFailure(
      .media, code: code, phrase: SIPStatus(UInt16(clamping: code)).defaultReason, originator: .local,
      detail: "\(error)")
  }

  static func reason(for agreement: SDPAgreement) -> String {
    let reasons = agreement.media.map { "\($0.kind): \($0.rejection?.description ?? "accepted")" }
    return "The two sides have no media in common (\(reasons.joined(separator: ", ")))"
  }
}
