import Testing
import WireSupport

@testable import SIPParser

@Suite("Typed headers: reading, writing, refusing")
struct HeaderTests {
  /// A request with one header more than its first line.
  static func headers(_ lines: String) throws -> SIPHeaders {
    try SIPMessage(parsing: FramingTests.wire("OPTIONS sip:a@b SIP/2.0\n" + lines + "\n\n")).headers
  }

  @Test("RFC 3261 §20.42, RFC 3581: Via")
  func via() throws {
    let headers = try Self.headers(
      "v : SIP / 2.0 / udp  [2001:db8::1] : 5070 ; rport ;branch=z9hG4bKa;received=2001:db8::9;ttl=16;maddr=224.2.0.1 ,\n"
        + " SIP/2.0/SCTP host;hidden, SIP/2.0/TLS 192.0.2.1;rport=99")
    let vias = try headers.values(.via)
    #expect(vias.map(\.transport) == [.udp, SIPTransport("SCTP"), .tls])
    #expect(vias[0].port == 5070 && vias[0].ttl == 16 && vias[0].maddr == .ip(.v4(0xe002_0001)))
    #expect(vias[0].received == IPAddress("2001:db8::9") && vias[0].hasResponsePort && vias[0].responsePort == nil)
    #expect(vias[1].host == .name("HOST") && vias[1].branch == nil && !vias[1].hasMagicCookie && vias[1].port == nil)
    #expect(vias[2].responsePort == 99)
    var changed = headers
    #expect(try changed.removeFirst(.via) == vias[0])
    #expect(try changed.values(.via) == Array(vias.dropFirst()))
    changed.prepend(.via, SIPVia(transport: .tcp, host: .ip(.loopback), port: 1, branch: "z9hG4bKb"))
    #expect(try changed.value(.via)?.description == "SIP/2.0/TCP 127.0.0.1:1;branch=z9hG4bKb;rport")
    #expect(try changed.values(.via).count == 3)
  }

  @Test("RFC 3261 §20.10 addresses: names, brackets, parameters")
  func addresses() throws {
    let bare = try SIPNameAddress("sip:a@b;tag=1")
    #expect(bare.tag == "1" && bare.uri.parameters.isEmpty && bare.displayName == nil)
    let inside = try SIPNameAddress("<sip:a@b;tag=1>")
    #expect(inside.tag == nil && inside.uri.parameters["tag"] == "1")
    var named = try SIPNameAddress("\"A \\\"B\\\" \u{e9}\" <sip:a@b>;x=\"q;,\";tag=t")
    #expect(named.displayName == "A \"B\" é" && named.parameters["x"] == "q;," && named.tag == "t")
    named = named.withTag("u")
    #expect(named.description == "\"A \\\"B\\\" \u{e9}\" <sip:a@b>;x=\"q;,\";tag=u")
    named.displayName = nil
    named.uri = SIPURI(user: "c", host: .name("d"))
    named.parameters["x"] = nil
    #expect(named.description == "<sip:c@d>;tag=u")
    #expect(try SIPNameAddress("Mr Token Name <sip:a@b>").displayName == "Mr Token Name")
    #expect(bare.withTag(nil).description == "sip:a@b")
    #expect(bare.withTag("zz").tag == "zz" && bare.withTag("zz").uri == bare.uri)
    for text in [
      "", "<sip:a@b", "\"x <sip:a@b>", "a,b <sip:a@b>", "< sip:a@b>", "<sip:a@b>;", "<sip:a@b>;=x", "<sip:a@b> x", "x",
      "\"x\"",
    ] {
      #expect(throws: SIPParseError.self, "\(text)") { try SIPNameAddress(text) }
    }
  }

  @Test("RFC 3261 §20.10 Contact: lists, the wildcard, q and expires")
  func contacts() throws {
    let headers = try Self.headers(
      "m: <sip:a@b>;q=0.25;expires=60, \"x,y\" <sip:c@d>;expires=99999999999\nContact: sip:e@f;expires=soon")
    let contacts = try headers.values(.contact)
    #expect(contacts.map(\.expires) == [60, .max, 3600] && contacts[0].q == 250 && contacts.count == 3)
    #expect(try Self.headers("Contact: *").value(.contact) == .wildcard)
    #expect(throws: SIPParseError.self) { try Self.headers("Contact: *, <sip:a>").values(.contact) }
    #expect(throws: SIPParseError.self) { try Self.headers("Contact: <sip:a>,").values(.contact) }
  }

