import SIPParser
import WireSupport

extension SIPEndpoint {
  /// Sends a request in a new client transaction. Adds Via (RFC 3261 §8.1.1.7, with `rport`) and, when it has none,
  /// Max-Forwards.
  ///
  /// - Throws: `.method` for ACK and CANCEL, `.noLocalAddress`, `.tooManyTransactions`, `.unencodable`.
  public mutating func send(
    _ request: SIPRequest, to target: SIPTransmissionTarget, at now: Instant, into outputs: inout SIPEndpointOutputs
  ) throws(SIPTransactionError) -> SIPClientTransactionID {
    guard request.method != .ack, request.method != .cancel else {
      throw SIPTransactionError(.method, expected: "a request that opens a transaction; see acknowledge and cancel")
    }
    guard transactionCount < configuration.maximumTransactions else {
      throw SIPTransactionError(.tooManyTransactions, expected: "fewer than \(transactionCount) transactions")
    }
    var request = request
    let branch = makeBranch()
    try addVia(&request, branch: branch, target)
    let bytes = try serialized(.request(request))
    return SIPClientTransactionID(start(request, bytes, branch, target, isInternal: false, now, &outputs))
  }

  /// Sends a CANCEL for an INVITE, at once or as soon as a provisional response allows it (RFC 3261 §9.1). False when
  /// the final response has come: there is nothing to cancel.
  @discardableResult
  public mutating func cancel(
    _ id: SIPClientTransactionID, at now: Instant, into outputs: inout SIPEndpointOutputs
  ) -> Bool {
    guard let record = clients[id.rawValue], case .invite(let machine) = record.machine, machine.needsRequest else {
      return false
    }
    if record.isCancelled || record.wantsCancel { return true }
    if machine.isCalling {
      clients[id.rawValue]?.wantsCancel = true
    } else {
      sendCancel(id.rawValue, now, &outputs)
    }
    return true
  }

  /// Sends the ACK to a 2xx, which is outside every transaction (RFC 3261 §13.2.2.4), and gives its bytes, to be handed
  /// to `repeatAcknowledgement` when the 2xx comes again.
  ///
  /// - Throws: `.noLocalAddress`, `.unencodable`.
  public mutating func acknowledge(
    _ ack: SIPRequest, to target: SIPTransmissionTarget, into outputs: inout SIPEndpointOutputs
  ) throws(SIPTransactionError) -> SIPTransmission {
    var ack = ack
    try addVia(&ack, branch: makeBranch(), target)
    let transmission = SIPTransmission(id: .none, target: target, bytes: try serialized(.request(ack)))
    outputs.actions.append(.transmit(transmission))
    return transmission
  }

  /// Sends an ACK again as it was.
  public func repeatAcknowledgement(_ transmission: SIPTransmission, into outputs: inout SIPEndpointOutputs) {
    outputs.actions.append(.transmit(transmission))
  }

  // MARK: What the peer and the time do

  mutating func receive(
    _ response: SIPResponse, on flow: SIPFlow, _ now: Instant, _ outputs: inout SIPEndpointOutputs
  ) {
    guard let fields = try? MessageFields(response.headers) else {
      counters.malformed += 1
      return
    }
    guard viaCount(response.headers) == 1 else {
      counters.misroutedResponses += 1
      return
    }
    let key = ClientKey(branch: fields.via.branch?.description ?? "", method: fields.cseq.method)
    guard let raw = clientKeys[key], var record = clients[raw] else {
      counters.strayResponses += 1
      return
    }
    let status = Int(response.status.code)
    let id = SIPClientTransactionID(raw)
    switch record.machine {
    case .invite(var machine):
      let action = machine.receive(status: status, at: now)
      record.machine = .invite(machine)
      if action == .acknowledgeAndDeliver { record.bytes = makeAcknowledgement(record.invite, to: response) }
      if action == .acknowledgeAndDeliver || action == .acknowledge {
        transmit(record.bytes, record.target, raw, &outputs)
      }
      if !machine.needsRequest {
        record.invite = nil
        if status < 300 { record.bytes = [] }
      }
      store(record, raw, now)
      if action == .deliver || action == .acknowledgeAndDeliver {
        outputs.events.append(.response(response, id, flow))
      }
      if record.wantsCancel, machine.needsRequest { sendCancel(raw, now, &outputs) }
    case .nonInvite(var machine):
      let action = machine.receive(status: status, at: now)
      record.machine = .nonInvite(machine)
      if !machine.needsRequest { record.bytes = [] }
      store(record, raw, now)
      if action == .deliver, !record.isInternal { outputs.events.append(.response(response, id, flow)) }
    }
    if record.isTerminated { forgetClient(raw, &outputs) }
  }

