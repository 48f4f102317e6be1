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

  /// Sets a parameter whose grammar forbids quotes: `algorithm`, `stale`, `nc`, and `qop` in credentials.
  public mutating func setToken(_ name: String, _ value: String) { parameters.setUnquoted(name, value) }
}

extension SIPAuthentication: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPAuthentication {
    var result = SIPAuthentication(scheme: try reader.readToken("an authentication scheme"))
    guard isSpace(reader.next) else {
      guard reader.isAtEnd else { throw reader.failure("white space after the scheme") }
      return result
    }
    reader.skipSpace()
    let start = reader.offset
    guard !reader.isAtEnd else { return result }
    // token68 (RFC 9110 §11.2) or parameters: only an `=` with a value after it tells.
    while !reader.isAtEnd, !isSpace(reader.next), reader.next != Byte.comma, reader.next != Byte.quote {
      reader.offset &+= 1
    }
    if reader.isAtEnd, !Self.looksLikeParameter(reader, from: start) {
      reader.offset = start
      while !reader.isAtEnd {
        guard CharacterClass.opaque.contains(reader.next) else { throw reader.failure("a token") }
        reader.offset &+= 1
      }
      result.token = reader.text(TextRange(start, reader.offset))
      return result
    }
    reader.offset = start
    var last = start
    repeat {
      _ = try reader.readRange(.token, "an authentication parameter")
      guard reader.consumeSeparator(Byte.equals) else { throw reader.failure("= after the parameter's name") }
      if reader.next == Byte.quote {
        _ = try reader.readQuotedRange()
      } else {
        _ = try reader.readRange(.parameterValue, "a parameter value")
      }
      last = reader.offset
    } while reader.consumeSeparator(Byte.comma)
    reader.offset = last
    result.parameters = SIPParameters(storage: reader.storage, range: TextRange(start, last), grammar: .authentication)
    return result
  }

  private static func looksLikeParameter(_ reader: borrowing SIPFieldReader, from start: Int) -> Bool {
    var index = start
    while index < reader.end, CharacterClass.token.contains(reader.bytes[index]) { index &+= 1 }
    guard index > start, index &+ 1 < reader.end, reader.bytes[index] == Byte.equals else { return false }
    return reader.bytes[index &+ 1] != Byte.equals
  }

  public func write(to writer: inout SIPFieldWriter) {
    writer.writeToken(scheme.description)
    writer.write(" ")
    if token.isEmpty {
      writer.write(parameters)
    } else {
      if !token.bytes.allSatisfy({ CharacterClass.opaque.contains($0) }) { writer.fail("a token") }
      writer.write(token)
    }
  }
}

extension SIPAuthentication: CustomStringConvertible {
  /// The scheme and the parameters that are no secret.
  public var description: String {
    if !token.isEmpty { return "\(scheme) <hidden>" }
    let shown = parameters.entries.map { entry in
      let isSecret = SIPRedaction.secretParameters.contains(entry.name.lowercased())
      return "\(entry.name)=\(isSecret ? "<hidden>" : entry.value)"
    }
    return "\(scheme) \(shown.joined(separator: ", "))"
  }
}

extension SIPHeaderKey where Value == SIPAuthentication {
  /// RFC 3261 §20.44
  public static let wwwAuthenticate = SIPHeaderKey(.wwwAuthenticate, .lines)
  /// RFC 3261 §20.27
  public static let proxyAuthenticate = SIPHeaderKey(.proxyAuthenticate, .lines)
  /// RFC 3261 §20.7
  public static let authorization = SIPHeaderKey(.authorization, .lines)
  /// RFC 3261 §20.28
  public static let proxyAuthorization = SIPHeaderKey(.proxyAuthorization, .lines)
}
