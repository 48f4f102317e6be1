import SIPParser
import SIPTransaction
import WireSupport

/// Outgoing invitations, and what their transactions bring.
extension SIPUserAgentCore {
  /// Calls: sends an INVITE. `trying`, `progress` and `answered` or `ended` follow.
  ///
  /// - Throws: `.noLocalAddress`, `.tooManyTransactions`, `.unencodable`; nothing was sent then.
  public mutating func invite(
    _ outgoing: SIPOutgoingInvitation, at now: Instant, into outputs: inout SIPUserAgentOutputs
  ) throws(SIPTransactionError) -> SIPInvitationID {
    guard !isShuttingDown, invitations.count < configuration.maximumInvitations else {
      throw SIPTransactionError(.tooManyTransactions, expected: "fewer than \(invitations.count) invitations")
    }
    let uri = (outgoing.uri ?? outgoing.to.uri).withoutHeaders
    let made = makeContact(user: outgoing.from.uri.user, isSecure: uri.isSecure, outgoing.target)
    guard let contact = outgoing.contact ?? made else {
      throw SIPTransactionError(.noLocalAddress, expected: "a local \(outgoing.target.transport) address")
    }
    let key = DialogKey(callID: endpoint.makeCallID(), localTag: endpoint.makeTag())
    var request = makeRequest(.invite, uri, from: outgoing.from, to: outgoing.to, key, outgoing.routes)
    request.headers.set(.contact, SIPContact(contact))
    addCapabilities(to: &request.headers)
    append(outgoing.headers, to: &request.headers)
    attach(outgoing.body, to: &request)
    let transaction = try endpoint.send(request, to: outgoing.target, at: now, into: &outputs.wire)

    let id = makeInvitationID()
    var flow: SIPFlow?
    if case .flow(let first) = outgoing.target { flow = first }
    var record = InvitationRecord(
      id: id, isOutgoing: true, key: key, machine: InvitationMachine(isOutgoing: true), contact: contact,
      target: outgoing.target, flow: flow, invite: request, carriesOffer: outgoing.body != nil)
    record.clientTransaction = transaction
    record.ringUntil = now + (outgoing.answerTimeout ?? configuration.answerTimeout)
    use(transaction, as: .invite(id), &record)
    dialogs[key] = id
    store(record)
    settle(now, &outputs)
    return id
  }

  /// Answers an offer that came in a 2xx (`needsAnswer`): the ACK carries the body.
  ///
  /// - Throws: `.noDialog` when no such 2xx waits.
  public mutating func acknowledge(
    _ id: SIPInvitationID, body: SIPBody?, at now: Instant, into outputs: inout SIPUserAgentOutputs
  ) throws(SIPTransactionError) {
    guard var record = invitations[id], let pending = record.pendingAnswer, let dialog = record.dialog else {
      throw SIPTransactionError(.noDialog, expected: "a 2xx that waits for an answer")
    }
    record.pendingAnswer = nil
    sendAcknowledgement(in: dialog, pending.sequence, body, pending.transaction, &record, &outputs)
    store(record)
    settle(now, &outputs)
  }

  /// Sends a request outside any dialog. `response` events follow, or `requestFailed`.
  ///
  /// - Throws: `.method` for INVITE, ACK, CANCEL and BYE; see also `SIPEndpoint.send`.
  public mutating func send(
    _ outgoing: SIPOutgoingRequest, at now: Instant, into outputs: inout SIPUserAgentOutputs
  ) throws(SIPTransactionError) -> SIPOutgoingRequestID {
    guard outgoing.method != .invite, outgoing.method != .bye else {
      throw SIPTransactionError(.method, expected: "a method that needs no dialog")
    }
    let key = DialogKey(callID: endpoint.makeCallID(), localTag: endpoint.makeTag())
    var request = makeRequest(
      outgoing.method, (outgoing.uri ?? outgoing.to.uri).withoutHeaders, from: outgoing.from, to: outgoing.to, key,
      outgoing.routes)
    append(outgoing.headers, to: &request.headers)
    attach(outgoing.body, to: &request)
    let transaction = try endpoint.send(request, to: outgoing.target, at: now, into: &outputs.wire)
    let id = SIPOutgoingRequestID(transaction: transaction)
    clientUses[transaction] = .request(id, nil)
    settle(now, &outputs)
    return id
  }

