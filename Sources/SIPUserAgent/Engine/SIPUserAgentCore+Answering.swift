import SIPParser
import SIPTransaction
import WireSupport

/// Incoming invitations, and what the user can do with them.
extension SIPUserAgentCore {
  /// Answers an incoming invitation provisionally: 180 by default; with a body it is an early answer (RFC 3261 §13.3.1.1).
  ///
  /// - Throws: `.noDialog` when the invitation does not ring, `.method` when the status is not 101 ... 199.
  public mutating func progress(
    _ id: SIPInvitationID, status: SIPStatus = .ringing, reason: String? = nil, headers: SIPHeaders? = nil,
    body: SIPBody? = nil, at now: Instant, into outputs: inout SIPUserAgentOutputs
  ) throws(SIPTransactionError) {
    guard status.code > 100, status.code < 200 else {
      throw SIPTransactionError(.method, expected: "a status from 101 to 199")
    }
    let (record, invite, transaction) = try ringing(id)
    let response = makeResponse(to: invite, status, record, reason: reason, headers: headers, body: body)
    try endpoint.respond(response, to: transaction, at: now, into: &outputs.wire)
    settle(now, &outputs)
  }

  /// Answers an incoming invitation with 200: `confirmed` follows when the ACK comes. The body is the answer, or, when the
  /// INVITE had none, the offer that the ACK will answer.
  ///
  /// - Throws: `.noDialog` when the invitation does not ring, `.unencodable`.
  public mutating func accept(
    _ id: SIPInvitationID, headers: SIPHeaders? = nil, body: SIPBody?, at now: Instant,
    into outputs: inout SIPUserAgentOutputs
  ) throws(SIPTransactionError) {
    var (record, invite, transaction) = try ringing(id)
    let response = makeResponse(to: invite, .ok, record, headers: headers, body: body)
    try endpoint.respond(response, to: transaction, at: now, into: &outputs.wire)
    _ = record.machine.handle(.accept)
    record.dialog?.confirm()
    record.ringUntil = nil
    record.success = makeSuccess(
      transaction, record.dialog?.remoteSequence ?? 0, carriesOffer: !record.carriesOffer, isInitial: true, now)
    record.invite = nil
    store(record)
    settle(now, &outputs)
  }

  /// Rejects an incoming invitation with a status from 300 to 699. `ended(.declined)` follows at once.
  ///
  /// - Throws: `.noDialog` when the invitation does not ring, `.method` for another status.
  public mutating func reject(
    _ id: SIPInvitationID, status: SIPStatus, reason: String? = nil, headers: SIPHeaders? = nil, at now: Instant,
    into outputs: inout SIPUserAgentOutputs
  ) throws(SIPTransactionError) {
    guard status.code >= 300, status.code < 700 else {
      throw SIPTransactionError(.method, expected: "a status from 300 to 699")
    }
    var (record, invite, transaction) = try ringing(id)
    let response = makeResponse(to: invite, status, record, reason: reason, headers: headers)
    try endpoint.respond(response, to: transaction, at: now, into: &outputs.wire)
    perform(record.machine.handle(.failed(.declined(status))), &record, now, &outputs)
    store(record)
    settle(now, &outputs)
  }

  /// Redirects an incoming invitation to other addresses (RFC 3261 §13.3.1.2).
  ///
  /// - Throws: see `reject`.
  public mutating func redirect(
    _ id: SIPInvitationID, to contacts: [SIPNameAddress], status: SIPStatus = .movedTemporarily, at now: Instant,
    into outputs: inout SIPUserAgentOutputs
  ) throws(SIPTransactionError) {
    var headers = SIPHeaders()
    for contact in contacts { headers.append(.contact, .address(contact)) }
    try reject(id, status: status, headers: headers, at: now, into: &outputs)
  }

  private func ringing(
    _ id: SIPInvitationID
  ) throws(SIPTransactionError) -> (InvitationRecord, SIPRequest, SIPServerTransactionID) {
    guard let record = invitations[id], record.machine.isRinging, let invite = record.invite,
      let transaction = record.serverTransaction
    else { throw SIPTransactionError(.noDialog, expected: "an incoming invitation without a final answer") }
    return (record, invite, transaction)
  }

  func makeSuccess(
    _ transaction: SIPServerTransactionID, _ sequence: UInt32, carriesOffer: Bool, isInitial: Bool, _ now: Instant
  ) -> InvitationRecord.Success {
    let t1 = endpoint.configuration.timers.t1Nanoseconds
    return InvitationRecord.Success(
      transaction: transaction, sequence: sequence, carriesOffer: carriesOffer, isInitial: isInitial,
      resendAt: now.adding(nanoseconds: t1), interval: t1, giveUpAt: now.adding(nanoseconds: 64 * t1))
  }

  // MARK: Requests outside a dialog

  mutating func receive(
    _ request: SIPRequest, _ transaction: SIPServerTransactionID, _ flow: SIPFlow, _ now: Instant,
    _ outputs: inout SIPUserAgentOutputs
  ) {
    let rules = rules
    if let refusal = rules.refusalOfMethod(request) {
      counters.refused += 1
      return answer(request, refusal.status, transaction, now, &outputs) { agent, headers in
        agent.addCapabilities(to: &headers)
      }
    }
    if let refusal = rules.refusalOfExtensions(request) {
      return refuse(request, refusal, transaction, now, &outputs)
    }
    if let tag = (try? request.headers.value(.to))?.tag {
      receiveInDialog(request, localTag: tag.description, transaction, flow, now, &outputs)
    } else if request.method == .invite {
      receiveInvite(request, transaction, flow, now, &outputs)
    } else if request.method == .bye {
      counters.unknownDialogs += 1
      answer(request, .callDoesNotExist, transaction, now, &outputs)
    } else {
      receiveOther(request, transaction, nil, flow, now, &outputs)
    }
  }

