import Testing
import WireSupport

@testable import SDP

/// RFC 8866 §5's example.
let seminar = """
  v=0
  o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1
  s=Call to John Smith
  i=SDP Offer #1
  u=http://www.jdoe.example.com/home.html
  e=Jane Doe <jane@jdoe.example.com>
  p=+1 617 555-6011
  c=IN IP4 198.51.100.1
  t=0 0
  m=audio 49170 RTP/AVP 0
  m=audio 49180 RTP/AVP 0
  m=video 51372 RTP/AVP 99
  c=IN IP6 2001:db8::2
  a=rtpmap:99 h263-1998/90000
  """

@Suite("RFC 8866 §5: lines are read, checked for order, and printed as they were")
struct GrammarTests {
  @Test("§5 the example, all fields")
  func example() throws {
    let session = try parse(seminar, tolerance: .strict)
    #expect(session.origin.username == "jdoe")
    #expect(session.origin.sessionID.decimal == 3_724_394_400)
    #expect(session.origin.sessionVersion.decimal == 3_724_394_405)
    #expect(session.origin.address == "198.51.100.1")
    #expect(session.name == "Call to John Smith")
    #expect(session.information?.string == "SDP Offer #1")
    #expect(session.uri?.string == "http://www.jdoe.example.com/home.html")
    #expect(session.emails.map(\.string) == ["Jane Doe <jane@jdoe.example.com>"])
    #expect(session.phones.map(\.string) == ["+1 617 555-6011"])
    #expect(session.connection?.ip == IPAddress("198.51.100.1"))
    #expect(session.times == [.permanent])
    #expect(session.media.map(\.port) == [49170, 49180, 51372])
    #expect(session.connection(of: session.media[0])?.ip == IPAddress("198.51.100.1"))
    #expect(session.connection(of: session.media[2])?.ip == IPAddress("2001:db8::2"))
    #expect(try session.serialized() == wire(seminar))
  }

  /// Every line type, twice where it may be.
  static let everything = """
    v=0
    o=- 123456789012345678901234567890 1 IN IP6 2001:db8::1
    s= 
    i=info
    u=https://example.com/
    e=a@example.com
    e=b@example.com (B)
    p=+1
    p=+2
    c=IN IP4 233.252.0.1/127/3
    b=X-YZ:128
    b=AS:64
    t=3724394400 3724398000
    r=604800 3600 0 90000
    r=7d 1h 0 25h
    z=3724394400 -1h 3724398000 0
    t=3724484400 3724488000
    k=prompt
    a=recvonly
    a=unknown thing
    a=x-other:a:b:c =
    m=video 49170/2 RTP/AVP 31 32
    i=a stream
    c=IN IP4 233.252.0.1/127
    c=IN IP4 233.252.0.2/127
    b=TIAS:64000
    k=clear:secret
    a=zzz
    a=orient:portrait
    a=zzz
    m=application 9 UDP/BFCP *
    """

  @Test("§5 every line type survives a round trip byte for byte")
  func everyLine() throws {
    let session = try SDPSession(
      parsing: wire(Self.everything.replacing("unknown thing", with: "unknown")), tolerance: .strict)
    #expect(try session.serialized() == wire(Self.everything.replacing("unknown thing", with: "unknown")))
    #expect(session.connection?.timeToLive == 127)
    #expect(session.connection?.addressCount == 3)
    #expect(session.connection?.host == "233.252.0.1")
    #expect(session.times.count == 2)
    #expect(session.times[0].repeats[1].seconds.interval == 604_800)
    #expect(session.times[0].repeats[1].seconds.offsets == [0, 90_000])
    #expect(session.times[0].zones?.adjustments.map(\.offset) == [-3600, 0])
    #expect(session.media[0].portCount == 2)
    #expect(session.media[0].formats == ["31", "32"])
    #expect(session.media[0].connections.count == 2)
    #expect(session.media[0].bandwidths == [SDPBandwidth(type: "TIAS", value: 64000)])
    #expect(session.media[0].attributes.map(\.name) == ["zzz", "orient", "zzz"])
    #expect(session.attributes.map(\.text.string) == ["recvonly", "unknown", "x-other:a:b:c ="])
  }

