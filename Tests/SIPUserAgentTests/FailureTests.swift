import SIPParser
import SIPTransaction
import SIPUserAgent
import Testing
import WireSupport

@Suite("RFC 3261 §13.2.2 and §13.3.1: calls that do not succeed, and how both sides are told")
struct FailureTests {
  /// A call under way: alice (0) has called bob (1), who has been told.
  private func call(
    _ wire: inout VirtualWire, timeout: Duration? = nil
  ) throws -> (caller: SIPInvitationID, callee: SIPInvitationID) {
    var invitation = wire.invitation(0, 1)
    invitation.answerTimeout = timeout
    let caller = try wire.act(0) { [invitation] in try $0.invite(invitation, at: $1, into: &$2) }
    wire.run(until: wire.now + .milliseconds(20))
    return (caller, try #require(wire.peers[1].incoming))
  }

  @Test("§13.2.2.3, §21.4.24, §21.6.2: rejected with 486, 603, 480", arguments: [486, 603, 480] as [UInt16])
  func rejected(code: UInt16) throws {
    var wire = BasicCallTests.pair()
    let (caller, callee) = try call(&wire)
    try wire.act(1) { try $0.reject(callee, status: SIPStatus(code), reason: "Not now", at: $1, into: &$2) }
    wire.run(until: ms(100))
    #expect(wire.peers[0].end(caller) == .rejected(SIPRejection(status: SIPStatus(code), reason: "Not now")))
    #expect(wire.peers[1].end(callee) == .declined(SIPStatus(code)))
    #expect(wire.sent(by: 0) == ["INVITE", "ACK"])
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("§8.1.3.4: a redirect gives its contacts")
  func redirected() throws {
    var wire = BasicCallTests.pair()
    let (caller, callee) = try call(&wire)
    let elsewhere = [SIPNameAddress(uri: try SIPURI("sip:bob@192.0.2.9")), SIPNameAddress(uri: try SIPURI("sip:b@h"))]
    try wire.act(1) { try $0.redirect(callee, to: elsewhere, at: $1, into: &$2) }
    wire.run(until: ms(100))
    guard case .rejected(let rejection)? = wire.peers[0].end(caller) else {
      Issue.record("not rejected")
      return
    }
    #expect(rejection.status == .movedTemporarily)
    #expect(rejection.contacts.map(\.uri) == elsewhere.map(\.uri))
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("§17.1.1.2: nobody is there: Timer B after 32 s")
  func nobodyThere() throws {
    var wire = BasicCallTests.pair(conditions: WireConditions(loss: 1))
    let caller = try wire.act(0) { [invitation = wire.invitation(0, 1)] in
      try $0.invite(invitation, at: $1, into: &$2)
    }
    wire.run(until: ms(31_999))
    #expect(wire.peers[0].end(caller) == nil)
    wire.run(until: ms(32_000))
    #expect(wire.peers[0].end(caller) == .timedOut)
    #expect(wire.sent(by: 0).count == 7)
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("Rings and is never answered: cancelled after the time that the caller allowed")
  func neverAnswered() throws {
    var wire = BasicCallTests.pair()
    let (caller, callee) = try call(&wire, timeout: .seconds(20))
    try wire.act(1) { try $0.progress(callee, at: $1, into: &$2) }
    wire.run(until: ms(19_999))
    #expect(wire.peers[0].end(caller) == nil)
    wire.run(until: ms(20_100))
    #expect(wire.peers[0].end(caller) == .noAnswer)
    #expect(wire.peers[1].end(callee) == .cancelledByPeer)
    #expect(wire.sent(by: 0) == ["INVITE", "CANCEL", "ACK"])
    #expect(wire.sent(by: 1) == ["180 INVITE", "200 CANCEL", "487 INVITE"])
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("An incoming call that nobody takes is answered with 480 after the ring timeout")
  func ringTimeout() throws {
    var wire = BasicCallTests.pair()
    let (caller, callee) = try call(&wire, timeout: .seconds(1000))
    wire.run(until: ms(301_000))
    #expect(wire.peers[1].end(callee) == .noAnswer)
    guard case .rejected(let rejection)? = wire.peers[0].end(caller) else {
      Issue.record("not rejected")
      return
    }
    #expect(rejection.status == .temporarilyUnavailable)
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test(
    "§13.3.1.4: nobody acknowledges: 2xx at T1, doubled up to T2, for 64 T1, then BYE",
    arguments: [SIPTransport.udp, .tcp])
  func neverAcknowledged(transport: SIPTransport) throws {
    var wire = BasicCallTests.pair(transport)
    wire.filter = { message, _, _, _ in
      if case .request(let request) = message, request.method == .ack { return false }
      return true
    }
    let (caller, callee) = try call(&wire)
    try wire.act(1) { try $0.accept(callee, body: BasicCallTests.answer, at: $1, into: &$2) }
    let answered = wire.now
    wire.run(until: ms(40_000))
    let successes = wire.trace.filter { $0.from == 1 && wire.name($0.2) == "200 INVITE" }
    #expect(
      successes.map { ($0.at - answered).inMilliseconds } == [
        0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500,
      ])
    #expect(wire.peers[1].story == ["incoming", "no ack", "ended"])
    #expect(wire.peers[1].end(callee) == .noAck)
    #expect(
      wire.peers[1].log.first { if case .invitation(_, .noAck) = $0.1 { true } else { false } }?.at == answered
        + .seconds(32))
    #expect(wire.peers[0].end(caller) == .remoteHangup)
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("§18.4: the INVITE cannot be sent")
  func transportFailure() throws {
    var wire = BasicCallTests.pair(conditions: WireConditions(loss: 1))
    var id: SIPTransmissionID?
    let invitation = wire.invitation(0, 1)
    let caller = try wire.act(0) { agent, now, outputs in
      let caller = try agent.invite(invitation, at: now, into: &outputs)
      if case .transmit(let transmission)? = outputs.actions.first { id = transmission.id }
      return caller
    }
    let failed = try #require(id)
    wire.act(0) { $0.transmissionFailed(failed, reason: "connection refused", at: $1, into: &$2) }
    #expect(wire.peers[0].end(caller) == .transportFailed("connection refused"))
    #expect(wire.peers[0].agent.isIdle)
  }

  @Test("§9.1: CANCEL before any provisional response waits for one")
  func cancelWaits() throws {
    var wire = BasicCallTests.pair()
    let caller = try wire.act(0) { [invitation = wire.invitation(0, 1)] in
      try $0.invite(invitation, at: $1, into: &$2)
    }
    wire.act(0) { $0.end(caller, at: $1, into: &$2) }
    wire.run(until: ms(150))
    #expect(wire.sent(by: 0) == ["INVITE"])
    wire.run(until: ms(400))
    #expect(wire.sent(by: 0) == ["INVITE", "CANCEL", "ACK"])
    #expect(wire.peers[0].end(caller) == .cancelled)
    #expect(wire.peers[1].end(wire.peers[1].incoming) == .cancelledByPeer)
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("§9.1: CANCEL repeats the INVITE's Via, Call-ID, From, To and CSeq number")
  func cancelShape() throws {
    var wire = BasicCallTests.pair()
    let (caller, _) = try call(&wire)
    wire.run(until: ms(300))
    wire.act(0) { $0.end(caller, at: $1, into: &$2) }
    let requests = wire.trace.compactMap { if case .request(let request) = $0.2 { request } else { nil } }
    let invite = try #require(requests.first { $0.method == .invite })
    let cancel = try #require(requests.first { $0.method == .cancel })
    #expect(cancel.uri == invite.uri)
    #expect(try cancel.value(.via) == invite.value(.via))
    #expect(cancel.headers.text(.from) == invite.headers.text(.from))
    #expect(cancel.headers.text(.to) == invite.headers.text(.to))
    #expect(cancel.headers.text(.callID) == invite.headers.text(.callID))
    #expect(try cancel.value(.cseq) == SIPCSeq(1, .cancel))
  }

  @Test("§9.1, RFC 5407 §3.1.2: a late CANCEL meets the 200: ACK, then BYE")
  func lateCancel() throws {
    var wire = BasicCallTests.pair()
    let (caller, callee) = try call(&wire)
    try wire.act(1) { try $0.progress(callee, at: $1, into: &$2) }
    wire.run(until: ms(100))
    try wire.act(1) { try $0.accept(callee, body: BasicCallTests.answer, at: $1, into: &$2) }
    wire.act(0) { $0.end(caller, at: $1, into: &$2) }
    wire.run(until: ms(1000))
    #expect(wire.sent(by: 0) == ["INVITE", "CANCEL", "ACK", "BYE"])
    #expect(wire.sent(by: 1) == ["180 INVITE", "200 INVITE", "200 CANCEL", "200 BYE"])
    #expect(wire.peers[0].end(caller) == .cancelled)
    #expect(wire.peers[1].end(callee) == .remoteHangup)
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("A rejection that crosses the CANCEL is what the caller is told")
  func rejectionCrossesCancel() throws {
    var wire = BasicCallTests.pair()
    let (caller, callee) = try call(&wire)
    try wire.act(1) { try $0.progress(callee, at: $1, into: &$2) }
    wire.run(until: ms(100))
    try wire.act(1) { try $0.reject(callee, status: .busyHere, at: $1, into: &$2) }
    wire.act(0) { $0.end(caller, at: $1, into: &$2) }
    wire.run(until: ms(1000))
    guard case .rejected(let rejection)? = wire.peers[0].end(caller) else {
      Issue.record("not rejected")
      return
    }
    #expect(rejection.status == .busyHere)
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("§15: the callee's BYE waits for the ACK")
  func byeWaitsForAcknowledgement() throws {
    var wire = BasicCallTests.pair()
    wire.filter = { message, _, _, at in
      if case .request(let request) = message, request.method == .ack { return at > ms(1000) }
      return true
    }
    let (caller, callee) = try call(&wire)
    try wire.act(1) { try $0.accept(callee, body: BasicCallTests.answer, at: $1, into: &$2) }
    wire.act(1) { $0.end(callee, at: $1, into: &$2) }
    wire.run(until: ms(1000))
    #expect(!wire.sent(by: 1).contains("BYE"))
    wire.run(until: ms(3000))
    #expect(wire.sent(by: 1).contains("BYE"))
    #expect(wire.peers[1].end(callee) == .localHangup)
    #expect(wire.peers[0].end(caller) == .remoteHangup)
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("RFC 5407 §3.1.4: BYE overtakes the ACK")
  func byeBeforeAcknowledgement() throws {
    var wire = BasicCallTests.pair()
    wire.filter = { message, _, _, _ in
      if case .request(let request) = message, request.method == .ack { return false }
      return true
    }
    let (caller, callee) = try call(&wire)
    try wire.act(1) { try $0.accept(callee, body: BasicCallTests.answer, at: $1, into: &$2) }
    wire.run(until: ms(100))
    wire.act(0) { $0.end(caller, at: $1, into: &$2) }
    wire.run(until: ms(200))
    #expect(wire.peers[0].end(caller) == .localHangup)
    #expect(wire.peers[1].end(callee) == .remoteHangup)
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
    // The 2xx is no longer repeated once the call is over.
    #expect(wire.sent(by: 1).filter { $0 == "200 INVITE" }.count == 1)
  }

  @Test("RFC 5407 §3.2.2: both hang up at once")
  func byeGlare() throws {
    var wire = BasicCallTests.pair()
    let (caller, callee) = try call(&wire)
    try wire.act(1) { try $0.accept(callee, body: BasicCallTests.answer, at: $1, into: &$2) }
    wire.run(until: ms(100))
    wire.act(0) { $0.end(caller, at: $1, into: &$2) }
    wire.act(1) { $0.end(callee, at: $1, into: &$2) }
    wire.run(until: ms(200))
    #expect(wire.peers[0].end(caller) == .localHangup)
    #expect(wire.peers[1].end(callee) == .localHangup)
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("§15: the peer has vanished: BYE times out and the call is over all the same")
  func byeTimesOut() throws {
    var wire = BasicCallTests.pair()
    let (caller, callee) = try call(&wire)
    try wire.act(1) { try $0.accept(callee, body: BasicCallTests.answer, at: $1, into: &$2) }
    wire.run(until: ms(1000))
    wire.conditions.loss = 1
    wire.act(0) { $0.end(caller, at: $1, into: &$2) }
    wire.run(until: ms(33_000))
    #expect(wire.peers[0].end(caller) == .localHangup)
    wire.act(1) { $0.end(callee, at: $1, into: &$2) }
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("§13.2.2.4: a retransmitted 2xx brings the same ACK again, and no second event")
  func retransmittedSuccess() throws {
    var wire = BasicCallTests.pair()
    wire.filter = { message, _, _, at in
      if case .request(let request) = message, request.method == .ack { return at > ms(2000) }
      return true
    }
    let (_, callee) = try call(&wire)
    try wire.act(1) { try $0.accept(callee, body: BasicCallTests.answer, at: $1, into: &$2) }
    wire.run(until: ms(10_000))
    let acks = wire.trace.compactMap { entry -> [UInt8]? in
      if case .request(let request) = entry.2, request.method == .ack { try? request.serialized() } else { nil }
    }
    #expect(acks.count == 4)
    #expect(Set(acks).count == 1)
    #expect(wire.peers[0].story == ["answered"])
    #expect(wire.peers[1].story == ["incoming", "confirmed"])
  }

  @Test("§17.2.1: a retransmitted INVITE makes no second call")
  func retransmittedInvite() throws {
    var wire = BasicCallTests.pair(conditions: WireConditions(duplication: 1))
    let (caller, callee) = try call(&wire)
    wire.run(until: ms(300))
    #expect(wire.peers[1].story == ["incoming"])
    try wire.act(1) { try $0.reject(callee, status: .busyHere, at: $1, into: &$2) }
    wire.run(until: ms(2000))
    #expect(wire.peers[0].story == ["trying", "ended"])
    #expect(wire.peers[0].end(caller) != nil)
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("Shutting down ends every call as fits it and refuses new ones")
  func shutdown() throws {
    var wire = BasicCallTests.pair()
    let (ringing, _) = try call(&wire)
    wire.run(until: ms(300))
    let up = try wire.act(1) { [invitation = wire.invitation(1, 0)] in try $0.invite(invitation, at: $1, into: &$2) }
    wire.run(until: ms(400))
    let incoming = try #require(wire.peers[0].incoming)
    try wire.act(0) { try $0.accept(incoming, body: BasicCallTests.answer, at: $1, into: &$2) }
    wire.run(until: ms(500))
    wire.act(0) { $0.shutdown(at: $1, into: &$2) }
    wire.run(until: ms(600))
    #expect(wire.peers[0].end(ringing) == .cancelled)
    #expect(wire.peers[0].end(incoming) == .localHangup)
    #expect(wire.peers[1].end(up) == .remoteHangup)
    let late = try wire.act(1) { [invitation = wire.invitation(1, 0)] in try $0.invite(invitation, at: $1, into: &$2) }
    wire.run(until: ms(700))
    guard case .rejected(let rejection)? = wire.peers[1].end(late) else {
      Issue.record("not rejected")
      return
    }
    #expect(rejection.status == .serviceUnavailable)
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }
}
