import SIPTransaction
import Testing
import WireSupport

@Suite("RFC 3261 §17.1.1.2 INVITE client transaction")
struct InviteClientTransactionTests {
  private func make(reliable: Bool = false, timers: SIPTimers = SIPTimers()) -> InviteClientTransaction {
    InviteClientTransaction(timers: timers, isReliable: reliable, at: .zero)
  }

  @Test("Timers A and B over UDP: seven transmissions, then a timeout at 32 s")
  func timersAAndBUnreliable() {
    var machine = make()
    let timeline = run(until: 40_000, deadline: { machine.nextDeadline }, advance: { machine.advance(to: $0) })
    #expect(
      timeline == [
        .init(500, .send), .init(1500, .send), .init(3500, .send), .init(7500, .send), .init(15500, .send),
        .init(31500, .send), .init(32000, .timedOut),
      ])
    #expect(machine.isTerminated)
    #expect(machine.nextDeadline == nil)
  }

  @Test("Timer B alone over a reliable transport")
  func timerBReliable() {
    var machine = make(reliable: true)
    let timeline = run(until: 40_000, deadline: { machine.nextDeadline }, advance: { machine.advance(to: $0) })
    #expect(timeline == [.init(32000, .timedOut)])
  }

  @Test("T1 scales Timers A and B")
  func scaledTimers() {
    var machine = make(timers: SIPTimers(t1: .milliseconds(100)))
    let timeline = run(until: 40_000, deadline: { machine.nextDeadline }, advance: { machine.advance(to: $0) })
    #expect(timeline.map(\.milliseconds) == [100, 300, 700, 1500, 3100, 6300, 6400])
  }

  @Test("A provisional response stops Timers A and B")
  func provisionalStopsTimers() {
    var machine = make()
    #expect(machine.isCalling)
    #expect(machine.receive(status: 100, at: ms(200)) == .deliver)
    #expect(!machine.isCalling)
    #expect(machine.nextDeadline == nil)
    #expect(machine.receive(status: 180, at: ms(300)) == .deliver)
    #expect(machine.needsRequest)
    #expect(machine.advance(to: ms(3_600_000)) == nil)
  }

  @Test(
    "Timer D over UDP: retransmitted failures are acknowledged again, not delivered", arguments: [300, 486, 603, 699])
  func timerDUnreliable(status: Int) {
    var machine = make()
    #expect(machine.receive(status: 180, at: ms(100)) == .deliver)
    #expect(machine.receive(status: status, at: ms(1000)) == .acknowledgeAndDeliver)
    #expect(!machine.needsRequest)
    #expect(machine.receive(status: status, at: ms(1500)) == .acknowledge)
    #expect(machine.receive(status: 180, at: ms(1600)) == nil)
    #expect(machine.receive(status: 200, at: ms(1700)) == nil)
    #expect(machine.nextDeadline == ms(33_000))
    #expect(machine.advance(to: ms(32_999)) == nil)
    #expect(machine.advance(to: ms(33_000)) == .terminated)
    #expect(machine.receive(status: status, at: ms(33_500)) == nil)
  }

  @Test("Timer D is at least 32 s even with a small T1")
  func timerDIsAtLeast32Seconds() {
    var machine = make(timers: SIPTimers(t1: .milliseconds(10)))
    #expect(machine.receive(status: 486, at: .zero) == .acknowledgeAndDeliver)
    #expect(machine.nextDeadline == ms(32_000))
  }

  @Test("Timer D is zero over a reliable transport")
  func timerDReliable() {
    var machine = make(reliable: true)
    #expect(machine.receive(status: 486, at: ms(10)) == .acknowledgeAndDeliver)
    #expect(machine.isTerminated)
  }

  @Test("A failure in Calling is acknowledged at once")
  func failureInCalling() {
    var machine = make()
    #expect(machine.receive(status: 500, at: ms(10)) == .acknowledgeAndDeliver)
    #expect(machine.nextDeadline == ms(32_010))
  }

  @Test("A transport failure ends Calling, Proceeding and Completed")
  func transportFailure() {
    var calling = make()
    #expect(calling.transportFailed(at: ms(1)) == .transportFailed)
    #expect(calling.isTerminated)
    var proceeding = make()
    _ = proceeding.receive(status: 180, at: ms(1))
    #expect(proceeding.transportFailed(at: ms(2)) == .transportFailed)
    var completed = make()
    _ = completed.receive(status: 486, at: ms(1))
    #expect(completed.transportFailed(at: ms(2)) == .transportFailed)
    #expect(completed.isTerminated)
    #expect(completed.transportFailed(at: ms(3)) == nil)
  }

  @Test("RFC 6026 §7.2 Accepted: every 2xx is delivered until Timer M", arguments: [false, true])
  func acceptedAndTimerM(reliable: Bool) {
    var machine = make(reliable: reliable)
    #expect(machine.receive(status: 180, at: ms(100)) == .deliver)
    #expect(machine.receive(status: 200, at: ms(1000)) == .deliver)
    #expect(machine.receive(status: 200, at: ms(1500)) == .deliver)
    #expect(machine.receive(status: 202, at: ms(1600)) == .deliver)
    #expect(machine.receive(status: 486, at: ms(1700)) == nil)
    #expect(machine.receive(status: 180, at: ms(1800)) == nil)
    #expect(machine.transportFailed(at: ms(1900)) == nil)
    #expect(machine.nextDeadline == ms(33_000))
    #expect(machine.advance(to: ms(33_000)) == .terminated)
    #expect(machine.isTerminated)
    #expect(machine.receive(status: 200, at: ms(33_100)) == nil)
  }

  @Test("RFC 3261 §9.1: after CANCEL the final response must come within 64 T1")
  func cancelled() {
    var machine = make()
    _ = machine.receive(status: 180, at: ms(100))
    machine.cancelled(at: ms(1000))
    #expect(machine.receive(status: 183, at: ms(1100)) == .deliver)
    #expect(machine.nextDeadline == ms(33_000))
    #expect(machine.advance(to: ms(33_000)) == .timedOut)
    #expect(machine.isTerminated)
  }

  @Test("RFC 3261 §9.1: the 487 that CANCEL brings ends the transaction as any failure does")
  func cancelledAnd487() {
    var machine = make()
    _ = machine.receive(status: 180, at: ms(100))
    machine.cancelled(at: ms(1000))
    #expect(machine.receive(status: 487, at: ms(1200)) == .acknowledgeAndDeliver)
    #expect(machine.nextDeadline == ms(33_200))
  }

  @Test("A machine that was asleep sends once, not in a burst")
  func noBurstAfterSleep() {
    var machine = make()
    #expect(machine.advance(to: ms(20_000)) == .send)
    #expect(machine.nextDeadline == ms(21_000))
  }
}
