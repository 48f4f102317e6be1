import Testing
import WireSupport

@testable import SIPParser

@Suite("RFC 2046, RFC 2387, RFC 5621: bodies of several parts")
struct BodyTests {
  static func multipart(
    _ body: String, type: String = "multipart/mixed;boundary=b", limits: SIPMultipartLimits = .standard
  ) throws -> SIPMultipart {
    let text = "MESSAGE sip:a@b SIP/2.0\nContent-Type: \(type)\n\n" + body
    guard case .request(let request) = try SIPMessage(parsing: FramingTests.wire(text)) else {
      throw SIPParseError(.startLine, expected: "a request")
    }
    return try #require(try request.multipart(limits: limits))
  }

  @Test("RFC 2046 §5.1.1: preamble, epilogue, padding, parts without headers and headers without a body")
  func grammar() throws {
    let body = try Self.multipart(
      "preamble\n--bc\n--b \t\n\nimplicitly typed\n\n--b\nContent-Type: text/plain; charset=us-ascii\nX: y\n z\n\nsecond\n"
        + "--bb not a boundary\n --b\n--b\nContent-Type: text/x\n--b\n\n\n--b--  \nepilogue\n--b\n")
    #expect(
      body.parts.map { $0.content.description } == [
        "implicitly typed\r\n", "second\r\n--bb not a boundary\r\n --b", "", "",
      ])
    #expect(try body.parts[0].contentType().matches("text/plain") && body.parts[0].headers.isEmpty)
    #expect(body.parts[1].headers.text(SIPHeaderName("X")) == "y z" && body.parts[1].headers.count == 2)
    #expect(try body.parts[2].contentType().matches("text/x"))
    #expect(body.boundary == "b" && body.subtype == "mixed")
  }

  @Test("RFC 4475 §3.1.1.11: the torture test's parts are slices of the message")
  func torture() throws {
    let file = try #require(Corpus("sip-rfc4475").files.first { $0.name == "mpart01" })
    guard case .request(let request) = try SIPMessage(parsing: file.bytes) else { return }
    let body = try #require(try request.multipart())
    #expect(body.boundary == "7a9cbec02ceef655" && body.parts.count == 2)
    #expect(body.parts[0].content == "Hello" && body.parts[1].content.count == 342)
    #expect(try body.parts[1].contentType().matches("application/octet-stream"))
    #expect(try body.parts[1].headers.value(.contentTransferEncoding) == "binary")
    // Nothing was copied: the parts share the message's storage.
    let address = { (bytes: [UInt8]) in bytes.withUnsafeBufferPointer { $0.baseAddress } }
    #expect(address(body.parts[1].content.storage) == address(request.content.storage))
    #expect(address(body.parts[1].headers.original) == address(request.content.storage))
  }

  @Test(
    "Malformed bodies, with the place",
    arguments: [
      ("multipart/mixed", "--b\n\nx\n--b--\n", 0, "boundary"), ("multipart/mixed;boundary=\"\"", "--\n", 0, "boundary"),
      ("multipart/mixed;boundary=b", "", 0, "boundary"), ("multipart/mixed;boundary=b", "no parts\n", 0, "boundary"),
      ("multipart/mixed;boundary=b", "--b--\n", 0, "part"), ("multipart/mixed;boundary=b", "--b\n\nx\n", 10, "closing"),
      ("multipart/mixed;boundary=b", "--b\n\nx\n--b", 13, "closing"),
      ("multipart/mixed;boundary=b", "--b\nno colon\n\nx\n--b--", 5, "colon"),
      ("multipart/mixed;boundary=b", "--b\nA: b\nC d\n\nx\n--b--", 11, "colon"),
    ])
  func malformed(_ type: String, _ body: String, _ offset: Int, _ expected: String) throws {
    let error = try #require(throws: SIPParseError.self) { try Self.multipart(body, type: type) }
    let start = "MESSAGE sip:a@b SIP/2.0\r\nContent-Type: \(type)\r\n\r\n".utf8.count
    #expect(error.offset == start + offset && error.expected.contains(expected), "\(error)")
    #expect(error.status == .badRequest && error.reason.hasPrefix("Bad Multipart"))
  }

  @Test("RFC 2387: a related body, whose root is named by start")
  func related() throws {
    let body = try Self.multipart(
      "--x y\nContent-ID: <1@a>\n\none\n--x y\nContent-ID: <2@a>\nContent-Type: application/sdp\n\ntwo\n--x y--",
      type: "multipart/related; boundary=\"x y\"; type=\"application/sdp\"; start=\"<2@a>\"")
    #expect(
      body.root?.content == "two" && body.part(withID: "1@a")?.content == "one" && body.part(withID: "3@a") == nil)
    #expect(try body.root?.contentID() == "2@a")
  }

  @Test("RFC 5621 §8: what must be understood")
  func handling() throws {
    let body = try Self.multipart(
      "--b\nContent-Disposition: session;handling=required\n\n1\n--b\nContent-Disposition: icon;handling=OPTIONAL\n\n2\n--b\n\n3\n--b--"
    )
    #expect(try body.parts.map { try $0.isRequired() } == [true, false, true])
    #expect(try body.parts.map { try $0.disposition()?.type } == ["session", "icon", nil])
  }

  @Test("What is built is read again: parts, types, identifiers, in every subtype and depth")
  func building() throws {
    var ids = IDSource.seeded(7)
    var sdp = SIPBodyPart(SIPText("v=0\r\n"), type: .sdp)
    sdp.headers.set(.contentDisposition, SIPContentDisposition("session", isRequired: true))
    var xml = SIPBodyPart(SIPText("<a/>"), type: SIPMediaType("application", "xml"))
    xml.headers.set(.contentID, "x@y")
    let inner = SIPMultipart("alternative", [sdp, xml], ids: &ids)
    let outer = SIPMultipart(
      "related", [SIPBodyPart(SIPText(bytes: try inner.serialized()), type: inner.contentType), xml], ids: &ids)
    #expect(inner.boundary != outer.boundary && outer.boundary.utf8.count == 24)
    var request = SIPRequest(method: .invite, uri: SIPURI(host: .name("h")))
    request.setBody(try outer.serialized(), type: outer.contentType)
    guard case .request(let again) = try SIPMessage(parsing: try request.serialized()) else { return }
    let read = try #require(try again.multipart())
    #expect(read.subtype == "related" && read.parts.count == 2 && read.parameters["type"] == "multipart/alternative")
    let leaves = try read.leaves()
    #expect(leaves.map { $0.content.description } == ["v=0\r\n", "<a/>", "<a/>"])
    #expect(try leaves[0].disposition()?.isRequired == true && leaves[1].contentID() == "x@y")
    #expect(try read.serialized() == again.body)
  }

  @Test("What cannot be sent is refused")
  func unsendable() throws {
    var ids = IDSource.seeded(1)
    let part = SIPBodyPart("x", type: .sdp)
    #expect(throws: SIPParseError.self) { try SIPMultipart("mixed", [], ids: &ids).serialized() }
    for boundary in ["", "a ", "a\r\nb", "é", String(repeating: "a", count: 71)] {
      var body = SIPMultipart("mixed", [part], ids: &ids)
      body.boundary = boundary
      let error = try #require(throws: SIPParseError.self) { try body.serialized() }
      #expect(error.fault == .local)
    }
    var body = SIPMultipart("mixed", [SIPBodyPart("a --c b", type: .sdp)], ids: &ids)
    body.boundary = "c"
    #expect(throws: SIPParseError.self) { try body.serialized() }
    var evil = part
    evil.headers.set(.contentID, "a\r\nb")
    #expect(throws: SIPParseError.self) { try SIPMultipart("mixed", [evil], ids: &ids).serialized() }
    // A boundary that stands in a part is drawn again.
    var same = IDSource.seeded(1)
    var copy = same
    let first = copy.token(length: 24)
    #expect(SIPMultipart("mixed", [SIPBodyPart(SIPText("--" + first), type: .sdp)], ids: &same).boundary != first)
  }

  /// A body nested `depth` times, boundaries `1`, `2`, … from outside.
  static func nested(_ depth: Int) -> String {
    var body = "x"
    for level in stride(from: depth, through: 1, by: -1) {
      let type = level == depth ? "text/plain" : "multipart/mixed;boundary=n\(level + 1)x"
      body = "--n\(level)x\nContent-Type: \(type)\n\n\(body)\n--n\(level)x--\n"
    }
    return body
  }

  @Test("Parts 100 deep: refused at the limit with its place, and read as deep as the limit allows")
  func depth() throws {
    let body = try Self.multipart(Self.nested(100), type: "multipart/mixed;boundary=n1x")
    let error = try #require(throws: SIPParseError.self) { try body.leaves() }
    #expect(
      error.code == .limit && error.status == .requestEntityTooLarge && error.expected == "parts nested at most 8 deep")
    #expect(error.offset.map { $0 > 100 } == true)
    let limits = SIPMultipartLimits(depth: 64)
    #expect(throws: SIPParseError.self) { try body.leaves(limits: limits) }
    #expect(try Self.multipart(Self.nested(8), type: "multipart/mixed;boundary=n1x").leaves().map(\.content) == ["x"])
    #expect(
      try Self.multipart(Self.nested(64), type: "multipart/mixed;boundary=n1x", limits: limits).leaves(limits: limits)
        .count == 1)
    let many = String(repeating: "--b\n\nx\n", count: 65) + "--b--"
    let tooMany = try #require(throws: SIPParseError.self) { try Self.multipart(many) }
    #expect(tooMany.code == .limit && tooMany.expected == "at most 64 parts")
    let long = "--b\nX: " + String(repeating: "x", count: 9000) + "\n\nx\n--b--"
    #expect(try #require(throws: SIPParseError.self) { try Self.multipart(long) }.code == .limit)
  }
}