  @Test("§5 LF alone ends a line too, and the last line needs no end")
  func bareLineFeeds() throws {
    let session = try SDPSession(parsing: Array(seminar.utf8), tolerance: .strict)
    #expect(try session.serialized() == wire(seminar))
    #expect(try SDPSession(parsing: wire(seminar) + [13, 10, 10]).media.count == 3)
  }

  static let head = "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\n"
  static let bad: [(String, SDPError.Code, Int, UInt16)] = [
    ("", .missingLine, 1, 400),
    ("o=- 1 1 IN IP4 192.0.2.1", .missingLine, 1, 400),
    ("v=1\no=- 1 1 IN IP4 192.0.2.1\ns=-\nt=0 0", .unsupportedVersion, 1, 488),
    ("v=0", .missingLine, 1, 400),
    ("v=0\nv=0", .duplicateLine, 2, 400),
    ("v=0\ns=-\nt=0 0", .missingLine, 2, 400),
    ("v=0\no=- 1 1 IN IP4 192.0.2.1\nt=0 0", .missingLine, 3, 400),
    ("v=0\no=- 1 1 IN IP4\ns=-", .invalidValue, 2, 400),
    ("v=0\no=- x 1 IN IP4 192.0.2.1\ns=-", .invalidValue, 2, 400),
    ("v=0\no=- 1 -1 IN IP4 192.0.2.1\ns=-", .invalidValue, 2, 400),
    ("v=0\no=- 1 1 IN IP4 192.0.2.1 x\ns=-", .invalidValue, 2, 400),
    (head + "s=-\nt=0 0", .duplicateLine, 4, 400),
    (head + "t=0 0\ni=late", .misplacedLine, 5, 400),
    (head + "i=a\ni=b\nt=0 0", .duplicateLine, 5, 400),
    (head + "e=x\nu=x\nt=0 0", .misplacedLine, 5, 400),
    (head + "p=1\ne=x\nt=0 0", .misplacedLine, 5, 400),
    (head + "c=IN IP4\nt=0 0", .invalidValue, 4, 400),
    (head + "c=IN IP4 192.0.2.1\nc=IN IP4 192.0.2.1\nt=0 0", .duplicateLine, 5, 400),
    (head + "b=AS\nt=0 0", .invalidValue, 4, 400),
    (head + "b=AS:x\nt=0 0", .invalidValue, 4, 400),
    (head + "t=0", .invalidValue, 4, 400),
    (head + "t=x y", .invalidValue, 4, 400),
    (head + "t=0 99999999999999999999999", .invalidValue, 4, 400),
    (head + "r=7d 1h 0\nt=0 0", .misplacedLine, 4, 400),
    (head + "t=0 0\nr=7d", .invalidValue, 5, 400),
    (head + "t=0 0\nz=1", .invalidValue, 5, 400),
    (head + "t=0 0\nz=1 1h\nz=1 1h", .duplicateLine, 6, 400),
    (head + "t=0 0\nk=clear:x\nk=clear:x", .duplicateLine, 6, 400),
    (head + "t=0 0\na=x\nt=0 0", .misplacedLine, 6, 400),
    (head + "t=0 0\na=", .invalidValue, 5, 400),
    (head + "t=0 0\na=:x", .invalidValue, 5, 400),
    (head + "t=0 0\na=a b:x", .invalidValue, 5, 400),
    (head + "t=0 0\nm=audio", .invalidValue, 5, 400),
    (head + "t=0 0\nm=audio 1 RTP/AVP", .invalidValue, 5, 400),
    (head + "t=0 0\nm=audio 65536 RTP/AVP 0", .invalidValue, 5, 400),
    (head + "t=0 0\nm=audio -1 RTP/AVP 0", .invalidValue, 5, 400),
    (head + "t=0 0\nm=audio 1/0 RTP/AVP 0", .invalidValue, 5, 400),
    (head + "t=0 0\nm=audio 1 RTP/AVP 0\nt=0 0", .misplacedLine, 6, 400),
    (head + "t=0 0\nm=audio 1 RTP/AVP 0\ns=x", .misplacedLine, 6, 400),
    (head + "t=0 0\nm=audio 1 RTP/AVP 0\na=x\ni=x", .misplacedLine, 7, 400),
    (head + "t=0 0\nf=unknown", .unknownType, 5, 400),
    (head + "t=0 0\nA=unknown", .unknownType, 5, 400),
    (head + "t=0 0\nx", .malformedLine, 5, 400),
    (head + "t=0 0\na:x", .malformedLine, 5, 400),
    (head + "t=0 0\na=x\0y:z", .invalidValue, 5, 400),
    (head + "t=0 0\na=x:\0", .malformedLine, 5, 400),
    (head + "t=0 0\na=x:y\rz", .malformedLine, 5, 400),
    (head + "t=0 0\n\na=x", .malformedLine, 5, 400),
  ]

