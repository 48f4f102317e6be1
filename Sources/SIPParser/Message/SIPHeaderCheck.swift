/// Reads every value of every header whose grammar is known, the usual ones as straight code: one reader for the whole
/// message, no key looked up, no value kept.
extension SIPHeaderCheck {
  static func all(_ headers: SIPHeaders) throws(SIPParseError) {
    let storage = headers.original
    var reader = SIPFieldReader(storage.span, storage: storage, range: .empty)
    var seen = SeenHeaders()
    for record in headers.records where record.id != 0 {
      if record.isFolded || record.isEdited {
        let (text, fixed) = headers.unfolded(record)
        let copy = text.storage
        var other = SIPFieldReader(
          copy.span, storage: copy, range: text.range, context: SIPFieldContext(id: record.id, fixed: fixed))
        try check(record, &other, &seen, headers)
      } else {
        reader.restart(TextRange(record.valueStart, record.valueEnd), id: record.id)
        try check(record, &reader, &seen, headers)
      }
    }
  }

  private static func check(
    _ record: SIPHeaderRecord, _ reader: inout SIPFieldReader, _ seen: inout SeenHeaders, _ headers: SIPHeaders
  ) throws(SIPParseError) {
    typealias Name = SIPHeaderName
    var count = 0
    reader.skipSpace()
    switch record.id {
    case Name.via.id:
      repeat { _ = try SIPVia.read(&reader) } while try comma(&reader, &count, headers.limits)
    case Name.from.id, Name.to.id, Name.referTo.id, Name.referredBy.id, Name.replyTo.id:
      if !seen.insert(record.id) { throw headers.duplicate(record, Name(id: record.id, other: "")) }
      _ = try SIPNameAddress.read(&reader)
      try end(&reader)
    case Name.contact.id:
      repeat { _ = try SIPContact.read(&reader) } while try comma(&reader, &count, headers.limits)
    case Name.callID.id:
      if !seen.insert(record.id) { throw headers.duplicate(record, Name(id: record.id, other: "")) }
      _ = try reader.readCallID()
      try end(&reader)
    case Name.cseq.id:
      if !seen.insert(record.id) { throw headers.duplicate(record, Name(id: record.id, other: "")) }
      _ = try SIPCSeq.read(&reader)
      try end(&reader)
    case Name.route.id, Name.recordRoute.id:
      repeat { _ = try SIPNameAddress.read(&reader) } while try comma(&reader, &count, headers.limits)
    case Name.maxForwards.id:
      if !seen.insert(record.id) { throw headers.duplicate(record, Name(id: record.id, other: "")) }
      _ = try reader.readNumber(max: 255)
      try end(&reader)
    case Name.contentLength.id, Name.rseq.id:
      if !seen.insert(record.id) { throw headers.duplicate(record, Name(id: record.id, other: "")) }
      _ = try reader.readNumber()
      try end(&reader)
    case Name.contentType.id:
      if !seen.insert(record.id) { throw headers.duplicate(record, Name(id: record.id, other: "")) }
      _ = try SIPMediaType.read(&reader)
      try end(&reader)
    case Name.allow.id:
      if reader.isAtEnd { return }
      repeat { _ = try reader.readMethod() } while try comma(&reader, &count, headers.limits)
    case Name.supported.id, Name.require.id, Name.proxyRequire.id, Name.unsupported.id, Name.allowEvents.id:
      if reader.isAtEnd { return }
      repeat { _ = try reader.readToken() } while try comma(&reader, &count, headers.limits)
    case Name.accept.id:
      if reader.isAtEnd { return }
      repeat { _ = try SIPMediaType.read(&reader) } while try comma(&reader, &count, headers.limits)
    case Name.userAgent.id, Name.server.id, Name.subject.id:
      if !seen.insert(record.id) { throw headers.duplicate(record, Name(id: record.id, other: "")) }
      _ = try reader.readRest()
      try end(&reader)
    case Name.expires.id, Name.minExpires.id:
      if !seen.insert(record.id) { throw headers.duplicate(record, Name(id: record.id, other: "")) }
      _ = try reader.readSeconds()
      try end(&reader)
    case Name.retryAfter.id:
      if !seen.insert(record.id) { throw headers.duplicate(record, Name(id: record.id, other: "")) }
      _ = try SIPRetryAfter.read(&reader)
      try end(&reader)
    case Name.reason.id:
      repeat { _ = try SIPReason.read(&reader) } while try comma(&reader, &count, headers.limits)
    case Name.warning.id:
      repeat { _ = try SIPWarning.read(&reader) } while try comma(&reader, &count, headers.limits)
    case Name.date.id:
      if !seen.insert(record.id) { throw headers.duplicate(record, Name(id: record.id, other: "")) }
      _ = try SIPDate.read(&reader)
      try end(&reader)
    case Name.event.id:
      if !seen.insert(record.id) { throw headers.duplicate(record, Name(id: record.id, other: "")) }
      _ = try SIPParameterized.read(&reader)
      try end(&reader)
    case Name.sessionExpires.id, Name.minSE.id:
      if !seen.insert(record.id) { throw headers.duplicate(record, Name(id: record.id, other: "")) }
      _ = try SIPSessionExpires.read(&reader)
      try end(&reader)
    case Name.rack.id:
      if !seen.insert(record.id) { throw headers.duplicate(record, Name(id: record.id, other: "")) }
      _ = try SIPRAck.read(&reader)
      try end(&reader)
    case Name.replaces.id:
      if !seen.insert(record.id) { throw headers.duplicate(record, Name(id: record.id, other: "")) }
      _ = try SIPReplaces.read(&reader)
      try end(&reader)
    case Name.authorization.id, Name.proxyAuthorization.id, Name.wwwAuthenticate.id, Name.proxyAuthenticate.id:
      repeat { _ = try SIPAuthentication.read(&reader) } while try comma(&reader, &count, headers.limits)
    default:
      // The headers that few messages have, by their keys.
      var rest = RestOfHeaders(record: record, headers: headers, seen: seen)
      try SIPTypedHeaders.visit(record.id, with: &rest)
      seen = rest.seen
    }
  }

