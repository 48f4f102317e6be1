/// Accept-Contact, Reject-Contact (RFC 3841 §9.2) and Feature-Caps (RFC 6809 §6): `*` and what is asked of a contact or
/// said of an element.
public struct SIPContactPreference: Hashable, Sendable {
  /// Feature tags (`audio`, `+sip.message`, `methods="INVITE,BYE"`), and `require` and `explicit`.
  public var parameters: SIPParameters

  /// A preference of these feature tags; those that need quotes get them.
  public init(_ parameters: SIPParameters) { self.parameters = parameters }

  /// Whether a contact that does not say so is not to be reached (RFC 3841 §7.2.4).
  public var isRequired: Bool { parameters.contains("require") }
  /// Whether a contact must have said so itself (RFC 3841 §7.2.4).
  public var isExplicit: Bool { parameters.contains("explicit") }
}

extension SIPContactPreference: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPContactPreference {
    guard reader.consume(Byte.star) else { throw reader.failure("* before the parameters") }
    return SIPContactPreference(try reader.readParameters())
  }

  public func write(to writer: inout SIPFieldWriter) {
    writer.write("*")
    writer.write(parameters)
  }
}

extension SIPHeaderKey where Value == SIPContactPreference {
  /// RFC 3841 §9.2
  public static let acceptContact = SIPHeaderKey(.acceptContact, .list)
  /// RFC 3841 §9.2
  public static let rejectContact = SIPHeaderKey(.rejectContact, .list)
  /// RFC 6809 §6
  public static let featureCaps = SIPHeaderKey(.featureCaps, .list)
}
