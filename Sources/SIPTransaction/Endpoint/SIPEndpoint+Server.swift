import SIPParser
import WireSupport

extension SIPEndpoint {
  /// Sends a response in its transaction: the first time, and as often as the transaction's machine says.
  ///
  /// - Throws: `.noTransaction` when it has ended or has had its final response, `.unencodable`.
  public mutating func respond(
    _ response: SIPResponse, to id: SIPServerTransactionID, at now: Instant, into outputs: inout SIPEndpointOutputs
  ) throws(SIPTransactionError) {
    let raw = id.rawValue
    guard servers[raw] != nil else { throw SIPTransactionError(.noTransaction, expected: "a transaction that lives") }
    let bytes = try serialized(.response(response))
    guard var record = servers[raw] else { return }
    let status = Int(response.status.code)
    let isSent: Bool
    switch record.machine {
    case .invite(var machine):
      isSent = machine.respond(status: status, at: now) == .send
      record.machine = .invite(machine)
    case .nonInvite(var machine):
      isSent = machine.respond(status: status, at: now) == .send
      record.machine = .nonInvite(machine)
      // RFC 4320 §4.1 forbids some provisional responses; leaving them out is no fault of the user's.
      if !isSent, status < 200 { return }
    }
    guard isSent else {
      throw SIPTransactionError(.noTransaction, expected: "a transaction without a final response")
    }
    record.response = bytes
    record.request = nil
    record.localTag = (try? response.headers.value(.to))?.tag?.description ?? record.localTag
    retarget(&record)
    store(record, raw)
    transmit(bytes, record.target, raw, &outputs)
    if record.isTerminated { forgetServer(raw, &outputs) }
  }

  /// Sends a 2xx to an INVITE again; the user does so until the ACK comes (RFC 3261 §13.3.1.4). False when the
  /// transaction has ended.
  @discardableResult
  public mutating func repeatSuccess(_ id: SIPServerTransactionID, into outputs: inout SIPEndpointOutputs) -> Bool {
    guard var record = servers[id.rawValue], !record.response.isEmpty else { return false }
    retarget(&record)
    servers[id.rawValue] = record
    transmit(record.response, record.target, id.rawValue, &outputs)
    return true
  }

  /// The ACK to a 2xx has come: its bytes are no longer needed.
  public mutating func releaseSuccess(_ id: SIPServerTransactionID) {
    guard case .invite(let machine)? = servers[id.rawValue]?.machine, machine.isAccepted else { return }
    servers[id.rawValue]?.response = []
  }

  // MARK: What the peer and the time do

  mutating func open(
    _ request: SIPRequest, _ fields: MessageFields, _ key: ServerKey, on flow: SIPFlow, _ now: Instant,
    _ outputs: inout SIPEndpointOutputs
  ) {
    let raw = makeTransactionNumber()
    let isReliable = flow.transport.isReliable
    let (target, fallback) = responseRoute(fields.via, flow)
    let mergeKey = MergeKey(request, fields)
    let record = ServerRecord(
      machine: request.method == .invite
        ? .invite(InviteServerTransaction(timers: configuration.timers, isReliable: isReliable, at: now))
        : .nonInvite(NonInviteServerTransaction(timers: configuration.timers, isReliable: isReliable, at: now)),
      key: key, mergeKey: mergeKey, target: target, fallback: fallback, request: request)
    serverKeys[key] = raw
    if let mergeKey { mergeKeys[mergeKey] = raw }
    store(record, raw)
    outputs.events.append(.request(request, SIPServerTransactionID(raw), flow))
  }

  /// A request came that belongs to this transaction: the same again, or the ACK to its INVITE.
  mutating func receiveAgain(
    _ request: SIPRequest, _ raw: UInt64, on flow: SIPFlow, _ now: Instant, _ outputs: inout SIPEndpointOutputs
  ) {
    guard var record = servers[raw] else { return }
    switch record.machine {
    case .invite(var machine):
      let action =
        request.method == .ack ? machine.receiveAck(at: now) : machine.receiveInvite(at: now)
      record.machine = .invite(machine)
      if request.method != .ack { counters.retransmittedRequests += 1 }
      perform(action, &record, raw, &outputs)
      if action == .deliverAck { outputs.events.append(.ack(request, flow)) }
      if !machine.needsResponse { record.response = [] }
      store(record, raw)
    case .nonInvite(var machine):
      counters.retransmittedRequests += 1
      let action = machine.receiveRequest(at: now)
      record.machine = .nonInvite(machine)
      if action == .send { transmit(record.response, record.target, raw, &outputs) }
      store(record, raw)
    }
    if record.isTerminated { forgetServer(raw, &outputs) }
  }