  private func makeRequest(
    _ method: SIPMethod, _ uri: SIPURI, from: SIPNameAddress, to: SIPNameAddress, _ key: DialogKey,
    _ routes: [SIPNameAddress]
  ) -> SIPRequest {
    var request = SIPRequest(method: method, uri: uri)
    if !routes.isEmpty { request.headers.set(.route, routes) }
    request.headers.set(.from, from.withTag(key.localTag))
    request.headers.set(.to, to.withTag(nil))
    request.headers.set(.callID, text: key.callID)
    request.headers.set(.cseq, SIPCSeq(1, method))
    addProduct(to: &request)
    return request
  }

  // MARK: Responses

  mutating func receive(
    _ response: SIPResponse, _ transaction: SIPClientTransactionID, _ flow: SIPFlow, _ now: Instant,
    _ outputs: inout SIPUserAgentOutputs
  ) {
    guard let use = clientUses[transaction] else { return }
    guard let id = use.invitation else {
      if case .request(let request, _) = use { outputs.events.append(.response(request, response)) }
      return
    }
    guard var record = invitations[id] else { return }
    record.flow = flow
    switch use {
    case .invite: receiveInviteResponse(response, transaction, &record, now, &outputs)
    case .reinvite: receiveReinviteResponse(response, transaction, &record, now, &outputs)
    case .bye: if response.status.isFinal { perform(record.machine.handle(.byeFinished), &record, now, &outputs) }
    case .surplusBye: break
    case .request(let request, _):
      outputs.events.append(.response(request, response))
      if response.status == .callDoesNotExist || response.status == .requestTimeout {
        loseDialog(response.status, &record, now, &outputs)
      }
    }
    store(record)
  }

  mutating func clientFailed(
    _ transaction: SIPClientTransactionID, _ failure: SIPTransactionFailure, _ now: Instant,
    _ outputs: inout SIPUserAgentOutputs
  ) {
    guard let use = clientUses[transaction] else { return }
    if case .request(let request, _) = use { outputs.events.append(.requestFailed(request, failure)) }
    guard let id = use.invitation, var record = invitations[id] else { return }
    switch use {
    case .invite:
      let end: SIPInvitationEnd
      switch failure {
      case .timedOut: end = .timedOut
      case .transport(let reason): end = .transportFailed(reason)
      }
      perform(record.machine.handle(.failed(end)), &record, now, &outputs)
    case .reinvite:
      record.negotiation = .idle
      loseDialog(nil, &record, now, &outputs)
    case .bye: perform(record.machine.handle(.byeFinished), &record, now, &outputs)
    case .surplusBye: break
    case .request: loseDialog(nil, &record, now, &outputs)
    }
    store(record)
  }

  /// RFC 3261 §12.2.1.2: the peer does not know the dialog (481: nothing to end) or does not answer (then BYE tries).
  private mutating func loseDialog(
    _ status: SIPStatus?, _ record: inout InvitationRecord, _ now: Instant, _ outputs: inout SIPUserAgentOutputs
  ) {
    let end = SIPInvitationEnd.dialogLost(status)
    let isGone = status == .callDoesNotExist
    let action = record.machine.handle(isGone ? .dialogLost(end) : .end(end, status: .requestTimeout))
    perform(action, &record, now, &outputs)
  }

  private mutating func receiveInviteResponse(
    _ response: SIPResponse, _ transaction: SIPClientTransactionID, _ record: inout InvitationRecord, _ now: Instant,
    _ outputs: inout SIPUserAgentOutputs
  ) {
    if response.status.isProvisional {
      guard record.machine.awaitsAnswer else { return }
      if response.status == .trying {
        if !record.hasReportedTrying { report(.trying, record, &outputs) }
        record.hasReportedTrying = true
        return
      }
      if record.dialog == nil, let invite = record.invite, hasTag(response) {
        record.dialog = try? SIPDialog(request: invite, response: response)
      }
      report(.progress(response), record, &outputs)
    } else if response.status.isSuccess {
      receiveSuccess(response, transaction, &record, now, &outputs)
    } else {
      perform(record.machine.handle(.failed(.rejected(rejection(response)))), &record, now, &outputs)
    }
  }

