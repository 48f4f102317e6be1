import Foundation
import Testing
import WireSupport

@testable import SIPParser

@Suite("Every typed header reads its standard's examples, writes them back and refuses what is malformed")
struct TypedHeaderTests {
  static func message(_ line: String) throws -> SIPMessage {
    try SIPMessage(parsing: FramingTests.wire("OPTIONS sip:a@b SIP/2.0\n\(line)\n\n"))
  }

  /// Reads all values of every header that stands, writes them, reads them again.
  private struct RoundTrip: SIPHeaderKeyVisitor {
    let headers: SIPHeaders
    var count = 0

    mutating func visit<Value: Equatable>(_ key: SIPHeaderKey<Value>) throws(SIPParseError) {
      guard headers.contains(key.name) else { return }
      let values = try headers.values(key)
      count += 1
      var request = SIPRequest(method: .options, uri: SIPURI(host: .name("b")))
      request.headers.set(key, values)
      if values.isEmpty { return }
      let again = try SIPMessage(parsing: try request.serialized())
      #expect(try again.values(key) == values, "\(request.headers.lines.map(\.value))")
      #expect(try again.value(key) == values[0])
    }
  }

  @Test("read, write, read", arguments: HeaderExamples.valid)
  func roundTrip(_ line: String) throws {
    let message = try Self.message(line)
    do { try message.checkHeaders() } catch { Issue.record("\(error)") }
    var visitor = RoundTrip(headers: message.headers)
    try SIPTypedHeaders.visitAll(with: &visitor)
    #expect(visitor.count == 1)
  }

  @Test("malformed values name the header and the place", arguments: HeaderExamples.malformed)
  func malformed(_ line: String) throws {
    let name = String(line.prefix { $0 != ":" })
    let message = try Self.message(line)
    let error = try #require(throws: SIPParseError.self) { try message.checkHeaders() }
    #expect(error.header == SIPHeaderName(name) && error.line == 2 && error.status == .badRequest)
    #expect(error.code == .headerValue && error.fault == .remote && error.reason == "Bad \(name) Header")
    #expect(error.offset.map { $0 >= 25 && $0 <= 25 + line.utf8.count } == true, "\(error)")
    #expect(error.recovered?.method == .options)
  }

  private struct Names: SIPHeaderKeyVisitor {
    var names = [SIPHeaderName]()
    var single = [SIPHeaderName]()
    mutating func visit<Value: Equatable>(_ key: SIPHeaderKey<Value>) throws(SIPParseError) {
      names.append(key.name)
      if key.form == .single { single.append(key.name) }
    }
  }

