import WireSupport

/// The first line of a message (RFC 3261 §7.1, §7.2).
enum SIPStartLine {
  case request(SIPMethod, SIPURIIndex)
  case response(SIPStatus, TextRange)

  static func read(_ bytes: [UInt8], _ line: TextRange) throws(SIPParseError) -> SIPStartLine {
    let span = bytes.span
    // A method is a token and has no slash: `SIP/` opens a status line.
    if line.count >= 4, span[line.lower] | 0x20 == 0x73, span[line.lower &+ 1] | 0x20 == 0x69,
      span[line.lower &+ 2] | 0x20 == 0x70, span[line.lower &+ 3] == Byte.slash
    {
      return try readStatusLine(span, line)
    }
    var reader = SIPFieldReader(span, storage: bytes, range: line)
    while reader.offset < reader.end, CharacterClass.token.contains(span[reader.offset]) { reader.offset &+= 1 }
    let methodEnd = reader.offset
    guard methodEnd > line.lower, reader.next == Byte.space else {
      throw failure(reader.offset, "a method and one space")
    }
    guard methodEnd &- line.lower <= 128 else { throw failure(line.lower, "a method of at most 128 characters") }
    let uriStart = methodEnd &+ 1
    // The version is last, so a URI with a space in it is told apart from a line with a strange version.
    guard line.upper &- uriStart > 8, span[line.upper &- 8] == Byte.space else {
      throw failure(uriStart, "a Request-URI, one space and SIP/2.0")
    }
    try checkVersion(span, line.upper &- 7)
    reader = SIPFieldReader(span, storage: bytes, range: TextRange(uriStart, line.upper &- 8))
    let uri: SIPURIIndex
    do {
      uri = try reader.readURIIndex(.whole)
    } catch {
      throw SIPParseError(.uri, offset: error.offset, expected: error.expected, reason: "Bad Request-URI")
    }
    guard reader.isAtEnd else { throw failure(reader.offset, "one space after the Request-URI") }
    // What the headers of another scheme mean is for who knows the scheme to say (it is answered with 416).
    guard uri.headersStart == uri.end || uri.scheme == .mailbox else {
      throw SIPParseError(
        .uri, offset: Int(uri.headersStart), expected: "no headers in a Request-URI (RFC 3261 §19.1.1)",
        reason: "Bad Request-URI")
    }
    return .request(SIPMethod(span.extracting(line.lower..<methodEnd)), uri)
  }

  private static func readStatusLine(_ span: Span<UInt8>, _ line: TextRange) throws(SIPParseError) -> SIPStartLine {
    guard line.count >= 11, span[line.lower &+ 7] == Byte.space else {
      throw failure(line.lower, "SIP/2.0 and a status")
    }
    try checkVersion(span, line.lower)
    var code: UInt16 = 0
    for index in (line.lower &+ 8)..<(line.lower &+ 11) {
      guard span[index].isDigit else { throw failure(index, "a status of three digits") }
      code = code &* 10 &+ UInt16(span[index] &- 48)
    }
    guard code >= 100, code <= 699 else { throw failure(line.lower &+ 8, "a status from 100 to 699") }
    let reasonStart = line.lower &+ 11
    // The space after the code is often forgotten when there is no reason.
    if reasonStart == line.upper { return .response(SIPStatus(code), TextRange(reasonStart, reasonStart)) }
    guard span[reasonStart] == Byte.space else { throw failure(reasonStart, "a space after the status") }
    for index in reasonStart..<line.upper where span[index] < 0x20 && span[index] != Byte.tab || span[index] == 0x7f {
      throw failure(index, "a reason phrase without control characters")
    }
    return .response(SIPStatus(code), TextRange(reasonStart &+ 1, line.upper))
  }

  /// `SIP/2.0` at `start`, in any case; another version of SIP is answered 505.
  private static func checkVersion(_ span: Span<UInt8>, _ start: Int) throws(SIPParseError) {
    guard span[start] | 0x20 == 0x73, span[start &+ 1] | 0x20 == 0x69, span[start &+ 2] | 0x20 == 0x70,
      span[start &+ 3] == Byte.slash, span[start &+ 4].isDigit, span[start &+ 5] == UInt8(ascii: "."),
      span[start &+ 6].isDigit
    else { throw failure(start, "SIP/2.0") }
    guard span[start &+ 4] == UInt8(ascii: "2"), span[start &+ 6] == UInt8(ascii: "0") else {
      throw SIPParseError(.version, offset: start, expected: "SIP/2.0", status: .versionNotSupported)
    }
  }

  private static func failure(_ offset: Int, _ expected: String) -> SIPParseError {
    SIPParseError(.startLine, offset: offset, expected: expected, reason: "Bad Start Line")
  }
}
