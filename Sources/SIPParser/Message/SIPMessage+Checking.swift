extension SIPRequest {
  /// Checks what every request must have (RFC 3261 §8.1.1, §8.2.2) before anything is done with it: To, From, Call-ID, CSeq
  /// and Via are there once (Via at least once) and well formed, CSeq's method is the request's, Max-Forwards is a number
  /// if it is there (RFC 2543 did not know it).
  /// - Throws: an error with the status and the headers to answer with.
  public func checkMandatoryHeaders() throws(SIPParseError) {
    do throws(SIPParseError) {
      let cseq = try SIPHeaderCheck.mandatory(headers)
      if cseq.method != method {
        throw SIPParseError(
          .methodMismatch, header: .cseq, expected: "the request's method", reason: "CSeq Method Mismatch")
      }
      _ = try headers.value(.maxForwards)
    } catch {
      throw located(error)
    }
  }

  /// Checks every header whose grammar this module knows. A request that passes has no header that throws when read.
  public func checkHeaders() throws(SIPParseError) {
    do throws(SIPParseError) { try SIPHeaderCheck.all(headers) } catch { throw located(error) }
  }

  private func located(_ error: SIPParseError) -> SIPParseError {
    SIPHeaderCheck.located(error, in: headers, method: method)
  }
}

extension SIPResponse {
  /// Checks what every response must have: To, From, Call-ID, CSeq and Via, well formed.
  public func checkMandatoryHeaders() throws(SIPParseError) {
    do throws(SIPParseError) { _ = try SIPHeaderCheck.mandatory(headers) } catch {
      throw SIPHeaderCheck.located(error, in: headers, method: nil)
    }
  }

  /// Checks every header whose grammar this module knows. A response that passes has no header that throws when read.
  public func checkHeaders() throws(SIPParseError) {
    do throws(SIPParseError) { try SIPHeaderCheck.all(headers) } catch { throw SIPHeaderCheck.located(error, in: headers, method: nil) }
  }
}

extension SIPMessage {
  /// See `SIPRequest.checkMandatoryHeaders()`.
  public func checkMandatoryHeaders() throws(SIPParseError) {
    switch self {
    case .request(let request): try request.checkMandatoryHeaders()
    case .response(let response): try response.checkMandatoryHeaders()
    }
  }

  /// See `SIPRequest.checkHeaders()`.
  public func checkHeaders() throws(SIPParseError) {
    switch self {
    case .request(let request): try request.checkHeaders()
    case .response(let response): try response.checkHeaders()
    }
  }
}

enum SIPHeaderCheck {
  static func mandatory(_ headers: SIPHeaders) throws(SIPParseError) -> SIPCSeq {
    var vias = 0
    try headers.forEach(.via) { _ in
      vias += 1
      return true
    }
    if vias == 0 { throw missing(.via) }
    guard try headers.value(.from) != nil else { throw missing(.from) }
    guard try headers.value(.to) != nil else { throw missing(.to) }
    guard try headers.value(.callID) != nil else { throw missing(.callID) }
    guard let cseq = try headers.value(.cseq) else { throw missing(.cseq) }
    return cseq
  }

  private static func missing(_ name: SIPHeaderName) -> SIPParseError {
    SIPParseError(.missingHeader, header: name, expected: "the header", reason: "Missing \(name) Header")
  }

  static func located(_ error: SIPParseError, in headers: SIPHeaders, method: SIPMethod?) -> SIPParseError {
    var error = error
    if let offset = error.offset, !headers.original.isEmpty {
      error.line = SIPMessageParser.lineNumber(of: offset, in: headers.original.span)
    }
    var kept = SIPHeaders()
    for name in [SIPHeaderName.via, .from, .to, .callID, .cseq] { kept.appendLines(name, of: headers) }
    error.recovered = SIPRecoveredMessage(method: method, isResponse: method == nil, headers: kept)
    return error
  }

  /// Reads every value of every header that has a key.
  static func all(_ headers: SIPHeaders) throws(SIPParseError) {
    for record in headers.records where record.id != 0 { try check(record, headers) }
  }