  @Test("Numbers, words, text and the smaller headers")
  func small() throws {
    let headers = try Self.headers(
      """
      CSeq: 0004711   INVITE
      Max-Forwards: 70
      Expires: 4294967296
      Allow: INVITE ,ACK,  X-y
      Supported:
      k: 100rel, timer
      Call-ID: a@b
      c: multipart/mixed ; boundary="x y"
      Accept: */*;q=0.1, text/plain
      Retry-After: 18000 (at (lunch)\\)) ;duration=3600
      Reason: SIP ;cause=200 ;text="Call completed elsewhere", Q.850;cause=16
      Warning: 307 isi.edu:5060 "Session \\"x\\"", 301 [::1] "y"
      Date: Sat, 13 Nov 2010 23:29:00 GMT
      Subject:  a  b\u{20}
      User-Agent: x/1 (y)
      Event: presence;id=7
      Session-Expires: 1800;refresher=uas
      Min-SE: 90
      RSeq: 988789
      RAck: 776656 1 INVITE
      Replaces: 12345@h;to-tag=1;from-tag=2;early-only
      Refer-To: <sip:x@y?Replaces=a%40b%3Bto-tag%3D1>
      """)
    #expect(try headers.value(.cseq) == SIPCSeq(4711, .invite))
    #expect(try headers.value(.maxForwards) == 70 && headers.value(.expires) == .max)
    #expect(try headers.values(.allow) == [.invite, .ack, SIPMethod("X-y")])
    #expect(try headers.values(.supported) == ["100rel", "timer"])
    #expect(try headers.value(.contentType)?.parameters["boundary"] == "x y")
    #expect(try headers.values(.accept).count == 2)
    let retry = try headers.value(.retryAfter)
    #expect(retry?.seconds == 18000 && retry?.comment == "at (lunch)" + ")" && retry?.parameters["duration"] == "3600")
    let reasons = try headers.values(.reason)
    #expect(reasons.map(\.cause) == [200, 16] && reasons[0].text == "Call completed elsewhere")
    #expect(try headers.values(.warning).map(\.text) == ["Session \"x\"", "y"])
    #expect(try headers.value(.date)?.secondsSince1970 == 1_289_690_940)
    #expect(try headers.value(.subject) == "a  b")
    #expect(try headers.value(.event)?.parameters["id"] == "7")
    #expect(try headers.value(.sessionExpires)?.refresher == .uas && headers.value(.minSE)?.seconds == 90)
    #expect(try headers.value(.rack)?.cseq == SIPCSeq(1, .invite))
    #expect(try headers.value(.replaces)?.isEarlyOnly == true)
    #expect(try headers.value(.referTo)?.uri.headers.first?.value == "a@b;to-tag=1")
  }

