import SIPParser

/// Bodies and what answers may hold.
extension SIPRequestRules {
  /// §8.2.3, RFC 5621 §8: 415 for a body, or a part of one, that must be understood and is not; with Accept, and with
  /// Accept-Encoding when it is the coding.
  ///
  /// - Parameter skipsOptional: whether a body with `handling=optional` passes. False for an element that hands every body
  ///   that passes on as one that is understood.
  public func refusalOfBody(_ request: SIPRequest, skipsOptional: Bool = true) -> SIPRefusal? {
    if request.content.isEmpty { return nil }
    do throws(SIPParseError) {
      if skipsOptional, try request.headers.value(.contentDisposition)?.isRequired == false { return nil }
      if try !accepts(request.headers) { return unsupported(isEncoding: true) }
      guard let type = try request.headers.value(.contentType), accepts(type) else { return unsupported() }
      guard let multipart = try request.multipart() else { return nil }
      return try accepts(multipart) ? nil : unsupported()
    } catch {
      return SIPRefusal(error)
    }
  }

  /// Whether the codings of these headers are all understood.
  private func accepts(_ headers: SIPHeaders) throws(SIPParseError) -> Bool {
    try headers.values(.contentEncoding).allSatisfy { coding in
      coding.equalsIgnoringCase("identity") || acceptedEncodings.contains { coding.equalsIgnoringCase($0) }
    }
  }

  private func accepts(_ type: SIPMediaType) -> Bool {
    acceptedContentTypes.contains { Self.range($0, holds: type) }
  }

  /// RFC 5621 §8: every part that must be understood is; of alternatives one is enough.
  private func accepts(_ multipart: SIPMultipart) throws(SIPParseError) -> Bool {
    let isAlternative = multipart.subtype.equalsIgnoringCase("alternative")
    var isAnyUnderstood = false
    // As deep as the limit on nesting lets `multipart()` go.
    for part in multipart.parts {
      let isUnderstood = try accepts(part)
      isAnyUnderstood = isAnyUnderstood || isUnderstood
      if !isUnderstood, !isAlternative, try part.isRequired() { return false }
    }
    return isAnyUnderstood || !isAlternative
  }

  private func accepts(_ part: SIPBodyPart) throws(SIPParseError) -> Bool {
    guard try accepts(part.headers), accepts(try part.contentType()) else { return false }
    guard let inner = try part.multipart() else { return true }
    return try accepts(inner)
  }

  private func unsupported(isEncoding: Bool = false) -> SIPRefusal {
    var refusal = SIPRefusal(.unsupportedMediaType)
    refusal.headers.set(.accept, text: acceptedContentTypes.joined(separator: ", "))
    if isEncoding {
      refusal.headers.set(.acceptEncoding, text: (["identity"] + acceptedEncodings).joined(separator: ", "))
    }
    return refusal
  }

  /// §20.1, §21.4.7: 406 when no answer that this element gives to INVITE is one that the sender accepts. Without Accept
  /// the sender accepts application/sdp.
  public func refusalOfAccept(_ request: SIPRequest) -> SIPRefusal? {
    guard request.method == .invite, request.headers.contains(.accept) else { return nil }
    let ranges: [SIPMediaType]
    do throws(SIPParseError) {
      ranges = try request.headers.values(.accept).filter { !Self.isRefused($0.parameters.text("q")) }
    } catch {
      return SIPRefusal(error)
    }
    let suits = sentContentTypes.contains { sent in
      ranges.contains { Self.range("\($0.type)/\($0.subtype)", holds: sent) }
    }
    return suits ? nil : SIPRefusal(.notAcceptable)
  }

  private static func isRefused(_ q: SIPText?) -> Bool {
    guard let bytes = q?.bytes, !bytes.isEmpty else { return false }
    return bytes.allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") }
  }

  private static func range(_ range: String, holds type: SIPMediaType) -> Bool {
    Self.range(range, holds: "\(type.type)/\(type.subtype)")
  }

  /// Whether `type` is `range` or in it (`text/*`, `*/*`), case aside.
  private static func range(_ range: String, holds type: String) -> Bool {
    let range = range.lowercased()
    let type = type.lowercased()
    if range == type || range == "*/*" { return true }
    return range.hasSuffix("/*") && type.hasPrefix(range.dropLast())
  }
}