@Suite("RFC 3420 message/sipfrag")
struct FragmentTests {
  private static func fragment(_ text: String) throws -> SIPFragment {
    try SIPFragment(SIPText(bytes: FramingTests.wire(text)))
  }

  @Test("RFC 3515 §2.4.5: a status line, with and without its end", arguments: ["", "\n", "\n\n"])
  func status(_ end: String) throws {
    let fragment = try Self.fragment("SIP/2.0 100 Trying" + end)
    #expect(fragment.status == .trying && fragment.headers.isEmpty && fragment.content.isEmpty)
  }

  @Test("RFC 3420 §3: any part may be missing")
  func parts() throws {
    let request = try Self.fragment("INVITE sip:alice@atlanta.com SIP/2.0\nFrom: Bob <sip:bob@biloxi.com>;tag=1")
    guard case .request(.invite, let uri)? = request.startLine else {
      Issue.record("no request line")
      return
    }
    #expect(uri.user == "alice" && request.status == nil)
    #expect(try request.headers.value(.from)?.displayName == "Bob")
    let headers = try Self.fragment("From : Alice <sip:alice@atlanta.com>\nTo: Bob <sip:bob@biloxi.com>\n")
    #expect(headers.startLine == nil && headers.headers.count == 2)
    let body = try Self.fragment("SIP/2.0 603 Declined\nContent-Type: text/plain\n\nbye")
    #expect(body.content == "bye" && body.status == .decline)
    #expect(try Self.fragment("\nbody alone").content == "body alone")
    #expect(try Self.fragment("").startLine == nil)
  }

