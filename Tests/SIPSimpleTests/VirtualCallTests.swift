import Media
import NetworkIO
import SIPParser
import SIPSimple
import SIPSimpleTesting
import Testing
import WireSupport

/// Two applications on one virtual network, each with a tone for a microphone.
struct Pair: Sendable {
  let network: VirtualNetwork
  let alice: SIPApplication
  let bob: SIPApplication
  let aliceDevice: VirtualAudioDevice
  let bobDevice: VirtualAudioDevice
  let target: String

  static let rate = 16_000

  init(
    _ network: VirtualNetwork, transport: SIPTransport = .udp, codecs: [String] = ["PCMU"],
    encryption: SRTPEncryption = .mandatory, bobEncryption: SRTPEncryption? = nil
  ) {
    self.network = network
    let aliceHost = network.host("10.0.0.1", names: ["alice.test"])
    let bobHost = network.host("10.0.0.2", names: ["bob.test"])
    aliceDevice = aliceHost.audioDevice(capturing: Self.tone(440), loops: true)
    bobDevice = bobHost.audioDevice(capturing: Self.tone(880), loops: true)
    func application(_ user: String, _ host: VirtualHost, _ device: VirtualAudioDevice, _ encryption: SRTPEncryption)
      -> SIPApplication
    {
      let listen = [SIPTransport.udp, .tcp, .tls].map {
        SIPListenAddress($0, TransportAddress(ip: host.ip, port: $0 == .tls ? 5061 : 5060))
      }
      return SIPApplication(
        SIPApplicationConfiguration(
          account: .direct(user: user), sip: SIPSettings(listen: listen, tls: SIPTLSSettings(trust: .anyone)),
          rtp: RTPSettings(audioCodecs: codecs, encryption: encryption),
          audio: AudioSettings(sampleRate: Self.rate, device: device)), network: host)
    }
    alice = application("alice", aliceHost, aliceDevice, encryption)
    bob = application("bob", bobHost, bobDevice, bobEncryption ?? encryption)
    target =
      transport == .tls
      ? "sip:bob@bob.test:5061;transport=tls" : "sip:bob@10.0.0.2:5060;transport=\(transport.parameterName)"
  }

  /// A second of a sine.
  static func tone(_ frequency: Int) -> [Int16] {
    (0..<rate).map { Int16(8000 * sine(Double($0 * frequency % rate) / Double(rate))) }
  }

  /// sin(2πx) without Foundation: a fifth-order fit is good to 0.02 %.
  private static func sine(_ turns: Double) -> Double {
    var x = turns - turns.rounded(.down)
    var sign = 1.0
    if x >= 0.5 { (x, sign) = (x - 0.5, -1) }
    if x > 0.25 { x = 0.5 - x }
    let a = x * 2 * .pi
    return sign * (a - a * a * a / 6 + a * a * a * a * a / 120 - a * a * a * a * a * a * a / 5040)
  }

  func start() async throws {
    try await alice.start()
    try await bob.start()
  }

  func stop() async {
    await alice.stop()
    await bob.stop()
  }

  /// Lets Bob accept the next call, and gives his session once it is established.
  func bobAnswers(after delay: Duration = .milliseconds(200)) async throws -> Session {
    for try await event in bob.events {
      guard case .incomingSession(let session) = event else { continue }
      await session.ring()
      await network.sleep(for: delay)
      try await session.accept()
      return session
    }
    throw CancellationError()
  }
}

@Suite("A whole call of two applications, in virtual time")
struct VirtualCallTests {
  @Test("each hears the other's tone, whatever carries the signalling", arguments: [SIPTransport.udp, .tcp, .tls])
  func call(_ transport: SIPTransport) async throws {
    let network = VirtualNetwork(seed: 1)
    try await network.run {
      let pair = Pair(network, transport: transport)
      try await pair.start()
      async let answered = pair.bobAnswers()
      let session = try await pair.alice.call(pair.target)
      let bobSession = try await answered
      await network.sleep(for: .seconds(5))
      let stream = try #require(await session.streams.first as? AudioStream)
      let statistics = await stream.statistics
      #expect(statistics.packetsSent >= 245 && statistics.packetsReceived >= 240)
      #expect(statistics.packetsLost == 0 && statistics.packetsRejected == 0)
      #expect(await stream.parameters?.srtpSuite == "AES_CM_128_HMAC_SHA1_80")
      #expect(await session.transport == transport)
      await session.end()
      for try await event in bobSession.events {
        if case .didEnd(let end) = event {
          #expect(end == SessionEnd(originator: .remote, reason: .hangup))
        }
      }
      #expect(await bobSession.state == .terminated)
      await pair.stop()
      #expect(ToneCheck.dominant(pair.bobDevice.played, rate: Pair.rate, among: [440, 880]) == 440)
      #expect(ToneCheck.dominant(pair.aliceDevice.played, rate: Pair.rate, among: [440, 880]) == 880)
    }
  }
}

/// Which of a few frequencies a signal holds most of.
enum ToneCheck {
  static func dominant(_ samples: [Int16], rate: Int, among frequencies: [Int]) -> Int? {
    // The middle of the signal, where the call surely was up.
    let middle = samples.dropFirst(samples.count / 2).prefix(rate / 2)
    guard middle.count == rate / 2, middle.contains(where: { $0.magnitude > 500 }) else { return nil }
    var best: (frequency: Int, power: Double)?
    for frequency in frequencies {
      // Goertzel with the recurrence of cos(2πf/r) from a rotating phasor.
      let step = phasor(Double(frequency) / Double(rate))
      var current = (1.0, 0.0)
      var sum = (0.0, 0.0)
      for sample in middle {
        sum.0 += Double(sample) * current.0
        sum.1 += Double(sample) * current.1
        current = (current.0 * step.0 - current.1 * step.1, current.0 * step.1 + current.1 * step.0)
      }
      let power = sum.0 * sum.0 + sum.1 * sum.1
      if power > best?.power ?? 0 { best = (frequency, power) }
    }
    return best?.frequency
  }

  /// (cos, sin) of 2πx for small x, by halving and Taylor.
  private static func phasor(_ turns: Double) -> (Double, Double) {
    let a = turns * 2 * .pi / 64
    var c = 1 - a * a / 2 + a * a * a * a / 24
    var s = a - a * a * a / 6 + a * a * a * a * a / 120
    for _ in 0..<6 { (c, s) = (c * c - s * s, 2 * c * s) }
    return (c, s)
  }
}
