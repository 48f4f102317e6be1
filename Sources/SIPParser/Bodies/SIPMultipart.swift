import WireSupport

/// A `multipart/mixed`, `/alternative`, `/related` or other multipart body (RFC 2046 §5.1, RFC 5621).
///
/// Reading one makes an index of its parts, which are slices of the message; writing one copies each part once, into the
/// body.
public struct SIPMultipart: Sendable {
  /// `mixed`, `alternative`, `related`, …
  public var subtype: SIPText
  /// The text that no line of a part may begin with after two dashes.
  public var boundary: String
  /// What else the media type says: `type` and `start` of a `related`.
  public var parameters: SIPParameters
  /// The parts in order: of `alternative`, the one that says most is last.
  public var parts: [SIPBodyPart]

  /// A body to send. The boundary is drawn from `ids` and stands in no part.
  public init(_ subtype: SIPText = "mixed", _ parts: [SIPBodyPart], ids: inout IDSource) {
    self.subtype = subtype
    self.parts = parts
    parameters = SIPParameters()
    // 24 characters of 36 hit a part by chance once in 10^37 tries; a part that knows the boundary beforehand may not win.
    boundary = ids.token(length: 24)
    for _ in 0..<4 where Self.occurs(boundary, in: parts) { boundary = ids.token(length: 32) }
    if let first = parts.first, subtype.equalsIgnoringCase("related"),
      let type = try? first.contentType()
    {
      // RFC 2387 §3.1: the type of the root part is mandatory.
      parameters.setQuoted("type", "\(type.type)/\(type.subtype)")
    }
  }

  /// Reads a body whose Content-Type is `type`.
  /// - Throws: an error with the offset in the message: a boundary that is missing or malformed, no closing boundary, a part's
  ///   headers malformed, a limit exceeded.
  public init(
    _ content: SIPText, type: SIPMediaType, limits: SIPMultipartLimits = .standard
  ) throws(SIPParseError) {
    try self.init(content, type: type, limits: limits, depth: 0)
  }

  /// The media type to put into Content-Type.
  public var contentType: SIPMediaType {
    var all = SIPParameters()
    all.setQuoted("boundary", boundary)
    for (name, value) in parameters.entries { all.setQuoted(name, value) }
    return SIPMediaType("multipart", subtype, parameters: all)
  }

  /// The root of a `multipart/related` (RFC 2387 §3.2): the part that `start` names, else the first.
  public var root: SIPBodyPart? {
    guard let start = parameters["start"] else { return parts.first }
    return part(withID: start.hasPrefix("<") && start.hasSuffix(">") ? String(start.dropFirst().dropLast()) : start)
  }

  /// The part whose Content-ID is `id`, which is what follows `cid:` with its escapes undone (RFC 2392 §2).
  public func part(withID id: String) -> SIPBodyPart? {
    parts.first { part in
      guard let own = try? part.contentID() else { return false }
      return own == id
    }
  }

  /// The parts that are no multipart themselves, in order, found in all depths.
  public func leaves(limits: SIPMultipartLimits = .standard) throws(SIPParseError) -> [SIPBodyPart] {
    var result = [SIPBodyPart]()
    // The depth is limited when a nested part is read, so this ends.
    for part in parts {
      if let inner = try part.multipart(limits: limits) {
        result += try inner.leaves(limits: limits)
      } else {
        result.append(part)
      }
    }
    return result
  }

  /// The body's bytes.
  /// - Throws: a `.local` error when there is no part, the boundary is none or stands in a part, or a header cannot be sent.
  public func serialized() throws(SIPParseError) -> [UInt8] {
    guard !parts.isEmpty else { throw Self.unencodable("a part") }
    guard SIPMultipartReader.isBoundary(Array(boundary.utf8)) else { throw Self.unencodable("a boundary of RFC 2046") }
    guard !Self.occurs(boundary, in: parts) else { throw Self.unencodable("a boundary that stands in no part") }
    let dashes: [UInt8] = [Byte.dash, Byte.dash]
    let line = dashes + Array(boundary.utf8)
    var bytes = [UInt8]()
    bytes.reserveCapacity(
      parts.reduce(line.count + 8) { $0 + $1.content.count + $1.headers.original.count + line.count + 256 })
    for part in parts {
      bytes += line
      bytes += [Byte.cr, Byte.lf]
      try SIPSerializer.appendLines(part.headers, to: &bytes)
      bytes += [Byte.cr, Byte.lf]
      part.content.span.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
      bytes += [Byte.cr, Byte.lf]
    }
    bytes += line
    bytes += dashes
    bytes += [Byte.cr, Byte.lf]
    return bytes
  }

  private static func occurs(_ boundary: String, in parts: [SIPBodyPart]) -> Bool {
    let line = Array("--\(boundary)".utf8)
    return parts.contains { part in
      part.content.span.holds(line.span) || part.headers.lines.contains { $0.value.span.holds(line.span) }
    }
  }

  private static func unencodable(_ expected: String) -> SIPParseError {
    SIPParseError(.unencodable, fault: .local, expected: expected, status: .serverInternalError)
  }
}

extension SIPRequest {
  /// The parts of the body; nil when it is no multipart.
  public func multipart(limits: SIPMultipartLimits = .standard) throws(SIPParseError) -> SIPMultipart? {
    guard let type = try headers.value(.contentType), type.type.equalsIgnoringCase("multipart") else { return nil }
    return try SIPMultipart(content, type: type, limits: limits)
  }
}

extension SIPResponse {
  /// The parts of the body; nil when it is no multipart.
  public func multipart(limits: SIPMultipartLimits = .standard) throws(SIPParseError) -> SIPMultipart? {
    guard let type = try headers.value(.contentType), type.type.equalsIgnoringCase("multipart") else { return nil }
    return try SIPMultipart(content, type: type, limits: limits)
  }
}

extension Span where Element == UInt8 {
  /// Whether `needle`, which is not empty, stands in these bytes.
  fileprivate func holds(_ needle: Span<UInt8>) -> Bool {
    guard needle.count > 0 else { return true }
    var place = 0
    while let found = firstIndex(of: needle[0], from: place), found &+ needle.count <= count {
      var index = 1
      while index < needle.count, self[found &+ index] == needle[index] { index &+= 1 }
      if index == needle.count { return true }
      place = found &+ 1
    }
    return false
  }
}
