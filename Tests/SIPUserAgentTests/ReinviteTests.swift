import SIPParser
import SIPTransaction
import SIPUserAgent
import Testing
import WireSupport

@Suite("RFC 3261 §14: changing the session inside a dialog")
struct ReinviteTests {
  private func established(
    _ transport: SIPTransport = .udp, offer: SIPBody? = .sdp([1])
  ) throws -> (VirtualWire, caller: SIPInvitationID, callee: SIPInvitationID) {
    var wire = BasicCallTests.pair(transport)
    let invitation = wire.invitation(0, 1, body: offer)
    let caller = try wire.act(0) { try $0.invite(invitation, at: $1, into: &$2) }
    wire.run(until: ms(20))
    let callee = try #require(wire.peers[1].incoming)
    try wire.act(1) { try $0.accept(callee, body: BasicCallTests.answer, at: $1, into: &$2) }
    wire.run(until: ms(100))
    if offer == nil { try wire.act(0) { try $0.acknowledge(caller, body: .sdp([2]), at: $1, into: &$2) } }
    wire.run(until: ms(200))
    return (wire, caller, callee)
  }

  @Test("§14.1: hold by either side, over UDP and TCP", arguments: [0, 1], [SIPTransport.udp, .tcp])
  func hold(side: Int, transport: SIPTransport) throws {
    var (wire, caller, callee) = try established(transport)
    let ids = [caller, callee]
    try wire.act(side) { try $0.reinvite(ids[side], body: .sdp(Array("hold".utf8)), at: $1, into: &$2) }
    wire.run(until: ms(300))
    guard case .invitation(_, .reinvited(let request))? = wire.peers[1 - side].events.last else {
      Issue.record("no re-INVITE")
      return
    }
    #expect(request.body == Array("hold".utf8))
    try wire.act(1 - side) { try $0.acceptReinvite(ids[1 - side], body: .sdp([8]), at: $1, into: &$2) }
    wire.run(until: ms(400))
    guard case .invitation(_, .reinviteAnswered(let response, needsAnswer: false))? = wire.peers[side].events.last
    else {
      Issue.record("no answer")
      return
    }
    #expect(response.body == [8])
    #expect(wire.peers[1 - side].story.last == "reinvite confirmed")
    wire.act(0) { $0.end(caller, at: $1, into: &$2) }
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("§14.1: a rejected offer leaves the call up")
  func rejected() throws {
    var (wire, caller, callee) = try established()
    try wire.act(0) { try $0.reinvite(caller, body: .sdp([1]), at: $1, into: &$2) }
    wire.run(until: ms(300))
    try wire.act(1) { try $0.rejectReinvite(callee, at: $1, into: &$2) }
    wire.run(until: ms(400))
    #expect(wire.peers[0].story.last == "reinvite rejected 488")
    #expect(wire.peers[0].end(caller) == nil)
    try wire.act(0) { try $0.reinvite(caller, body: .sdp([1]), at: $1, into: &$2) }
    wire.run(until: ms(500))
    #expect(wire.peers[1].story.last == "reinvited")
    wire.act(1) { $0.end(callee, at: $1, into: &$2) }
    // §15.1.2: the BYE's receiver, here the sender of the re-INVITE, sees it end with 487.
    wire.run(until: ms(600))
    #expect(wire.sent(by: 1).suffix(2).sorted() == ["487 INVITE", "BYE"])
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test(
    "§14.1, §14.2: glare: both get 491, the Call-ID's owner waits 2.1 ... 4 s, the other 0 ... 2 s, both get through")
  func glare() throws {
    var (wire, caller, callee) = try established()
    let start = wire.now
    try wire.act(0) { try $0.reinvite(caller, body: .sdp([1]), at: $1, into: &$2) }
    try wire.act(1) { try $0.reinvite(callee, body: .sdp([2]), at: $1, into: &$2) }
    wire.run(until: start + .milliseconds(50))
    #expect(wire.peers[0].story.last == "reinvite deferred")
    #expect(wire.peers[1].story.last == "reinvite deferred")
    wire.run(until: start + .seconds(2) + .milliseconds(50))
    #expect(wire.peers[0].story.last == "reinvited")
    try wire.act(0) { try $0.acceptReinvite(caller, body: .sdp([3]), at: $1, into: &$2) }
    wire.run(until: start + .seconds(5))
    #expect(wire.peers[1].story.suffix(2) == ["reinvite answered", "reinvited"])
    try wire.act(1) { try $0.acceptReinvite(callee, body: .sdp([4]), at: $1, into: &$2) }
    wire.run(until: start + .seconds(6))
    #expect(wire.peers[0].story.last == "reinvite answered")
    let again = wire.trace.filter { $0.from == 0 && wire.name($0.2) == "INVITE" }.last
    let waited = try #require(again).at - start
    #expect(waited >= .milliseconds(2100) && waited <= .milliseconds(4100))
    wire.act(0) { $0.end(caller, at: $1, into: &$2) }
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("§13.2.1: an INVITE without offer: the 2xx offers, the ACK answers")
  func offerInSuccess() throws {
    let (wire, _, _) = try established(offer: nil)
    #expect(wire.peers[0].story == ["answered with offer"])
    guard case .invitation(_, .confirmed(let ack?))? = wire.peers[1].events.last else {
      Issue.record("no ACK")
      return
    }
    #expect(ack.body == [2])
    #expect(try ack.value(.contentType) == .sdp)
  }

  @Test("§14.1: a re-INVITE without offer asks for one")
  func offerlessReinvite() throws {
    var (wire, caller, callee) = try established()
    try wire.act(1) { try $0.reinvite(callee, body: nil, at: $1, into: &$2) }
    wire.run(until: ms(300))
    try wire.act(0) { try $0.acceptReinvite(caller, body: .sdp([5]), at: $1, into: &$2) }
    wire.run(until: ms(400))
    #expect(wire.peers[1].story.last == "reinvite answered with offer")
    try wire.act(1) { try $0.acknowledge(callee, body: .sdp([6]), at: $1, into: &$2) }
    wire.run(until: ms(500))
    guard case .invitation(_, .reinviteConfirmed(let ack?))? = wire.peers[0].events.last else {
      Issue.record("no ACK")
      return
    }
    #expect(ack.body == [6])
  }

  @Test("§15: hanging up with an offer unanswered still acknowledges the 2xx")
  func hangUpBeforeAnswering() throws {
    var wire = BasicCallTests.pair()
    let invitation = wire.invitation(0, 1, body: nil)
    let caller = try wire.act(0) { try $0.invite(invitation, at: $1, into: &$2) }
    wire.run(until: ms(20))
    let callee = try #require(wire.peers[1].incoming)
    try wire.act(1) { try $0.accept(callee, body: BasicCallTests.answer, at: $1, into: &$2) }
    wire.run(until: ms(100))
    wire.act(0) { $0.end(caller, at: $1, into: &$2) }
    #expect(wire.sent(by: 0) == ["INVITE", "ACK", "BYE"])
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("§14.2: nobody acknowledges the answer to a re-INVITE: BYE")
  func reinviteNeverAcknowledged() throws {
    var (wire, caller, callee) = try established()
    wire.filter = { message, _, _, _ in
      if case .request(let request) = message, request.method == .ack { return false }
      return true
    }
    try wire.act(0) { try $0.reinvite(caller, body: .sdp([1]), at: $1, into: &$2) }
    wire.run(until: ms(300))
    try wire.act(1) { try $0.acceptReinvite(callee, body: .sdp([2]), at: $1, into: &$2) }
    wire.run(until: ms(40_000))
    #expect(wire.peers[1].end(callee) == .noAck)
    #expect(wire.peers[0].end(caller) == .remoteHangup)
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("§12.2.1.2: 481 to a re-INVITE ends the call without BYE")
  func dialogLost() throws {
    var (wire, caller, callee) = try established()
    wire.conditions.loss = 1
    wire.act(1) { $0.end(callee, at: $1, into: &$2) }
    wire.run(until: ms(40_000))
    wire.conditions.loss = 0
    try wire.act(0) { try $0.reinvite(caller, body: .sdp([1]), at: $1, into: &$2) }
    wire.run(until: ms(40_100))
    #expect(wire.peers[0].end(caller) == .dialogLost(.callDoesNotExist))
    #expect(!wire.sent(by: 0).contains("BYE"))
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("§12.2.1.2: silence to a request in the dialog ends the call")
  func dialogSilent() throws {
    var (wire, caller, _) = try established()
    wire.conditions.loss = 1
    _ = try wire.act(0) { try $0.send(.info, in: caller, at: $1, into: &$2) }
    wire.run(until: ms(70_000))
    #expect(wire.peers[0].end(caller) == .dialogLost(nil))
  }

  @Test("INFO in the dialog is handed to the user, and its answer back")
  func info() throws {
    var (wire, caller, _) = try established()
    let body = SIPBody(contentType: "application/dtmf-relay", bytes: Array("Signal=5".utf8))
    _ = try wire.act(0) { try $0.send(.info, in: caller, body: body, at: $1, into: &$2) }
    wire.run(until: ms(300))
    guard case .incomingRequest(let id, let request, let invitation, _)? = wire.peers[1].events.last else {
      Issue.record("no request")
      return
    }
    #expect(invitation == wire.peers[1].incoming)
    #expect(request.body == body.bytes)
    try wire.act(1) { try $0.respond(to: id, status: .ok, at: $1, into: &$2) }
    wire.run(until: ms(400))
    #expect(wire.peers[0].story.last == "response 200")
  }

  @Test("A re-INVITE while one is under way is refused here, and after it allowed")
  func oneAtATime() throws {
    var (wire, caller, callee) = try established()
    try wire.act(0) { try $0.reinvite(caller, body: .sdp([1]), at: $1, into: &$2) }
    _ = wire.act(0) { agent, now, outputs in
      #expect(throws: SIPTransactionError(.pending, expected: "")) {
        try agent.reinvite(caller, body: .sdp([2]), at: now, into: &outputs)
      }
    }
    wire.run(until: ms(300))
    try wire.act(1) { try $0.acceptReinvite(callee, body: .sdp([2]), at: $1, into: &$2) }
    wire.run(until: ms(400))
    try wire.act(0) { try $0.reinvite(caller, body: .sdp([3]), at: $1, into: &$2) }
  }
}
