import WireSupport

/// The names in a certificate, and whether one of them is the one that we called (RFC 5922 §7).
struct CertificateNames: Sendable {
  /// subjectAltName entries of type dNSName.
  var dns: [String] = []
  /// subjectAltName entries of type iPAddress.
  var addresses: [IPAddress] = []
  /// subjectAltName entries of type uniformResourceIdentifier.
  var uris: [String] = []
  /// Whether there is a subjectAltName at all.
  var hasAlternativeNames = false
  /// The subject's common name; counts only when there is no subjectAltName.
  var commonName: String?

  /// The SIP domains that the certificate is for: the hosts of its `sip:` URIs without a user; if there is none, its DNS
  /// names; if it has no subjectAltName, its common name (RFC 5922 §7.1).
  var domains: [String] {
    let hosts = uris.compactMap(Self.domain(ofURI:))
    if !hosts.isEmpty { return hosts }
    if hasAlternativeNames { return dns }
    return commonName.map { [$0] } ?? []
  }

  /// Nil when the certificate is for `expected`, a domain or a numeric address; otherwise why not, as the end of a
  /// sentence that starts with "the certificate".
  func mismatch(with expected: String, allowsWildcards: Bool) -> String? {
    if let address = IPAddress(expected) {
      if addresses.contains(address) || domains.contains(where: { IPAddress($0) == address }) { return nil }
      return "\(summary), not for the address \(address)"
    }
    let name = Self.canonical(expected)
    let domains = domains.map(Self.canonical)
    if domains.contains(name) { return nil }
    let wildcard = name.firstIndex(of: ".").map { "*" + name[$0...] }
    if let wildcard, domains.contains(wildcard) {
      if allowsWildcards { return nil }
      return "is only for the wildcard \(wildcard), which SIP does not accept (RFC 5922 §7.2), not for \(expected)"
    }
    return "\(summary), not for \(expected)"
  }

  private var summary: String {
    let names = (domains + addresses.map(\.description)).prefix(4).map { Self.printable($0) }
    return names.isEmpty ? "names nobody" : "is for \(names.joined(separator: ", "))"
  }

  /// Host names compare without regard to case, and to the root's dot.
  private static func canonical(_ name: String) -> String {
    let lower = name.lowercased()
    return lower.hasSuffix(".") ? String(lower.dropLast()) : lower
  }

  /// A peer chose these characters, and they go into a sentence for a person.
  private static func printable(_ name: String) -> String {
    String(
      String.UnicodeScalarView(name.unicodeScalars.prefix(80).map { $0.value > 0x20 && $0.value < 0x7f ? $0 : "?" }))
  }

  /// The host of a `sip:` URI that names a domain and no user.
  private static func domain(ofURI uri: String) -> String? {
    guard let colon = uri.firstIndex(of: ":"), uri[..<colon].lowercased() == "sip" else { return nil }
    let rest = uri[uri.index(after: colon)...]
    if rest.contains("@") { return nil }
    let hostport = rest.prefix { $0 != ";" && $0 != "?" }
    let host = hostport.hasPrefix("[") ? hostport.prefix { $0 != "]" } + "]" : hostport.prefix { $0 != ":" }
    return host.isEmpty ? nil : String(host)
  }
}
