import Testing
import WireSupport

@testable import RTP

@Suite("RFC 3550 §A.1, §A.3 sequence numbers: validity, loss, duplicates, reordering")
struct RTPSequenceTests {
  private func feed(_ tracker: inout RTPSequenceTracker, _ numbers: some Sequence<Int>)
    -> [RTPSequenceTracker.Verdict]
  {
    numbers.map { tracker.update(UInt16(truncatingIfNeeded: $0)) }
  }

  @Test("§A.1 probation: a source is valid after two packets in sequence")
  func probation() {
    var tracker = RTPSequenceTracker(first: 100)
    #expect(feed(&tracker, [100, 102, 103]) == [.probation, .probation, .inOrder(lost: 0)])
    #expect(tracker.isValid)
    #expect(tracker.received == 1)
    #expect(tracker.expected == 1)
  }

  @Test("§A.1 random numbers never become valid while none follows another")
  func probationNoise() {
    var tracker = RTPSequenceTracker(first: 5)
    for step in 0..<1000 { #expect(tracker.update(UInt16(truncatingIfNeeded: 5 + step * 7)) == .probation) }
  }

  @Test("§A.1 wrap: extended numbers go on through 65 535")
  func wrap() {
    var tracker = RTPSequenceTracker(first: 65_534, probation: 0)
    #expect(feed(&tracker, [65_534, 65_535, 0, 1]).allSatisfy { $0 == .inOrder(lost: 0) })
    #expect(tracker.highest == 65_537)
    #expect(tracker.expected == 4)
    for number in 2..<140_000 { _ = tracker.update(UInt16(truncatingIfNeeded: number)) }
    #expect(tracker.highest == 65_536 + 139_999)
    #expect(tracker.lost == 0)
  }

  @Test("§A.1 wrap with loss and reordering on both sides of it")
  func wrapLossy() {
    var tracker = RTPSequenceTracker(first: 65_530, probation: 0)
    let verdicts = feed(&tracker, [65_530, 65_532, 1, 65_531, 0, 3, 65_535, 65_535])
    #expect(
      verdicts == [
        .inOrder(lost: 0), .inOrder(lost: 1), .inOrder(lost: 4), .reordered, .reordered, .inOrder(lost: 1),
        .reordered, .duplicate,
      ])
    #expect(tracker.highest == 65_539)
    #expect(tracker.expected == 10)
    #expect(tracker.totalLost == 3)
    #expect(tracker.lost == 2, "a duplicate counts as received in RTCP's sum")
    #expect(tracker.gaps == 3)
    #expect(tracker.widestGap == 4)
  }

  @Test("§A.1 a packet before the first, across the wrap, is late and not a jump of 65 000")
  func beforeFirst() {
    var tracker = RTPSequenceTracker(first: 2, probation: 0)
    #expect(feed(&tracker, [2, 65_535, 3]) == [.inOrder(lost: 0), .reordered, .inOrder(lost: 0)])
    #expect(tracker.totalLost == 0)
  }

  @Test("§A.1 jumps: below MAX_DROPOUT accepted, beyond it only when confirmed")
  func jumps() {
    var tracker = RTPSequenceTracker(first: 0, probation: 0)
    #expect(feed(&tracker, [0, 2999]) == [.inOrder(lost: 0), .inOrder(lost: 2998)])
    #expect(feed(&tracker, [10_000, 3000, 20_000]) == [.implausible, .inOrder(lost: 0), .implausible])
    #expect(feed(&tracker, [20_001]) == [.restarted])
    #expect(tracker.received == 1)
    #expect(tracker.totalLost == 2998, "what was lost before the restart stays lost")
    #expect(feed(&tracker, [20_002, 20_002 - 99, 20_002 - 101])[1] == .reordered)
  }

