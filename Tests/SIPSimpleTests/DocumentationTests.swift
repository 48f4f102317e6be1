import SIPSimple
import SIPSimpleTesting
import Testing

/// The code of the landing pages, word for word but for addresses and files: it compiles, and does what the page says.
@Suite("The examples of the documentation work")
struct DocumentationTests {
  @Test("SIPSimpleTesting.md: a call on a lossy link")
  func lossyCall() async throws {
    let network = VirtualNetwork(seed: 7)
    try await network.run {
      func application(_ user: String, _ host: VirtualHost) -> SIPApplication {
        SIPApplication(
          SIPApplicationConfiguration(
            account: .direct(user: user),
            sip: SIPSettings(listen: [SIPListenAddress(.udp, TransportAddress(ip: host.ip, port: 5060))]),
            audio: AudioSettings(sampleRate: 16_000, device: host.audioDevice())),
          network: host)
      }
      let alice = application("alice", network.host("10.0.0.1"))
      let bob = application("bob", network.host("10.0.0.2"))
      network.setConditions(LinkConditions(delay: .milliseconds(20), jitter: .milliseconds(40), loss: 0.05))
      try await alice.start()
      try await bob.start()

      async let called = bob.events.first { if case .incomingSession = $0 { true } else { false } }
      async let calling = alice.call("sip:bob@10.0.0.2")
      guard case .incomingSession(let incoming)? = try await called else { return }
      try await incoming.accept()
      let session = try await calling
      await network.sleep(for: .seconds(60))

      let stream = try #require(await session.streams.first as? AudioStream)
      #expect(await stream.statistics.packetsLost > 0)
      await session.end()
      await alice.stop()
      await bob.stop()
    }
  }

  @Test("SIPSimple.md: call, play, hang up; a refusal is a sentence", arguments: [true, false])
  func landingPage(_ accepts: Bool) async throws {
    let network = VirtualNetwork(seed: 8)
    let path = Signal.temporaryPath("hello")
    defer { Signal.remove(path) }
    try Signal.writeWave(path, Signal.tone(440, rate: 8000), rate: 8000)
    try await network.run {
      let pair = Pair(network)
      let alice = pair.alice
      let log = EventLog.Story(network)
      try await pair.bob.start()
      _ = network.task {
        for try await event in pair.bob.events {
          guard case .incomingSession(let session) = event else { continue }
          await session.ring()
          if accepts { try await session.accept() } else { await session.reject(code: 486) }
        }
      }
      try await alice.run {
        do {
          try await alice.withCall(pair.target, streams: [.audio()]) { session in
            for try await event in session.events {
              switch event {
              case .didStart(let streams):
                try await (streams.first as? AudioStream)?.play(path)
                await session.end()
              case .didEnd(let end): log.add("\(end)")
              default: break
              }
            }
          }
        } catch let failure as SessionFailure {
          log.add("\(failure)")
        }
      }
      await pair.bob.stop()
      #expect(log.lines.count == 1)
      let expected = accepts ? "ended by local party: hung up" : "The peer refused the call with 486 Busy Here"
      #expect(log.lines.first?.hasSuffix(expected) == true)
    }
  }
}
