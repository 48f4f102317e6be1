import Testing
import WireSupport

@testable import SIPParser

@Suite("RFC 3966 tel URIs, RFC 3859/3860 pres and im, addresses that match")
struct TelephoneURITests {
  @Test(
    "RFC 3966 §3, §5: numbers without their visual separators, and what belongs to them",
    arguments: [
      ("tel:+1-201-555-0123", SIPTelephoneNumber("+12015550123")),
      ("tel:7042;phone-context=example.com", SIPTelephoneNumber("7042", phoneContext: "example.com")),
      ("tel:863-1234;phone-context=+1-914-555", SIPTelephoneNumber("8631234", phoneContext: "+1-914-555")),
      ("TEL:+358(9)123.45;ext=1-2;isub=ab%20c", SIPTelephoneNumber("+358912345", extension: "12", subaddress: "ab c")),
      ("tel:*21#", SIPTelephoneNumber("*21#")), ("tel:112", SIPTelephoneNumber("112")),
      ("sip:+1-212-555-1212;ext=5@gw.com;user=phone", SIPTelephoneNumber("+12125551212", extension: "5")),
    ])
  func numbers(_ text: String, _ number: SIPTelephoneNumber) throws {
    let found = try #require(SIPTelephoneNumber(try SIPURI(text)))
    #expect(found == number && found.isGlobal == number.digits.hasPrefix("+"))
    // Built and read again it is the same.
    #expect(SIPTelephoneNumber(try SIPURI(found.uri.description)) == number)
    #expect(SIPTelephoneNumber(try SIPURI(found.uri(at: .name("gw"), port: 5070).description)) == number)
  }

  @Test("No number: other URIs")
  func noNumber() throws {
    for text in ["sip:+1@gw", "sip:alice@gw;user=phone", "sip:gw;user=phone", "im:+1@gw", "urn:x:y"] {
      #expect(SIPTelephoneNumber(try SIPURI(text)) == nil)
    }
    let request = SIPRequest(method: .options, uri: SIPTelephoneNumber("no number").uri)
    #expect(throws: SIPParseError.self) { try request.serialized() }
  }

  @Test(
    "RFC 3966: malformed ones, with the place",
    arguments: [
      ("tel:", 4), ("tel:+", 5), ("tel:+1a", 6), ("tel:+*1", 5), ("tel:12x", 6), ("tel:-.()", 8), ("tel:1;ext=a", 10),
      ("tel:1;ext=--", 10), ("tel:1;phone-context=+", 20), ("tel:1;phone-context=a b", 21),
      ("tel:1;phone-context=a%20b", 20),
      ("tel:1;", 6), ("tel:1?a=b", 5),
    ])
  func malformed(_ text: String, _ offset: Int) throws {
    let error = try #require(throws: SIPParseError.self) { try SIPURI(text) }
    #expect(error.code == .uri && error.offset == offset, "\(error)")
  }

  @Test(
    "RFC 3966 §4: comparison",
    arguments: [
      ("tel:+1-201-555-0123", "TEL:+1(201)5550123", true),
      ("tel:1;phone-context=+1-9", "tel:1;phone-context=+19", true),
      ("tel:1;phone-context=A.b", "tel:1;phone-context=a.B", true), ("tel:1;ext=1-2", "tel:1;ext=12", true),
      ("tel:1;a=b;ext=2", "tel:1;EXT=2;A=B", true), ("tel:*a1", "tel:*A1", true), ("tel:+1", "tel:1", false),
      ("tel:1;ext=1", "tel:1", false), ("tel:1;ext=1", "tel:1;ext=2", false), ("tel:1;x", "tel:1", false),
      ("tel:1;phone-context=a", "tel:1;phone-context=b", false), ("tel:1", "tel:2", false),
      // RFC 3859, RFC 3860: the host's case does not count, the user's does.
      ("im:fred@Example.com", "IM:fred@example.COM", true), ("im:Fred@example.com", "im:fred@example.com", false),
      ("im:a@b", "pres:a@b", false), ("pres:a%41@b", "pres:aA@b", true), ("im:a@b?subject=x", "im:a@b", false),
      // RFC 3261 §19.1.4: an escape is the character.
      ("sip:*21#@pbx", "sip:*21%23@pbx", true),
    ])
  func comparison(_ a: String, _ b: String, _ isSame: Bool) throws {
    #expect(try SIPURI(a).isEquivalent(to: try SIPURI(b)) == isSame)
    #expect(try SIPURI(b).isEquivalent(to: try SIPURI(a)) == isSame)
  }

  @Test("RFC 3859, RFC 3860: user, host and headers of pres and im")
  func mailboxes() throws {
    var uri = try SIPURI("im:fred%20b@example.com?subject=hi%20there")
    #expect(uri.scheme == .im && uri.user == "fred b" && uri.host == .name("EXAMPLE.com"))
    #expect(uri.headers.first?.name == "subject" && uri.headers.first?.value == "hi there")
    uri.user = "x y"
    #expect(uri.description == "im:x%20y@example.com?subject=hi%20there")
    uri.scheme = .sip
    #expect(uri.withoutHeaders.description == "sip:x%20y@example.com")
    let pres = try SIPURI("PRES:a@[2001:db8::1]")
    #expect(pres.scheme == .pres && pres.host == SIPHost("2001:db8::1") && pres.description == "PRES:a@[2001:db8::1]")
    // What has no user and host stays in one piece.
    for text in ["im:fred", "im:@b", "im:a@b;c", "xmpp:a@b"] {
      let uri = try SIPURI(text)
      #expect(uri.user == nil && uri.description == text)
    }
  }

