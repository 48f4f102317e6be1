import SIPParser
import SIPTransaction
import SIPUserAgent
import Testing
import WireSupport

@Suite("Random calls over a bad wire end, agree, and leave nothing behind")
struct StormTests {
  /// One replayable line a failing seed: `RandomScript(seed: N, conditions: …).play()`.
  private func play(
    seeds: Range<UInt64>, _ conditions: WireConditions, _ transport: SIPTransport = .udp
  ) -> (faults: [String], timers: Int) {
    var faults: [String] = []
    var timers = 0
    for seed in seeds {
      var script = RandomScript(seed: seed, conditions: conditions, transport: transport)
      let wrong = script.play()
      if !wrong.isEmpty { faults.append("seed \(seed): \(wrong.joined(separator: "; "))") }
      if RandomScript.isTimer(script.ends.caller) || RandomScript.isTimer(script.ends.callee) { timers += 1 }
    }
    return (faults, timers)
  }

  @Test("30 % loss, duplicates and reordering over UDP: 2000 seeds", arguments: 0..<10)
  func thirtyPercentLoss(block: UInt64) {
    let conditions = WireConditions(loss: 0.3, duplication: 0.1, delay: 5...400)
    let (faults, timers) = play(seeds: block * 200..<block * 200 + 200, conditions)
    #expect(faults == [])
    // A request that is lost eleven times in a row is rare; most calls end as the script says.
    #expect(timers <= 10)
  }

  @Test("A wire without faults never needs a timer: 200 seeds", arguments: [SIPTransport.udp, .tcp])
  func perfectWire(transport: SIPTransport) {
    let (faults, timers) = play(seeds: 5000..<5200, WireConditions(delay: 20...20), transport)
    #expect(faults == [])
    #expect(timers == 0)
  }

  @Test("Reordering and duplicates alone: 200 seeds")
  func reordering() {
    let (faults, timers) = play(seeds: 7000..<7200, WireConditions(duplication: 0.3, delay: 1...900))
    #expect(faults == [])
    #expect(timers == 0)
  }

  @Test("70 % loss: every call ends all the same, 100 seeds")
  func seventyPercentLoss() {
    let (faults, _) = play(seeds: 9000..<9100, WireConditions(loss: 0.7, duplication: 0.1, delay: 5...400))
    #expect(faults == [])
  }

  @Test("The scripts reach what they are meant to reach")
  func coverage() {
    var seen: [String: Int] = [:]
    for seed in UInt64(0)..<300 {
      var script = RandomScript(seed: seed, conditions: WireConditions(loss: 0.3, duplication: 0.1, delay: 5...400))
      _ = script.play()
      for story in script.wire.peers.map(\.story) { for word in story { seen[word, default: 0] += 1 } }
    }
    for word in [
      "incoming", "progress 180", "answered", "answered with offer", "confirmed", "reinvited", "reinvite answered",
      "reinvite answered with offer", "reinvite confirmed", "reinvite rejected 488", "reinvite deferred",
      "request INFO", "response 200",
    ] {
      #expect(seen[word, default: 0] >= 5, "\(word)")
    }
  }
}
