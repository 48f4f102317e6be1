import SIPTransaction
import Testing
import WireSupport

@Suite("RFC 3261 §17.2.1 INVITE server transaction")
struct InviteServerTransactionTests {
  private func make(reliable: Bool = false) -> InviteServerTransaction {
    InviteServerTransaction(timers: SIPTimers(), isReliable: reliable, at: .zero)
  }

  @Test("100 Trying goes out after 200 ms when the user has not answered, once")
  func tryingAfter200Milliseconds() {
    var machine = make()
    #expect(machine.nextDeadline == ms(200))
    #expect(machine.advance(to: ms(199)) == nil)
    #expect(machine.advance(to: ms(200)) == .sendTrying)
    #expect(machine.nextDeadline == nil)
    #expect(machine.receiveInvite(at: ms(500)) == .send)
  }

  @Test("No 100 Trying when the user was quicker")
  func noTryingAfterAnswer() {
    var machine = make()
    #expect(machine.respond(status: 180, at: ms(50)) == .send)
    #expect(machine.nextDeadline == nil)
    #expect(machine.receiveInvite(at: ms(500)) == .send)
  }

  @Test("A retransmitted INVITE brings 100 Trying when nothing was sent yet")
  func retransmissionBeforeTrying() {
    var machine = make()
    #expect(machine.receiveInvite(at: ms(150)) == .sendTrying)
    #expect(machine.nextDeadline == nil)
  }

  @Test("Timers G and H over UDP: the failure is repeated up to every T2 until 64 T1")
  func timersGAndHUnreliable() {
    var machine = make()
    #expect(machine.respond(status: 486, at: .zero) == .send)
    let timeline = run(until: 40_000, deadline: { machine.nextDeadline }, advance: { machine.advance(to: $0) })
    #expect(
      timeline.map(\.milliseconds) == [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500, 32000])
    #expect(timeline.dropLast().allSatisfy { $0.action == .send })
    #expect(timeline.last?.action == .noAck)
    #expect(machine.isTerminated)
  }

  @Test("Timer H alone over a reliable transport")
  func timerHReliable() {
    var machine = make(reliable: true)
    #expect(machine.respond(status: 603, at: .zero) == .send)
    let timeline = run(until: 40_000, deadline: { machine.nextDeadline }, advance: { machine.advance(to: $0) })
    #expect(timeline == [.init(32000, .noAck)])
  }

  @Test("Completed: a retransmitted INVITE brings the response again, a second response does not go out")
  func completedRetransmits() {
    var machine = make()
    #expect(machine.respond(status: 486, at: .zero) == .send)
    #expect(machine.receiveInvite(at: ms(100)) == .send)
    #expect(machine.respond(status: 603, at: ms(200)) == nil)
    #expect(machine.respond(status: 200, at: ms(200)) == nil)
    #expect(machine.respond(status: 180, at: ms(200)) == nil)
  }

  @Test("Timer I over UDP: ACKs and INVITEs are absorbed for T4")
  func timerIUnreliable() {
    var machine = make()
    _ = machine.respond(status: 486, at: .zero)
    #expect(machine.receiveAck(at: ms(100)) == .acknowledged)
    #expect(!machine.needsResponse)
    #expect(machine.receiveAck(at: ms(200)) == nil)
    #expect(machine.receiveInvite(at: ms(300)) == nil)
    #expect(machine.nextDeadline == ms(5100))
    #expect(machine.advance(to: ms(5100)) == .terminated)
  }

  @Test("Timer I is zero over a reliable transport")
  func timerIReliable() {
    var machine = make(reliable: true)
    _ = machine.respond(status: 486, at: .zero)
    #expect(machine.receiveAck(at: ms(100)) == .acknowledged)
    #expect(machine.isTerminated)
  }

  @Test("RFC 6026 §7.1 Accepted: INVITEs are absorbed, 2xx and ACK pass, Timer L ends it", arguments: [false, true])
  func acceptedAndTimerL(reliable: Bool) {
    var machine = make(reliable: reliable)
    #expect(machine.respond(status: 200, at: .zero) == .send)
    #expect(machine.isAccepted)
    #expect(machine.receiveInvite(at: ms(500)) == nil)
    #expect(machine.respond(status: 200, at: ms(500)) == .send)
    #expect(machine.respond(status: 486, at: ms(600)) == nil)
    #expect(machine.receiveAck(at: ms(700)) == .deliverAck)
    #expect(machine.nextDeadline == ms(32_000))
    #expect(machine.advance(to: ms(32_000)) == .terminated)
    #expect(machine.respond(status: 200, at: ms(32_100)) == nil)
  }

  @Test("RFC 6026 §7.1: a transport failure is reported and changes nothing")
  func transportFailureKeepsState() {
    var machine = make()
    #expect(machine.transportFailed(at: ms(10)) == .transportFailed)
    #expect(machine.isProceeding)
    _ = machine.respond(status: 486, at: ms(20))
    #expect(machine.transportFailed(at: ms(30)) == .transportFailed)
    #expect(!machine.isTerminated)
    #expect(machine.receiveInvite(at: ms(40)) == .send)
    var accepted = make()
    _ = accepted.respond(status: 200, at: ms(20))
    #expect(accepted.transportFailed(at: ms(30)) == .transportFailed)
    #expect(accepted.isAccepted)
  }

  @Test("An ACK before any final response is ignored")
  func strayAck() {
    var machine = make()
    #expect(machine.receiveAck(at: ms(10)) == nil)
    #expect(machine.isProceeding)
  }
}
