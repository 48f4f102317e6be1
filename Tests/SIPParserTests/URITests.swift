import SIPParser
import Testing
import WireSupport

@Suite("RFC 3261 §19.1.4 URI comparison")
struct URIComparisonTests {
  static let equal = [
    // The RFC's own.
    ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"),
    ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com;security=on"),
    (
      "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
      "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"
    ),
    (
      "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
      "sip:alice@atlanta.com?priority=urgent&subject=project%20x"
    ),
    // Ours.
    ("sip:a@[2001:DB8::1]", "sip:a@[2001:db8:0:0:0:0:0:1]"), ("SIP:a@b", "sip:a@B"),
    ("tel:+1-201-555-0123", "tel:+12015550123"),
    ("tel:863-1234;phone-context=+1-914-555", "tel:8631234;Phone-Context=+1-914-555"),
    ("im:alice@example.com", "IM:alice@example.com"),
  ]
  static let different = [
    // The RFC's own.
    ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"), ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"),
    ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp"),
    ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting"),
    ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4"),
    ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"),
    // Ours.
    ("sip:a@b", "sips:a@b"), ("sip:b", "sip:a@b"), ("sip:a@b", "sip:a:x@b"), ("sip:a@b;maddr=1.2.3.4", "sip:a@b"),
    ("sip:a@b;ttl=1", "sip:a@b"), ("sip:a@b;user=phone", "sip:a@b"), ("sip:a%3bx@b", "sip:a;x@b"),
    ("tel:+12015550123", "tel:12015550123"), ("tel:1;phone-context=a.b", "tel:1"), ("im:a@b", "pres:a@b"),
  ]

  @Test(arguments: equal) func areEquivalent(_ a: String, _ b: String) throws {
    #expect(try SIPURI(a).isEquivalent(to: try SIPURI(b)))
    #expect(try SIPURI(b).isEquivalent(to: try SIPURI(a)))
  }

  @Test(arguments: different) func areDifferent(_ a: String, _ b: String) throws {
    #expect(try !SIPURI(a).isEquivalent(to: try SIPURI(b)))
    #expect(try !SIPURI(b).isEquivalent(to: try SIPURI(a)))
  }

  @Test("Equivalence is not transitive: carol with security=on and =off both match carol")
  func isNotTransitive() throws {
    let plain = try SIPURI("sip:carol@chicago.com")
    #expect(plain.isEquivalent(to: try SIPURI("sip:carol@chicago.com;security=on")))
    #expect(plain.isEquivalent(to: try SIPURI("sip:carol@chicago.com;security=off")))
  }
}

@Suite("RFC 3261 §19.1.1 URIs: parts, escapes, building")
struct URITests {
  @Test func parts() throws {
    let uri = try SIPURI("sips:al%20ice:sec%40ret@[2001:db8::1]:5061;transport=TLS;lr;x=%41?Subject=a%20b&X=")
    #expect(uri.scheme == .sips && uri.isSecure)
    #expect(uri.user == "al ice" && uri.password == "sec@ret")
    #expect(uri.host == .ip(.v6(high: 0x2001_0db8_0000_0000, low: 1, zone: 0)) && uri.port == 5061)
    #expect(uri.transport == .tls && uri.isLooseRouter && uri.parameters["X"] == "A" && uri.parameters["y"] == nil)
    #expect(uri.headers.map(\.name) == ["Subject", "X"] && uri.headers[0].value == "a b")
    #expect(uri.withoutHeaders.description == "sips:al%20ice:sec%40ret@[2001:db8::1]:5061;transport=TLS;lr;x=%41")
  }

  @Test(arguments: [
    "sip:", "sip:@b", "sip:a@", "sip:a b@c", "sip:a@b:", "sip:a@b:65536", "sip:a@b:x", "sip:a@b;", "sip:a@b;=x",
    "sip:a@b;x=",
    "sip:a%4@b", "sip:a%zz@b", "sip:a@[::1", "sip:a@[]", "sip:a@[g::]", "sip:a@b@c", "sip:a@b;x=\u{7}", "sip:a\"@b",
    "x", ":x", "1x:y",
    "sip:2001:db8::10", "tel:", "tel:abcx", "tel:+", "sip:a@b>", "im:a<b", "sip:a@b?x y", "", "sip:é@b",
  ])
  func malformed(_ text: String) { #expect(throws: SIPParseError.self) { try SIPURI(text) } }

  @Test func building() throws {
    var uri = SIPURI(user: "a b@c", host: .name("example.com"), port: 5070, parameters: .uri([("transport", "tcp")]))
    #expect(uri.description == "sip:a%20b%40c@example.com:5070;transport=tcp")
    uri.port = nil
    uri.parameters["lr"] = ""
    uri.parameters["we ird"] = "x;y"
    #expect(uri.description == "sip:a%20b%40c@example.com;transport=tcp;lr;we%20ird=x%3By")
    #expect(uri.parameters["we ird"] == "x;y")
    uri.transport = .tls
    uri.user = nil
    uri.host = .ip(.loopbackV6)
    #expect(uri.description == "sip:[::1];transport=tls;lr;we%20ird=x%3By")
    uri.scheme = .sips
    #expect(uri == (try SIPURI("sips:[::1];transport=tls;lr;we%20ird=x%3By")))
  }

  @Test(arguments: [
    "tel:+1-201-555-0123;phone-context=example.com", "http://www.example.com/a?b=c&d", "urn:service:sos", "im:a@b",
  ])
  func otherSchemes(_ text: String) throws {
    #expect(try SIPURI(text).description == text)
    #expect(try SIPURI(text).scheme.name == text.prefix { $0 != ":" })
  }

  @Test("A host that is none makes the message refuse to serialise")
  func unsendable() throws {
    for host in ["a\r\nVia: x", "a b", "", "a>b"] {
      let request = SIPRequest(method: .options, uri: SIPURI(user: "x", host: .name(host)))
      #expect(throws: SIPParseError.self) { try request.serialized() }
    }
  }
}