  @Test("§A.3 fraction and cumulative loss by interval")
  func intervals() {
    var tracker = RTPSequenceTracker(first: 0, probation: 0)
    for number in 0..<100 where number % 4 != 3 { _ = tracker.update(UInt16(number)) }
    // 98 is the highest: 99 expected, 75 received.
    #expect(tracker.expected == 99)
    #expect(tracker.lost == 24)
    #expect(tracker.takeFractionLost() == UInt8(24 * 256 / 99))
    for number in 99..<200 { _ = tracker.update(UInt16(number)) }
    #expect(tracker.takeFractionLost() == 0)
    #expect(tracker.takeFractionLost() == 0, "an interval without packets")
    _ = tracker.update(700)
    #expect(tracker.takeFractionLost() == UInt8(500 * 256 / 501))
  }

  @Test("§A.3 duplicates make the cumulative loss negative, and the field is clamped to 24 bits")
  func clamped() {
    var tracker = RTPSequenceTracker(first: 0, probation: 0)
    _ = tracker.update(0)
    for _ in 0..<10 { #expect(tracker.update(0) == .duplicate) }
    #expect(tracker.lost == -10)
    #expect(tracker.cumulativeLostField == 0xff_fff6)
    #expect(tracker.takeFractionLost() == 0)
    for step in 0..<4000 { _ = tracker.update(UInt16(truncatingIfNeeded: 2999 * (step + 1))) }
    #expect(tracker.cumulativeLostField == 0x7f_ffff)
  }

  @Test("known extended numbers (SRTP): reordering by 1000 is no restart")
  func extended() {
    var tracker = RTPSequenceTracker(first: 5, probation: 0)
    for number in Int64(5)...1500 { _ = tracker.update(extended: number + 100) }
    #expect(tracker.update(extended: 700) == .duplicate)
    #expect(tracker.update(extended: 80) == .duplicate, "older than the window: cannot be told")
    #expect(tracker.update(extended: 5_000_000) == .inOrder(lost: 4_998_399))
    #expect(tracker.update(extended: 4_999_500) == .reordered)
  }

  @Test("the window of 1024 agrees with a set, over random walks")
  func window() {
    var ids = IDSource.seeded(77)
    var window = SequenceWindow()
    var seen = Set<Int64>()
    var highest: Int64 = 0
    for _ in 0..<20_000 {
      let step = ids.next(in: 0...20) == 0 ? Int64(ids.next(in: 0...5000)) : Int64(ids.next(in: 0...80)) - 40
      let index = max(0, highest + step)
      let expected: SequenceWindow.Answer =
        index <= highest - SequenceWindow.size && !seen.isEmpty ? .tooOld : seen.contains(index) ? .seen : .new
      #expect(window.check(index) == expected)
      if expected == .new {
        window.insert(index)
        seen.insert(index)
        highest = max(highest, index)
      }
    }
  }
}

@Suite("RFC 3550 §A.8 interarrival jitter")
struct RTPJitterTests {
  @Test("a steady stream has none, whatever its start")
  func steady() {
    var jitter = RTPJitterEstimator(clockRate: 8000)
    for step in 0..<1000 {
      jitter.update(timestamp: 0xffff_ff00 &+ UInt32(step) &* 160, arrival: ms(1e9 + Double(step) * 20))
    }
    #expect(jitter.timestampUnits == 0)
  }

  @Test("packets alternately 5 ms late: the estimate tends to 5 ms, as §A.8's arithmetic has it")
  func alternating() {
    var jitter = RTPJitterEstimator(clockRate: 8000)
    var reference = 0.0
    for step in 0..<500 {
      jitter.update(timestamp: UInt32(step) * 160, arrival: ms(Double(step) * 20 + (step % 2 == 0 ? 0 : 5)))
      if step > 0 { reference += (40 - reference) / 16 }
    }
    #expect(abs(Double(jitter.timestampUnits) - reference) <= 1)
    #expect(abs(jitter.milliseconds - 5) < 0.2)
  }

  @Test("absurd timestamps and times neither trap nor overflow")
  func absurd() {
    var ids = IDSource.seeded(4)
    var jitter = RTPJitterEstimator(clockRate: 192_000)
    for _ in 0..<20_000 {
      jitter.update(
        timestamp: UInt32(truncatingIfNeeded: ids.next()), arrival: Instant(nanoseconds: Int64(bitPattern: ids.next())))
    }
    #expect(jitter.timestampUnits > 0)
    #expect(RTPJitterEstimator(clockRate: 0).milliseconds == 0)
  }
}
