import Testing

@testable import NetworkIO

@Suite("RFC 5922 §7 SIP domain identities in certificates")
struct CertificateNamesTests {
  static func names(dns: [String] = [], uris: [String] = [], commonName: String? = nil, alternatives: Bool = true)
    -> CertificateNames
  {
    CertificateNames(dns: dns, uris: uris, hasAlternativeNames: alternatives, commonName: commonName)
  }

  @Test(
    "accepted",
    arguments: [
      (names(dns: ["example.com"]), "example.com"), (names(dns: ["EXAMPLE.com"]), "example.COM"),
      (names(uris: ["sip:example.com"]), "example.com"), (names(uris: ["SIP:example.com;x=y"]), "example.com"),
      (names(uris: ["sip:example.com:5061"]), "example.com"), (names(uris: ["sip:[::1]"]), "::1"),
      (names(dns: ["example.com"], uris: ["sip:bob@example.org"]), "example.com"),
      (names(commonName: "example.com", alternatives: false), "example.com"),
    ])
  func accepted(_ names: CertificateNames, _ expected: String) {
    #expect(names.mismatch(with: expected, allowsWildcards: false) == nil)
  }

  @Test(
    "refused",
    arguments: [
      (names(dns: ["example.com"]), "sip.example.com"), (names(dns: ["sip.example.com"]), "example.com"),
      (names(dns: ["*.example.com"]), "sip.example.com"),
      (names(dns: ["b.example"], uris: ["sip:example.com"]), "b.example"),
      (names(uris: ["sip:bob@example.com"]), "example.com"), (names(uris: ["sips:example.com"]), "example.com"),
      (names(commonName: "example.com"), "example.com"), (names(), "example.com"),
      (names(uris: ["sip:", ":", ""]), ""),
      (names(dns: ["127.0.0.1.example"]), "127.0.0.1"),
    ])
  func refused(_ names: CertificateNames, _ expected: String) {
    #expect(names.mismatch(with: expected, allowsWildcards: false) != nil)
  }

  @Test("a wildcard counts for one label, and only where it is allowed")
  func wildcards() {
    let names = Self.names(dns: ["*.example.com"])
    #expect(names.mismatch(with: "sip.example.com", allowsWildcards: true) == nil)
    #expect(names.mismatch(with: "a.sip.example.com", allowsWildcards: true) != nil)
    #expect(names.mismatch(with: "example.com", allowsWildcards: true) != nil)
    #expect(names.mismatch(with: "sip.example.com", allowsWildcards: false)?.contains("wildcard") == true)
  }
}