  mutating func advanceClient(_ raw: UInt64, _ now: Instant, _ outputs: inout SIPEndpointOutputs) {
    guard var record = clients[raw] else { return }
    let id = SIPClientTransactionID(raw)
    var isFailed = false
    switch record.machine {
    case .invite(var machine):
      switch machine.advance(to: now) {
      case .send?: transmit(record.bytes, record.target, raw, &outputs)
      case .timedOut?: isFailed = true
      case .deliver?, .acknowledgeAndDeliver?, .acknowledge?, .transportFailed?, .terminated?, nil: break
      }
      record.machine = .invite(machine)
    case .nonInvite(var machine):
      switch machine.advance(to: now) {
      case .send?: transmit(record.bytes, record.target, raw, &outputs)
      case .timedOut?: isFailed = true
      case .deliver?, .transportFailed?, .terminated?, nil: break
      }
      record.machine = .nonInvite(machine)
    }
    store(record, raw, now)
    if isFailed {
      removeClient(raw)
      if !record.isInternal { outputs.events.append(.failed(id, .timedOut)) }
    } else if record.isTerminated {
      forgetClient(raw, &outputs)
    }
  }

  mutating func clientTransportFailed(
    _ raw: UInt64, _ reason: String, _ now: Instant, _ outputs: inout SIPEndpointOutputs
  ) {
    guard var record = clients[raw] else { return }
    let hadFinal = !record.needsRequest
    switch record.machine {
    case .invite(var machine):
      _ = machine.transportFailed(at: now)
      record.machine = .invite(machine)
    case .nonInvite(var machine):
      _ = machine.transportFailed(at: now)
      record.machine = .nonInvite(machine)
    }
    store(record, raw, now)
    guard record.isTerminated else { return }
    if hadFinal {
      forgetClient(raw, &outputs)
    } else {
      removeClient(raw)
      if !record.isInternal { outputs.events.append(.failed(SIPClientTransactionID(raw), .transport(reason))) }
    }
  }

  // MARK: Inside

  private mutating func start(
    _ request: SIPRequest, _ bytes: [UInt8], _ branch: String, _ target: SIPTransmissionTarget, isInternal: Bool,
    _ now: Instant, _ outputs: inout SIPEndpointOutputs
  ) -> UInt64 {
    let raw = makeTransactionNumber()
    let isInvite = request.method == .invite
    let isReliable = target.transport.isReliable
    let record = ClientRecord(
      machine: isInvite
        ? .invite(InviteClientTransaction(timers: configuration.timers, isReliable: isReliable, at: now))
        : .nonInvite(NonInviteClientTransaction(timers: configuration.timers, isReliable: isReliable, at: now)),
      key: ClientKey(branch: branch, method: request.method), target: target, bytes: bytes,
      invite: isInvite ? request : nil, isInternal: isInternal)
    clientKeys[record.key] = raw
    if case .flow(let flow) = target, flow.transport.isStream { clientsOnFlow[flow.id, default: []].insert(raw) }
    store(record, raw, now)
    transmit(bytes, target, raw, &outputs)
    return raw
  }

  private mutating func store(_ record: ClientRecord, _ raw: UInt64, _ now: Instant) {
    clients[raw] = record
    deadlines.set(raw, at: record.nextDeadline)
  }

