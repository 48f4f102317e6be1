extension SIPURI {
  /// Whether `address` names this URI with no part that differs: what it does not say is not compared.
  ///
  /// `sip:alice@example.org:54321;transport=tls` matches `alice@example.org`, `sip:alice@example.org` and
  /// `example.org;transport=tls`; it does not match `sips:alice@example.org` or `alice@example.org:5060`. Text that is no
  /// address matches nothing.
  public func matches(_ address: String) -> Bool {
    let schemes = ["sip:", "sips:", "tel:", "im:", "pres:", "\(scheme.name):"]
    let lowered = address.lowercased()
    // `bob:5060` is a host with a port, not a URI of the scheme `bob`, so only schemes that address people are seen.
    let hasScheme = schemes.contains { lowered.hasPrefix($0) }
    guard let other = try? SIPURI(hasScheme ? address : "\(scheme.name):\(address)") else { return false }
    return scheme == other.scheme && matchesParts(of: other)
  }

  private func matchesParts(of other: SIPURI) -> Bool {
    switch index.scheme {
    case .tel:
      let digits = { (uri: SIPURI) in SIPTelephoneNumber.digits(uri.rawUser?.bytes ?? []) }
      guard digits(self) == digits(other) else { return false }
    case .sip, .sips, .mailbox:
      guard host == other.host, other.user == nil || other.user == user, other.port == nil || other.port == port,
        other.password == nil || other.password == password
      else { return false }
    case .other: return isEquivalent(to: other)
    }
    let mine = parameters.entries.map { "\($0.name)=\($0.value)".lowercased() }
    guard other.parameters.entries.prefix(64).allSatisfy({ mine.contains("\($0.name)=\($0.value)".lowercased()) })
    else {
      return false
    }
    let headers = self.headers.map { "\($0.name.lowercased())=\($0.value)" }
    return other.headers.allSatisfy { headers.contains("\($0.name.lowercased())=\($0.value)") }
  }
}
