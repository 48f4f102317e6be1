import SIPParser
import SIPTransaction
import WireSupport

/// What happens inside a dialog: re-INVITE both ways, BYE, ACK to 2xx, and other requests.
extension SIPUserAgentCore {
  /// Offers a change of the session (hold is one): sends a re-INVITE with an offer, or without one to ask for the peer's.
  /// `reinviteAnswered` or `reinviteRejected` follows.
  ///
  /// - Throws: `.noDialog` when the call is not up, `.pending` while another re-INVITE of either side is under way.
  public mutating func reinvite(
    _ id: SIPInvitationID, body: SIPBody?, at now: Instant, into outputs: inout SIPUserAgentOutputs
  ) throws(SIPTransactionError) {
    guard var record = invitations[id], record.machine.isUp else {
      throw SIPTransactionError(.noDialog, expected: "a call that is up")
    }
    // RFC 3261 §14.1: one INVITE at a time in each direction, and none before the first exchange is complete.
    guard case .idle = record.negotiation, record.success == nil, record.pendingAnswer == nil,
      record.deferredOffer == nil
    else {
      throw SIPTransactionError(.pending, expected: "no other offer under way")
    }
    try sendReinvite(body, attempts: 0, &record, now, &outputs)
    store(record)
    settle(now, &outputs)
  }

  /// Answers the peer's re-INVITE with 200: the body is the answer, or the offer when the re-INVITE had none.
  /// `reinviteConfirmed` follows.
  ///
  /// - Throws: `.noDialog` when none waits.
  public mutating func acceptReinvite(
    _ id: SIPInvitationID, body: SIPBody?, at now: Instant, into outputs: inout SIPUserAgentOutputs
  ) throws(SIPTransactionError) {
    guard var record = invitations[id], case .received(let transaction, let request) = record.negotiation else {
      throw SIPTransactionError(.noDialog, expected: "a re-INVITE that waits")
    }
    let response = makeResponse(to: request, .ok, record, body: body)
    try endpoint.respond(response, to: transaction, at: now, into: &outputs.wire)
    record.negotiation = .idle
    record.dialog?.refreshTarget(from: request.headers)
    record.success = makeSuccess(
      transaction, (try? request.headers.value(.cseq))?.number ?? 0, carriesOffer: request.content.isEmpty,
      isInitial: false, now)
    store(record)
    settle(now, &outputs)
  }

  /// Rejects the peer's re-INVITE: the session stays as it was (RFC 3261 §14.2: 488 when the offer does not suit).
  ///
  /// - Throws: `.noDialog` when none waits.
  public mutating func rejectReinvite(
    _ id: SIPInvitationID, status: SIPStatus = .notAcceptableHere, reason: String? = nil, at now: Instant,
    into outputs: inout SIPUserAgentOutputs
  ) throws(SIPTransactionError) {
    guard var record = invitations[id], case .received(let transaction, let request) = record.negotiation,
      status.code >= 300, status.code < 700
    else { throw SIPTransactionError(.noDialog, expected: "a re-INVITE that waits, and a status from 300 to 699") }
    let response = makeResponse(to: request, status, record, reason: reason)
    try endpoint.respond(response, to: transaction, at: now, into: &outputs.wire)
    record.negotiation = .idle
    store(record)
    settle(now, &outputs)
  }

  /// Sends a request in the dialog of a call: INFO, MESSAGE, OPTIONS and the like. `response` or `requestFailed` follows.
  ///
  /// - Throws: `.noDialog` when there is no dialog, `.method` for INVITE, BYE, ACK and CANCEL.
  public mutating func send(
    _ method: SIPMethod, in id: SIPInvitationID, headers: SIPHeaders? = nil, body: SIPBody? = nil, at now: Instant,
    into outputs: inout SIPUserAgentOutputs
  ) throws(SIPTransactionError) -> SIPOutgoingRequestID {
    guard method != .invite, method != .bye else {
      throw SIPTransactionError(.method, expected: "a method that does not change the dialog")
    }
    guard var record = invitations[id], record.machine.isUp, var dialog = record.dialog else {
      throw SIPTransactionError(.noDialog, expected: "a call that is up")
    }
    var request = try dialog.makeRequest(method)
    record.dialog = dialog
    addProduct(to: &request)
    append(headers, to: &request.headers)
    attach(body, to: &request)
    let transaction = try endpoint.send(request, to: inDialogTarget(record), at: now, into: &outputs.wire)
    let requestID = SIPOutgoingRequestID(transaction: transaction)
    use(transaction, as: .request(requestID, id), &record)
    store(record)
    settle(now, &outputs)
    return requestID
  }

