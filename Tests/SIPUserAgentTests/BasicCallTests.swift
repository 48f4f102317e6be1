import SIPParser
import SIPTransaction
import SIPUserAgent
import Testing
import WireSupport

@Suite("RFC 3261 §13 and §15: a call from INVITE to BYE")
struct BasicCallTests {
  static let answer = SIPBody.sdp(Array("v=0 answer".utf8))

  static func pair(_ transport: SIPTransport = .udp, conditions: WireConditions = WireConditions()) -> VirtualWire {
    VirtualWire(
      [
        Peer("alice", port: 5060, transport: transport, seed: 1),
        Peer("bob", port: 5070, transport: transport, seed: 2),
      ],
      conditions: conditions)
  }

  @Test("Ring, answer, caller hangs up", arguments: [SIPTransport.udp, .tcp])
  func callerHangsUp(transport: SIPTransport) throws {
    var wire = Self.pair(transport)
    let call = try wire.act(0) { [invitation = wire.invitation(0, 1)] in try $0.invite(invitation, at: $1, into: &$2) }
    wire.run(until: ms(20))
    let incoming = try #require(wire.peers[1].incoming)
    try wire.act(1) { try $0.progress(incoming, at: $1, into: &$2) }
    wire.run(until: ms(1000))
    try wire.act(1) { try $0.accept(incoming, body: Self.answer, at: $1, into: &$2) }
    wire.run(until: ms(1100))
    #expect(wire.peers[0].story == ["progress 180", "answered"])
    #expect(wire.peers[1].story == ["incoming", "confirmed"])
    wire.act(0) { $0.end(call, at: $1, into: &$2) }
    wire.run(until: ms(2000))
    #expect(wire.peers[0].end(call) == .localHangup)
    #expect(wire.peers[1].end(incoming) == .remoteHangup)
    #expect(wire.sent(by: 0) == ["INVITE", "ACK", "BYE"])
    #expect(wire.sent(by: 1) == ["180 INVITE", "200 INVITE", "200 BYE"])
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
    #expect(wire.peers[0].agent.nextDeadline == nil && wire.peers[1].agent.nextDeadline == nil)
  }

  @Test("Callee hangs up", arguments: [SIPTransport.udp, .tcp])
  func calleeHangsUp(transport: SIPTransport) throws {
    var wire = Self.pair(transport)
    let call = try wire.act(0) { [invitation = wire.invitation(0, 1)] in try $0.invite(invitation, at: $1, into: &$2) }
    wire.run(until: ms(20))
    let incoming = try #require(wire.peers[1].incoming)
    try wire.act(1) { try $0.accept(incoming, body: Self.answer, at: $1, into: &$2) }
    wire.run(until: ms(100))
    wire.act(1) { $0.end(incoming, at: $1, into: &$2) }
    wire.run(until: ms(200))
    #expect(wire.peers[0].end(call) == .remoteHangup)
    #expect(wire.peers[1].end(incoming) == .localHangup)
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  @Test("100 Trying goes out after 200 ms of silence and is reported")
  func trying() throws {
    var wire = Self.pair()
    _ = try wire.act(0) { [invitation = wire.invitation(0, 1)] in try $0.invite(invitation, at: $1, into: &$2) }
    wire.run(until: ms(400))
    #expect(wire.sent(by: 1) == ["100 INVITE"])
    #expect(wire.peers[0].story == ["trying"])
  }
}
