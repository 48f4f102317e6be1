/// One part of a multipart body (RFC 2046 §5.1, RFC 5621): its headers and its bytes, both slices of the message.
public struct SIPBodyPart: Sendable {
  /// The part's own headers: Content-Type, Content-ID, Content-Disposition, …
  public var headers: SIPHeaders
  /// The part's bytes.
  public var content: SIPText
  /// How many multipart bodies stand around this one.
  var depth: Int

  /// A part to send; `content` is not copied until the body is put together.
  public init(_ content: SIPText, type: SIPMediaType, headers: SIPHeaders = .init()) {
    self.headers = headers
    self.headers.set(.contentType, type)
    self.content = content
    depth = 0
  }

  init(headers: SIPHeaders, content: SIPText, depth: Int) {
    self.headers = headers
    self.content = content
    self.depth = depth
  }

  /// The part's media type; `text/plain` when it has none (RFC 2046 §5.1).
  public func contentType() throws(SIPParseError) -> SIPMediaType {
    try headers.value(.contentType) ?? SIPMediaType("text", "plain")
  }

  /// What a `cid:` URI or a `start` parameter calls this part, without angle brackets.
  public func contentID() throws(SIPParseError) -> SIPText? { try headers.value(.contentID) }

  /// What the part is for; nil when it does not say so.
  public func disposition() throws(SIPParseError) -> SIPContentDisposition? { try headers.value(.contentDisposition) }

  /// Whether a message whose receiver does not understand this part must be refused with 415 (RFC 5621 §8.2).
  public func isRequired() throws(SIPParseError) -> Bool { try disposition()?.isRequired ?? true }

  /// The parts of this part; nil when it is no multipart.
  /// - Throws: an error with the offset in the message, `.limit` when parts are nested deeper than `limits.depth`.
  public func multipart(limits: SIPMultipartLimits = .standard) throws(SIPParseError) -> SIPMultipart? {
    let type = try contentType()
    guard type.type.equalsIgnoringCase("multipart") else { return nil }
    return try SIPMultipart(content, type: type, limits: limits, depth: depth)
  }
}

/// What a multipart body may make us read.
public struct SIPMultipartLimits: Hashable, Sendable {
  /// How deep parts may be nested. Default 8.
  public var depth: Int
  /// Parts of one multipart. Default 64.
  public var partCount: Int
  /// Bytes of one part's headers. Default 8 192.
  public var headerBytes: Int

  /// The documented defaults, each of which can be changed; depth is at most 64.
  public init(depth: Int = 8, partCount: Int = 64, headerBytes: Int = 8192) {
    self.depth = max(0, min(depth, 64))
    self.partCount = max(0, min(partCount, 65536))
    self.headerBytes = max(0, min(headerBytes, 0x3fff_ffff))
  }

  /// The defaults.
  public static let standard = SIPMultipartLimits()
}