  @Test(
    "Malformed values name the header and the place",
    arguments: [
      ("CSeq: 1", "CSeq"), ("CSeq: 2147483648 X", "CSeq"), ("CSeq: x X", "CSeq"), ("Max-Forwards: 256", "Max-Forwards"),
      ("Max-Forwards: -1", "Max-Forwards"), ("Via: SIP/2.0/UDP", "Via"), ("Via: SIP/2.0/UDP a:b", "Via"),
      ("Via: SIP/2.0 a", "Via"),
      ("Via: SIP/2.0/UDP a b", "Via"), ("Via:", "Via"), ("Call-ID: a b", "Call-ID"), ("Call-ID: a@b@c", "Call-ID"),
      ("Allow: a b", "Allow"), ("Allow: a,,b", "Allow"), ("Content-Type: text", "Content-Type"),
      ("Content-Type: text/", "Content-Type"),
      ("Warning: 1812 x \"y\"", "Warning"), ("Date: Sat, 13 Nov 2010 23:29:00 EST", "Date"),
      ("Retry-After: x", "Retry-After"),
      ("Retry-After: 1 (x", "Retry-After"), ("Replaces: a", "Replaces"), ("RAck: 1 2", "RAck"), ("Event: ;x", "Event"),
      ("To: \"a\u{1}\" <sip:a@b>", "To"), ("Subject: a\u{1}b", "Subject"), ("Authorization: Digest a", "Authorization"),
      ("Authorization: Digest a=\"b", "Authorization"), ("Reason: ,", "Reason"), ("Route: sip:a?b=c", "Route"),
    ])
  func malformed(_ line: String, _ name: String) throws {
    let message = try SIPMessage(
      parsing: FramingTests.wire("OPTIONS sip:a@b SIP/2.0\nVia: SIP/2.0/UDP h\n" + line + "\n\n"))
    let error: SIPParseError
    if line.hasPrefix("Authorization: Digest a") && !line.contains("=") {
      // A token alone is a bearer-like credential, whatever its scheme.
      return
    }
    error = try #require(throws: SIPParseError.self) { try message.checkHeaders() }
    #expect(
      error.header == SIPHeaderName(name) && error.line == 3 && error.status == .badRequest && error.fault == .remote)
    #expect(error.reason == "Bad \(name) Header" && error.recovered?.method == .options)
  }

  @Test("RFC 3261 §20.7, RFC 7616, RFC 8898: challenges and credentials, whose secrets stay out of descriptions")
  func authentication() throws {
    let line =
      "Authorization: Digest username=\"bob\", realm = \"x, y\",nonce=\"n\", uri=\"sip:b\",response=\"6629fae4\", nc=00000001, algorithm=MD5"
    let headers = try Self.headers(
      line + "\nAuthorization: Bearer ab.c_d=\nWWW-Authenticate: Digest realm=\"r\", qop=\"auth,auth-int\"")
    let values = try headers.values(.authorization)
    #expect(
      values.count == 2 && values[0].isDigest && values[0].parameters["realm"] == "x, y"
        && values[0].parameters["nc"] == "00000001")
    #expect(values[1].token == "ab.c_d=" && values[1].scheme == "Bearer")
    #expect(try headers.value(.wwwAuthenticate)?.parameters["qop"] == "auth,auth-int")
    for value in values { #expect(!"\(value)".contains("6629fae4") && !"\(value)".contains("ab.c_d")) }
    var built = SIPAuthentication(scheme: "Digest", parameters: [("realm", "a \"b\""), ("response", "x")])
    built.setToken("algorithm", "SHA-256")
    var request = SIPRequest(method: .register, uri: try SIPURI("sip:b"))
    request.append(.authorization, built)
    #expect(request.headers[0]?.value == "Digest realm=\"a \\\"b\\\"\", response=\"x\", algorithm=SHA-256")
    let trace =
      "REGISTER sip:b SIP/2.0\r\n" + line + "\r\nAuthorization: Bearer secret\r\nX: y\r\n\r\n"
      + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20\r\n"
    let redacted = String(decoding: SIPRedaction.redacted(Array(trace.utf8)), as: UTF8.self)
    #expect(redacted.utf8.count == trace.utf8.count)
    #expect(!redacted.contains("6629fae4") && !redacted.contains("secret") && !redacted.contains("WVNf"))
    #expect(redacted.contains("username=\"bob\"") && redacted.contains("|2^20") && redacted.contains("X: y"))
  }

  @Test("Names: any case, compact forms, unknown ones; folding; a header of our own in ten lines")
  func names() throws {
    #expect(SIPHeaderName("VIA") == .via && SIPHeaderName("v") == .via && SIPHeaderName("x-a") == SIPHeaderName("X-A"))
    #expect(SIPHeaderName("X-A").hashValue == SIPHeaderName("x-a").hashValue && SIPHeaderName("Call\rID") != .callID)
    let headers = try Self.headers("X-Colour: red\n\t blue\nsession-id: abc;remote=def\nSubject:\n folded")
    #expect(headers.text(SIPHeaderName("x-colour")) == "red blue" && headers.text(.sessionID) == "abc;remote=def")
    #expect(try headers.value(.subject) == "folded")
    let key = SIPHeaderKey<SIPParameterized>(.sessionID)
    #expect(try headers.value(key)?.parameters["remote"] == "def")
  }

  @Test("Every known name is found, in any case, and is not found with a character changed")
  func knownNames() {
    for id in 1...SIPHeaderName.knownCount {
      let name = SIPHeaderName.canonical(id)
      #expect(
        SIPHeaderName(name).id == id && SIPHeaderName(name.lowercased()).id == id
          && SIPHeaderName(name.uppercased()).id == id)
      #expect(SIPHeaderName(name).description == name)
      for place in 0..<name.utf8.count {
        var bytes = Array(name.utf8)
        bytes[place] = UInt8(ascii: "~")
        #expect(SIPHeaderName(String(decoding: bytes, as: UTF8.self)).id == 0)
      }
    }
  }

  /// The example of docs/adding-a-header.md.
  struct ReferSub: Hashable, SIPHeaderValue {
    var isWanted: Bool
    static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> ReferSub {
      let word = try reader.readToken("true or false")
      guard word.equalsIgnoringCase("true") || word.equalsIgnoringCase("false") else {
        throw reader.failure("true or false")
      }
      return ReferSub(isWanted: word.equalsIgnoringCase("true"))
    }
    func write(to writer: inout SIPFieldWriter) { writer.writeToken(isWanted ? "true" : "false") }
  }

  @Test("docs/adding-a-header.md: a header of one's own")
  func ownHeader() throws {
    let key = SIPHeaderKey<ReferSub>(SIPHeaderName("Refer-Sub"))
    var headers = try Self.headers("refer-sub: FALSE")
    #expect(try headers.value(key)?.isWanted == false)
    headers.set(key, ReferSub(isWanted: true))
    #expect(headers.text(SIPHeaderName("Refer-Sub")) == "true")
    #expect(throws: SIPParseError.self) { try Self.headers("Refer-Sub: maybe").value(key) }
  }

  @Test("RFC 1123 dates round-trip", arguments: [0, 951_782_400, 1_289_690_940, 4_102_444_800, -1, 253_402_300_799])
  func dates(_ seconds: Int64) throws {
    let date = SIPDate(secondsSince1970: seconds)
    #expect(try Self.headers("Date: \(date)").value(.date) == date)
  }
}
