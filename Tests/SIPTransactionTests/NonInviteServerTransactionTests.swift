import SIPTransaction
import Testing
import WireSupport

@Suite("RFC 3261 §17.2.2 non-INVITE server transaction")
struct NonInviteServerTransactionTests {
  private func make(reliable: Bool = false) -> NonInviteServerTransaction {
    NonInviteServerTransaction(timers: SIPTimers(), isReliable: reliable, at: .zero)
  }

  @Test("Timer J over UDP: retransmitted requests bring the final response again for 64 T1")
  func timerJUnreliable() {
    var machine = make()
    #expect(machine.receiveRequest(at: ms(100)) == nil)
    #expect(machine.respond(status: 200, at: ms(200)) == .send)
    #expect(machine.receiveRequest(at: ms(500)) == .send)
    #expect(machine.respond(status: 404, at: ms(600)) == nil)
    #expect(machine.nextDeadline == ms(32_200))
    #expect(machine.advance(to: ms(32_200)) == .terminated)
    #expect(machine.receiveRequest(at: ms(32_300)) == nil)
  }

  @Test("Timer J is zero over a reliable transport")
  func timerJReliable() {
    var machine = make(reliable: true)
    #expect(machine.respond(status: 200, at: ms(200)) == .send)
    #expect(machine.isTerminated)
  }

  @Test("RFC 4320 §4.1: 100 goes out when the client's Timer E has reached T2", arguments: [false, true])
  func tryingAtT2(reliable: Bool) {
    var machine = make(reliable: reliable)
    #expect(machine.nextDeadline == ms(3500))
    #expect(machine.advance(to: ms(3500)) == .sendTrying)
    #expect(machine.receiveRequest(at: ms(3600)) == .send)
    #expect(machine.respond(status: 200, at: ms(3700)) == .send)
  }

  @Test("RFC 4320 §4.1: no other provisional response, and none early over UDP")
  func provisionalRules() {
    var machine = make()
    #expect(machine.respond(status: 180, at: ms(10)) == nil)
    #expect(machine.respond(status: 100, at: ms(10)) == nil)
    #expect(machine.respond(status: 100, at: ms(3500)) == .send)
    var reliable = make(reliable: true)
    #expect(reliable.respond(status: 183, at: ms(10)) == nil)
    #expect(reliable.respond(status: 100, at: ms(10)) == .send)
  }

  @Test("RFC 4320 §4.2: after 64 T1 without an answer none goes out any more")
  func abandoned() {
    var machine = make()
    let timeline = run(until: 40_000, deadline: { machine.nextDeadline }, advance: { machine.advance(to: $0) })
    #expect(timeline == [.init(3500, .sendTrying), .init(32000, .abandoned)])
    #expect(machine.respond(status: 200, at: ms(33_000)) == nil)
  }

  @Test("A transport failure ends it")
  func transportFailure() {
    var machine = make()
    _ = machine.respond(status: 200, at: ms(1))
    #expect(machine.transportFailed(at: ms(2)) == .transportFailed)
    #expect(machine.isTerminated)
    #expect(machine.transportFailed(at: ms(3)) == nil)
  }
}
