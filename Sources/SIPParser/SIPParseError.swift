/// What is wrong with a message, a header or a URI: where it is, what was expected instead, and how to answer it.
public struct SIPParseError: Error, Sendable {
  /// The kind of fault. Open: a new kind is not a breaking change, so compare with `==` and keep a default.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The kind's name, for logs.
    public let description: String
    /// A kind named `description`.
    public init(_ description: String) { self.description = description }

    /// The first line is neither a request line nor a status line (RFC 3261 §7.1, §7.2).
    public static let startLine = Code("startLine")
    /// The first line's version is not SIP/2.0.
    public static let version = Code("version")
    /// A header line without a valid name and colon, or a line that does not end in CRLF.
    public static let headerLine = Code("headerLine")
    /// The value of a header does not follow its grammar.
    public static let headerValue = Code("headerValue")
    /// A header that must be there is not.
    public static let missingHeader = Code("missingHeader")
    /// A header that may stand once stands more often.
    public static let duplicateHeader = Code("duplicateHeader")
    /// Content-Length contradicts the bytes, another Content-Length, or is no number.
    public static let contentLength = Code("contentLength")
    /// CSeq's method is not the request's.
    public static let methodMismatch = Code("methodMismatch")
    /// A URI does not follow its grammar.
    public static let uri = Code("uri")
    /// A multipart body does not follow its grammar.
    public static let body = Code("body")
    /// The bytes end before the message does.
    public static let truncated = Code("truncated")
    /// A limit of `SIPLimits` is exceeded.
    public static let limit = Code("limit")
    /// A value that this program built cannot be sent: a line break in it, or a name that is no token.
    public static let unencodable = Code("unencodable")
  }

  /// Whose fault it is.
  public enum Fault: Sendable {
    /// This program built something that cannot be sent.
    case local
    /// The peer sent it.
    case remote
  }

  /// The kind of fault.
  public var code: Code
  /// Whose fault it is.
  public var fault: Fault = .remote
  /// Bytes from the start of the message (of the text, for a value parsed alone); nil when no place is to blame.
  public var offset: Int?
  /// The line of the message, from 1; nil when not known.
  public var line: Int?
  /// The header that is at fault, if one is.
  public var header: SIPHeaderName?
  /// What should have been there, as a phrase.
  public var expected: String
  /// The status that fits an answer to the request (RFC 3261 §21.4): 400 unless another says more.
  public var status: SIPStatus = .badRequest
  /// The reason phrase that fits the answer: short, and free of the peer's bytes.
  public var reason: String
  /// What could be read of the message all the same, to answer it with. See `SIPResponse(rejecting:)`.
  public var recovered: SIPRecoveredMessage?

  /// A fault of the given kind.
  public init(
    _ code: Code, fault: Fault = .remote, offset: Int? = nil, line: Int? = nil, header: SIPHeaderName? = nil,
    expected: String, status: SIPStatus = .badRequest, reason: String? = nil
  ) {
    self.code = code
    self.fault = fault
    self.offset = offset
    self.line = line
    self.header = header
    self.expected = expected
    self.status = status
    self.reason = reason ?? (status == .badRequest ? "Bad Request" : status.defaultReason)
  }
}

extension SIPParseError: CustomStringConvertible {
  /// One line that names the place and what was expected. Holds none of the peer's bytes.
  public var description: String {
    var text = fault == .local ? "cannot send: \(code)" : "malformed: \(code)"
    if let header { text += " in \(header)" }
    if let line { text += " at line \(line)" }
    if let offset { text += " at byte \(offset)" }
    return text + ", expected \(expected)"
  }
}

/// What could be read of a message that was refused.
public struct SIPRecoveredMessage: Sendable {
  /// The request's method; nil when it could not be read or the message is a response.
  public var method: SIPMethod?
  /// Whether the first line was a status line: a response is never answered.
  public var isResponse: Bool
  /// The Via, From, To, Call-ID and CSeq lines, as far as they could be read.
  public var headers: SIPHeaders

  /// Whether the message was a request that may be answered: not an ACK, and with a Via to send the answer to.
  public var isAnswerable: Bool { !isResponse && method != .ack && headers.contains(.via) }
}
