import SIPParser
import SIPTransaction
import SIPUserAgent
import Testing
import WireSupport

@Suite("Noise at the SIP port: nothing traps, nothing grows, the call goes on")
struct NoiseTests {
  private func established() throws -> (VirtualWire, caller: SIPInvitationID, callee: SIPInvitationID) {
    var wire = BasicCallTests.pair()
    let invitation = wire.invitation(0, 1)
    let caller = try wire.act(0) { try $0.invite(invitation, at: $1, into: &$2) }
    wire.run(until: ms(20))
    let callee = try #require(wire.peers[1].incoming)
    try wire.act(1) { try $0.accept(callee, body: BasicCallTests.answer, at: $1, into: &$2) }
    wire.run(until: ms(60_000))
    return (wire, caller, callee)
  }

  @Test("10 000 datagrams of random bytes, truncated and bit-flipped messages during a call")
  func noise() throws {
    var (wire, caller, callee) = try established()
    let genuine = try wire.trace.map { try $0.2.serialized() }
    wire.keepsTrace = false
    wire.filter = { message, from, _, _ in
      // Answers to the noise go nowhere.
      if case .response = message, from == 1 { return false }
      return true
    }
    var random = IDSource.seeded(42)
    let before = wire.peers[1].agent.invitationCount
    for round in 0..<10_000 {
      var bytes: [UInt8]
      switch round % 4 {
      case 0: bytes = random.bytes(Int(random.next(in: 0...200)))
      case 1: bytes = Array(pick(genuine, &random).prefix(Int(random.next(in: 0...700))))
      case 2:
        bytes = pick(genuine, &random)
        for _ in 0..<random.next(in: 1...8) {
          bytes[Int(random.next(in: 0...UInt64(bytes.count - 1)))] = UInt8(truncatingIfNeeded: random.next())
        }
      default:
        // Replays of what was said before.
        bytes = pick(genuine, &random)
        if bytes.starts(with: "BYE".utf8) { bytes = [] }
      }
      wire.inject(bytes, from: 0, to: 1)
      wire.run(until: wire.now + .milliseconds(1))
    }
    #expect(wire.peers[1].agent.endpointCounters.malformed > 2000)
    #expect(wire.peers[1].end(callee) == nil)
    #expect(wire.peers[0].end(caller) == nil)
    // Bit flips that leave a valid INVITE ring as new calls; they end when nobody takes them. Nothing else stays.
    wire.run(until: wire.now + .seconds(600))
    #expect(wire.peers[1].agent.invitationCount == before)
    #expect(wire.peers[1].agent.transactionCount == 0)
    wire.filter = nil
    wire.act(0) { $0.end(caller, at: $1, into: &$2) }
    wire.run(until: wire.now + .seconds(1))
    #expect(wire.peers[1].end(callee) == .remoteHangup)
    let leftovers = wire.leftovers()
    #expect(leftovers == [])
  }

  private func pick(_ messages: [[UInt8]], _ random: inout IDSource) -> [UInt8] {
    messages[Int(random.next(in: 0...UInt64(messages.count - 1)))]
  }

  @Test("A flood of responses that belong to nothing leaves nothing")
  func strayResponses() throws {
    var (wire, _, _) = try established()
    wire.keepsTrace = false
    for number in 0..<2000 {
      let text =
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKx\(number)\r\nFrom: <sip:a@b>;tag=1\r\n"
        + "To: <sip:c@d>;tag=2\r\nCall-ID: x\(number)\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
      wire.inject(Array(text.utf8), from: 0, to: 1)
    }
    wire.run(until: wire.now + .seconds(1))
    #expect(wire.peers[1].agent.endpointCounters.strayResponses == 2000)
    #expect(wire.peers[1].agent.transactionCount == 0)
  }
}