  private mutating func forgetClient(_ raw: UInt64, _ outputs: inout SIPEndpointOutputs) {
    guard let record = removeClient(raw), !record.isInternal else { return }
    outputs.events.append(.clientEnded(SIPClientTransactionID(raw)))
  }

  @discardableResult
  private mutating func removeClient(_ raw: UInt64) -> ClientRecord? {
    guard let record = clients.removeValue(forKey: raw) else { return nil }
    deadlines.clear(raw)
    clientKeys[record.key] = nil
    if case .flow(let flow) = record.target, flow.transport.isStream {
      clientsOnFlow[flow.id]?.remove(raw)
      if clientsOnFlow[flow.id]?.isEmpty == true { clientsOnFlow[flow.id] = nil }
    }
    return record
  }

  /// RFC 3261 §9.1: the INVITE's Request-URI, Call-ID, To, From, CSeq number, Route and topmost Via.
  private mutating func sendCancel(_ raw: UInt64, _ now: Instant, _ outputs: inout SIPEndpointOutputs) {
    guard var record = clients[raw], let invite = record.invite, case .invite(var machine) = record.machine,
      !record.isCancelled
    else { return }
    record.wantsCancel = false
    record.isCancelled = true
    machine.cancelled(at: now)
    record.machine = .invite(machine)
    store(record, raw, now)
    guard let cancel = followUp(.cancel, of: invite), let bytes = try? serialized(.request(cancel)) else { return }
    _ = start(cancel, bytes, record.key.branch, record.target, isInternal: true, now, &outputs)
  }

  /// RFC 3261 §17.1.1.3: the ACK to a failure shares the INVITE's Via and takes To from the response.
  private mutating func makeAcknowledgement(_ invite: SIPRequest?, to response: SIPResponse) -> [UInt8] {
    guard let invite, var ack = followUp(.ack, of: invite) else { return [] }
    ack.headers.removeAll(.to)
    ack.headers.appendLines(.to, of: response.headers)
    return (try? serialized(.request(ack))) ?? []
  }

  private func followUp(_ method: SIPMethod, of invite: SIPRequest) -> SIPRequest? {
    guard let via = try? invite.headers.value(.via), let cseq = try? invite.headers.value(.cseq) else { return nil }
    var request = SIPRequest(method: method, uri: invite.uri)
    request.headers.append(.via, via)
    request.headers.appendLines(.route, of: invite.headers)
    request.headers.set(.maxForwards, UInt32(configuration.maximumForwards))
    request.headers.appendLines(.from, of: invite.headers)
    request.headers.appendLines(.to, of: invite.headers)
    request.headers.appendLines(.callID, of: invite.headers)
    request.headers.set(.cseq, SIPCSeq(cseq.number, method))
    return request
  }

  private func addVia(
    _ request: inout SIPRequest, branch: String, _ target: SIPTransmissionTarget
  ) throws(SIPTransactionError) {
    var local = localAddress(for: target.transport, toward: target.remote.ip)
    // A stream that we did not announce an address for still has one of its own; answers come back on it.
    if local == nil, case .flow(let flow) = target { local = flow.local }
    guard let local else {
      throw SIPTransactionError(
        .noLocalAddress, expected: "a local \(target.transport) address toward \(target.remote)")
    }
    // `rport` asks the peer to answer to where the request came from (RFC 3581 §3).
    request.headers.prepend(
      .via, SIPVia(transport: target.transport, host: .ip(local.ip), port: local.port, branch: branch))
    if !request.headers.contains(.maxForwards) {
      request.headers.set(.maxForwards, UInt32(configuration.maximumForwards))
    }
  }

  mutating func serialized(_ message: SIPMessage) throws(SIPTransactionError) -> [UInt8] {
    do {
      return try message.serialized()
    } catch {
      counters.unencodable += 1
      throw SIPTransactionError(.unencodable, expected: error.expected)
    }
  }

  private func viaCount(_ headers: SIPHeaders) -> Int {
    var count = 0
    try? headers.forEach(.via) { _ in
      count += 1
      return count < 2
    }
    return count
  }
}
