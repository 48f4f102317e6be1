import Testing
import WireSupport

@testable import Media

@Suite("Jitter buffer: what it plays, when, over scripted networks")
struct JitterBufferTests {
  @Test(arguments: [0.5, 3.0, 7.0, 12.0, 19.5])
  func withoutJitterItAddsAboutOneFrameAndTouchesNothing(phase: Double) {
    var simulation = BufferSimulation()
    simulation.phase = phase
    simulation.run(BufferSimulation.steady(1_500), until: 29_900)
    let statistics = simulation.statistics
    #expect(statistics.concealedMilliseconds == 0)
    #expect(statistics.underruns == 0)
    #expect(statistics.late == 0 && statistics.discarded == 0)
    #expect(statistics.currentDelayMilliseconds <= 27)
    #expect(statistics.targetDelayMilliseconds <= 6)
    #expect(simulation.playedSequences == (100..<100 + UInt16(simulation.playedSequences.count)).map { $0 })
    #expect(statistics.played > 1_490)
  }

  @Test func aConstantDelayIsNoJitter() {
    var simulation = BufferSimulation()
    simulation.run(BufferSimulation.steady(500) { _ in 180 }, until: 10_100)
    #expect(simulation.statistics.concealedMilliseconds == 0)
    #expect(simulation.statistics.currentDelayMilliseconds <= 27)
  }

  @Test func aRampOfDelayIsFollowedUpAndDown() {
    var simulation = BufferSimulation()
    let packets = BufferSimulation.steady(3_000) { index in
      index < 500 ? 0 : index < 1_000 ? Double(index - 500) * 0.2 : index < 1_500 ? Double(1_500 - index) * 0.2 : 0
    }
    simulation.run(packets, until: 59_900)
    let statistics = simulation.statistics
    #expect(statistics.concealedMilliseconds < 400)
    #expect(statistics.currentDelayMilliseconds < 30)
    #expect(statistics.played + statistics.late + statistics.discarded + statistics.waiting == statistics.received)
    #expect(simulation.delays.max() ?? 0 > 60)
  }

  @Test func aSpikeIsBridgedAndItsDelayGivenBack() {
    var simulation = BufferSimulation()
    // Ten packets are held up and come at once.
    let packets = BufferSimulation.steady(2_000) { (500..<510).contains($0) ? Double(510 - $0) * 20 : 0 }
    simulation.run(packets, until: 39_900)
    let statistics = simulation.statistics
    #expect(statistics.underruns <= 2)
    #expect(statistics.concealedMilliseconds <= 240)
    #expect(statistics.discarded + statistics.late <= 8)
    #expect(statistics.currentDelayMilliseconds < 50)
    #expect(statistics.compressedMilliseconds > 0)
    #expect(statistics.maximumDelayMilliseconds < 260)
  }

  @Test func uniformJitterOf40MillisecondsWith5PercentLoss() {
    var ids = IDSource.seeded(11)
    var lost = 0
    let packets = BufferSimulation.steady(6_000) { _ in
      if ids.nextUnit() < 0.05 {
        lost += 1
        return nil
      }
      return ids.nextUnit() * 40
    }
    var simulation = BufferSimulation()
    simulation.buffer.hasForwardErrorCorrection = true
    simulation.run(packets, until: 119_900)
    let statistics = simulation.statistics
    #expect(statistics.late + statistics.discarded < 60)
    #expect(statistics.concealedMilliseconds < Double(lost) * 20 * 1.15)
    #expect((35.0...90).contains(statistics.currentDelayMilliseconds))
    #expect(statistics.recentLoss > 0.01 && statistics.recentLoss < 0.15)
    // Most of what is lost could be restored from the packet after it, which is there already.
    let recoverable = simulation.script.filter { $0 == "r" }.count
    #expect(Double(recoverable) > Double(lost) * 0.75)
  }

