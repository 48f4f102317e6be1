/// A response (RFC 3261 §7.2): a value, of which a copy can be changed without the original.
public struct SIPResponse: Sendable {
  /// The status.
  public var status: SIPStatus { didSet { startLine = .empty } }
  /// The reason phrase, for people; it may be empty.
  public var reason: String {
    get { changedReason ?? reasonText.description }
    set {
      changedReason = newValue
      startLine = .empty
    }
  }
  /// The headers.
  public var headers: SIPHeaders
  /// The body as a slice of the message.
  public private(set) var content: SIPText
  private var reasonText: SIPText
  private var changedReason: String?
  var startLine: TextRange
  private(set) var isBodyChanged: Bool

  /// A response to send; `SIPResponse(to:status:)` fills in what a request asks for.
  public init(status: SIPStatus, reason: String? = nil, headers: SIPHeaders = .init(), body: [UInt8] = []) {
    self.status = status
    self.headers = headers
    content = SIPText(bytes: body)
    reasonText = SIPText(bytes: [])
    changedReason = reason ?? status.defaultReason
    startLine = .empty
    isBodyChanged = true
  }

  init(status: SIPStatus, reason: SIPText, headers: SIPHeaders, content: SIPText, startLine: TextRange) {
    self.status = status
    self.headers = headers
    self.content = content
    self.startLine = startLine
    reasonText = reason
    isBodyChanged = false
  }

  /// A copy of the body's bytes. Setting it replaces a Content-Length that is there; one that is not is added when the
  /// response is serialised.
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

  /// The bytes to send; see `SIPRequest.serialized()`.
  public func serialized() throws(SIPParseError) -> [UInt8] {
    let reason = startLine.isEmpty ? self.reason : ""
    return try SIPSerializer.serialize(
      headers, content: content, isBodyChanged: isBodyChanged, startLine: startLine, estimate: reason.utf8.count + 16
    ) { writer in
      if status.code < 100 || status.code > 699 { writer.fail("a status from 100 to 699") }
      writer.bytes.append(contentsOf: "SIP/2.0 ".utf8)
      writer.write(UInt32(status.code))
      writer.bytes.append(Byte.space)
      writer.write(reason)
      writer.bytes.append(contentsOf: "\r\n".utf8)
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
