import WireSupport

/// Headers of what a body is and may be: codings, languages, MIME.
extension SIPHeaderKey where Value == SIPParameterized {
  /// RFC 3261 §20.2: content codings, `*` for any; `q` says how much they are liked.
  public static let acceptEncoding = SIPHeaderKey(.acceptEncoding, .listOrEmpty)
  /// RFC 3261 §20.3: language ranges, `*` for any; `q` says how much they are liked.
  public static let acceptLanguage = SIPHeaderKey(
    .acceptLanguage, .listOrEmpty,
    read: { reader throws(SIPParseError) in
      let range = reader.consume(Byte.star) ? "*" : try reader.readLanguage()
      return SIPParameterized(range, parameters: try reader.readParameters())
    },
    write: { value, writer in value.write(to: &writer) })
}

extension SIPHeaderKey where Value == SIPText {
  /// RFC 3261 §20.12: codings in the order in which they were applied.
  public static let contentEncoding = token(.contentEncoding, .list)
  /// RFC 3261 §20.13: language tags.
  public static let contentLanguage = SIPHeaderKey(
    .contentLanguage, .list, read: { reader throws(SIPParseError) in try reader.readLanguage() },
    write: { value, writer in writer.writeToken(value.description) })
  /// RFC 2045 §6: `binary`, `8bit`, `base64`, … In SIP bodies are binary (RFC 3261 §7.4.1).
  public static let contentTransferEncoding = token(.contentTransferEncoding)
  /// RFC 2392: what a `cid:` URI names, without the angle brackets of the header.
  public static let contentID = SIPHeaderKey(
    .contentID, read: { reader throws(SIPParseError) in try reader.readContentID() },
    write: { value, writer in
      let isAllowed = value.bytes.allSatisfy { CharacterClass.opaque.contains($0) && $0 != Byte.less }
      if value.isEmpty || !isAllowed { writer.fail("a Content-ID") }
      writer.write("<")
      writer.write(value)
      writer.write(">")
    })
}

extension SIPParameterized {
  /// The `q` parameter in thousandths, 0 to 1000; 1000 when it is not there; nil when it is malformed.
  public var q: Int? {
    guard let text = parameters.text("q") else { return 1000 }
    return SIPQValue.parse(text)
  }
}

extension SIPFieldReader {
  /// A language tag (RFC 3261 §25.1, RFC 5646 §2.1): letters, then parts of letters and digits, each of one to eight.
  mutating func readLanguage() throws(SIPParseError) -> SIPText {
    let start = offset
    while true {
      let partStart = offset
      while next.isLetter || partStart > start && next.isDigit { offset &+= 1 }
      guard offset > partStart, offset &- partStart <= 8 else { throw failure("a language tag", at: start) }
      guard consume(Byte.dash) else { return text(TextRange(start, offset)) }
    }
  }

  /// `<left@right>`, of which the inside is given.
  mutating func readContentID() throws(SIPParseError) -> SIPText {
    guard consume(Byte.less) else { throw failure("< before a Content-ID") }
    let start = offset
    while !isAtEnd, next != Byte.greater {
      guard CharacterClass.opaque.contains(next), next != Byte.less else { throw failure("a Content-ID and >") }
      offset &+= 1
    }
    let range = TextRange(start, offset)
    guard !range.isEmpty, consume(Byte.greater) else { throw failure("a Content-ID and >") }
    return text(range)
  }
}

/// MIME-Version (RFC 3261 §20.24).
public struct SIPMIMEVersion: Hashable, Sendable {
  /// Before the dot.
  public var major: UInt32
  /// After the dot.
  public var minor: UInt32

  /// A version; there is only 1.0.
  public init(major: UInt32 = 1, minor: UInt32 = 0) {
    self.major = major
    self.minor = minor
  }
}

extension SIPMIMEVersion: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPMIMEVersion {
    let major = try reader.readNumber(max: 999, "a version such as 1.0")
    guard reader.consume(UInt8(ascii: ".")) else { throw reader.failure("a dot after the major version") }
    return SIPMIMEVersion(major: major, minor: try reader.readNumber(max: 999, "a minor version"))
  }

  public func write(to writer: inout SIPFieldWriter) {
    if major > 999 || minor > 999 { writer.fail("a version such as 1.0") }
    writer.write(major)
    writer.write(".")
    writer.write(minor)
  }
}

extension SIPHeaderKey where Value == SIPMIMEVersion {
  /// RFC 3261 §20.24
  public static let mimeVersion = SIPHeaderKey(.mimeVersion)
}