  @Test func withoutErrorCorrectionLossDoesNotCostDelay() {
    var ids = IDSource.seeded(12)
    let packets = BufferSimulation.steady(3_000) { _ in ids.nextUnit() < 0.05 ? nil : 0 }
    var simulation = BufferSimulation()
    simulation.run(packets, until: 59_900)
    let statistics = simulation.statistics
    #expect(statistics.currentDelayMilliseconds <= 30)
    #expect(statistics.late == 0)
    #expect(abs(statistics.concealedMilliseconds - Double(3_000 - packets.count) * 20) < 100)
  }

  @Test func reorderedPacketsArePutInOrder() {
    let packets = BufferSimulation.steady(1_000) { $0 % 10 == 3 ? 25 : 0 }
    var simulation = BufferSimulation()
    simulation.run(packets, until: 19_900)
    #expect(simulation.statistics.reordered == 100)
    #expect(zip(simulation.playedSequences, simulation.playedSequences.dropFirst()).allSatisfy { $0 < $1 })
    #expect(simulation.statistics.late <= 3)
    #expect(simulation.playedSequences.count > 980)
  }

  @Test func duplicatesAreCountedAndPlayedOnce() {
    let once = BufferSimulation.steady(500)
    let again = once.map { packet in
      var copy = packet
      copy.arrival += packet.sequence % 2 == 0 ? 0 : 50
      return copy
    }
    var simulation = BufferSimulation()
    simulation.run(once + again, until: 9_900)
    #expect(simulation.statistics.duplicates >= 490)
    #expect(simulation.statistics.late == 0)
    #expect(Set(simulation.playedSequences).count == simulation.playedSequences.count)
    #expect(simulation.statistics.concealedMilliseconds == 0)
  }

  @Test func numbersWrapAroundUnnoticed() {
    var simulation = BufferSimulation()
    simulation.run(
      BufferSimulation.steady(500, sequence: 65_400, timestamp: UInt32.max - 20_000), until: 9_900)
    #expect(simulation.statistics.concealedMilliseconds == 0)
    #expect(simulation.statistics.restarts == 0)
    #expect(simulation.statistics.discarded == 0)
    #expect(simulation.playedSequences.contains(65_535) && simulation.playedSequences.contains(0))
  }

  /// RFC 3550 §5.1: a sender that leaves silence out skips timestamps and not sequence numbers.
  @Test func silenceLeftOutIsNoLoss() {
    var packets: [BufferSimulation.Sent] = []
    for index in 0..<1_000 where (index / 50) % 2 == 0 {
      packets.append(
        .init(
          sequence: UInt16(packets.count), timestamp: UInt32(index * 160), arrival: Double(index) * 20))
    }
    var simulation = BufferSimulation()
    simulation.run(packets, until: 19_000)
    let statistics = simulation.statistics
    #expect(statistics.concealedMilliseconds <= 20)
    #expect(statistics.silenceMilliseconds > 8_500)
    #expect(statistics.underruns <= 1)
    #expect(statistics.played >= 490)
    #expect(statistics.recentLoss == 0)
  }

  @Test(arguments: [-200.0, 200.0])
  func clocksThatDriftForAnHour(partsPerMillion: Double) {
    var simulation = BufferSimulation()
    let period = 20 * (1 + partsPerMillion * 1e-6)
    simulation.run(BufferSimulation.steady(180_000, period: period), until: 3_590_000)
    let statistics = simulation.statistics
    // 720 ms must be made up for, by the shape of speech alone.
    #expect(statistics.concealedMilliseconds <= 60)
    #expect(statistics.discarded == 0)
    #expect(statistics.late <= 3)
    #expect(statistics.maximumDelayMilliseconds <= 60)
    #expect(statistics.currentDelayMilliseconds <= 50)
    if partsPerMillion < 0 {
      #expect(statistics.compressedMilliseconds - statistics.expandedMilliseconds > 600)
    } else {
      #expect(statistics.expandedMilliseconds - statistics.compressedMilliseconds > 600)
    }
  }

