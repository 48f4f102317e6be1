import SDP
import SIPParser
import SIPTransaction
import SIPUserAgent
import WireSupport

/// A change of the media that we have proposed and that waits for its answer.
struct Proposal {
  var continuation: CheckedContinuation<Void, any Error>?
  var holdsBefore: [(local: Bool, remote: Bool)]
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
    while proposal != nil || !negotiator.isStable {
      guard state == .connected else { break }
      await withCheckedContinuation { proposalQueue.append($0) }
    }
    guard state == .connected else {
      throw SIPSimpleError(.invalidState, "Only an established session can be put on hold or resumed")
    }
    let before = streams.map(\.holdStateNow)
    if before.allSatisfy({ $0.local == onHold }) { return }
    for stream in streams { stream.setHoldNow(onHold) }
    do {
      try await propose(holdsBefore: before)
    } catch {
      for (stream, state) in zip(streams, before) { stream.setHoldNow(state.local) }
      throw error
    }
  }

  /// Sends a re-INVITE with the streams as they now wish to be.
  private func propose(holdsBefore: [(local: Bool, remote: Bool)]) async throws {
    guard let invitation else { return }
    let offer = try negotiator.makeOffer(slots.map { $0?.localMediaNow() }).serialized()
    proposal = Proposal(continuation: nil, holdsBefore: holdsBefore)
    do {
      try application.performThrowing { (agent, now, outputs) throws(SIPTransactionError) in
        try agent.reinvite(invitation, body: .sdp(offer), at: now, into: &outputs)
      }
    } catch {
      negotiator.rollback()
      proposal = nil
      releaseProposalQueue()
      throw SIPSimpleError(.invalidState, "The media cannot be changed now: \(error)")
    }
    try await withCheckedThrowingContinuation { continuation in
      if proposal == nil { return continuation.resume() }
      proposal?.continuation = continuation
    }
  }

  func finishProposal(with response: SIPResponse) {
    guard let proposal else { return }
    let result: Result<Void, any Error>
    do {
      let agreement = try negotiator.receiveAnswer(SDPSession(parsing: response.body))
      try apply(agreement, by: .local)
      result = .success(())
      reportHold(before: proposal.holdsBefore, by: .local)
      source.send(.renegotiated(originator: .local))
    } catch {
      negotiator.rollback()
      result = .failure(SIPSimpleError(.negotiation, "The answer to our proposal makes no sense: \(error)"))
    }
    self.proposal = nil
    proposal.continuation?.resume(with: result)
    releaseProposalQueue()
  }

  func rejectProposal(_ rejection: SIPRejection) {
    guard let proposal else { return }
    negotiator.rollback()
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
    let before = streams.map(\.holdStateNow)
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
        reportHold(before: before, by: .remote)
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

  func finishOfferlessProposal(_ ack: SIPRequest?) {
    guard negotiator.localOffer != nil else { return }
    let before = streams.map(\.holdStateNow)
    do {
      guard let ack, !ack.body.isEmpty else {
        negotiator.rollback()
        return
      }
      let agreement = try negotiator.receiveAnswer(SDPSession(parsing: ack.body))
      try apply(agreement, by: .remote)
      reportHold(before: before, by: .remote)
      source.send(.renegotiated(originator: .remote))
    } catch {
      if !negotiator.isStable { negotiator.rollback() }
    }
    releaseProposalQueue()
  }

  private func reportHold(before: [(local: Bool, remote: Bool)], by originator: Originator) {
    let after = streams.map(\.holdStateNow)
    let changed = zip(before, after).contains { old, new in
      originator == .local ? old.local != new.local : old.remote != new.remote
    }
    guard changed else { return }
    let held = after.filter { originator == .local ? $0.local : $0.remote }.count
    source.send(.holdChanged(originator: originator, onHold: held > 0, partial: held > 0 && held < after.count))
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