  /// Answers a request that came as `incomingRequest`.
  ///
  /// - Throws: `.noTransaction` when it was answered, or waited longer than 64 × T1 (RFC 4320 §4.2).
  public mutating func respond(
    to id: SIPIncomingRequestID, status: SIPStatus, reason: String? = nil, headers: SIPHeaders? = nil,
    body: SIPBody? = nil, at now: Instant, into outputs: inout SIPUserAgentOutputs
  ) throws(SIPTransactionError) {
    guard case .request(let request)? = serverUses[id.transaction] else {
      throw SIPTransactionError(.noTransaction, expected: "a request that waits for an answer")
    }
    var response = makeResponse(to: request, status, tag: endpoint.makeTag(), reason: reason)
    append(headers, to: &response.headers)
    attach(body, to: &response)
    try endpoint.respond(response, to: id.transaction, at: now, into: &outputs.wire)
    if status.isFinal { serverUses[id.transaction] = nil }
    settle(now, &outputs)
  }

  // MARK: Our re-INVITE

  mutating func sendReinvite(
    _ body: SIPBody?, attempts: Int, _ record: inout InvitationRecord, _ now: Instant,
    _ outputs: inout SIPUserAgentOutputs
  ) throws(SIPTransactionError) {
    guard var dialog = record.dialog else { throw SIPTransactionError(.noDialog, expected: "a dialog") }
    var request = try dialog.makeRequest(.invite)
    record.dialog = dialog
    request.headers.set(.contact, SIPContact(record.contact))
    addProduct(to: &request)
    addCapabilities(to: &request.headers)
    attach(body, to: &request)
    let transaction = try endpoint.send(request, to: inDialogTarget(record), at: now, into: &outputs.wire)
    use(transaction, as: .reinvite(record.id), &record)
    record.negotiation = .sent(transaction, body, attempts: attempts)
  }

  mutating func receiveReinviteResponse(
    _ response: SIPResponse, _ transaction: SIPClientTransactionID, _ record: inout InvitationRecord, _ now: Instant,
    _ outputs: inout SIPUserAgentOutputs
  ) {
    if response.status.isProvisional { return }
    var sent: (body: SIPBody?, attempts: Int)?
    if case .sent(transaction, let body, let attempts) = record.negotiation { sent = (body, attempts) }
    if response.status.isSuccess {
      receiveReinviteSuccess(
        response, transaction, hasOffered: sent?.body != nil, isFirst: sent != nil, &record, &outputs)
      return
    }
    guard let sent else { return }
    record.negotiation = .idle
    guard record.machine.isUp else { return }
    switch response.status {
    case .requestPending where sent.attempts < 10:
      // RFC 3261 §14.1, in steps of 10 ms: the side that made the Call-ID waits longer, so that they do not meet again.
      let steps = endpoint.ids.next(in: record.isOutgoing ? 210...400 : 0...200)
      let until = now.adding(nanoseconds: Int64(steps) * 10_000_000)
      record.deferredOffer = InvitationRecord.DeferredOffer(until: until, body: sent.body, attempts: sent.attempts)
      report(.reinviteDeferred, record, &outputs)
    case .callDoesNotExist:
      perform(record.machine.handle(.dialogLost(.dialogLost(response.status))), &record, now, &outputs)
    case .requestTimeout:
      let action = record.machine.handle(.end(.dialogLost(response.status), status: .requestTimeout))
      perform(action, &record, now, &outputs)
    default: report(.reinviteRejected(rejection(response)), record, &outputs)
    }
  }

  private mutating func receiveReinviteSuccess(
    _ response: SIPResponse, _ transaction: SIPClientTransactionID, hasOffered: Bool, isFirst: Bool,
    _ record: inout InvitationRecord, _ outputs: inout SIPUserAgentOutputs
  ) {
    guard let dialog = record.dialog, let sequence = (try? response.headers.value(.cseq))?.number else { return }
    let tag = dialog.id.remoteTag
    if repeatAcknowledgement(transaction, tag, record, &outputs) { return }
    guard isFirst else { return }
    record.negotiation = .idle
    record.dialog?.refreshTarget(from: response.headers)
    guard let refreshed = record.dialog else { return }
    if hasOffered || !record.machine.isUp {
      sendAcknowledgement(in: refreshed, sequence, nil, transaction, &record, &outputs)
    } else {
      record.pendingAnswer = InvitationRecord.PendingAnswer(
        transaction: transaction, remoteTag: tag, sequence: sequence)
    }
    if record.machine.isUp { report(.reinviteAnswered(response, needsAnswer: !hasOffered), record, &outputs) }
  }

