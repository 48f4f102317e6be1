/// Geolocation-Error (RFC 6442 §4.3): what was wrong with a location.
public struct SIPGeolocationError: Hashable, Sendable {
  /// One to three digits: 100 cannot process, 200 permission to use, 300 permission to retransmit, …
  public var code: UInt16
  /// `code` (the words, in quotes) and others.
  public var parameters: SIPParameters

  /// An error, and what it says.
  public init(_ code: UInt16, text: String? = nil) {
    self.code = code
    parameters = SIPParameters()
    if let text { parameters.setQuoted("code", text) }
  }

  /// What it says.
  public var text: String? { parameters["code"] }
}

extension SIPGeolocationError: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPGeolocationError {
    var result = SIPGeolocationError(
      UInt16(truncatingIfNeeded: try reader.readNumber(max: 999, "a code of one to three digits")))
    result.parameters = try reader.readParameters()
    return result
  }

  public func write(to writer: inout SIPFieldWriter) {
    if code > 999 { writer.fail("a code of one to three digits") }
    writer.write(UInt32(code))
    writer.write(parameters)
  }
}

extension SIPHeaderKey where Value == SIPGeolocationError {
  /// RFC 6442 §4.3
  public static let geolocationError = SIPHeaderKey(.geolocationError)
}
