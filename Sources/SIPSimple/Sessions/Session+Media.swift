import SDP
import SIPParser
import SIPTransaction
import SIPUserAgent
import WireSupport

/// A change of the media that we have proposed and that waits for its answer.
struct Proposal {
  var continuation: CheckedContinuation<Void, any Error>?
  /// How often it met an offer of the peer's.
  var attempts = 0
  /// A peer that answers 491 each time is not waited for without end.
  static let maximumAttempts = 10
}

extension Session {
  /// Whether a stream is on hold, by either side.
  public var isOnHold: Bool { streams.contains { $0.holdStateNow.local || $0.holdStateNow.remote } }

  // MARK: What we propose

  /// Asks the peer to send nothing until `unhold()`, and returns when it has agreed.
  ///
  /// - Throws: `SIPSimpleError` when the session is not established or ends meanwhile; `SessionFailure` when the peer
  ///   refuses: then everything is as before.
  public func hold() async throws { try await setHold(true) }

  /// Resumes after `hold()`, and returns when the peer has agreed.
  ///
  /// - Throws: as `hold()`.
  public func unhold() async throws { try await setHold(false) }

  private func setHold(_ onHold: Bool) async throws {
    while true {
      while proposal != nil || !negotiator.isStable {
        guard state == .connected else { break }
        await withCheckedContinuation { proposalQueue.append($0) }
      }
      guard state == .connected else {
        throw SIPSimpleError(.invalidState, "Only an established session can be put on hold or resumed")
      }
      let before = streams.map { ($0, $0.holdStateNow.local) }
      if before.allSatisfy({ $0.1 == onHold }) { return }
      for stream in streams { stream.setHoldNow(onHold) }
      do {
        if try await propose() { return }
        // The peer's ACK to our last answer is still on its way: nothing may be offered before it (RFC 3261 §14.1).
        for (stream, held) in before { stream.setHoldNow(held) }
        await withCheckedContinuation { proposalQueue.append($0) }
      } catch {
        for (stream, held) in before { stream.setHoldNow(held) }
        if state == .connected { reportHold() }
        throw error
      }
    }
  }

  /// Sends a re-INVITE with the streams as they now wish to be and waits for its answer; false when none may be sent now.
  private func propose() async throws -> Bool {
    proposal = Proposal()
    do {
      try sendProposal()
    } catch {
      proposal = nil
      if (error as? SIPTransactionError)?.code == .pending { return false }
      releaseProposalQueue()
      throw SIPSimpleError(.invalidState, "The media cannot be changed now: \(error)")
    }
    try await withCheckedThrowingContinuation { continuation in
      if proposal == nil { return continuation.resume() }
      proposal?.continuation = continuation
    }
    return true
  }

  private func sendProposal() throws {
    guard let invitation else { throw SIPSimpleError(.invalidState, "The session has no dialog") }
    let offer = try negotiator.makeOffer(slots.map { $0?.localMediaNow() }).serialized()
    do {
      try application.performThrowing { (agent, now, outputs) throws(SIPTransactionError) in
        try agent.reinvite(invitation, body: .sdp(offer), at: now, into: &outputs)
      }
    } catch {
      negotiator.rollback()
      throw error
    }
  }

  /// After a glare: what we wished for is offered again, on top of what the peer's offer has changed.
  func repeatProposal() {
    guard let waiting = proposal else { return }
    proposal?.attempts += 1
    do {
      guard waiting.attempts < Proposal.maximumAttempts else {
        throw SessionFailure(.rejected, code: 491, phrase: "Request Pending", originator: .remote)
      }
      try sendProposal()
    } catch {
      proposal = nil
      waiting.continuation?.resume(throwing: error)
      releaseProposalQueue()
    }
  }

  func finishProposal(with response: SIPResponse) {
    guard let proposal else { return }
    let result: Result<Void, any Error>
    do {
      let agreement = try negotiator.receiveAnswer(SDPSession(parsing: response.body))
      try apply(agreement, by: .local)
      result = .success(())
      reportHold()
      source.send(.renegotiated(originator: .local))
    } catch {
      if !negotiator.isStable { negotiator.rollback() }
      result = .failure(SIPSimpleError(.negotiation, "The answer to our proposal makes no sense: \(error)"))
    }
    self.proposal = nil
    proposal.continuation?.resume(with: result)
    releaseProposalQueue()
  }