  @inline(__always)
  private static func end(_ reader: inout SIPFieldReader) throws(SIPParseError) {
    reader.skipSpace()
    guard reader.isAtEnd else { throw reader.failure("the end of the value") }
  }

  /// Whether another value follows.
  @inline(__always)
  private static func comma(
    _ reader: inout SIPFieldReader, _ count: inout Int, _ limits: SIPLimits
  ) throws(SIPParseError) -> Bool {
    count &+= 1
    reader.skipSpace()
    if reader.isAtEnd { return false }
    guard reader.consume(Byte.comma) else { throw reader.failure("a comma or the end of the value") }
    reader.skipSpace()
    if count >= limits.valueCount { throw tooMany(reader.failure("fewer values"), limits) }
    return true
  }

  private static func tooMany(_ error: SIPParseError, _ limits: SIPLimits) -> SIPParseError {
    SIPParseError(
      .limit, offset: error.offset, header: error.header, expected: "at most \(limits.valueCount) values",
      status: .messageTooLarge)
  }

  /// Reads the line of a header by its key.
  private struct RestOfHeaders: SIPHeaderKeyVisitor {
    let record: SIPHeaderRecord
    let headers: SIPHeaders
    var seen: SeenHeaders

    mutating func visit<Value: Equatable>(_ key: SIPHeaderKey<Value>) throws(SIPParseError) {
      if key.form == .single, !seen.insert(record.id) { throw headers.duplicate(record, key.name) }
      var count = 0
      let limit = headers.limits.valueCount
      let tooMany = try headers.forEachValue(of: record, key) { _ in
        count &+= 1
        return count <= limit ? true : nil
      }
      if tooMany { throw headers.tooMany(record, key.name) }
    }
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
}
