import SIPParser
import WireSupport

extension SIPEndpoint {
  /// A datagram, or the next piece of a stream, came in on a flow.
  public mutating func receive(
    _ bytes: [UInt8], on flow: SIPFlow, at now: Instant, into outputs: inout SIPEndpointOutputs
  ) {
    if flow.transport.isStream {
      receiveStream(bytes, on: flow, now, &outputs)
    } else {
      receiveDatagram(bytes, on: flow, now, &outputs)
    }
  }

  private mutating func receiveDatagram(
    _ bytes: [UInt8], on flow: SIPFlow, _ now: Instant, _ outputs: inout SIPEndpointOutputs
  ) {
    if SIPMessage.isKeepAlive(bytes.span) {
      counters.keepAlives += 1
      return
    }
    do throws(SIPParseError) {
      receive(try SIPMessage(parsing: bytes, limits: configuration.limits), on: flow, now, &outputs)
    } catch {
      refuse(error, on: flow, &outputs)
    }
  }

  private mutating func receiveStream(
    _ bytes: [UInt8], on flow: SIPFlow, _ now: Instant, _ outputs: inout SIPEndpointOutputs
  ) {
    guard admit(flow, &outputs), var framer = framers.removeValue(forKey: flow.id) else { return }
    framer.append(bytes)
    var isBroken = false
    // Each turn consumes bytes of the framer's buffer, so the loop ends.
    loop: while true {
      do throws(SIPParseError) {
        switch try framer.next() {
        case .message(let message)?:
          receive(message, on: flow, now, &outputs)
        case .ping?:
          counters.keepAlives += 1
          outputs.actions.append(.transmit(SIPTransmission(id: .none, target: .flow(flow), bytes: [13, 10])))
        case .pong?: counters.keepAlives += 1
        case nil: break loop
        }
      } catch {
        refuse(error, on: flow, &outputs)
        isBroken = true
        break loop
      }
    }
    framers[flow.id] = framer
    if isBroken {
      counters.flowsClosed += 1
      outputs.actions.append(.closeFlow(flow))
      flowClosed(flow, reason: "the peer's stream cannot be framed", at: now, into: &outputs)
    }
  }

  private mutating func receive(
    _ message: SIPMessage, on flow: SIPFlow, _ now: Instant, _ outputs: inout SIPEndpointOutputs
  ) {
    switch message {
    case .request(let request): receive(request, on: flow, now, &outputs)
    case .response(let response): receive(response, on: flow, now, &outputs)
    }
  }

  private mutating func receive(
    _ request: SIPRequest, on flow: SIPFlow, _ now: Instant, _ outputs: inout SIPEndpointOutputs
  ) {
    guard var fields = try? MessageFields(request.headers), fields.cseq.method == request.method else {
      do throws(SIPParseError) {
        try request.checkMandatoryHeaders()
        counters.malformed += 1
      } catch {
        refuse(error, on: flow, &outputs)
      }
      return
    }
    var request = request
    markSource(&fields.via, flow)
    _ = try? request.headers.updateFirst(.via) { $0 = fields.via }

    let key = ServerKey(request, fields)
    if let raw = serverKeys[key] { return receiveAgain(request, raw, on: flow, now, &outputs) }
    if request.method == .ack {
      outputs.events.append(.ack(request, flow))
      return
    }
    if request.method == .cancel { return receiveCancel(request, fields, on: flow, &outputs) }
    if case .other = request.uri.scheme {
      counters.unsupportedSchemes += 1
      return answer(request, .unsupportedURIScheme, on: flow, &outputs)
    }
    if let mergeKey = MergeKey(request, fields), mergeKeys[mergeKey] != nil {
      counters.mergedRequests += 1
      return answer(request, .loopDetected, on: flow, &outputs)
    }
    guard transactionCount < configuration.maximumTransactions else {
      counters.overloaded += 1
      return answer(request, .serviceUnavailable, on: flow, &outputs) { $0.set(.retryAfter, text: "10") }
    }
    open(request, fields, key, on: flow, now, &outputs)
  }

  /// RFC 3261 §9.2. Answered without a transaction: a repeated CANCEL finds things as they are and gets the same answer.
  private mutating func receiveCancel(
    _ request: SIPRequest, _ fields: MessageFields, on flow: SIPFlow, _ outputs: inout SIPEndpointOutputs
  ) {
    guard let raw = serverKeys[ServerKey(request, fields, method: .invite)], let record = servers[raw],
      case .invite(let machine) = record.machine
    else {
      counters.strayCancels += 1
      return answer(request, .callDoesNotExist, on: flow, &outputs)
    }
    answer(request, .ok, tag: record.localTag, on: flow, &outputs)
    if machine.isProceeding, !record.isCancelled {
      servers[raw]?.isCancelled = true
      outputs.events.append(.cancelled(SIPServerTransactionID(raw)))
    }
  }

  /// RFC 3261 §18.2.1 and RFC 3581 §4: notes in the topmost Via where the request really came from.
  private func markSource(_ via: inout SIPVia, _ flow: SIPFlow) {
    if via.hasResponsePort {
      via.responsePort = flow.remote.port
      via.received = flow.remote.ip
    } else if via.host != .ip(flow.remote.ip) {
      via.received = flow.remote.ip
    }
  }

  /// Answers a request without a transaction; retransmissions get the same answer again (RFC 3261 §8.2.7).
  private mutating func answer(
    _ request: SIPRequest, _ status: SIPStatus, tag: String? = nil, on flow: SIPFlow,
    _ outputs: inout SIPEndpointOutputs, with extra: (inout SIPHeaders) -> Void = { _ in }
  ) {
    var response = SIPResponse(answering: request, status, tag: tag ?? statelessTag(request.headers))
    extra(&response.headers)
    transmitStateless(response, on: flow, &outputs)
  }

  private mutating func refuse(_ error: SIPParseError, on flow: SIPFlow, _ outputs: inout SIPEndpointOutputs) {
    counters.malformed += 1
    guard let recovered = error.recovered,
      let response = SIPResponse(rejecting: error, toTag: statelessTag(recovered.headers))
    else { return }
    let before = outputs.actions.count
    transmitStateless(response, on: flow, &outputs)
    if outputs.actions.count > before { counters.malformedAnswered += 1 }
  }

  private mutating func transmitStateless(
    _ response: SIPResponse, on flow: SIPFlow, _ outputs: inout SIPEndpointOutputs
  ) {
    guard let bytes = try? serialized(.response(response)) else { return }
    var target = SIPTransmissionTarget.flow(flow)
    if let via = try? response.headers.value(.via) { target = responseRoute(via, flow).0 }
    transmit(bytes, target, SIPTransmissionID.none.rawValue, &outputs)
  }

  /// A tag that is the same for the same request and cannot be foretold (RFC 3261 §8.2.7): FNV-1a over what names it.
  private func statelessTag(_ headers: SIPHeaders) -> String {
    var hash = 0xcbf2_9ce4_8422_2325 ^ tagSalt
    for name in [SIPHeaderName.callID, .from, .cseq] {
      guard let text = headers.text(name) else { continue }
      for byte in text.bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    return String(hash ^ (hash >> 29) ^ tagSalt, radix: 36)
  }
}
