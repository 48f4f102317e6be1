import WireSupport

/// Identity (RFC 8224 §4, STIR): a signed token about who calls, and where its certificate stands.
public struct SIPIdentity: Hashable, Sendable {
  /// The token as it stands: base64url with dots, or in quotes as RFC 4474 had it.
  public var rawDigest: SIPText
  /// Where the certificate stands; nil in the form of RFC 4474.
  public var info: SIPURI?
  /// `alg`, `ppt` and others; not `info`.
  public var parameters: SIPParameters

  /// A token with its parameters (`["alg": "ES256", "ppt": "shaken"]`).
  public init(digest: SIPText, info: SIPURI, parameters: SIPParameters = .init()) {
    rawDigest = digest
    self.info = info
    self.parameters = parameters
  }

  init(rawDigest: SIPText, info: SIPURI?, parameters: SIPParameters) {
    self.rawDigest = rawDigest
    self.info = info
    self.parameters = parameters
  }

  /// The token without quotes.
  public var digest: String { SIPQuoted.unquote(rawDigest) }
}

extension SIPIdentity: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPIdentity {
    let start = reader.offset
    let digest: SIPText
    if reader.next == Byte.quote {
      digest = try reader.readQuoted()
    } else {
      while isDigestCharacter(reader.next) { reader.offset &+= 1 }
      guard reader.offset > start else { throw reader.failure("a signed token") }
      digest = reader.text(TextRange(start, reader.offset))
    }
    var info: SIPURI?
    var others = [UInt8]()
    while reader.consumeSeparator(Byte.semicolon) {
      let nameStart = reader.offset
      let name = try reader.readToken("a parameter name")
      var valueEnd = reader.offset
      if reader.consumeSeparator(Byte.equals) {
        if reader.next == Byte.less {
          guard name.equalsIgnoringCase("info"), info == nil else { throw reader.failure("one info with a URI") }
          info = try reader.readBracketedURI()
          continue
        }
        if reader.next == Byte.quote {
          _ = try reader.readQuotedRange()
        } else {
          _ = try reader.readRange(.parameterValue, "a parameter value")
        }
        valueEnd = reader.offset
      }
      if name.equalsIgnoringCase("info") { throw reader.failure("a URI in angle brackets as info", at: nameStart) }
      others.append(Byte.semicolon)
      others.append(contentsOf: reader.text(TextRange(nameStart, valueEnd)).bytes)
    }
    let parameters = SIPParameters(storage: others, range: TextRange(0, others.count), grammar: .header)
    return SIPIdentity(rawDigest: digest, info: info, parameters: parameters)
  }

  public func write(to writer: inout SIPFieldWriter) {
    let isQuoted = rawDigest.count >= 2 && rawDigest.span[0] == Byte.quote
    if rawDigest.isEmpty || !isQuoted && !rawDigest.bytes.allSatisfy({ Self.isDigestCharacter($0) }) {
      writer.fail("a signed token")
    }
    writer.write(rawDigest)
    if let info {
      writer.write(";info=")
      writer.writeBracketed(info)
    }
    if parameters.contains("info") { writer.fail("info as a URI of its own") }
    writer.write(parameters)
  }

  private static func isDigestCharacter(_ byte: UInt8) -> Bool {
    byte.isLetter || byte.isDigit || "+/=-_.".utf8.contains(byte)
  }
}

extension SIPHeaderKey where Value == SIPIdentity {
  /// RFC 8224 §4
  public static let identity = SIPHeaderKey(.identity, .list)
}