  /// A 2xx to our first INVITE: the first makes the call, the same again wants its ACK again, another fork's is ended.
  private mutating func receiveSuccess(
    _ response: SIPResponse, _ transaction: SIPClientTransactionID, _ record: inout InvitationRecord, _ now: Instant,
    _ outputs: inout SIPUserAgentOutputs
  ) {
    guard let tag = try? response.headers.value(.to)?.tag?.description ?? "",
      !repeatAcknowledgement(transaction, tag, record, &outputs), record.pendingAnswer?.remoteTag != tag
    else { return }
    guard record.machine.awaitsAnswer else { return endFork(response, transaction, &record, now, &outputs) }
    guard let invite = record.invite else { return }
    if record.dialog?.id.remoteTag == tag {
      record.dialog?.confirm(with: response)
    } else {
      record.dialog = try? SIPDialog(request: invite, response: response)
    }
    guard let dialog = record.dialog else {
      perform(
        record.machine.handle(.failed(.protocolError("the 2xx to our INVITE makes no dialog"))), &record, now, &outputs)
      return
    }
    record.ringUntil = nil
    switch record.machine.handle(.answered) {
    case .reportAnswered?:
      if record.carriesOffer {
        sendAcknowledgement(in: dialog, 1, nil, transaction, &record, &outputs)
      } else {
        record.pendingAnswer = InvitationRecord.PendingAnswer(transaction: transaction, remoteTag: tag, sequence: 1)
      }
      report(.answered(response, needsAnswer: !record.carriesOffer), record, &outputs)
    case .acknowledgeAndSendBye?:
      sendAcknowledgement(in: dialog, 1, nil, transaction, &record, &outputs)
      sendBye(&record, now, &outputs)
    case .cancelInvite?, .sendBye?, .reportConfirmed?, .rejectAndFinish?, .finish?, nil: break
    }
    record.invite = nil
  }

  /// RFC 3261 §13.2.2.4: every 2xx is acknowledged; a call that nobody wants is ended with BYE.
  private mutating func endFork(
    _ response: SIPResponse, _ transaction: SIPClientTransactionID, _ record: inout InvitationRecord, _ now: Instant,
    _ outputs: inout SIPUserAgentOutputs
  ) {
    guard record.acknowledgements.count <= configuration.maximumForks else {
      counters.forksDropped += 1
      return
    }
    guard var dialog = try? SIPDialog(response: response, isSecure: record.dialog?.isSecure ?? false) else { return }
    counters.forksEnded += 1
    sendAcknowledgement(in: dialog, 1, nil, transaction, &record, &outputs)
    guard var bye = try? dialog.makeRequest(.bye) else { return }
    addProduct(to: &bye)
    var branch = record
    branch.dialog = dialog
    if let sent = try? endpoint.send(bye, to: inDialogTarget(branch), at: now, into: &outputs.wire) {
      use(sent, as: .surplusBye(record.id), &record)
    }
  }

  // MARK: ACK to 2xx

  mutating func sendAcknowledgement(
    in dialog: SIPDialog, _ sequence: UInt32, _ body: SIPBody?, _ transaction: SIPClientTransactionID,
    _ record: inout InvitationRecord, _ outputs: inout SIPUserAgentOutputs
  ) {
    var ack = dialog.makeAcknowledgement(sequence: sequence)
    attach(body, to: &ack)
    var branch = record
    branch.dialog = dialog
    // A failure here is an ACK that cannot be written or sent; the peer's 2xx will time out there (§13.3.1.4).
    guard let sent = try? endpoint.acknowledge(ack, to: inDialogTarget(branch), into: &outputs.wire) else { return }
    record.acknowledgements.append(
      InvitationRecord.Acknowledgement(transaction: transaction, remoteTag: dialog.id.remoteTag, transmission: sent))
  }

  /// Sends the ACK of this 2xx again; false when there is none yet.
  func repeatAcknowledgement(
    _ transaction: SIPClientTransactionID, _ tag: String, _ record: InvitationRecord,
    _ outputs: inout SIPUserAgentOutputs
  ) -> Bool {
    guard
      let known = record.acknowledgements.first(where: { $0.transaction == transaction && $0.remoteTag == tag })
    else { return false }
    endpoint.repeatAcknowledgement(known.transmission, into: &outputs.wire)
    return true
  }

  func hasTag(_ response: SIPResponse) -> Bool { (try? response.headers.value(.to))?.tag != nil }

  func rejection(_ response: SIPResponse) -> SIPRejection {
    var contacts: [SIPNameAddress] = []
    if response.status.isRedirection {
      contacts = ((try? response.headers.values(.contact)) ?? []).compactMap(\.address)
    }
    return SIPRejection(
      status: response.status, reason: response.reason.description, contacts: contacts,
      retryAfter: (try? response.headers.value(.retryAfter))?.seconds)
  }
}
