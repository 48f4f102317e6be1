import Media
import NetworkIO
import SIPParser
import SIPSimple
import SIPSimpleTesting
import Testing
import WireSupport

#if canImport(Glibc)
  import Glibc
#endif

@Suite("A whole call of two applications, in virtual time")
struct CallTests {
  @Test("each hears the other's tone, whatever carries the signalling", arguments: [SIPTransport.udp, .tcp, .tls])
  func call(_ transport: SIPTransport) async throws {
    let network = VirtualNetwork(seed: 1)
    try await network.run {
      let pair = Pair(network) { $0.transport = transport }
      try await pair.start()
      let call = try await pair.establish()
      await network.sleep(for: .seconds(5))
      let statistics = await call.aliceStream.statistics
      #expect(statistics.packetsSent >= 245 && statistics.packetsReceived >= 240)
      #expect(statistics.packetsLost == 0 && statistics.packetsRejected == 0)
      #expect(await call.aliceStream.parameters?.srtpSuite == "AES_CM_128_HMAC_SHA1_80")
      #expect(await call.alice.transport == transport)
      #expect(await call.alice.tlsVersion == (transport == .tls ? "TLSv1.3" : nil))
      #expect(await call.alice.setupMilliseconds ?? 0 >= 200)
      #expect(Signal.dominant(pair.bobDevice.played.suffix(8000), rate: Pair.rate) == 440)
      #expect(Signal.dominant(pair.aliceDevice.played.suffix(8000), rate: Pair.rate) == 880)
      await call.alice.end()
      #expect(try await call.bob.outcome() == .ended(SessionEnd(originator: .remote, reason: .hangup)))
      #expect(try await call.alice.outcome() == .ended(SessionEnd(originator: .local, reason: .hangup)))
      await pair.stop()
      #expect(network.boundAddresses.isEmpty)
    }
  }

  @Test("the events of both sides come in the order of the call, each once")
  func events() async throws {
    let network = VirtualNetwork(seed: 2)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      async let received = pair.bobReceives()
      let alice = try await pair.alice.session(to: pair.target)
      let aliceLog = EventLog(alice, on: network)
      async let connected: Void = alice.connect()
      let bob = try await received
      let bobLog = EventLog(bob, on: network)
      await bob.ring()
      await network.sleep(for: .seconds(1))
      try await bob.accept()
      try await connected
      await network.sleep(for: .seconds(1))
      await bob.end()
      await network.sleep(for: .milliseconds(10))
      #expect(
        aliceLog.lines == [
          "ringing", "provisional 180", "willStart", "didStart audio", "didEnd remote hung up", "end of events",
        ])
      #expect(
        bobLog.lines == ["willStart", "didStart audio", "willEnd local", "didEnd local hung up", "end of events"])
      await pair.stop()
    }
  }

  @Test("two calls at once in one application: each peer hears Alice and not the other")
  func twoCallsAtOnce() async throws {
    let network = VirtualNetwork(seed: 3)
    try await network.run {
      let pair = Pair(network)
      let host = network.host("10.0.0.3")
      let device = host.audioDevice(capturing: Signal.tone(1320, rate: Pair.rate), loops: true)
      let carol = Pair.application("carol", host, device, codecs: ["PCMU"], encryption: .mandatory)
      try await pair.start()
      try await carol.start()
      async let first = pair.establish()
      async let second = pair.alice.call("sip:carol@10.0.0.3")
      let carols = try await Pair.nextSession(of: carol)
      try await carols.accept()
      let call = try await first
      let alices = try await second
      await network.sleep(for: .seconds(3))
      #expect(await pair.alice.sessions.count == 2)
      let notes = [440, 880, 1320]
      let heardByBob = pair.bobDevice.played.suffix(8000)
      let heardByCarol = device.played.suffix(8000)
      #expect(Signal.dominant(heardByBob, rate: Pair.rate, among: notes) == 440)
      #expect(Signal.dominant(heardByCarol, rate: Pair.rate, among: notes) == 440)
      #expect(Signal.amplitude(of: 1320, in: heardByBob, rate: Pair.rate) < 50)
      #expect(Signal.amplitude(of: 880, in: heardByCarol, rate: Pair.rate) < 50)
      let heardByAlice = pair.aliceDevice.played.suffix(8000)
      #expect(Signal.amplitude(of: 880, in: heardByAlice, rate: Pair.rate) > 4000)
      #expect(Signal.amplitude(of: 1320, in: heardByAlice, rate: Pair.rate) > 4000)
      await alices.end()
      await network.sleep(for: .seconds(1))
      #expect(Signal.amplitude(of: 1320, in: pair.aliceDevice.played.suffix(8000), rate: Pair.rate) < 50)
      #expect(Signal.amplitude(of: 880, in: pair.aliceDevice.played.suffix(8000), rate: Pair.rate) > 4000)
      #expect(await call.alice.state == .connected)
      await pair.stop()
      await carol.stop()
    }
  }

  @Test("twenty applications call in a ring: everybody hears the one behind")
  func ring() async throws {
    let network = VirtualNetwork(seed: 4)
    let members = 20
    try await network.run {
      var applications: [(SIPApplication, VirtualAudioDevice)] = []
      for index in 0..<members {
        let host = network.host("10.0.1.\(index + 1)")
        let device = host.audioDevice(capturing: Signal.tone(300 + 50 * index, rate: Pair.rate), loops: true)
        let application = Pair.application("u\(index)", host, device, codecs: ["PCMU"], encryption: .mandatory)
        try await application.start()
        applications.append((application, device))
      }
      let sessions = try await withThrowingTaskGroup(of: Session.self) { group in
        for (index, member) in applications.enumerated() {
          group.addTask {
            let incoming = try await Pair.nextSession(of: member.0)
            try await incoming.accept()
            // What the caller says is not played here, so that each is heard by one member only.
            return incoming
          }
          group.addTask { try await member.0.call("sip:u@10.0.1.\((index + 1) % members + 1)") }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(sessions.count == 2 * members)
      await network.sleep(for: .seconds(2))
      let notes = (0..<members).map { 300 + 50 * $0 }
      for (index, member) in applications.enumerated() {
        let heard = member.1.played.suffix(8000)
        for other in notes.indices {
          let isNeighbour = other == (index + 1) % members || other == (index + members - 1) % members
          let amplitude = Signal.amplitude(of: notes[other], in: heard, rate: Pair.rate)
          #expect(isNeighbour ? amplitude > 4000 : amplitude < 400, "member \(index) hears \(other) at \(amplitude)")
        }
      }
      await withTaskGroup(of: Void.self) { group in
        for member in applications { group.addTask { await member.0.stop() } }
      }
      #expect(network.boundAddresses.isEmpty)
    }
  }

  @Test("a call of a minute, both ends and the network, costs little processor time", arguments: ["PCMU", "opus"])
  func cost(_ codec: String) async throws {
    let network = VirtualNetwork(seed: 5)
    let spent = try await network.run {
      // The whole run is on the loop's one thread: its processor time is that of the call, however busy the machine is.
      let began = Self.processorTime()
      let pair = Pair(network) { $0.codecs = [codec] }
      try await pair.start()
      let call = try await pair.establish()
      await network.sleep(for: .seconds(60))
      #expect(await call.aliceStream.statistics.packetsReceived > 2950)
      await pair.stop()
      return Self.processorTime() - began
    }
    print("figures of a 60 s call of \(codec) over SRTP, both ends and the network: \(Int(spent.inMilliseconds)) ms")
    #expect(spent < .seconds(60))
  }

  private static func processorTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