  private static func check(_ record: SIPHeaderRecord, _ headers: SIPHeaders) throws(SIPParseError) {
    switch record.id {
    case SIPHeaderName.via.id: try read(.via, record, headers)
    case SIPHeaderName.from.id: try read(.from, record, headers)
    case SIPHeaderName.to.id: try read(.to, record, headers)
    case SIPHeaderName.contact.id: try read(.contact, record, headers)
    case SIPHeaderName.callID.id: try read(.callID, record, headers)
    case SIPHeaderName.cseq.id: try read(.cseq, record, headers)
    case SIPHeaderName.route.id: try read(.route, record, headers)
    case SIPHeaderName.recordRoute.id: try read(.recordRoute, record, headers)
    case SIPHeaderName.maxForwards.id: try read(.maxForwards, record, headers)
    case SIPHeaderName.contentLength.id: try read(.contentLength, record, headers)
    case SIPHeaderName.contentType.id: try read(.contentType, record, headers)
    case SIPHeaderName.allow.id: try read(.allow, record, headers)
    case SIPHeaderName.supported.id: try read(.supported, record, headers)
    case SIPHeaderName.require.id: try read(.require, record, headers)
    case SIPHeaderName.proxyRequire.id: try read(.proxyRequire, record, headers)
    case SIPHeaderName.unsupported.id: try read(.unsupported, record, headers)
    case SIPHeaderName.allowEvents.id: try read(.allowEvents, record, headers)
    case SIPHeaderName.accept.id: try read(.accept, record, headers)
    case SIPHeaderName.userAgent.id: try read(.userAgent, record, headers)
    case SIPHeaderName.server.id: try read(.server, record, headers)
    case SIPHeaderName.subject.id: try read(.subject, record, headers)
    case SIPHeaderName.expires.id: try read(.expires, record, headers)
    case SIPHeaderName.minExpires.id: try read(.minExpires, record, headers)
    case SIPHeaderName.retryAfter.id: try read(.retryAfter, record, headers)
    case SIPHeaderName.reason.id: try read(.reason, record, headers)
    case SIPHeaderName.warning.id: try read(.warning, record, headers)
    case SIPHeaderName.date.id: try read(.date, record, headers)
    case SIPHeaderName.event.id: try read(.event, record, headers)
    case SIPHeaderName.subscriptionState.id: try read(.subscriptionState, record, headers)
    case SIPHeaderName.contentDisposition.id: try read(.contentDisposition, record, headers)
    case SIPHeaderName.sessionExpires.id: try read(.sessionExpires, record, headers)
    case SIPHeaderName.minSE.id: try read(.minSE, record, headers)
    case SIPHeaderName.rseq.id: try read(.rseq, record, headers)
    case SIPHeaderName.rack.id: try read(.rack, record, headers)
    case SIPHeaderName.replaces.id: try read(.replaces, record, headers)
    case SIPHeaderName.referTo.id: try read(.referTo, record, headers)
    case SIPHeaderName.referredBy.id: try read(.referredBy, record, headers)
    case SIPHeaderName.replyTo.id: try read(.replyTo, record, headers)
    case SIPHeaderName.authorization.id: try read(.authorization, record, headers)
    case SIPHeaderName.proxyAuthorization.id: try read(.proxyAuthorization, record, headers)
    case SIPHeaderName.wwwAuthenticate.id: try read(.wwwAuthenticate, record, headers)
    case SIPHeaderName.proxyAuthenticate.id: try read(.proxyAuthenticate, record, headers)
    default: return
    }
  }

  @inline(__always)
  private static func read<Value>(
    _ key: SIPHeaderKey<Value>, _ record: SIPHeaderRecord, _ headers: SIPHeaders
  ) throws(SIPParseError) {
    var count = 0
    let tooMany = try headers.forEachValue(of: record, key) { _ in
      count += 1
      return count <= headers.limits.valueCount ? true : nil
    }
    if tooMany {
      throw SIPParseError(
        .limit, offset: record.start, header: key.name, expected: "at most \(headers.limits.valueCount) values",
        status: .messageTooLarge)
    }
  }
}
