import SIPSimple
import SIPSimpleTesting
import Testing
import WireSupport

@Suite("A bad link: 5 % loss and 40 ms of jitter, and the figures say so")
struct MediaConditionsTests {
  struct Figures: Sendable {
    var statistics: AudioStreamStatistics
    var heard: Int?
    var purity: Double
  }

  /// A call of a minute on a link; what Alice measured of what Bob sent.
  static func minute(_ codec: String, _ conditions: LinkConditions, seed: UInt64) async throws -> Figures {
    let network = VirtualNetwork(seed: seed)
    return try await network.run {
      let pair = Pair(network) { $0.codecs = [codec] }
      network.setConditions(conditions)
      try await pair.start()
      let call = try await pair.establish()
      await network.sleep(for: .seconds(60))
      #expect(await call.alice.state == .connected)
      #expect(await call.bob.state == .connected)
      let statistics = await call.aliceStream.statistics
      let heard = pair.aliceDevice.played.suffix(5 * Pair.rate)
      // How much of the sound is the tone, 1 for all of it: the mean over tenths of a second, which loss cuts short.
      var share = 0.0
      for tenth in 0..<50 {
        let window = heard.dropFirst(tenth * Pair.rate / 10).prefix(Pair.rate / 10)
        share += Signal.amplitude(of: 880, in: window, rate: Pair.rate) / 8000 / 50
      }
      await pair.stop()
      return Figures(statistics: statistics, heard: Signal.dominant(heard, rate: Pair.rate), purity: share)
    }
  }

  @Test(
    "the call sets up and stays up for a minute, loss, jitter, delay, concealment and MOS are told",
    arguments: ["opus", "PCMU"])
  func badLink(_ codec: String) async throws {
    let clean = try await Self.minute(codec, LinkConditions(delay: .milliseconds(20)), seed: 1)
    let bad = try await Self.minute(
      codec, LinkConditions(delay: .milliseconds(20), jitter: .milliseconds(40), loss: 0.05), seed: 1)
    let (good, poor) = (clean.statistics, bad.statistics)
    print(
      """
      figures of a minute of \(codec), clean / 5 % loss and 40 ms jitter:
        lost \(good.packetsLost) / \(poor.packetsLost) of \(poor.packetsReceived), late \(good.packetsLate) / \
      \(poor.packetsLate), recovered \(good.framesRecovered) / \(poor.framesRecovered), concealed \
      \(good.concealedMilliseconds) / \(poor.concealedMilliseconds) ms
        jitter \(good.jitterMilliseconds) / \(poor.jitterMilliseconds) ms, buffer \(good.bufferMilliseconds) / \
      \(poor.bufferMilliseconds) ms, round trip \(good.roundTripMilliseconds ?? 0) / \(poor.roundTripMilliseconds ?? 0) ms
        MOS listening \(good.mosListening) / \(poor.mosListening), conversational \(good.mosConversational) / \
      \(poor.mosConversational), tone \(clean.purity) / \(bad.purity)
      """)
    #expect(clean.heard == 880 && bad.heard == 880)
    #expect(clean.purity > 0.9 && bad.purity > 0.7)
    #expect(good.packetsLost == 0 && good.packetsLate == 0 && good.framesRecovered == 0)
    #expect(good.packetsReceived > 2950)
    let share = Double(poor.packetsLost) / Double(Int64(poor.packetsReceived) + poor.packetsLost)
    #expect((0.03...0.07).contains(share))
    #expect(poor.mosListening < good.mosListening - 0.1)
    #expect(poor.mosConversational < good.mosConversational)
    #expect((1...4.5).contains(poor.mosListening))
    #expect(poor.bufferMilliseconds > good.bufferMilliseconds)
    #expect(poor.bufferMilliseconds < 150)
    #expect(poor.concealedMilliseconds > good.concealedMilliseconds)
    #expect(poor.jitterMilliseconds > 3 && good.jitterMilliseconds < 1)
    #expect((38...42).contains(good.roundTripMilliseconds ?? 0))
    #expect((40...130).contains(poor.roundTripMilliseconds ?? 0))
    #expect((0.005...0.15).contains(poor.remoteLossFraction ?? 0))
    #expect(poor.packetsRejected == 0)
  }

  @Test("speech over Opus: once the loss is reported, most lost frames come back from the next packet's FEC copy")
  func forwardErrorCorrection() async throws {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let (speech, format) = try Signal.wave("/\(root)/Assets/alice.wav")
    var wishes = Pair.Wishes()
    wishes.codecs = ["opus"]
    wishes.rate = format.sampleRate
    let chosen = wishes
    let network = VirtualNetwork(seed: 4)
    let statistics = try await network.run {
      let pair = Pair(network) { $0 = chosen }
      pair.bobDevice.setCapture(speech, loops: true)
      network.setConditions(LinkConditions(delay: .milliseconds(20), jitter: .milliseconds(40), loss: 0.05))
      try await pair.start()
      let call = try await pair.establish()
      await network.sleep(for: .seconds(60))
      let statistics = await call.aliceStream.statistics
      await pair.stop()
      return statistics
    }
    print(
      "figures of a minute of speech over opus at 5 % loss: lost \(statistics.packetsLost), recovered "
        + "\(statistics.framesRecovered), concealed \(statistics.concealedMilliseconds) ms, MOS \(statistics.mosListening)"
    )
    #expect(statistics.packetsLost > 90)
    #expect(statistics.framesRecovered > 40)
    #expect(statistics.concealedMilliseconds > 0)
    #expect(statistics.mosListening > 3.5)
  }

  @Test("packets that come twice or out of order are counted and not heard")
  func disorder() async throws {
    let figures = try await Self.minute(
      "PCMA", LinkConditions(delay: .milliseconds(20), duplication: 0.1, reordering: 0.05), seed: 2)
    let statistics = figures.statistics
    #expect(figures.heard == 880 && figures.purity > 0.9)
    #expect((200...400).contains(statistics.packetsDuplicated + statistics.packetsRejected))
    #expect((80...230).contains(statistics.packetsReordered))
    #expect(statistics.packetsLost == 0)
  }

  @Test("a link that breaks for ten seconds: the sound comes back at once, with no more delay than before")
  func outage() async throws {
    let network = VirtualNetwork(seed: 3)
    try await network.run {
      let pair = Pair(network) { $0.codecs = ["opus"] }
      network.setConditions(LinkConditions(delay: .milliseconds(20)))
      try await pair.start()
      let call = try await pair.establish()
      await network.sleep(for: .seconds(5))
      let before = await call.aliceStream.statistics.bufferMilliseconds
      network.setConditions(LinkConditions(loss: 1), for: .media)
      await network.sleep(for: .seconds(10))
      #expect(Signal.peak(pair.aliceDevice.played.suffix(8000)) < 100)
      network.setConditions(LinkConditions(delay: .milliseconds(20)), for: .media)
      await network.sleep(for: .milliseconds(1000))
      #expect(Signal.dominant(pair.aliceDevice.played.suffix(4000), rate: Pair.rate) == 880)
      await network.sleep(for: .seconds(10))
      let after = await call.aliceStream.statistics
      #expect(after.bufferMilliseconds <= before + 40)
      #expect((490...510).contains(after.packetsLost))
      await pair.stop()
    }
  }
}