  @Test func aSourceThatStartsAnewIsFollowedAfterOnePacket() {
    let first = BufferSimulation.steady(200)
    let second = BufferSimulation.steady(200, sequence: 40_000, timestamp: 3_000_000_000).map { packet in
      var moved = packet
      moved.arrival += 4_000
      return moved
    }
    var simulation = BufferSimulation()
    simulation.run(first + second, until: 7_900)
    #expect(simulation.statistics.restarts == 1)
    #expect(simulation.statistics.discarded <= 1)
    #expect(simulation.playedSequences.filter { $0 >= 40_000 }.count > 190)
  }

  @Test func aSingleStrayPacketChangesNothing() {
    var packets = BufferSimulation.steady(300)
    packets.append(.init(sequence: 31_000, timestamp: 77, arrival: 3_001))
    packets.append(.init(sequence: 9_000, timestamp: 4_000_000_000, arrival: 4_001))
    var simulation = BufferSimulation()
    simulation.run(packets, until: 5_900)
    #expect(simulation.statistics.discarded == 2)
    #expect(simulation.statistics.restarts == 0)
    #expect(simulation.statistics.concealedMilliseconds == 0)
  }

  @Test func timestampsSetBackAreFollowed() {
    let first = BufferSimulation.steady(100)
    let second = BufferSimulation.steady(100, sequence: 200, timestamp: 5000 + 100 * 160 - 3_000).map { packet in
      var moved = packet
      moved.arrival += 2_000
      return moved
    }
    var simulation = BufferSimulation()
    simulation.run(first + second, until: 3_900)
    #expect(simulation.playedSequences.filter { $0 >= 200 }.count > 90)
  }

  @Test func anOutageEndsAtOnceWhenPacketsReturn() {
    let packets = BufferSimulation.steady(1_000) { (300..<450).contains($0) ? nil : 0 }
    var simulation = BufferSimulation()
    simulation.run(packets, until: 19_900)
    #expect(simulation.statistics.restarts == 0)
    #expect(simulation.playedSequences.count > 840)
    #expect(simulation.statistics.currentDelayMilliseconds < 50)
  }

  @Test func aFixedDelayStaysFixed() {
    var ids = IDSource.seeded(4)
    var simulation = BufferSimulation(.init(minimumDelay: 100, maximumDelay: 100, initialDelay: 100))
    simulation.run(BufferSimulation.steady(1_000) { _ in ids.nextUnit() * 30 }, until: 19_900)
    #expect(simulation.delays.allSatisfy { (95.0...135).contains($0) })
    #expect(simulation.statistics.concealedMilliseconds == 0)
  }

  @Test func numbersOfTelephoneEventsAreNotLost() {
    var simulation = BufferSimulation()
    var packets: [BufferSimulation.Sent] = []
    for index in 0..<200 where index % 20 != 10 {
      packets.append(.init(sequence: UInt16(index), timestamp: UInt32(index * 160), arrival: Double(index) * 20))
    }
    let payload = [UInt8](repeating: 0, count: 160)
    // One call of `run` for each stretch between two events, which are told as they come.
    for packet in packets {
      if packet.sequence % 20 == 11 { simulation.buffer.skip(sequence: packet.sequence &- 1) }
      simulation.buffer.put(
        payload.span, sequence: packet.sequence, timestamp: packet.timestamp, duration: 160,
        at: BufferSimulation.instant(packet.arrival))
      switch simulation.buffer.next(at: BufferSimulation.instant(packet.arrival + 15), buffered: 0) {
      case .lost: Issue.record("a telephone event was taken for a loss")
      default: break
      }
    }
    #expect(simulation.statistics.concealedMilliseconds == 0)
    #expect(simulation.statistics.recentLoss == 0)
  }

  @Test func configurationsAreBroughtIntoOrder() {
    let odd = JitterBufferConfiguration(minimumDelay: 300, maximumDelay: 100, initialDelay: -5, onTimeShare: .nan)
    #expect(odd.minimumDelay == 300 && odd.maximumDelay == 300 && odd.initialDelay == 300)
    #expect(odd.onTimeShare == 0.98)
  }
}
