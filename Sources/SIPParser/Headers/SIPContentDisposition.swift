/// Content-Disposition (RFC 3261 §20.11): what a body is for, and whether it must be understood.
public struct SIPContentDisposition: Hashable, Sendable {
  /// `session`, `render`, `early-session`, `by-reference`, `icon`, …
  public var type: SIPText
  /// `handling` and others.
  public var parameters: SIPParameters

  /// A disposition; `handling` is written only when it is given.
  public init(_ type: SIPText, isRequired: Bool? = nil) {
    self.type = type
    parameters = SIPParameters()
    if let isRequired { parameters["handling"] = isRequired ? "required" : "optional" }
  }

  /// Whether who does not understand the body must refuse the message with 415: true unless `handling=optional` stands
  /// (RFC 3261 §20.11; a value that we do not know is none that frees us).
  public var isRequired: Bool { parameters.text("handling")?.equalsIgnoringCase("optional") != true }
}

extension SIPContentDisposition: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPContentDisposition {
    var result = SIPContentDisposition(try reader.readToken("a disposition type"))
    result.parameters = try reader.readParameters()
    return result
  }

  public func write(to writer: inout SIPFieldWriter) {
    writer.writeToken(type.description)
    writer.write(parameters)
  }
}

extension SIPHeaderKey where Value == SIPContentDisposition {
  /// RFC 3261 §20.11
  public static let contentDisposition = SIPHeaderKey(.contentDisposition)
}
