import WireSupport

/// A request or a response.
public enum SIPMessage: Sendable {
  /// A request.
  case request(SIPRequest)
  /// A response.
  case response(SIPResponse)

  /// Reads the message that is all of a datagram.
  ///
  /// The first line, the shape of every header line and Content-Length are checked; header values are not looked at until
  /// they are asked for (`checkHeaders` looks at all of them). Bytes beyond Content-Length are dropped, fewer are an
  /// error, and without Content-Length the body is all that follows (RFC 3261 §18.3). Empty lines before the message are
  /// skipped (§7.5).
  public init(parsing bytes: [UInt8], limits: SIPLimits = .standard) throws(SIPParseError) {
    self = try SIPMessageParser.parse(bytes, limits: limits, isStream: false)
  }

  /// The headers of either.
  public var headers: SIPHeaders {
    get {
      switch self {
      case .request(let request): request.headers
      case .response(let response): response.headers
      }
    }
    set {
      switch self {
      case .request(var request):
        request.headers = newValue
        self = .request(request)
      case .response(var response):
        response.headers = newValue
        self = .response(response)
      }
    }
  }

  /// A copy of the body's bytes.
  public var body: [UInt8] {
    switch self {
    case .request(let request): request.body
    case .response(let response): response.body
    }
  }

  /// The bytes to send; see `SIPRequest.serialized()`.
  public func serialized() throws(SIPParseError) -> [UInt8] {
    switch self {
    case .request(let request): try request.serialized()
    case .response(let response): try response.serialized()
    }
  }

  /// See `SIPHeaders.value(_:)`.
  @inlinable
  public func value<Value>(_ key: SIPHeaderKey<Value>) throws(SIPParseError) -> Value? { try headers.value(key) }
  /// See `SIPHeaders.values(_:)`.
  @inlinable
  public func values<Value>(_ key: SIPHeaderKey<Value>) throws(SIPParseError) -> [Value] { try headers.values(key) }

  /// Whether a datagram is a keep-alive rather than a message: nothing, or nothing but CR, LF and NUL (RFC 5626 §4.4.1, and
  /// the NULs that some devices send).
  public static func isKeepAlive(_ datagram: Span<UInt8>) -> Bool {
    guard datagram.count <= 64 else { return false }
    for index in 0..<datagram.count {
      let byte = datagram[index]
      if byte != Byte.cr && byte != Byte.lf && byte != 0 { return false }
    }
    return true
  }

  /// See `isKeepAlive(_:)`.
  public static func isKeepAlive(_ datagram: [UInt8]) -> Bool { isKeepAlive(datagram.span) }
}
