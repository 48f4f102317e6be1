import SIPParser
import SIPTransaction
import SIPUserAgent
import Testing
import WireSupport

@Suite("RFC 3261 §8.2 and §12.2.2: what a user agent answers by itself")
struct ValidationTests {
  /// Sends text as alice and gives bob's answers.
  private func answers(
    _ wire: inout VirtualWire, to lines: [String], body: String = ""
  ) -> [SIPResponse] {
    let text = (lines + ["Content-Length: \(body.utf8.count)", "", body]).joined(separator: "\r\n")
    let before = wire.trace.count
    wire.inject(Array(text.utf8), from: 0, to: 1)
    wire.run(until: wire.now + .milliseconds(100))
    return wire.trace[before...].compactMap {
      if $0.from == 1, case .response(let response) = $0.2 { response } else { nil }
    }
  }

  private func head(
    _ method: String, to: String = "<sip:p1@192.0.2.1:5070>", branch: String = "z9hG4bKa1", cseq: Int = 1,
    contact: Bool = true
  ) -> [String] {
    [
      "\(method) sip:p1@192.0.2.1:5070 SIP/2.0", "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=\(branch);rport",
      "Max-Forwards: 70", "From: <sip:p0@192.0.2.1:5060>;tag=abc", "To: \(to)", "Call-ID: one@192.0.2.1",
      "CSeq: \(cseq) \(method)",
    ] + (contact ? ["Contact: <sip:p0@192.0.2.1:5060>"] : [])
  }

  @Test("§8.2.1: a method that is not allowed gets 405 with Allow", arguments: ["SUBSCRIBE", "FROBNICATE"])
  func methodNotAllowed(method: String) throws {
    var wire = BasicCallTests.pair()
    let response = try #require(answers(&wire, to: head(method)).first)
    #expect(response.status == .methodNotAllowed)
    #expect(try response.values(.allow).contains(.invite))
    #expect(try response.value(.to)?.tag != nil)
    #expect(wire.peers[1].agent.counters.refused == 1)
  }

  @Test("§8.2.2.3: an unknown option in Require gets 420 with Unsupported")
  func badExtension() throws {
    var wire = BasicCallTests.pair()
    let response = try #require(answers(&wire, to: head("INVITE") + ["Require: 100rel, timer"]).first)
    #expect(response.status == .badExtension)
    #expect(try response.values(.unsupported).map(\.description) == ["100rel", "timer"])
  }

  @Test("§8.2.3: an INVITE with another body gets 415 with Accept")
  func unsupportedMediaType() throws {
    var wire = BasicCallTests.pair()
    let response = try #require(answers(&wire, to: head("INVITE") + ["Content-Type: text/plain"], body: "hi").first)
    #expect(response.status == .unsupportedMediaType)
    #expect(response.headers.text(.accept)?.description == "application/sdp")
  }

  @Test("§8.2.3: an encoded body gets 415 with Accept-Encoding")
  func unsupportedEncoding() throws {
    var wire = BasicCallTests.pair()
    let lines = head("INVITE") + ["Content-Type: application/sdp", "Content-Encoding: gzip"]
    let response = try #require(answers(&wire, to: lines, body: "xx").first)
    #expect(response.status == .unsupportedMediaType)
    #expect(response.headers.text(.acceptEncoding)?.description == "identity")
  }

  @Test("§21.4.7: an INVITE that takes no answer of ours gets 406")
  func notAcceptable() throws {
    var wire = BasicCallTests.pair()
    let response = try #require(answers(&wire, to: head("INVITE") + ["Accept: text/nobodyKnowsThis"]).first)
    #expect(response.status == .notAcceptable && wire.peers[1].agent.counters.refused == 1)
  }

