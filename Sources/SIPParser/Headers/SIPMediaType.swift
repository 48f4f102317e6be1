/// A media type or range with its parameters (RFC 3261 §20.1, §20.15): `application/sdp`, `multipart/mixed;boundary="x"`.
public struct SIPMediaType: Hashable, Sendable {
  /// Before the slash; `*` in an Accept.
  public var type: SIPText
  /// After the slash; `*` in an Accept.
  public var subtype: SIPText
  /// What follows.
  public var parameters: SIPParameters

  /// A media type.
  public init(_ type: SIPText, _ subtype: SIPText, parameters: SIPParameters = .init()) {
    self.type = type
    self.subtype = subtype
    self.parameters = parameters
  }

  /// `application/sdp`
  public static let sdp = SIPMediaType("application", "sdp")

  /// Whether both name the same type, case and parameters aside.
  public func matches(_ other: SIPMediaType) -> Bool {
    type.equalsIgnoringCase(other.type) && subtype.equalsIgnoringCase(other.subtype)
  }

  /// Whether this is the type `text`, such as `application/sdp`, case and parameters aside.
  public func matches(_ text: String) -> Bool { "\(type)/\(subtype)".lowercased() == text.lowercased() }
}

extension SIPMediaType: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPMediaType {
    let type = try reader.readToken("a media type")
    guard reader.consumeSeparator(Byte.slash) else { throw reader.failure("a slash") }
    let subtype = try reader.readToken("a media subtype")
    return SIPMediaType(type, subtype, parameters: try reader.readParameters())
  }

  public func write(to writer: inout SIPFieldWriter) {
    writer.writeToken(type.description)
    writer.write("/")
    writer.writeToken(subtype.description)
    writer.write(parameters)
  }
}

extension SIPHeaderKey where Value == SIPMediaType {
  /// RFC 3261 §20.15
  public static let contentType = SIPHeaderKey(.contentType)
  /// RFC 3261 §20.1
  public static let accept = SIPHeaderKey(.accept, .listOrEmpty)
}
