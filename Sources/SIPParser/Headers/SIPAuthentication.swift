import WireSupport

/// A challenge or credentials (RFC 3261 §20.7, RFC 7616, RFC 8898): a scheme and either parameters or a bare token.
///
/// Its `description` hides what must not be seen in a log; `write` sends everything.
public struct SIPAuthentication: Hashable, Sendable {
  /// `Digest`, `Bearer`, …
  public var scheme: SIPText
  /// `realm`, `nonce`, … Setting one puts it in quotes; `setToken` does not.
  public var parameters: SIPParameters
  /// What follows the scheme when it is no list of parameters (a bearer token); empty otherwise.
  public var token: SIPText

  /// A challenge or credentials with these parameters.
  public init(scheme: SIPText, parameters: [(String, String)] = [], token: SIPText = "") {
    self.scheme = scheme
    self.token = token
    self.parameters = SIPParameters(storage: [], range: .empty, grammar: .authentication)
    for (name, value) in parameters { self.parameters.set(name, value) }
  }

  /// Whether the scheme is Digest.
  public var isDigest: Bool { scheme.equalsIgnoringCase("Digest") }

  /// Credentials that are a bearer token (RFC 8898 §2.1).
  public static func bearer(_ token: SIPText) -> SIPAuthentication { SIPAuthentication(scheme: "Bearer", token: token) }

  /// Whether the scheme is Bearer.
  public var isBearer: Bool { scheme.equalsIgnoringCase("Bearer") }

  /// The protection space.
  public var realm: String? { parameters["realm"] }
  /// The server's nonce.
  public var nonce: String? { parameters["nonce"] }
  /// The digest algorithm; nil when it is not said, which means MD5.
  public var algorithm: String? { parameters["algorithm"] }
  /// The qualities of protection: one in credentials, those to choose from in a challenge.
  public var qualities: [String] {
    (parameters["qop"] ?? "").split { $0 == "," || $0 == " " }.map { $0.lowercased() }
  }
  /// Whether only the nonce was too old (RFC 7616 §3.3).
  public var isStale: Bool { parameters["stale"]?.lowercased() == "true" }
  /// Where a bearer token can be had (RFC 8898 §4).
  public var authorizationServer: String? { parameters["authz_server"] }

  /// Sets a parameter whose grammar forbids quotes: `algorithm`, `stale`, `nc`, and `qop` in credentials.
  public mutating func setToken(_ name: String, _ value: String) { parameters.setUnquoted(name, value) }
}

extension SIPAuthentication: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPAuthentication {
    var result = SIPAuthentication(scheme: try reader.readToken("an authentication scheme"))
    guard isSpace(reader.next) else {
      guard reader.isAtEnd || reader.next == Byte.comma else { throw reader.failure("white space after the scheme") }
      return result
    }
    reader.skipSpace()
    let start = reader.offset
    guard !reader.isAtEnd, reader.next != Byte.comma else {
      reader.offset = result.scheme.range.upper
      return result
    }
    // token68 (RFC 9110 §11.2) or parameters: only an `=` with a value after it tells.
    while !reader.isAtEnd, !isSpace(reader.next), reader.next != Byte.comma, reader.next != Byte.quote {
      reader.offset &+= 1
    }
    let wordEnd = reader.offset
    reader.skipSpace()
    if reader.isAtEnd || reader.next == Byte.comma, !Self.looksLikeParameter(reader, from: start, to: wordEnd) {
      reader.offset = start
      while reader.offset < wordEnd {
        guard CharacterClass.opaque.contains(reader.next) else { throw reader.failure("a token") }
        reader.offset &+= 1
      }
      result.token = reader.text(TextRange(start, wordEnd))
      return result
    }
    reader.offset = start
    result.parameters = SIPParameters(
      storage: reader.storage, range: try reader.readAuthenticationParameters(), grammar: .authentication)
    return result
  }

  private static func looksLikeParameter(_ reader: borrowing SIPFieldReader, from start: Int, to end: Int) -> Bool {
    var index = start
    while index < end, CharacterClass.token.contains(reader.bytes[index]) { index &+= 1 }
    guard index > start, index < end, reader.bytes[index] == Byte.equals else { return false }
    // `=` at the end, or another after it, is token68's padding.
    return index &+ 1 < end && reader.bytes[index &+ 1] != Byte.equals
  }

  public func write(to writer: inout SIPFieldWriter) {
    writer.writeToken(scheme.description)
    if token.isEmpty, parameters.isEmpty { return }
    writer.write(" ")
    if token.isEmpty {
      writer.write(parameters)
    } else {
      if !token.bytes.allSatisfy({ CharacterClass.opaque.contains($0) && $0 != Byte.comma }) { writer.fail("a token") }
      writer.write(token)
    }
  }
}

extension SIPAuthentication: CustomStringConvertible {
  /// The scheme and the parameters that are no secret.
  public var description: String {
    if !token.isEmpty { return "\(scheme) <hidden>" }
    return "\(scheme) \(Self.shown(parameters))"
  }

  static func shown(_ parameters: SIPParameters) -> String {
    let shown = parameters.entries.map { entry in
      let isSecret = SIPRedaction.secretParameters.contains(entry.name.lowercased())
      return "\(entry.name)=\(isSecret ? "<hidden>" : entry.value)"
    }
    return shown.joined(separator: ", ")
  }
}

extension SIPFieldReader {
  /// `name=value, name="value"` up to the end, or to the comma before another scheme (RFC 9110 §11.6.1): a name that no `=`
  /// follows begins the next challenge.
  mutating func readAuthenticationParameters() throws(SIPParseError) -> TextRange {
    let start = offset
    var last = start
    repeat {
      _ = try readRange(.token, "an authentication parameter")
      let nameEnd = offset
      guard consumeSeparator(Byte.equals) else {
        skipSpace()
        if last > start, isAtEnd || offset > nameEnd || next == Byte.comma { break }
        throw failure("= after the parameter's name", at: nameEnd)
      }
      if next == Byte.quote {
        _ = try readQuotedRange()
      } else {
        _ = try readRange(.parameterValue, "a parameter value")
      }
      last = offset
    } while consumeSeparator(Byte.comma)
    offset = last
    return TextRange(start, last)
  }
}

extension SIPHeaderKey where Value == SIPAuthentication {
  /// RFC 3261 §20.44, RFC 8760: challenges, several on a line or on lines of their own.
  public static let wwwAuthenticate = SIPHeaderKey(.wwwAuthenticate, .list)
  /// RFC 3261 §20.27, RFC 8760
  public static let proxyAuthenticate = SIPHeaderKey(.proxyAuthenticate, .list)
  /// RFC 3261 §20.7
  public static let authorization = SIPHeaderKey(.authorization, .list)
  /// RFC 3261 §20.28
  public static let proxyAuthorization = SIPHeaderKey(.proxyAuthorization, .list)
}
