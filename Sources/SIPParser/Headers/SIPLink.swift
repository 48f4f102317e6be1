/// A URI in angle brackets with parameters: Alert-Info, Call-Info, Error-Info, Geolocation, Policy-Contact, Identity-Info.
public struct SIPLink: Hashable, Sendable {
  /// Where it leads, in any scheme (`http:`, `cid:`, `sip:`, …).
  public var uri: SIPURI
  /// What follows the brackets.
  public var parameters: SIPParameters

  /// A link.
  public init(_ uri: SIPURI, parameters: SIPParameters = .init()) {
    self.uri = uri
    self.parameters = parameters
  }

  /// What a Call-Info is for: `icon`, `info`, `card`, … (RFC 3261 §20.9).
  public var purpose: SIPText? { parameters.text("purpose") }
}

extension SIPLink: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPLink {
    let uri = try reader.readBracketedURI()
    return SIPLink(uri, parameters: try reader.readParameters())
  }

  public func write(to writer: inout SIPFieldWriter) {
    writer.writeBracketed(uri)
    writer.write(parameters)
  }
}

extension SIPFieldReader {
  /// A URI between `<` and `>`, white space around the brackets allowed.
  mutating func readBracketedURI() throws(SIPParseError) -> SIPURI {
    skipSpace()
    guard consume(Byte.less) else { throw failure("< before a URI") }
    let index = try readURIIndex(.bracketed)
    guard consume(Byte.greater) else { throw failure("a closing >") }
    return SIPURI(storage: storage, index: index)
  }
}

extension SIPFieldWriter {
  /// Appends a URI in brackets; one that was built of parts that make no URI makes the value unsendable.
  mutating func writeBracketed(_ uri: SIPURI) {
    if !uri.isWellFormed { fail("a URI whose parts are well formed") }
    write("<")
    write(uri.rawText)
    write(">")
  }
}

extension SIPHeaderKey where Value == SIPLink {
  /// RFC 3261 §20.4, RFC 7462: how to ring.
  public static let alertInfo = SIPHeaderKey(.alertInfo, .list)
  /// RFC 3261 §20.9
  public static let callInfo = SIPHeaderKey(.callInfo, .list)
  /// RFC 3261 §20.18: more about an error.
  public static let errorInfo = SIPHeaderKey(.errorInfo, .list)
  /// RFC 6442 §4.1: where the location stands (`cid:` in the body).
  public static let geolocation = SIPHeaderKey(.geolocation, .list)
  /// RFC 6794 §4.4.2: where a policy can be had.
  public static let policyContact = SIPHeaderKey(.policyContact, .list)
  /// RFC 4474 §9, which RFC 8224 replaced: where the certificate stands.
  public static let identityInfo = SIPHeaderKey(.identityInfo)
}