  @Test("§5 what breaks the grammar is refused with the line, the fault and a status", arguments: bad.indices)
  func refused(_ index: Int) throws {
    let (lines, code, line, status) = Self.bad[index]
    let error = try #require(throws: SDPError.self) { try SDPSession(parsing: Array(lines.utf8)) }
    #expect(error.code == code, "\(error)")
    #expect(error.line == line, "\(error)")
    #expect(error.offset.map { $0 <= lines.utf8.count } == true)
    #expect(error.status == status)
    #expect(error.fault == .remote)
    #expect(!error.expected.isEmpty)
  }

  static let tolerated = [
    "v=0\no=- 1 1 IN IP4 192.0.2.1\nc=IN IP4 192.0.2.1\ns=-\nt=0 0\nm=audio 1 RTP/AVP 0",
    head + "t=0 0\nc=IN IP4 192.0.2.1\nm=audio 1 RTP/AVP 0",
    head + "c=IN IP4 192.0.2.1\nt=0 0\nm=audio 1 RTP/AVP 0\na=x\nb=AS:1",
    head + "c=IN IP4 192.0.2.1\nm=audio 1 RTP/AVP 0",
    head + "t=0 0\nm=audio 1 RTP/AVP 0",
    "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=\nt=0 0",
    "v=0\no=-  1 1 IN IP4 192.0.2.1 \ns=-\nt=0 0",
    head + "c=IN  IP4 192.0.2.1\nt=0  0\nm=audio  1 RTP/AVP 0 ",
    head + "c=IN IP4 192.0.2.1\nt=0 0\nm=audio 0 RTP/AVP",
  ]

  @Test("Deviations of the field are accepted unless strict, and printed as RFC 8866 wants", arguments: tolerated)
  func tolerance(_ lines: String) throws {
    #expect(throws: SDPError.self) { try SDPSession(parsing: Array(lines.utf8), tolerance: .strict) }
    let session = try SDPSession(parsing: Array(lines.utf8))
    let again = try SDPSession(
      parsing: session.serialized(), tolerance: [.missingConnection, .emptyText, .missingFormats, .extraSpaces])
    #expect(again == session)
  }

  @Test("Caps on bytes, lines, media, attributes and repeated lines")
  func limits() throws {
    var limits = SDPLimits()
    limits.bytes = 400
    limits.lines = 20
    limits.media = 3
    limits.attributes = 4
    limits.repeatedLines = 2
    let base = Self.head + "c=IN IP4 192.0.2.1\nt=0 0\n"
    func read(_ more: String) throws { _ = try SDPSession(parsing: Array((base + more).utf8), limits: limits) }
    let media = "m=audio 1 RTP/AVP 0\n"
    try read(String(repeating: media, count: 3))
    try read(String(repeating: "a=x\n", count: 4) + media + String(repeating: "a=x\n", count: 4))
    let tooMuch = [
      String(repeating: media, count: 4), String(repeating: "a=x\n", count: 5),
      media + String(repeating: "a=x\n", count: 5), "a=" + String(repeating: "x", count: 400),
      media + String(repeating: "c=IN IP4 1.1.1.1\n", count: 3), "t=1 1\nt=2 2\n",
      String(repeating: "a=x\n", count: 4) + String(repeating: media + "a=x\na=x\na=x\na=x\n", count: 3),
    ]
    for more in tooMuch {
      let error = try #require(throws: SDPError.self) { try read(more) }
      #expect(error.code == .limitExceeded, "\(error) \(more)")
      #expect(error.status == 488)
    }
  }

  @Test("Text that would become a line of its own is not printed")
  func injection() throws {
    var session = try parse(seminar)
    session.name = "x\r\na=evil"
    #expect(throws: SDPError(.unprintable, expected: "", fault: .local)) { try session.serialized() }
    session.name = "x\0"
    #expect(throws: SDPError.self) { try session.serialized() }
  }
}
