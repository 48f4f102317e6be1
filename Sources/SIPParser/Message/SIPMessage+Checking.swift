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
    var seen = SeenHeaders()
    for record in headers.records where record.id != 0 { try check(record, headers, &seen) }
  }

  /// Which names have stood already; one bit for each known name.
  private struct SeenHeaders {
    var low: UInt64 = 0
    var high: UInt64 = 0

    /// Whether this one stands for the first time.
    mutating func insert(_ id: UInt16) -> Bool {
      let bit = UInt64(1) << UInt64(id & 63)
      if id < 64 {
        defer { low |= bit }
        return low & bit == 0
      }
      defer { high |= bit }
      return high & bit == 0
    }
  }

  private static func check(
    _ record: SIPHeaderRecord, _ headers: SIPHeaders, _ seen: inout SeenHeaders
  ) throws(SIPParseError) {
    switch record.id {
    case SIPHeaderName.via.id: try read(.via, record, headers, &seen)
    case SIPHeaderName.from.id: try read(.from, record, headers, &seen)
    case SIPHeaderName.to.id: try read(.to, record, headers, &seen)
    case SIPHeaderName.contact.id: try read(.contact, record, headers, &seen)
    case SIPHeaderName.callID.id: try read(.callID, record, headers, &seen)
    case SIPHeaderName.cseq.id: try read(.cseq, record, headers, &seen)
    case SIPHeaderName.route.id: try read(.route, record, headers, &seen)
    case SIPHeaderName.recordRoute.id: try read(.recordRoute, record, headers, &seen)
    case SIPHeaderName.maxForwards.id: try read(.maxForwards, record, headers, &seen)
    case SIPHeaderName.contentLength.id: try read(.contentLength, record, headers, &seen)
    case SIPHeaderName.contentType.id: try read(.contentType, record, headers, &seen)
    case SIPHeaderName.allow.id: try read(.allow, record, headers, &seen)
    case SIPHeaderName.supported.id: try read(.supported, record, headers, &seen)
    case SIPHeaderName.require.id: try read(.require, record, headers, &seen)
    case SIPHeaderName.proxyRequire.id: try read(.proxyRequire, record, headers, &seen)
    case SIPHeaderName.unsupported.id: try read(.unsupported, record, headers, &seen)
    case SIPHeaderName.allowEvents.id: try read(.allowEvents, record, headers, &seen)
    case SIPHeaderName.accept.id: try read(.accept, record, headers, &seen)
    case SIPHeaderName.userAgent.id: try read(.userAgent, record, headers, &seen)
    case SIPHeaderName.server.id: try read(.server, record, headers, &seen)
    case SIPHeaderName.subject.id: try read(.subject, record, headers, &seen)
    case SIPHeaderName.expires.id: try read(.expires, record, headers, &seen)
    case SIPHeaderName.minExpires.id: try read(.minExpires, record, headers, &seen)
    case SIPHeaderName.retryAfter.id: try read(.retryAfter, record, headers, &seen)
    case SIPHeaderName.reason.id: try read(.reason, record, headers, &seen)
    case SIPHeaderName.warning.id: try read(.warning, record, headers, &seen)
    case SIPHeaderName.date.id: try read(.date, record, headers, &seen)
    case SIPHeaderName.event.id: try read(.event, record, headers, &seen)
    case SIPHeaderName.subscriptionState.id: try read(.subscriptionState, record, headers, &seen)
    case SIPHeaderName.contentDisposition.id: try read(.contentDisposition, record, headers, &seen)
    case SIPHeaderName.sessionExpires.id: try read(.sessionExpires, record, headers, &seen)
    case SIPHeaderName.minSE.id: try read(.minSE, record, headers, &seen)
    case SIPHeaderName.rseq.id: try read(.rseq, record, headers, &seen)
    case SIPHeaderName.rack.id: try read(.rack, record, headers, &seen)
    case SIPHeaderName.replaces.id: try read(.replaces, record, headers, &seen)
    case SIPHeaderName.referTo.id: try read(.referTo, record, headers, &seen)
    case SIPHeaderName.referredBy.id: try read(.referredBy, record, headers, &seen)
    case SIPHeaderName.replyTo.id: try read(.replyTo, record, headers, &seen)
    case SIPHeaderName.authorization.id: try read(.authorization, record, headers, &seen)
    case SIPHeaderName.proxyAuthorization.id: try read(.proxyAuthorization, record, headers, &seen)
    case SIPHeaderName.wwwAuthenticate.id: try read(.wwwAuthenticate, record, headers, &seen)
    case SIPHeaderName.proxyAuthenticate.id: try read(.proxyAuthenticate, record, headers, &seen)
    default: return
    }
  }

  @inline(__always)
  private static func read<Value>(
    _ key: SIPHeaderKey<Value>, _ record: SIPHeaderRecord, _ headers: SIPHeaders, _ seen: inout SeenHeaders
  ) throws(SIPParseError) {
    if key.form == .single, !seen.insert(record.id) { throw headers.duplicate(record, key.name) }
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