  @Test("Every known name is typed, has an example and a value that is refused; single ones may stand once")
  func complete() throws {
    var visitor = Names()
    try SIPTypedHeaders.visitAll(with: &visitor)
    #expect(visitor.names.map(\.id) == Array(1...SIPHeaderName.knownCount))
    let examples = Set(HeaderExamples.valid.map { SIPHeaderName(String($0.prefix { $0 != ":" })) })
    let refusals = Set(HeaderExamples.malformed.map { SIPHeaderName(String($0.prefix { $0 != ":" })) })
    for name in visitor.names {
      #expect(examples.contains(name), "no example of \(name)")
      // A Content-Length that is none is refused by the framing, before any header is read.
      #expect(refusals.contains(name) || name == .contentLength, "no refusal of \(name)")
    }
    for name in visitor.single where name != .contentLength {
      let example = try #require(HeaderExamples.valid.first { SIPHeaderName(String($0.prefix { $0 != ":" })) == name })
      let error = try #require(throws: SIPParseError.self, "\(name)") {
        try Self.message(example + "\n" + example).checkHeaders()
      }
      #expect(error.code == .duplicateHeader && error.header == name && error.line == 3)
    }
  }

  @Test("docs/adding-a-header.md has a row for every key, with the file that declares it, and no other")
  func table() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let headers = root.appendingPathComponent("Sources/SIPParser/Headers")
    var declared = Set<String>()
    for file in try FileManager.default.contentsOfDirectory(atPath: headers.path) where file.hasSuffix(".swift") {
      let source = try String(contentsOf: headers.appendingPathComponent(file), encoding: .utf8)
      let declaration = /public static let (\w+) = (?:SIPHeaderKey|token|text|number|seconds)\(/
      for match in source.matches(of: declaration) { declared.insert("\(match.output.1) in \(file)") }
    }
    let page = try String(contentsOf: root.appendingPathComponent("docs/adding-a-header.md"), encoding: .utf8)
    let row = /\| ([\w-]+)(?: \(\w\))? \| `\.(\w+)` \| `\w+`.* \| [^|]+ \| ([\w+]+\.swift) \|/
    let rows = page.matches(of: row)
    #expect(Set(rows.map { "\($0.output.2) in \($0.output.3)" }) == declared)
    #expect(Set(rows.map { SIPHeaderName(String($0.output.1)).id }) == Set(1...SIPHeaderName.knownCount))
  }

  @Test("RFC 3261 §20: what the small headers say")
  func small() throws {
    let headers = try HeaderTests.headers(
      """
      Accept-Encoding: gzip, identity;q=0.5, *;q=2
      Accept-Language: da, en-gb;q=0.8
      Call-Info: <http://a/b?c=d&e>;purpose=icon
      Content-Disposition: render;handling=Optional
      Content-Language: mi, en-GB
      MIME-Version: 1.0
      Timestamp: 54.210000001 .5
      In-Reply-To: a@b, c
      Content-ID: <x@y>
      Privacy: id;critical
      """)
    #expect(try headers.values(.acceptEncoding).map(\.q) == [1000, 500, nil])
    #expect(try headers.values(.acceptLanguage).map(\.value) == ["da", "en-gb"])
    let info = try headers.value(.callInfo)
    #expect(info?.purpose == "icon" && info?.uri.description == "http://a/b?c=d&e")
    #expect(try headers.value(.contentDisposition)?.isRequired == false)
    #expect(SIPContentDisposition("session").isRequired && !SIPContentDisposition("icon", isRequired: false).isRequired)
    #expect(try headers.values(.contentLanguage) == ["mi", "en-GB"] && headers.value(.mimeVersion) == SIPMIMEVersion())
    let timestamp = try headers.value(.timestamp)
    #expect(timestamp?.nanoseconds == 54_210_000_001 && timestamp?.delayNanoseconds == 500_000_000)
    #expect(SIPTimestamp("99999999999").nanoseconds == nil && SIPTimestamp("9999999999999999999999").nanoseconds == nil)
    #expect(try headers.values(.inReplyTo) == ["a@b", "c"] && headers.value(.contentID) == "x@y")
    #expect(try headers.value(.privacy)?.contains("ID") == true && headers.value(.privacy)?.contains("user") == false)
  }

  @Test("RFC 8760, RFC 7616: challenges on one line and on several, strongest first as the server sent them")
  func challenges() throws {
    let headers = try HeaderTests.headers(
      """
      WWW-Authenticate: Digest realm="a, b", qop="auth, auth-int", algorithm=SHA-256, nonce="1", Digest realm="r",
       nonce = "2" , Bearer realm="c", authz_server="https://x", Negotiate abc==, NTLM
      WWW-Authenticate: Digest realm="z",stale=TRUE
      """)
    let challenges = try headers.values(.wwwAuthenticate)
    #expect(challenges.map(\.scheme) == ["Digest", "Digest", "Bearer", "Negotiate", "NTLM", "Digest"])
    #expect(challenges.map(\.realm) == ["a, b", "r", "c", nil, nil, "z"])
    #expect(challenges[0].algorithm == "SHA-256" && challenges[0].qualities == ["auth", "auth-int"])
    #expect(challenges[1].nonce == "2" && challenges[1].algorithm == nil && !challenges[1].isStale)
    #expect(challenges[2].authorizationServer == "https://x" && challenges[2].isBearer)
    #expect(challenges[3].token == "abc==" && challenges[4].parameters.isEmpty && challenges[5].isStale)
    var copy = headers
    try copy.removeFirst(.wwwAuthenticate)
    #expect(try copy.values(.wwwAuthenticate) == Array(challenges.dropFirst()))
    copy.set(.authorization, .bearer("tok"))
    #expect(copy.text(.authorization) == "Bearer tok")
    let line = Array("Authorization: Digest a=b, Bearer secretsecret\r\n".utf8)
    let redacted = String(decoding: SIPRedaction.redacted(line), as: UTF8.self)
    #expect(!redacted.contains("secret") && redacted.contains("Digest a=b") && redacted.utf8.count == line.count)
    let info = try HeaderTests.headers("Authentication-Info: nextnonce=\"n\", rspauth=\"s3cret\"").value(
      .authenticationInfo)
    #expect(info?.nextNonce == "n" && info.map { "\($0)".contains("s3cret") } == false)
  }

  @Test("RFC 6665 §8.2.3: Subscription-State")
  func subscriptionState() throws {
    let state = try #require(
      try HeaderTests.headers("Subscription-State: Terminated;reason=probation;retry-after=99999999999;expires=7")
        .value(.subscriptionState))
    #expect(state.isTerminated && !state.isActive && !state.isPending && state.reason == "probation")
    #expect(state.retryAfter == .max && state.expires == 7)
    #expect(SIPSubscriptionState("active", expires: 60).expires == 60)
  }

  @Test("RFC 7044, RFC 5806: where a call has been")
  func history() throws {
    let headers = try HeaderTests.headers(
      """
      History-Info: <sip:a@b?Reason=SIP%3Bcause%3D302>;index=1, <sip:c@d>;index=1.1;mp=1
      Diversion: "Bob" <sip:bob@x>;reason="user-busy";counter=2;limit=3;privacy=full;screen=no
      """)
    let entries = try headers.values(.historyInfo)
    #expect(
      entries.map(\.index) == ["1", "1.1"] && entries[1].mapping?.kind == "mp" && entries[1].mapping?.from == "1")
    #expect(entries[0].mapping == nil && entries[0].uri.headers.first?.value == "SIP;cause=302")
    let diversion = try #require(try headers.value(.diversion))
    #expect(diversion.reason == "user-busy" && diversion.counter == 2 && diversion.limit == 3)
    #expect(diversion.privacy == "full" && diversion.screen == "no" && diversion.uri.user == "bob")
    #expect(SIPHistoryInfo(SIPURI(host: .name("x")), index: "1.2").index == "1.2")
    #expect(
      SIPDiversion(SIPURI(host: .name("x")), reason: "no-answer", counter: 1).address.description
        == "<sip:x>;reason=no-answer;counter=1")
  }

  @Test("RFC 8224, RFC 7989, RFC 7433, RFC 7315, RFC 3841, RFC 4412, RFC 6442: what the extensions say")
  func extensions() throws {
    let headers = try HeaderTests.headers(
      """
      Identity: a.b.c;alg=ES256;info=<https://x;y>;ppt="shaken"
      Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000
      User-to-User: 00c0FFee;encoding=hex
      P-Charging-Vector: icid-value="a;b";orig-ioi=home
      P-Charging-Function-Addresses: ccf=1; ccf=2
      P-Visited-Network-ID: "a b", c
      Accept-Contact: *;audio;require
      Resource-Priority: dsn.flash
      Geolocation-Error: 100;code="No"
      Refer-Sub: false
      Target-Dialog: x@y;local-tag=a;remote-tag=b
      Join: x@y;to-tag=a;from-tag=b
      """)
    let identity = try #require(try headers.value(.identity))
    #expect(identity.digest == "a.b.c" && identity.info?.description == "https://x;y")
    #expect(identity.parameters["ppt"] == "shaken" && identity.parameters["alg"] == "ES256")
    let session = try #require(try headers.value(.sessionID))
    #expect(!SIPSessionID.isNil(session.local) && session.remote.map { SIPSessionID.isNil($0) } == true)
    #expect(try headers.value(.userToUser)?.bytes == [0x00, 0xc0, 0xff, 0xee])
    #expect(SIPUserToUser(hex: [1, 255]).text == "01ff" && SIPUserToUser(text: "a\"b").text == "a\"b")
    var vector = try #require(try headers.value(.pChargingVector))
    #expect(vector.parameters["icid-value"] == "a;b")
    vector.parameters["icid-value"] = nil
    #expect(vector.parameters.rawText == "orig-ioi=home" && SIPParameterList(["a": "b"]).parameters.rawText == "a=b")
    #expect(try headers.value(.pChargingFunctionAddresses)?.parameters.entries.map(\.value) == ["1", "2"])
    #expect(try headers.values(.pVisitedNetworkID).map(\.name) == ["a b", "c"])
    let preference = try #require(try headers.value(.acceptContact))
    #expect(preference.isRequired && !preference.isExplicit && preference.parameters.contains("audio"))
    #expect(try headers.value(.resourcePriority) == SIPResourcePriority("dsn", "flash"))
    #expect(try headers.value(.geolocationError)?.text == "No" && headers.value(.referSub)?.isWanted == false)
    let target = try headers.value(.targetDialog)
    #expect(target?.localTag == "a" && target?.remoteTag == "b")
    #expect(try headers.value(.join) == SIPJoin(callID: "x@y", toTag: "a", fromTag: "b"))
  }

  @Test("What cannot be sent is refused when it is serialised")
  func unsendable() throws {
    let evil: SIPText = "x\r\nVia: y"
    let edits: [(String, (inout SIPHeaders) -> Void)] = [
      ("link", { $0.set(.alertInfo, SIPLink(SIPURI(host: .name("a\r\nb")))) }),
      ("language", { $0.set(.contentLanguage, evil) }),
      ("content id", { $0.set(.contentID, evil) }), ("content id", { $0.set(.contentID, "a>b") }),
      ("disposition", { $0.set(.contentDisposition, SIPContentDisposition(evil)) }),
      ("privacy", { $0.set(.privacy, SIPPrivacy([])) }), ("privacy", { $0.set(.privacy, SIPPrivacy([evil])) }),
      ("index", { $0.set(.historyInfo, SIPHistoryInfo(SIPURI(host: .name("x")), index: "a")) }),
      ("join", { $0.set(.join, SIPJoin(callID: evil, toTag: "a", fromTag: "b")) }),
      ("join", { $0.set(.join, SIPJoin(callID: "a", toTag: "", fromTag: "b")) }),
      ("dialog", { $0.set(.targetDialog, SIPTargetDialog(callID: "a@b@c", localTag: "a", remoteTag: "b")) }),
      ("priority", { $0.set(.resourcePriority, SIPResourcePriority("a.b", "c")) }),
      ("session", { $0.set(.sessionID, SIPSessionID(local: "abc")) }),
      ("identity", { $0.set(.identity, SIPIdentity(digest: evil, info: SIPURI(host: .name("x")))) }),
      ("timestamp", { $0.set(.timestamp, SIPTimestamp(evil)) }),
      ("timestamp", { $0.set(.timestamp, SIPTimestamp("")) }),
      ("charging", { $0.set(.pChargingVector, SIPParameterList(.init())) }),
      ("media", { $0.set(.pMediaAuthorization, "abc") }),
      ("network", { $0.set(.pVisitedNetworkID, SIPVisitedNetwork("a\nb")) }),
      ("info", { $0.set(.authenticationInfo, SIPAuthenticationInfo()) }),
      ("version", { $0.set(.mimeVersion, SIPMIMEVersion(major: 1000)) }),
      ("geolocation", { $0.set(.geolocationError, SIPGeolocationError(1000)) }),
      ("in reply", { $0.set(.inReplyTo, "") }),
      ("bearer", { $0.set(.authorization, .bearer("a b")) }), ("bearer", { $0.set(.authorization, .bearer("a,b")) }),
      ("state", { $0.set(.subscriptionState, SIPSubscriptionState(evil)) }),
    ]
    for (name, edit) in edits {
      var request = try BuildingTests.request()
      edit(&request.headers)
      let error = try #require(throws: SIPParseError.self, "\(name)") { try request.serialized() }
      #expect(error.fault == .local)
    }
  }
}