  @Test("§12.2.2: a request in an unknown dialog gets 481", arguments: ["BYE", "INFO", "INVITE"])
  func unknownDialog(method: String) throws {
    var wire = BasicCallTests.pair()
    let response = try #require(answers(&wire, to: head(method, to: "<sip:p1@192.0.2.1>;tag=nobody")).first)
    #expect(response.status == .callDoesNotExist)
    #expect(wire.peers[1].agent.counters.unknownDialogs == 1)
  }

  @Test("§15.1.2: a BYE outside every dialog gets 481")
  func strayBye() throws {
    var wire = BasicCallTests.pair()
    #expect(answers(&wire, to: head("BYE")).first?.status == .callDoesNotExist)
  }

  @Test("§8.1.1.8: an INVITE without Contact gets 400")
  func missingContact() throws {
    var wire = BasicCallTests.pair()
    let response = try #require(answers(&wire, to: head("INVITE", contact: false)).first)
    #expect(response.status == .badRequest)
    #expect(response.reason == "Missing Contact Header")
  }

  @Test("§11.2: OPTIONS gets 200 with Allow and Accept")
  func options() throws {
    var wire = BasicCallTests.pair()
    let response = try #require(answers(&wire, to: head("OPTIONS")).first)
    #expect(response.status == .ok)
    #expect(try response.values(.allow).contains(.invite))
    #expect(response.headers.contains(.accept))
    #expect(response.headers.text(.server)?.description == "bob")
  }