  func rejectProposal(_ rejection: SIPRejection) {
    guard let proposal else { return }
    if !negotiator.isStable { negotiator.rollback() }
    self.proposal = nil
    let code = Int(rejection.status.code)
    source.send(.proposalRejected(originator: .local, code: code, phrase: rejection.reason))
    proposal.continuation?.resume(
      throwing: SessionFailure(.rejected, code: code, phrase: rejection.reason, originator: .remote))
    releaseProposalQueue()
  }

  private func releaseProposalQueue() {
    let waiting = proposalQueue
    proposalQueue = []
    for waiter in waiting { waiter.resume() }
  }

  // MARK: What the peer proposes

  func answerProposal(_ request: SIPRequest) {
    guard let invitation else { return }
    do {
      let body: [UInt8]
      if request.body.isEmpty {
        body = try negotiator.makeOffer(slots.map { $0?.localMediaNow() }).serialized()
      } else {
        try negotiator.receiveOffer(SDPSession(parsing: request.body))
        let agreement = try negotiator.makeAnswer(slots.map { $0?.localMediaNow() })
        guard agreement.hasMedia else {
          negotiator.rollback()
          throw SIPSimpleError(.negotiation, Self.reason(for: agreement))
        }
        try apply(agreement, by: .remote)
        body = try agreement.local.serialized()
      }
      let answer = SIPBody.sdp(body)
      application.attempt { (agent, now, outputs) throws(SIPTransactionError) in
        try agent.acceptReinvite(invitation, body: answer, at: now, into: &outputs)
      }
      if !request.body.isEmpty {
        reportHold()
        source.send(.renegotiated(originator: .remote))
      }
    } catch {
      if !negotiator.isStable { negotiator.rollback() }
      let status = (error as? SDPError).map { SIPStatus($0.status) } ?? .notAcceptableHere
      application.attempt { (agent, now, outputs) throws(SIPTransactionError) in
        try agent.rejectReinvite(invitation, status: status, at: now, into: &outputs)
      }
      source.send(
        .proposalRejected(originator: .remote, code: Int(status.code), phrase: status.defaultReason))
    }
  }

  /// The ACK to our answer of a re-INVITE came; it carries an answer when our 2xx carried the offer.
  func finishAnswer(_ ack: SIPRequest?) {
    defer { releaseProposalQueue() }
    guard negotiator.localOffer != nil, !negotiator.isStable, proposal == nil else { return }
    do {
      guard let ack, !ack.body.isEmpty else { return negotiator.rollback() }
      let agreement = try negotiator.receiveAnswer(SDPSession(parsing: ack.body))
      try apply(agreement, by: .remote)
      reportHold()
      source.send(.renegotiated(originator: .remote))
    } catch {
      if !negotiator.isStable { negotiator.rollback() }
    }
  }

  /// Tells what has changed since it was told last: by the answer to an offer of either side.
  func reportHold() {
    let after = slots.map { $0?.holdStateNow ?? (false, false) }
    let count = slots.reduce(0) { $0 + ($1 == nil ? 0 : 1) }
    for originator in [Originator.local, .remote] {
      func held(_ state: (local: Bool, remote: Bool)) -> Bool { originator == .local ? state.local : state.remote }
      let changed = after.indices.contains { index in
        held(after[index]) != (index < reportedHolds.count ? held(reportedHolds[index]) : false)
      }
      guard changed else { continue }
      let number = after.filter(held).count
      source.send(.holdChanged(originator: originator, onHold: number > 0, partial: number > 0 && number < count))
    }
    reportedHolds = after
  }

  // MARK: Both

  /// Starts, updates or ends each stream as agreed.
  func apply(_ agreement: SDPAgreement, by originator: Originator) throws {
    for media in agreement.media {
      guard media.index < slots.count, let stream = slots[media.index] else { continue }
      if media.isAccepted {
        if started.insert(media.index).inserted {
          try stream.startNow(media)
        } else {
          try stream.updateNow(media, by: originator)
        }
      } else if started.remove(media.index) != nil {
        stream.endNow()
        slots[media.index] = nil
      }
    }
  }
}