  mutating func advanceServer(_ raw: UInt64, _ now: Instant, _ outputs: inout SIPEndpointOutputs) {
    guard var record = servers[raw] else { return }
    let id = SIPServerTransactionID(raw)
    switch record.machine {
    case .invite(var machine):
      let action = machine.advance(to: now)
      record.machine = .invite(machine)
      perform(action, &record, raw, &outputs)
      if action == .noAck {
        counters.unacknowledged += 1
        outputs.events.append(.responseFailed(id, .notAcknowledged))
      }
    case .nonInvite(var machine):
      let action = machine.advance(to: now)
      record.machine = .nonInvite(machine)
      if action == .sendTrying { sendTrying(&record, raw, &outputs) }
      if action == .abandoned {
        counters.abandonedRequests += 1
        outputs.events.append(.responseFailed(id, .abandoned))
      }
    }
    store(record, raw)
    if record.isTerminated { forgetServer(raw, &outputs) }
  }

  mutating func serverTransportFailed(
    _ raw: UInt64, _ reason: String, _ now: Instant, _ outputs: inout SIPEndpointOutputs
  ) {
    guard var record = servers[raw] else { return }
    if let fallback = record.fallback, case .flow = record.target {
      // RFC 3261 §18.2.2: when the connection has gone, open one to where the topmost Via says.
      record.target = .destination(fallback)
      store(record, raw)
      transmit(record.response, record.target, raw, &outputs)
      return
    }
    switch record.machine {
    case .invite(var machine):
      _ = machine.transportFailed(at: now)
      record.machine = .invite(machine)
    case .nonInvite(var machine):
      _ = machine.transportFailed(at: now)
      record.machine = .nonInvite(machine)
    }
    store(record, raw)
    outputs.events.append(.responseFailed(SIPServerTransactionID(raw), .transport(reason)))
    if record.isTerminated { forgetServer(raw, &outputs) }
  }

  // MARK: Inside

  /// Where responses go (RFC 3261 §18.2.2, RFC 3581 §4), and for a stream where else when its connection has gone.
  ///
  /// Never to `maddr`: an address that the request did not come from would make us a reflector.
  func responseRoute(_ via: SIPVia, _ flow: SIPFlow) -> (SIPTransmissionTarget, SIPDestination?) {
    let port = via.port ?? flow.transport.defaultPort
    if flow.transport.isReliable {
      let address = TransportAddress(ip: flow.remote.ip, port: port)
      return (.flow(flow), SIPDestination(transport: flow.transport, address: address))
    }
    if via.hasResponsePort || port == 0 { return (.flow(flow), nil) }
    var flow = flow
    flow.remote.port = port
    return (.flow(flow), nil)
  }

  private func retarget(_ record: inout ServerRecord) {
    if case .flow(let flow) = record.target, let fallback = record.fallback, !isOpen(flow) {
      record.target = .destination(fallback)
    }
  }

  private mutating func perform(
    _ action: InviteServerTransaction.Action?, _ record: inout ServerRecord, _ raw: UInt64,
    _ outputs: inout SIPEndpointOutputs
  ) {
    switch action {
    case .sendTrying?: sendTrying(&record, raw, &outputs)
    case .send?:
      retarget(&record)
      transmit(record.response, record.target, raw, &outputs)
    case .acknowledged?, .deliverAck?, .noAck?, .transportFailed?, .terminated?, nil: break
    }
  }

  private mutating func sendTrying(
    _ record: inout ServerRecord, _ raw: UInt64, _ outputs: inout SIPEndpointOutputs
  ) {
    guard let request = record.request else { return }
    // RFC 3261 §8.2.6.2: 100 has no To tag.
    guard let bytes = try? serialized(.response(SIPResponse(answering: request, .trying))) else { return }
    record.response = bytes
    retarget(&record)
    transmit(bytes, record.target, raw, &outputs)
  }

  private mutating func store(_ record: ServerRecord, _ raw: UInt64) {
    servers[raw] = record
    deadlines.set(raw, at: record.nextDeadline)
  }

  private mutating func forgetServer(_ raw: UInt64, _ outputs: inout SIPEndpointOutputs) {
    guard let record = servers.removeValue(forKey: raw) else { return }
    deadlines.clear(raw)
    serverKeys[record.key] = nil
    if let mergeKey = record.mergeKey, mergeKeys[mergeKey] == raw { mergeKeys[mergeKey] = nil }
    outputs.events.append(.serverEnded(SIPServerTransactionID(raw)))
  }
}
