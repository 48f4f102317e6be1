/// One entry of Diversion (RFC 5806 §4): who sent a call on, the latest first.
public struct SIPDiversion: Hashable, Sendable {
  /// Who sent it on, with all parameters.
  public var address: SIPNameAddress

  /// An entry: `reason` is `user-busy`, `no-answer`, `unconditional`, `deflection`, … (RFC 5806 §4).
  public init(_ uri: SIPURI, displayName: String? = nil, reason: String? = nil, counter: UInt32? = nil) {
    var parameters = SIPParameters()
    if let reason { parameters["reason"] = reason }
    if let counter { parameters["counter"] = String(counter) }
    address = SIPNameAddress(displayName: displayName, uri: uri, parameters: parameters)
  }

  init(address: SIPNameAddress) { self.address = address }

  /// Who sent it on.
  public var uri: SIPURI { address.uri }
  /// Why; quotes, which some devices send, undone.
  public var reason: String? { address.parameters["reason"] }
  /// How often it was sent on here; nil when it is not said.
  public var counter: UInt32? { address.parameters.text("counter")?.decimal }
  /// How often it may be sent on; nil when it is not said.
  public var limit: UInt32? { address.parameters.text("limit")?.decimal }
  /// Whose eyes it is for: `full`, `name`, `uri`, `off`; nil when it is not said.
  public var privacy: String? { address.parameters["privacy"] }
  /// Whether the address was checked: `yes` or `no`; nil when it is not said.
  public var screen: String? { address.parameters["screen"] }
}

extension SIPDiversion: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPDiversion {
    let start = reader.offset
    let result = SIPDiversion(address: try SIPNameAddress.read(&reader))
    for name in ["counter", "limit"] {
      if let text = result.address.parameters.text(name), text.decimal == nil {
        throw reader.failure("a number as counter and limit", at: start)
      }
    }
    return result
  }

  public func write(to writer: inout SIPFieldWriter) { address.write(to: &writer) }
}

extension SIPHeaderKey where Value == SIPDiversion {
  /// RFC 5806 §4
  public static let diversion = SIPHeaderKey(.diversion, .list)
}