  @Test("RFC 3428: MESSAGE is handed to the user, whose answer goes back")
  func message() throws {
    var wire = BasicCallTests.pair()
    let first = answers(&wire, to: head("MESSAGE") + ["Content-Type: text/plain"], body: "hello")
    #expect(first.isEmpty)
    guard case .incomingRequest(let id, let request, nil, _)? = wire.peers[1].events.last else {
      Issue.record("no request")
      return
    }
    #expect(request.body == Array("hello".utf8))
    try wire.act(1) { try $0.respond(to: id, status: .ok, at: $1, into: &$2) }
    #expect(wire.sent(by: 1) == ["200 MESSAGE"])
    #expect(throws: SIPTransactionError.self) {
      try wire.act(1) { try $0.respond(to: id, status: .ok, at: $1, into: &$2) }
    }
  }

  @Test("§12.2.2: a request in the dialog whose CSeq is not higher gets 500")
  func outOfOrder() throws {
    var wire = BasicCallTests.pair()
    _ = answers(&wire, to: head("INVITE", cseq: 10))
    let callee = try #require(wire.peers[1].incoming)
    try wire.act(1) { try $0.accept(callee, body: BasicCallTests.answer, at: $1, into: &$2) }
    let dialog = try #require(wire.peers[1].agent.dialog(of: callee))
    let to = "<sip:p1@192.0.2.1>;tag=\(dialog.id.localTag)"
    _ = answers(&wire, to: head("ACK", to: to, branch: "z9hG4bKa2", cseq: 10))
    #expect(wire.peers[1].story == ["incoming", "confirmed"])
    let statuses = [(9, "z9hG4bKa3"), (10, "z9hG4bKa4"), (11, "z9hG4bKa5")].map { cseq, branch in
      answers(&wire, to: head("OPTIONS", to: to, branch: branch, cseq: cseq)).first?.status
    }
    #expect(statuses == [.serverInternalError, .serverInternalError, .ok])
    #expect(wire.peers[1].agent.counters.outOfOrder == 2)
  }

  @Test("A request of a dialog with the right tags but another peer's From tag gets 481")
  func foreignTag() throws {
    var wire = BasicCallTests.pair()
    _ = answers(&wire, to: head("INVITE"))
    let callee = try #require(wire.peers[1].incoming)
    try wire.act(1) { try $0.accept(callee, body: BasicCallTests.answer, at: $1, into: &$2) }
    let dialog = try #require(wire.peers[1].agent.dialog(of: callee))
    var lines = head("BYE", to: "<sip:p1@192.0.2.1>;tag=\(dialog.id.localTag)", branch: "z9hG4bKb1", cseq: 2)
    lines[3] = "From: <sip:p0@192.0.2.1:5060>;tag=mallory"
    #expect(answers(&wire, to: lines).first { (try? $0.value(.cseq))?.method == .bye }?.status == .callDoesNotExist)
    #expect(wire.peers[1].end(callee) == nil)
  }

  @Test("Beyond the cap on invitations an INVITE gets 486")
  func tooManyInvitations() throws {
    var wire = VirtualWire([
      Peer("alice", port: 5060), Peer("bob", port: 5070, seed: 2) { $0.maximumInvitations = 3 },
    ])
    var statuses: [SIPStatus] = []
    for number in 0..<5 {
      var lines = head("INVITE", branch: "z9hG4bKc\(number)")
      lines[5] = "Call-ID: call\(number)"
      statuses += answers(&wire, to: lines).map(\.status).filter(\.isFinal)
    }
    #expect(statuses == [.busyHere, .busyHere])
    #expect(wire.peers[1].agent.invitationCount == 3)
  }

  @Test("§13.2.2.4: a second fork's 2xx is acknowledged and ended, and beyond the cap dropped")
  func forks() throws {
    var wire = BasicCallTests.pair()
    let invitation = wire.invitation(0, 1)
    let call = try wire.act(0) { try $0.invite(invitation, at: $1, into: &$2) }
    guard case .request(let invite)? = wire.trace.first?.2 else {
      Issue.record("no INVITE")
      return
    }
    wire.filter = { _, _, _, _ in false }
    for fork in 0..<40 {
      var response = SIPResponse(to: invite, status: .ok, toTag: "fork\(fork)")
      response.headers.set(.contact, SIPContact(try SIPURI("sip:fork\(fork)@192.0.2.1:5070")))
      // Each 2xx comes twice: the second is a retransmission.
      let bytes = try response.serialized()
      wire.inject(bytes, from: 1, to: 0)
      wire.inject(bytes, from: 1, to: 0)
    }
    wire.run(until: ms(15))
    #expect(wire.peers[0].story == ["answered"])
    let requests = wire.trace.compactMap { if $0.from == 0, case .request(let request) = $0.2 { request } else { nil } }
    // The first fork and 16 more are acknowledged, twice each; all but the first get a BYE.
    #expect(requests.filter { $0.method == .ack }.count == 34)
    #expect(requests.filter { $0.method == .bye }.count == 16)
    #expect(Set(requests.filter { $0.method == .bye }.compactMap { $0.uri.user }).count == 16)
    #expect(wire.peers[0].agent.counters.forksEnded == 16)
    #expect(wire.peers[0].agent.counters.forksDropped == 46)
    wire.act(0) { $0.end(call, at: $1, into: &$2) }
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("§12.1.2: early dialogs of several forks; the call is the dialog of the 2xx")
  func earlyForks() throws {
    var wire = BasicCallTests.pair()
    let invitation = wire.invitation(0, 1)
    let call = try wire.act(0) { try $0.invite(invitation, at: $1, into: &$2) }
    guard case .request(let invite)? = wire.trace.first?.2 else {
      Issue.record("no INVITE")
      return
    }
    wire.filter = { _, _, _, _ in false }
    for (status, fork) in [(SIPStatus.ringing, "a"), (.sessionProgress, "b"), (.ok, "b")] {
      var response = SIPResponse(to: invite, status: status, toTag: fork)
      response.headers.set(.contact, SIPContact(try SIPURI("sip:\(fork)@192.0.2.1:5070")))
      wire.inject(try response.serialized(), from: 1, to: 0)
      wire.run(until: wire.now + .milliseconds(20))
    }
    #expect(wire.peers[0].story == ["progress 180", "progress 183", "answered"])
    #expect(wire.peers[0].agent.dialog(of: call)?.id.remoteTag == "b")
    #expect(wire.peers[0].agent.dialog(of: call)?.remoteTarget.user == "b")
  }
}
