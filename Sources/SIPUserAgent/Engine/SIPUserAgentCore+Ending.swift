import SIPParser
import SIPTransaction
import WireSupport

extension SIPUserAgentCore {
  /// Ends an invitation in whatever state it is: CANCEL before the answer (RFC 3261 §9.1), BYE after it (§15), and
  /// `status` for one that rings here. `ended` follows when the peer has been told; at the latest 64 × T1 later, or twice
  /// that when an ACK must be waited for. Ending twice, or too late, does nothing.
  public mutating func end(
    _ id: SIPInvitationID, status: SIPStatus = .decline, at now: Instant, into outputs: inout SIPUserAgentOutputs
  ) {
    guard var record = invitations[id] else { return }
    let outcome: SIPInvitationEnd
    if record.machine.isRinging {
      outcome = .declined(status)
    } else {
      outcome = record.machine.awaitsAnswer ? .cancelled : .localHangup
    }
    let action = record.machine.handle(.end(outcome, status: status))
    perform(action, &record, now, &outputs)
    store(record)
    settle(now, &outputs)
  }

  /// Performs what the machine of an invitation decided, but for answers, which need their response.
  mutating func perform(
    _ action: InvitationMachine.Action?, _ record: inout InvitationRecord, _ now: Instant,
    _ outputs: inout SIPUserAgentOutputs
  ) {
    switch action {
    case .cancelInvite?:
      record.ringUntil = nil
      if let transaction = record.clientTransaction { endpoint.cancel(transaction, at: now, into: &outputs.wire) }
    case .sendBye?: sendBye(&record, now, &outputs)
    case .rejectAndFinish(let status, let end)?:
      if let transaction = record.serverTransaction, let invite = record.invite {
        try? endpoint.respond(
          makeResponse(to: invite, status, record), to: transaction, at: now, into: &outputs.wire)
      }
      finish(end, &record, now, &outputs)
    case .finish(let end)?: finish(end, &record, now, &outputs)
    case .reportAnswered?, .acknowledgeAndSendBye?, .reportConfirmed?, nil: break
    }
  }

  /// Sends BYE in the dialog and drops whatever else goes on in it.
  mutating func sendBye(_ record: inout InvitationRecord, _ now: Instant, _ outputs: inout SIPUserAgentOutputs) {
    acknowledgePending(&record, &outputs)
    stop(&record, now, &outputs)
    do throws(SIPTransactionError) {
      guard var dialog = record.dialog else { throw SIPTransactionError(.noDialog, expected: "a dialog to end") }
      var bye = try dialog.makeRequest(.bye)
      record.dialog = dialog
      addProduct(to: &bye)
      let transaction = try endpoint.send(bye, to: inDialogTarget(record), at: now, into: &outputs.wire)
      use(transaction, as: .bye(record.id), &record)
    } catch {
      // The peer cannot be told; it will find out by itself.
      perform(record.machine.handle(.byeFinished), &record, now, &outputs)
    }
  }

  /// A 2xx that waits for the user's answer must be acknowledged all the same before the BYE.
  private mutating func acknowledgePending(_ record: inout InvitationRecord, _ outputs: inout SIPUserAgentOutputs) {
    guard let pending = record.pendingAnswer, let dialog = record.dialog else { return }
    record.pendingAnswer = nil
    sendAcknowledgement(in: dialog, pending.sequence, nil, pending.transaction, &record, &outputs)
  }

  private mutating func finish(
    _ end: SIPInvitationEnd, _ record: inout InvitationRecord, _ now: Instant, _ outputs: inout SIPUserAgentOutputs
  ) {
    stop(&record, now, &outputs)
    record.invite = nil
    report(.ended(end), record, &outputs)
  }

  /// Stops the timers of an invitation and answers a re-INVITE that waits (RFC 3261 §15.1.2: with 487).
  private mutating func stop(
    _ record: inout InvitationRecord, _ now: Instant, _ outputs: inout SIPUserAgentOutputs
  ) {
    record.ringUntil = nil
    record.deferredOffer = nil
    if let success = record.success {
      endpoint.releaseSuccess(success.transaction)
      record.success = nil
    }
    switch record.negotiation {
    case .received(let transaction, let request):
      try? endpoint.respond(
        makeResponse(to: request, .requestTerminated, record), to: transaction, at: now, into: &outputs.wire)
      record.negotiation = .idle
    case .idle, .sent: break
    }
  }

  // MARK: Time

  mutating func fire(_ id: SIPInvitationID, _ now: Instant, _ outputs: inout SIPUserAgentOutputs) {
    guard var record = invitations[id] else { return }
    if let until = record.ringUntil, now >= until {
      record.ringUntil = nil
      let action = record.machine.handle(.end(.noAnswer, status: .temporarilyUnavailable))
      perform(action, &record, now, &outputs)
    }
    if var success = record.success {
      if now >= success.giveUpAt {
        record.success = nil
        endpoint.releaseSuccess(success.transaction)
        report(.noAck, record, &outputs)
        perform(record.machine.handle(.ackTimedOut), &record, now, &outputs)
      } else if now >= success.resendAt {
        // RFC 3261 §13.3.1.4: from T1, doubled up to T2, over every transport.
        endpoint.repeatSuccess(success.transaction, into: &outputs.wire)
        success.interval = min(2 * success.interval, endpoint.configuration.timers.t2Nanoseconds)
        success.resendAt = now.adding(nanoseconds: success.interval)
        record.success = success
      }
    }
    if let offer = record.deferredOffer, now >= offer.until { retry(offer, &record, now, &outputs) }
    store(record)
  }

  /// The back-off after a glare is over: our re-INVITE goes out again, or waits on while another exchange is under way.
  private mutating func retry(
    _ offer: InvitationRecord.DeferredOffer, _ record: inout InvitationRecord, _ now: Instant,
    _ outputs: inout SIPUserAgentOutputs
  ) {
    guard case .idle = record.negotiation, record.success == nil, record.pendingAnswer == nil else {
      record.deferredOffer?.until = now + endpoint.configuration.timers.t1
      return
    }
    record.deferredOffer = nil
    guard configuration.repeatsDeferredOffers else { return report(.reinviteDue, record, &outputs) }
    do throws(SIPTransactionError) {
      try sendReinvite(offer.body, attempts: offer.attempts + 1, &record, now, &outputs)
    } catch {
      report(.reinviteRejected(SIPRejection(status: .requestPending, reason: "Request Pending")), record, &outputs)
    }
  }
}