  // MARK: The peer's requests

  mutating func receiveInDialog(
    _ request: SIPRequest, localTag: String, _ transaction: SIPServerTransactionID, _ flow: SIPFlow, _ now: Instant,
    _ outputs: inout SIPUserAgentOutputs
  ) {
    guard var record = find(request, localTag: localTag), !record.machine.isEnded,
      let sequence = (try? request.headers.value(.cseq))?.number
    else {
      counters.unknownDialogs += 1
      return answer(request, .callDoesNotExist, transaction, now, &outputs)
    }
    record.flow = flow
    guard record.dialog?.receive(sequence: sequence) != .outOfOrder else {
      counters.outOfOrder += 1
      store(record)
      return answer(request, .serverInternalError, transaction, now, &outputs, reason: "CSeq Out Of Order")
    }
    if request.method == .bye {
      // RFC 3261 §15.1.2
      answer(request, .ok, transaction, now, &outputs)
      perform(record.machine.handle(.byeReceived), &record, now, &outputs)
      store(record)
    } else if request.method == .invite {
      receiveReinvite(request, transaction, &record, now, &outputs)
      store(record)
    } else {
      store(record)
      receiveOther(request, transaction, record.id, flow, now, &outputs)
    }
  }

  private mutating func receiveReinvite(
    _ request: SIPRequest, _ transaction: SIPServerTransactionID, _ record: inout InvitationRecord, _ now: Instant,
    _ outputs: inout SIPUserAgentOutputs
  ) {
    if let success = record.success {
      // A new INVITE before the ACK: the peer has the 2xx, or it could not have sent one (§14.1); the ACK was lost or
      // overtaken. Only when the ACK was to carry the answer does its absence matter (RFC 5407 §3.1.5).
      guard !success.carriesOffer else {
        return answer(request, .requestPending, transaction, now, &outputs)
      }
      completeSuccess(nil, &record, now, &outputs)
    }
    guard record.machine.isUp else {
      counters.unknownDialogs += 1
      return answer(request, .callDoesNotExist, transaction, now, &outputs)
    }
    if refusesBody(of: request, transaction, now, &outputs) { return }
    switch record.negotiation {
    case .sent:
      // Glare (RFC 3261 §14.2).
      answer(request, .requestPending, transaction, now, &outputs)
    case .received:
      let seconds = endpoint.ids.next(in: 0...10)
      answer(request, .serverInternalError, transaction, now, &outputs) { _, headers in
        headers.set(.retryAfter, text: String(seconds))
      }
    case .idle:
      if record.pendingAnswer != nil { return answer(request, .requestPending, transaction, now, &outputs) }
      record.negotiation = .received(transaction, request)
      serverUses[transaction] = .reinvite(record.id)
      report(.reinvited(request), record, &outputs)
    }
  }

  mutating func receiveAcknowledgement(
    _ request: SIPRequest, _ flow: SIPFlow, _ now: Instant, _ outputs: inout SIPUserAgentOutputs
  ) {
    guard let tag = (try? request.headers.value(.to))?.tag, let cseq = try? request.headers.value(.cseq),
      var record = find(request, localTag: tag.description), record.success?.sequence == cseq.number
    else {
      counters.strayAcknowledgements += 1
      return
    }
    record.flow = flow
    completeSuccess(request, &record, now, &outputs)
    store(record)
  }

  /// The peer has our 2xx: its ACK says so, or its next INVITE.
  private mutating func completeSuccess(
    _ ack: SIPRequest?, _ record: inout InvitationRecord, _ now: Instant, _ outputs: inout SIPUserAgentOutputs
  ) {
    guard let success = record.success else { return }
    record.success = nil
    endpoint.releaseSuccess(success.transaction)
    guard success.isInitial else { return report(.reinviteConfirmed(ack), record, &outputs) }
    let action = record.machine.handle(.ackReceived)
    if action == .reportConfirmed {
      report(.confirmed(ack), record, &outputs)
    } else {
      perform(action, &record, now, &outputs)
    }
  }

  /// The invitation whose dialog a request names (RFC 3261 §12.2.2).
  private func find(_ request: SIPRequest, localTag: String) -> InvitationRecord? {
    guard let callID = request.headers.text(.callID),
      let id = dialogs[DialogKey(callID: callID.description, localTag: localTag)], let record = invitations[id],
      let remoteTag = record.dialog?.id.remoteTag,
      (try? request.headers.value(.from))?.tag?.description ?? "" == remoteTag
    else { return nil }
    return record
  }
}