  @Test(arguments: [
    "SIP/2.0 99 x", "SIP/2.0", "SIP/3.0 100 x", "INVITE x y SIP/2.0", "no colon", "A: b\nc d", "A: b\u{0}\n: x",
  ])
  func malformed(_ text: String) { #expect(throws: SIPParseError.self) { try Self.fragment(text) } }

  @Test("What is built is read again; what cannot be sent is refused")
  func building() throws {
    #expect(try SIPFragment(status: .ringing).serialized() == Array("SIP/2.0 180 Ringing\r\n".utf8))
    var fragment = SIPFragment(startLine: .request(.bye, SIPURI(user: "a", host: .name("b"))), content: "x")
    fragment.headers.set(.subject, "s")
    let bytes = try fragment.serialized()
    #expect(bytes == Array("BYE sip:a@b SIP/2.0\r\nSubject: s\r\n\r\nx".utf8))
    #expect(try SIPFragment(SIPText(bytes: bytes)).serialized() == bytes)
    #expect(throws: SIPParseError.self) { try SIPFragment(status: .ok, reason: "a\r\nb").serialized() }
    #expect(throws: SIPParseError.self) { try SIPFragment(status: SIPStatus(700)).serialized() }
    fragment.headers.set(.subject, "a\nb")
    #expect(throws: SIPParseError.self) { try fragment.serialized() }
  }
}
