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
    do throws(SIPParseError) { try SIPHeaderCheck.all(headers) } catch {
      throw SIPHeaderCheck.located(error, in: headers, method: nil)
    }
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
}
