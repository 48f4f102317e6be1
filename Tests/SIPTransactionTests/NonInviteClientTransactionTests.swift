import SIPTransaction
import Testing
import WireSupport

@Suite("RFC 3261 §17.1.2.2 non-INVITE client transaction")
struct NonInviteClientTransactionTests {
  private func make(reliable: Bool = false, timers: SIPTimers = SIPTimers()) -> NonInviteClientTransaction {
    NonInviteClientTransaction(timers: timers, isReliable: reliable, at: .zero)
  }

  @Test("Timers E and F over UDP: the interval doubles up to T2, the timeout is at 32 s")
  func timersEAndFUnreliable() {
    var machine = make()
    let timeline = run(until: 40_000, deadline: { machine.nextDeadline }, advance: { machine.advance(to: $0) })
    #expect(
      timeline.map(\.milliseconds) == [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500, 32000])
    #expect(timeline.dropLast().allSatisfy { $0.action == .send })
    #expect(timeline.last?.action == .timedOut)
    #expect(machine.isTerminated)
  }

  @Test("Timer F alone over a reliable transport")
  func timerFReliable() {
    var machine = make(reliable: true)
    let timeline = run(until: 40_000, deadline: { machine.nextDeadline }, advance: { machine.advance(to: $0) })
    #expect(timeline == [.init(32000, .timedOut)])
  }

  @Test("In Proceeding Timer E is T2, and Timer F still ends it")
  func proceeding() {
    var machine = make()
    #expect(machine.receive(status: 100, at: ms(100)) == .deliver)
    #expect(machine.needsRequest)
    let timeline = run(until: 40_000, deadline: { machine.nextDeadline }, advance: { machine.advance(to: $0) })
    #expect(timeline.map(\.milliseconds) == [500, 4500, 8500, 12500, 16500, 20500, 24500, 28500, 32000])
    #expect(timeline.last?.action == .timedOut)
  }

  @Test("Timer K over UDP: retransmitted responses are absorbed for T4", arguments: [200, 404, 503])
  func timerKUnreliable(status: Int) {
    var machine = make()
    #expect(machine.receive(status: status, at: ms(700)) == .deliver)
    #expect(!machine.needsRequest)
    #expect(machine.receive(status: status, at: ms(800)) == nil)
    #expect(machine.receive(status: 100, at: ms(800)) == nil)
    #expect(machine.transportFailed(at: ms(900)) == nil)
    #expect(machine.nextDeadline == ms(5700))
    #expect(machine.advance(to: ms(5700)) == .terminated)
  }

  @Test("Timer K is zero over a reliable transport")
  func timerKReliable() {
    var machine = make(reliable: true)
    #expect(machine.receive(status: 100, at: ms(5)) == .deliver)
    #expect(machine.receive(status: 200, at: ms(10)) == .deliver)
    #expect(machine.isTerminated)
    #expect(machine.nextDeadline == nil)
  }

  @Test("A transport failure ends Trying and Proceeding")
  func transportFailure() {
    var trying = make()
    #expect(trying.transportFailed(at: ms(1)) == .transportFailed)
    #expect(trying.isTerminated)
    var proceeding = make()
    _ = proceeding.receive(status: 100, at: ms(1))
    #expect(proceeding.transportFailed(at: ms(2)) == .transportFailed)
    #expect(proceeding.transportFailed(at: ms(3)) == nil)
  }
}
