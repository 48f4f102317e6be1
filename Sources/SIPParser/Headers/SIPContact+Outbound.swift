/// Parameters of RFC 5626 and RFC 5627 on a Contact.
extension SIPContact {
  /// `reg-id`: which of a user agent's flows this is, 1 to 2^31 − 1 (RFC 5626 §4.2); nil when it is not there or malformed.
  public var registrationID: UInt32? {
    get {
      guard let value = address?.parameters.text("reg-id")?.decimal, value > 0, value < 1 << 31 else { return nil }
      return value
    }
    set { setParameter("reg-id", newValue.map { String($0) }) }
  }

  /// `+sip.instance` without its angle brackets: a URN that names the device for ever (RFC 5626 §4.1).
  public var instanceID: String? {
    get {
      guard let value = address?.parameters["+sip.instance"], value.hasPrefix("<"), value.hasSuffix(">"),
        value.count > 2
      else { return nil }
      return String(value.dropFirst().dropLast())
    }
    set { setParameter("+sip.instance", newValue.map { "<\($0)>" }) }
  }

  /// `pub-gruu`: an address that leads to this device as long as it is registered (RFC 5627 §5.1).
  public var publicGRUU: SIPURI? { address?.parameters["pub-gruu"].flatMap { try? SIPURI($0) } }
  /// `temp-gruu`: one that does not tell whose device it is (RFC 5627 §5.1).
  public var temporaryGRUU: SIPURI? { address?.parameters["temp-gruu"].flatMap { try? SIPURI($0) } }

  private mutating func setParameter(_ name: String, _ value: String?) {
    guard case .address(var address) = self else { return }
    var parameters = address.parameters
    parameters[name] = value
    address.parameters = parameters
    self = .address(address)
  }
}