  /// OPTIONS is answered here (RFC 3261 §11.2); the rest is the user's.
  mutating func receiveOther(
    _ request: SIPRequest, _ transaction: SIPServerTransactionID, _ invitation: SIPInvitationID?, _ flow: SIPFlow,
    _ now: Instant, _ outputs: inout SIPUserAgentOutputs
  ) {
    if request.method == .options {
      return answer(request, .ok, transaction, now, &outputs) { agent, headers in
        agent.addCapabilities(to: &headers, accept: true)
      }
    }
    serverUses[transaction] = .request(request)
    let id = SIPIncomingRequestID(transaction: transaction)
    outputs.events.append(.incomingRequest(id, request, invitation: invitation, on: flow))
  }

  private mutating func receiveInvite(
    _ request: SIPRequest, _ transaction: SIPServerTransactionID, _ flow: SIPFlow, _ now: Instant,
    _ outputs: inout SIPUserAgentOutputs
  ) {
    if isShuttingDown || invitations.count >= configuration.maximumInvitations {
      counters.turnedAway += 1
      return answer(request, isShuttingDown ? .serviceUnavailable : .busyHere, transaction, now, &outputs)
    }
    if refusesBody(of: request, transaction, now, &outputs) { return }
    let tag = endpoint.makeTag()
    guard let dialog = try? SIPDialog(request: request, localTag: tag) else {
      counters.refused += 1
      return answer(request, .badRequest, transaction, now, &outputs, reason: "Missing Contact Header")
    }
    let target = SIPTransmissionTarget.flow(flow)
    let isSecure = request.uri.isSecure
    guard let contact = makeContact(user: request.uri.user, isSecure: isSecure, target) else {
      return answer(request, .serverInternalError, transaction, now, &outputs)
    }
    let id = makeInvitationID()
    var record = InvitationRecord(
      id: id, isOutgoing: false, key: DialogKey(callID: dialog.id.callID, localTag: tag),
      machine: InvitationMachine(isOutgoing: false), contact: contact, target: target, flow: flow, dialog: dialog,
      invite: request, carriesOffer: !request.content.isEmpty)
    record.serverTransaction = transaction
    record.ringUntil = now + configuration.ringTimeout
    serverUses[transaction] = .invite(id)
    dialogs[record.key] = id
    store(record)
    outputs.events.append(.incomingInvitation(id, request, on: flow))
  }

  mutating func receiveCancel(
    _ transaction: SIPServerTransactionID, _ now: Instant, _ outputs: inout SIPUserAgentOutputs
  ) {
    switch serverUses[transaction] {
    case .invite(let id)?:
      guard var record = invitations[id] else { return }
      perform(record.machine.handle(.cancelReceived), &record, now, &outputs)
      store(record)
    case .reinvite(let id)?:
      guard var record = invitations[id], case .received(transaction, let request) = record.negotiation else { return }
      record.negotiation = .idle
      try? endpoint.respond(
        makeResponse(to: request, .requestTerminated, record), to: transaction, at: now, into: &outputs.wire)
      report(.reinviteCancelled, record, &outputs)
      store(record)
    case .request?, nil: break
    }
  }

  // MARK: What every request must pass (RFC 3261 §8.2.2.3 and §8.2.3)

  private var rules: SIPRequestRules {
    var rules = SIPRequestRules()
    rules.allowedMethods = configuration.allowedMethods
    rules.supportedOptions = configuration.supportedOptions
    rules.acceptedContentTypes = configuration.acceptedContentTypes
    return rules
  }

  /// Whether an INVITE carries what we cannot read, or takes no answer that we give; then it has been answered with 415 or
  /// 406.
  mutating func refusesBody(
    of request: SIPRequest, _ transaction: SIPServerTransactionID, _ now: Instant,
    _ outputs: inout SIPUserAgentOutputs
  ) -> Bool {
    let rules = rules
    guard let refusal = rules.refusalOfBody(request, skipsOptional: false) ?? rules.refusalOfAccept(request) else {
      return false
    }
    refuse(request, refusal, transaction, now, &outputs)
    return true
  }

  private mutating func refuse(
    _ request: SIPRequest, _ refusal: SIPRefusal, _ transaction: SIPServerTransactionID, _ now: Instant,
    _ outputs: inout SIPUserAgentOutputs
  ) {
    counters.refused += 1
    answer(request, refusal.status, transaction, now, &outputs, reason: refusal.reason) { _, headers in
      refusal.addHeaders(to: &headers)
    }
  }

  /// Answers a request for which there is no invitation.
  mutating func answer(
    _ request: SIPRequest, _ status: SIPStatus, _ transaction: SIPServerTransactionID, _ now: Instant,
    _ outputs: inout SIPUserAgentOutputs, reason: String? = nil,
    with extra: (SIPUserAgentCore, inout SIPHeaders) -> Void = { _, _ in }
  ) {
    var response = makeResponse(to: request, status, tag: endpoint.makeTag(), reason: reason)
    extra(self, &response.headers)
    try? endpoint.respond(response, to: transaction, at: now, into: &outputs.wire)
  }
}
