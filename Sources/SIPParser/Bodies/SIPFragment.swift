import WireSupport

/// A piece of a message (`message/sipfrag`, RFC 3420): what a NOTIFY of a REFER carries (RFC 3515 §2.4.5).
///
/// Any part may be missing: a first line alone, headers alone, or both with a body.
public struct SIPFragment: Sendable {
  /// The first line of a fragment.
  public enum StartLine: Sendable {
    /// Of a request.
    case request(SIPMethod, SIPURI)
    /// Of a response.
    case status(SIPStatus, reason: String)
  }

  /// The first line; nil when there is none.
  public var startLine: StartLine?
  /// The headers.
  public var headers: SIPHeaders
  /// The body.
  public var content: SIPText

  /// A fragment that is a status line, as a NOTIFY tells how a reference goes.
  public init(status: SIPStatus, reason: String? = nil) {
    startLine = .status(status, reason: reason ?? status.defaultReason)
    headers = SIPHeaders()
    content = SIPText(bytes: [])
  }

  /// A fragment of these parts.
  public init(startLine: StartLine? = nil, headers: SIPHeaders = .init(), content: SIPText = "") {
    self.startLine = startLine
    self.headers = headers
    self.content = content
  }

  /// Reads a fragment that is all of `text`. A last line without CRLF is read as one with it, for many send it so.
  public init(_ text: SIPText, limits: SIPLimits = .standard) throws(SIPParseError) {
    guard text.count <= limits.bodyBytes else {
      throw SIPParseError(
        .limit, expected: "a fragment of at most \(limits.bodyBytes) bytes", status: .requestEntityTooLarge)
    }
    let bytes = Self.completed(text.bytes)
    var start = 0
    startLine = nil
    if let end = Self.endOfStartLine(bytes) {
      switch try SIPStartLine.read(bytes, TextRange(0, end)) {
      case .request(let method, let uri): startLine = .request(method, SIPURI(storage: bytes, index: uri))
      case .response(let status, let reason):
        startLine = .status(status, reason: SIPText(storage: bytes, range: reason).description)
      }
      start = end + 2
    }
    var records = [SIPHeaderRecord]()
    let body = try SIPMessageParser.indexHeaders(bytes.span, from: start, base: start, limits: limits, into: &records)
    headers = SIPHeaders(original: bytes, records: records, limits: limits)
    content = SIPText(storage: bytes, range: TextRange(body, bytes.count))
  }

  /// The status of a fragment that is of a response.
  public var status: SIPStatus? {
    guard case .status(let status, _) = startLine else { return nil }
    return status
  }

  /// The fragment's bytes, for a body of the type `message/sipfrag`.
  /// - Throws: a `.local` error when a header or the first line cannot be sent.
  public func serialized() throws(SIPParseError) -> [UInt8] {
    var writer = SIPFieldWriter()
    switch startLine {
    case .request(let method, let uri)?:
      writer.writeToken(method.name)
      writer.write(" ")
      if !uri.isWellFormed { writer.fail("a Request-URI whose parts are well formed") }
      writer.write(uri.rawText)
      writer.write(" SIP/2.0")
    case .status(let status, let reason)?:
      if status.code < 100 || status.code > 699 { writer.fail("a status from 100 to 699") }
      writer.write("SIP/2.0 ")
      writer.write(UInt32(status.code))
      writer.write(" ")
      writer.write(reason)
    case nil: break
    }
    if let problem = writer.problem {
      throw SIPParseError(.unencodable, fault: .local, expected: problem, status: .serverInternalError)
    }
    var bytes = writer.bytes
    if startLine != nil { bytes += [Byte.cr, Byte.lf] }
    try SIPSerializer.appendLines(headers, to: &bytes)
    if !content.isEmpty {
      bytes += [Byte.cr, Byte.lf]
      bytes += content.bytes
    }
    return bytes
  }

  /// The bytes with the end of the last line and the empty line that they lack.
  private static func completed(_ bytes: [UInt8]) -> [UInt8] {
    var line = 0
    while line + 1 < bytes.count {
      if bytes[line] == Byte.cr, bytes[line + 1] == Byte.lf { return bytes }
      guard let lineFeed = bytes.span.firstIndex(of: Byte.lf, from: line) else { break }
      line = lineFeed + 1
    }
    let isOpen = !bytes.isEmpty && bytes.last != Byte.lf
    return bytes + (isOpen ? [Byte.cr, Byte.lf, Byte.cr, Byte.lf] : [Byte.cr, Byte.lf])
  }

  /// The end of the first line when it is a start line: a token and a space, and no colon next, or a slash.
  private static func endOfStartLine(_ bytes: [UInt8]) -> Int? {
    var index = 0
    while index < bytes.count, CharacterClass.token.contains(bytes[index]) { index += 1 }
    guard index > 0, index < bytes.count else { return nil }
    let tokenEnd = index
    while index < bytes.count, isSpace(bytes[index]) { index += 1 }
    guard bytes[tokenEnd] == Byte.slash || index > tokenEnd && index < bytes.count && bytes[index] != Byte.colon,
      let lineFeed = bytes.span.firstIndex(of: Byte.lf, from: tokenEnd), lineFeed > 0, bytes[lineFeed - 1] == Byte.cr
    else { return nil }
    return lineFeed - 1
  }
}
