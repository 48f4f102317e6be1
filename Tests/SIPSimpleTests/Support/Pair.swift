import Media
import NetworkIO
import SIPParser
import SIPSimple
import SIPSimpleTesting
import WireSupport

/// Two applications on one virtual network, each with a tone for a microphone: Alice 440 Hz, Bob 880 Hz.
struct Pair: Sendable {
  /// What a test may wish otherwise; each value has a default that makes a plain call.
  struct Wishes: Sendable {
    var transport = SIPTransport.udp
    var codecs = ["PCMU"]
    var bobCodecs: [String]?
    var encryption = SRTPEncryption.mandatory
    var bobEncryption: SRTPEncryption?
    var answerTimeout: Duration? = .seconds(180)
    /// The mixers' rate, Hz.
    var rate = Pair.rate
    var mediaTimeout = Duration.seconds(30)
  }

  let network: VirtualNetwork
  let alice: SIPApplication
  let bob: SIPApplication
  let aliceDevice: VirtualAudioDevice
  let bobDevice: VirtualAudioDevice
  let aliceHost: VirtualHost
  let bobHost: VirtualHost
  let target: String

  static let rate = 16_000

  init(_ network: VirtualNetwork, _ change: (inout Wishes) -> Void = { _ in }) {
    var wishes = Wishes()
    change(&wishes)
    self.network = network
    aliceHost = network.host("10.0.0.1", names: ["alice.test"])
    bobHost = network.host("10.0.0.2", names: ["bob.test"])
    aliceDevice = aliceHost.audioDevice(capturing: Signal.tone(440, rate: wishes.rate), loops: true)
    bobDevice = bobHost.audioDevice(capturing: Signal.tone(880, rate: wishes.rate), loops: true)
    alice = Self.application(
      "alice", aliceHost, aliceDevice, wishes, codecs: wishes.codecs, encryption: wishes.encryption)
    bob = Self.application(
      "bob", bobHost, bobDevice, wishes, codecs: wishes.bobCodecs ?? wishes.codecs,
      encryption: wishes.bobEncryption ?? wishes.encryption)
    target =
      wishes.transport == .tls
      ? "sip:bob@bob.test:5061;transport=tls" : "sip:bob@10.0.0.2:5060;transport=\(wishes.transport.parameterName)"
  }

  /// An application at the usual ports of a host.
  static func application(
    _ user: String, _ host: VirtualHost, _ device: any AudioDevice, _ wishes: Wishes = Wishes(), codecs: [String],
    encryption: SRTPEncryption
  ) -> SIPApplication {
    let listen = [SIPTransport.udp, .tcp, .tls].map {
      SIPListenAddress($0, TransportAddress(ip: host.ip, port: $0 == .tls ? 5061 : 5060))
    }
    return SIPApplication(
      SIPApplicationConfiguration(
        account: .direct(user: user),
        sip: SIPSettings(
          listen: listen, tls: SIPTLSSettings(trust: .anyone), answerTimeout: wishes.answerTimeout),
        rtp: RTPSettings(audioCodecs: codecs, encryption: encryption, timeout: wishes.mediaTimeout),
        audio: AudioSettings(sampleRate: wishes.rate, device: device)), network: host)
  }

  func start() async throws {
    try await alice.start()
    try await bob.start()
  }

  func stop() async {
    await alice.stop()
    await bob.stop()
  }

  /// The next call that comes to Bob.
  func bobReceives() async throws -> Session { try await Self.nextSession(of: bob) }

  /// The next call that comes to an application.
  static func nextSession(of application: SIPApplication) async throws -> Session {
    for try await event in application.events {
      if case .incomingSession(let session) = event { return session }
    }
    throw CancellationError()
  }

  /// Lets Bob accept the next call, and gives his session once it is established.
  func bobAnswers(after delay: Duration = .milliseconds(200)) async throws -> Session {
    let session = try await bobReceives()
    await session.ring()
    await network.sleep(for: delay)
    try await session.accept()
    return session
  }

  /// A call that both sides have established.
  func establish() async throws -> EstablishedCall {
    async let answered = bobAnswers()
    let alice = try await alice.call(target)
    let bob = try await answered
    return EstablishedCall(
      alice: alice, bob: bob, aliceStream: try await alice.audioStream(), bobStream: try await bob.audioStream())
  }
}

/// The two ends of a call.
struct EstablishedCall: Sendable {
  let alice: Session
  let bob: Session
  let aliceStream: AudioStream
  let bobStream: AudioStream
}

/// A test found an object in another shape than it needs.
struct Unexpected: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

extension Session {
  /// The session's only audio stream.
  func audioStream() throws -> AudioStream {
    guard streams.count == 1, let stream = streams.first as? AudioStream else {
      throw Unexpected("the session has \(streams.count) streams, not one of audio")
    }
    return stream
  }

  /// Waits until the session is over; its failure or its end.
  func outcome() async throws -> SessionOutcome {
    for try await event in events {
      switch event {
      case .didFail(let failure): return .failed(failure)
      case .didEnd(let end): return .ended(end)
      default: continue
      }
    }
    throw Unexpected("the events ended without didFail or didEnd")
  }
}

extension AudioStream {
  /// Who holds the stream.
  var held: Set<Originator> {
    Set((isOnHoldByLocal ? [.local] : []) + (isOnHoldByRemote ? [.remote] : []))
  }
}

/// How a session was over.
enum SessionOutcome: Hashable, Sendable {
  case failed(SessionFailure)
  case ended(SessionEnd)

  var failure: SessionFailure? { if case .failed(let failure) = self { failure } else { nil } }
  var end: SessionEnd? { if case .ended(let end) = self { end } else { nil } }
}