  @Test("A # in the user part is read as exchanges send it, kept as it came, and escaped when written")
  func numberSign() throws {
    let uri = try SIPURI("sip:*21#49@pbx.example")
    #expect(uri.user == "*21#49" && uri.description == "sip:*21#49@pbx.example")
    #expect(SIPURI(user: "*21#49", host: .name("pbx")).description == "sip:*21%2349@pbx")
    for text in ["sip:a@b#c", "sip:a:p#@b", "sip:a@b;x=#", "sip:a@b?x=#"] {
      #expect(throws: SIPParseError.self) { try SIPURI(text) }
    }
  }

  @Test(
    "The guide's SIPURI.matches: the address says a subset of the URI",
    arguments: [
      ("sip:alice@example.org:54321;transport=tls", "alice@example.org", true),
      ("sip:alice@example.org;transport=tls", "sips:alice@example.org", false),
      ("sip:alice@example.org", "sip:alice@EXAMPLE.org", true), ("sip:alice@example.org", "Alice@example.org", false),
      ("sip:alice@example.org:54321;transport=tls", "alice@example.org:54321", true),
      ("sip:alice@example.org:54321", "alice@example.org:5060", false),
      ("sip:alice@example.org", "alice@example.org:5060", false),
      ("sip:alice@example.org:1;transport=tls;lr", "alice@example.org;Transport=TLS", true),
      ("sip:alice@example.org;transport=tls", "alice@example.org;transport=tcp", false),
      ("sip:alice@example.org", "alice@example.org;lr", false), ("sip:alice@example.org", "example.org", true),
      ("sip:alice@example.org", "bob@example.org", false), ("sip:alice@example.org", "alice@example.com", false),
      ("sip:a@b?Subject=x&y=z", "a@b?subject=x", true), ("sip:a@b?Subject=x", "a@b?subject=y", false),
      ("sip:a@b", "", false), ("sip:a@b", "a b", false), ("sip:a@b", "tel:1", false), ("sips:a@b", "a@b", true),
      ("tel:+1-2", "tel:+12", true), ("tel:+12", "+1(2)", true), ("tel:+12", "+13", false), ("im:a@b", "a@b", true),
      ("im:a@b", "sip:a@b", false), ("urn:service:sos", "service:sos", true),
    ])
  func matching(_ uri: String, _ address: String, _ isMatch: Bool) throws {
    #expect(try SIPURI(uri).matches(address) == isMatch)
  }

  @Test("RFC 5626, RFC 5627, RFC 8599: parameters of contacts")
  func contacts() throws {
    let headers = try HeaderTests.headers(
      "Contact: <sip:cal@192.0.2.1;ob;pn-provider=apns;pn-prid=00fc;pn-param=TEAM.app;gr>;reg-id=1;expires=3600"
        + ";+sip.instance=\"<urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6>\""
        + ";pub-gruu=\"sip:cal@example.com;gr=urn:uuid:f81d4fae\";temp-gruu=\"sip:tgruu.7hs@example.com;gr\"")
    var contact = try #require(try headers.value(.contact))
    #expect(contact.registrationID == 1 && contact.instanceID == "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6")
    #expect(contact.publicGRUU?.gruu == "urn:uuid:f81d4fae" && contact.temporaryGRUU?.gruu == "")
    #expect(contact.uri?.isOutbound == true && contact.uri?.isGRUU == true)
    #expect(contact.uri?.push == SIPPushParameters(provider: "apns", resource: "00fc", parameter: "TEAM.app"))
    contact.registrationID = 2
    contact.instanceID = nil
    #expect(contact.registrationID == 2 && contact.instanceID == nil && contact.expires == 3600)
    var uri = SIPURI(user: "a", host: .name("b"))
    uri.push = SIPPushParameters(provider: "fcm", resource: "x y", registration: "p")
    uri.isOutbound = true
    uri.gruu = ""
    #expect(uri.description == "sip:a@b;pn-provider=fcm;pn-prid=x%20y;pn-purr=p;ob;gr")
    uri.push = nil
    uri.isOutbound = false
    uri.gruu = nil
    #expect(uri.description == "sip:a@b")
    var built = SIPContact(uri)
    built.instanceID = "urn:uuid:1"
    built.registrationID = 1
    #expect(built.address?.description == "<sip:a@b>;+sip.instance=\"<urn:uuid:1>\";reg-id=1")
    for bad in ["reg-id=0", "reg-id=2147483648", "reg-id=x", "+sip.instance=urn", "pub-gruu=\"x\""] {
      let contact = try #require(try HeaderTests.headers("Contact: <sip:a>;\(bad)").value(.contact))
      #expect(contact.registrationID == nil && contact.instanceID == nil && contact.publicGRUU == nil)
    }
  }
}
