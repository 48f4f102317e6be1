import SIPParser
import SIPSimple
import SIPSimpleTesting
import Synchronization
import Testing
import WireSupport

#if canImport(Glibc)
  import Glibc
#endif

@Suite("Random calls over a bad wire end cleanly, and both sides agree how")
struct RandomCallTests {
  /// The seeds to play: all, the one in SIPSIMPLE_SEED, or SIPSIMPLE_SEEDS of them (for a soak).
  private static func seeds(_ range: ClosedRange<UInt64>) -> [UInt64] {
    if let text = getenv("SIPSIMPLE_SEEDS"), let count = UInt64(String(cString: text)) {
      return Array(range.lowerBound..<range.lowerBound + count)
    }
    guard let text = getenv("SIPSIMPLE_SEED"), let seed = UInt64(String(cString: text)) else { return Array(range) }
    return [seed]
  }

  private func play(
    _ seeds: [UInt64], _ name: String, _ conditions: LinkConditions, _ transport: SIPTransport, hasAudio: Bool = false
  ) async throws {
    var established = 0
    var timers = 0
    var longest = Duration.zero
    for seed in seeds {
      let replay = "replay with SIPSIMPLE_SEED=\(seed) swift test --filter RandomCallTests/\(name)"
      do {
        let call = RandomCall(seed: seed, conditions: conditions, transport: transport, hasAudio: hasAudio)
        let report = try await call.play()
        if report.isEstablished { established += 1 }
        if let failure = report.caller?.failure, failure.reason == .noAnswer { timers += 1 }
        longest = max(longest, report.length)
        if seeds.count == 1 { print(report.story.joined(separator: "\n")) }
        #expect(
          report.faults.isEmpty,
          "\(replay)\n\(report.faults.joined(separator: "\n"))\n\(report.story.joined(separator: "\n"))")
      } catch {
        Issue.record("\(replay)\n\(error)")
      }
    }
    print(
      "figures of \(seeds.count) random calls (\(name)): \(established) established, \(timers) without an answer, "
        + "the longest \(Int(longest.inMilliseconds)) ms of virtual time")
    if seeds.count > 1 { #expect(established > seeds.count / 3) }
  }

  @Test("200 scripts over UDP that loses 30 %, doubles 5 % and lets 10 % overtake")
  func lossy() async throws {
    try await play(
      Self.seeds(1...200), "lossy",
      LinkConditions(
        delay: .milliseconds(20), jitter: .milliseconds(50), loss: 0.3, duplication: 0.05, reordering: 0.1,
        reorderingDelay: .milliseconds(120)), .udp)
  }

  @Test("60 scripts over UDP that loses nothing and lets half overtake, some by more than T1")
  func reordered() async throws {
    try await play(
      Self.seeds(1001...1060), "reordered",
      LinkConditions(
        delay: .milliseconds(5), jitter: .milliseconds(100), duplication: 0.2, reordering: 0.5,
        reorderingDelay: .milliseconds(700)), .udp)
  }

  @Test("60 scripts over TCP and TLS on the same bad wire", arguments: [SIPTransport.tcp, .tls])
  func streams(_ transport: SIPTransport) async throws {
    try await play(
      Self.seeds(2001...2030), "streams",
      LinkConditions(delay: .milliseconds(20), jitter: .milliseconds(50), loss: 0.3),
      transport)
  }

  @Test("10 scripts with audio running")
  func withAudio() async throws {
    try await play(
      Self.seeds(3001...3010), "withAudio", LinkConditions(delay: .milliseconds(20), loss: 0.3), .udp, hasAudio: true)
  }
}
