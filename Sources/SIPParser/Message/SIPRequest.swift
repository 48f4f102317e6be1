/// A request (RFC 3261 §7.1): a value, of which a copy can be changed without the original.
public struct SIPRequest: Sendable {
  /// The method.
  public var method: SIPMethod { didSet { startLine = .empty } }
  /// The Request-URI.
  public var uri: SIPURI { didSet { startLine = .empty } }
  /// The headers.
  public var headers: SIPHeaders
  /// The body as a slice of the message.
  public private(set) var content: SIPText
  /// The first line in the original, without CRLF; empty once a part of it was changed.
  var startLine: TextRange
  private(set) var isBodyChanged: Bool

  /// A request to send. Content-Length is added when it is serialised.
  public init(method: SIPMethod, uri: SIPURI, headers: SIPHeaders = .init(), body: [UInt8] = []) {
    self.method = method
    self.uri = uri
    self.headers = headers
    content = SIPText(bytes: body)
    startLine = .empty
    isBodyChanged = true
  }

  init(method: SIPMethod, uri: SIPURI, headers: SIPHeaders, content: SIPText, startLine: TextRange) {
    self.method = method
    self.uri = uri
    self.headers = headers
    self.content = content
    self.startLine = startLine
    isBodyChanged = false
  }

  /// A copy of the body's bytes. Setting it replaces a Content-Length that is there; one that is not is added when the
  /// request is serialised.
  public var body: [UInt8] {
    get { content.bytes }
    set {
      content = SIPText(bytes: newValue)
      isBodyChanged = true
      if headers.contains(.contentLength) { headers.set(.contentLength, UInt32(truncatingIfNeeded: newValue.count)) }
    }
  }

  /// Sets the body together with its type.
  public mutating func setBody(_ body: [UInt8], type: SIPMediaType) {
    self.body = body
    headers.set(.contentType, type)
  }

  /// The bytes to send. What was not touched since parsing is byte for byte what came; Content-Length is added to a message
  /// that was built or changed and lacks it.
  /// - Throws: a `.local` error when a value cannot be sent: a line break, a method or name that is no token, a malformed
  ///   URI, a Content-Length that was set and is not the body's.
  public func serialized() throws(SIPParseError) -> [UInt8] {
    try SIPSerializer.serialize(
      headers, content: content, isBodyChanged: isBodyChanged, startLine: startLine,
      estimate: method.name.utf8.count + uri.rawText.count + 12
    ) { writer in
      writer.writeToken(method.name)
      writer.bytes.append(Byte.space)
      if !uri.isWellFormed { writer.fail("a Request-URI whose parts are well formed") }
      writer.write(uri.rawText)
      writer.bytes.append(contentsOf: " SIP/2.0\r\n".utf8)
    }
  }

  /// See `SIPHeaders.value(_:)`.
  @inlinable
  public func value<Value>(_ key: SIPHeaderKey<Value>) throws(SIPParseError) -> Value? { try headers.value(key) }
  /// See `SIPHeaders.values(_:)`.
  @inlinable
  public func values<Value>(_ key: SIPHeaderKey<Value>) throws(SIPParseError) -> [Value] { try headers.values(key) }
  /// See `SIPHeaders.set(_:_:)`.
  @inlinable
  public mutating func set<Value>(_ key: SIPHeaderKey<Value>, _ value: Value) { headers.set(key, value) }
  /// See `SIPHeaders.append(_:_:)`.
  @inlinable
  public mutating func append<Value>(_ key: SIPHeaderKey<Value>, _ value: Value) { headers.append(key, value) }
  /// See `SIPHeaders.prepend(_:_:)`.
  @inlinable
  public mutating func prepend<Value>(_ key: SIPHeaderKey<Value>, _ value: Value) { headers.prepend(key, value) }
  /// See `SIPHeaders.removeAll(_:)`.
  public mutating func removeAll(_ name: SIPHeaderName) { headers.removeAll(name) }
}
