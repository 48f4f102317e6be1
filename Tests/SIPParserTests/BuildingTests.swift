import SIPParser
import Testing
import WireSupport

@Suite("Building: values, edits, and nothing that may not be sent")
struct BuildingTests {
  static func request() throws -> SIPRequest {
    guard case .request(let request) = try SIPMessage(parsing: FramingTests.invite) else {
      throw SIPParseError(.startLine, expected: "a request")
    }
    return request
  }

  @Test("A copy can be changed without the original; untouched lines keep their bytes and order")
  func valueSemantics() throws {
    let original = try Self.request()
    var copy = original
    copy.set(.maxForwards, 69)
    copy.headers.set(.subject, "new")
    copy.method = .message
    copy.set(.cseq, SIPCSeq(2, .message))
    copy.body = Array("bye".utf8)
    #expect(try original.serialized() == FramingTests.invite)
    #expect(
      try copy.serialized()
        == FramingTests.wire(
          "MESSAGE sip:b@c SIP/2.0\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\nTo: <sip:b@c>\nFrom: <sip:a@c>;tag=1\n"
            + "Call-ID: x@y\nCSeq: 2 MESSAGE\nSubject: new\nContent-Length: 3\nMax-Forwards: 69\n\nbye"))
  }

  @Test("RFC 3261 §8.2.6: a response copies Via, From, To, Call-ID and CSeq byte for byte and tags To")
  func responses() throws {
    let message = FramingTests.wire(
      "BYE sip:b@c SIP/2.0\nv:SIP/2.0/UDP a;branch=z9hG4bK1,\n SIP/2.0/UDP b\nVia: SIP/2.0/UDP c\nt: <sip:b@c>\nFROM: <sip:a@c>;tag=1\nX: y\n"
        + "i: x@y\nCSeq: 1 BYE\n\n")
    guard case .request(let request) = try SIPMessage(parsing: message) else { return }
    let response = SIPResponse(to: request, status: .ok, toTag: "q")
    #expect(
      try response.serialized()
        == FramingTests.wire(
          "SIP/2.0 200 OK\nv:SIP/2.0/UDP a;branch=z9hG4bK1,\n SIP/2.0/UDP b\nVia: SIP/2.0/UDP c\nFROM: <sip:a@c>;tag=1\n"
            + "To: <sip:b@c>;tag=q\ni: x@y\nCSeq: 1 BYE\nContent-Length: 0\n\n"))
    #expect(try SIPResponse(to: request, status: .trying).value(.to)?.tag == nil)
    #expect(try response.values(.via).count == 3)
  }

  @Test("Line breaks and other nonsense cannot be sent, whichever way they come in")
  func injection() throws {
    let evil = "x\r\nVia: SIP/2.0/UDP evil"
    let uri = try SIPURI("sip:a@b")
    let edits: [(String, (inout SIPRequest) -> Void)] = [
      ("raw value", { $0.headers.append(SIPHeaderName("X"), text: evil) }),
      ("lone LF", { $0.headers.append(SIPHeaderName("X"), text: "a\nb") }),
      ("lone CR", { $0.headers.append(SIPHeaderName("X"), text: "a\rb") }),
      ("raw name", { $0.headers.append(SIPHeaderName("X: y\r\nZ"), text: "a") }),
      ("empty name", { $0.headers.append(SIPHeaderName(""), text: "a") }),
      ("subject", { $0.set(.subject, SIPText(evil)) }), ("user agent", { $0.set(.userAgent, SIPText(evil)) }),
      ("call id", { $0.set(.callID, SIPText(evil)) }), ("method", { $0.method = SIPMethod("A B") }),
      ("cseq method", { $0.set(.cseq, SIPCSeq(1, SIPMethod(evil))) }),
      ("cseq number", { $0.set(.cseq, SIPCSeq(.max, .bye)) }),
      ("display name", { $0.set(.to, SIPNameAddress(displayName: evil, uri: uri)) }),
      ("tag", { $0.set(.to, SIPNameAddress(uri: uri).withTag(evil)) }),
      ("parameter name", { $0.set(.to, SIPNameAddress(uri: uri, parameters: ["a;b": "c"])) }),
      ("branch", { $0.set(.via, SIPVia(transport: .udp, host: .name("h"), branch: evil)) }),
      ("via host", { $0.set(.via, SIPVia(transport: .udp, host: .name(evil), branch: "x")) }),
      ("transport", { $0.set(.via, SIPVia(transport: SIPTransport("U P"), host: .name("h"), branch: "x")) }),
      ("contact host", { $0.set(.contact, SIPContact(SIPURI(host: .name(evil)))) }),
      ("option tag", { $0.headers.set(.supported, ["a", "b c"]) }),
      ("event", { $0.set(.event, SIPParameterized("a b")) }),
      ("media type", { $0.set(.contentType, SIPMediaType("text", "a b")) }),
      ("reason", { $0.set(.reason, SIPReason("SIP", cause: 1, text: evil)) }),
      ("warning", { $0.set(.warning, SIPWarning(code: 399, agent: "h", text: evil)) }),
      ("warning code", { $0.set(.warning, SIPWarning(code: 1000, agent: "h", text: "")) }),
      ("comment", { $0.set(.retryAfter, SIPRetryAfter(seconds: 1, comment: evil)) }),
      ("realm", { $0.set(.authorization, SIPAuthentication(scheme: "Digest", parameters: [("realm", evil)])) }),
      ("max-forwards", { $0.set(.maxForwards, 256) }), ("length", { $0.set(.contentLength, 3) }),
    ]
    for (name, edit) in edits {
      var request = try Self.request()
      edit(&request)
      let error = try #require(throws: SIPParseError.self, "\(name)") { try request.serialized() }
      #expect(error.fault == .local)
    }
    // A user part can hold anything, for it is escaped; a replaced mistake is forgiven.
    var request = try Self.request()
    request.uri = SIPURI(user: evil, host: .name("b"))
    request.set(.subject, SIPText(evil))
    request.set(.subject, "fine")
    let sent = try SIPMessage(parsing: try request.serialized())
    #expect(try sent.values(.via).count == 1)
    var response = SIPResponse(to: request, status: SIPStatus(99))
    #expect(throws: SIPParseError.self) { try response.serialized() }
    response.status = .ok
    response.reason = evil
    #expect(throws: SIPParseError.self) { try response.serialized() }
  }

  @Test("Building from nothing, and editing one message for ever, whose memory stays bounded")
  func building() throws {
    var request = SIPRequest(method: .options, uri: SIPURI(user: "a", host: .ip(.loopback)))
    request.append(.via, SIPVia(transport: .udp, host: .ip(.loopback), port: 5060, branch: "z9hG4bKx"))
    request.append(.to, SIPNameAddress(displayName: "Zoë \"Q\"", uri: request.uri))
    request.append(.from, SIPNameAddress(uri: request.uri).withTag("1"))
    request.append(.callID, "x")
    request.append(.cseq, SIPCSeq(1, .options))
    for count in 0..<5000 { request.set(.maxForwards, UInt32(count % 256)) }
    let bytes = try request.serialized()
    #expect(bytes.count < 300)
    let message = try SIPMessage(parsing: bytes)
    try message.checkMandatoryHeaders()
    try message.checkHeaders()
    #expect(try message.value(.to)?.displayName == "Zoë \"Q\"" && message.value(.maxForwards) == 135)
  }

  @Test("An error tells how to answer, and what of the request can be used for it")
  func rejecting() throws {
    let bytes = FramingTests.wire(
      "INVITE sip:a@b SIP/2.0\nVia: SIP/2.0/UDP h\nTo: <sip:b>\nFrom: <sip:a>;tag=1\nbad line\nCall-ID: 1\nCSeq: 1 INVITE\n\n"
    )
    let error = try #require(throws: SIPParseError.self) { try SIPMessage(parsing: bytes) }
    #expect(error.code == .headerLine && error.line == 5 && error.offset == 81 && error.reason == "Bad Header Line")
    let answer = try #require(SIPResponse(rejecting: error, toTag: "t"))
    #expect(
      try answer.serialized()
        == FramingTests.wire(
          "SIP/2.0 400 Bad Header Line\nVia: SIP/2.0/UDP h\nFrom: <sip:a>;tag=1\nTo: <sip:b>;tag=t\nCall-ID: 1\nCSeq: 1 INVITE\nContent-Length: 0\n\n"
        ))
    for text in [
      "ACK sip:a@b SIP/2.0\nVia: SIP/2.0/UDP h\nbad\n\n", "SIP/2.0 200 OK\nVia: SIP/2.0/UDP h\nbad\n\n",
      "INVITE sip:a@b SIP/2.0\nbad\n\n",
    ] {
      let error = try #require(throws: SIPParseError.self) { try SIPMessage(parsing: FramingTests.wire(text)) }
      #expect(SIPResponse(rejecting: error) == nil)
    }
  }

  @Test(
    "A lone LF, or a control character as a name, is no line end for anybody",
    arguments: [
      "OPTIONS sip:a@b SIP/2.0\r\nX: a\nVia: evil\r\n\r\n", "OPTIONS sip:a@b SIP/2.0\nVia: x\n\n",
      "OPTIONS sip:a@b SIP/2.0\r\nCall\rID: x\r\n\r\n", "OPTIONS sip:a@b SIP/2.0\r\n: x\r\n\r\n",
      "OPTIONS sip:a@b SIP/2.0\r\n x: y\r\n\r\n",
      "OPTIONS sip:a@b SIP/2.0\r\nVia: x\r\n", "OPTIONS sip:a@b SIP/2.0\r\nVia", "OPTIONS", "", "\r\n\r\n",
      "OPTIONS sip:a@b\r\n\r\n",
      "OPTIONS sip:a@b SIP/2.0\r\nX: a\rb\r\n\r\n",
    ])
  func lineEnds(_ text: String) { #expect(throws: SIPParseError.self) { try SIPMessage(parsing: Array(text.utf8)) } }
}
