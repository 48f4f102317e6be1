import SIPSimple

/// The call that the demo places: two applications, each with sockets, an event loop and a mixer of its own.
struct DemoCall: Sendable {
  let codec: String
  let seconds: Double
  let voices: (alice: String, bob: String)
  let folder: String
  let show: DemoShow?

  /// One end of the call.
  struct Party: Sendable {
    let name: String
    let application: SIPApplication
    let recording: String
  }

  func run() async throws -> DemoResult {
    // A throw-away identity for each run: Alice trusts Bob's certificate and no other, and verifies its name.
    let identity = try SelfSignedIdentity(names: [.dns("localhost"), .address(.loopback)])
    let alice = party("alice", SIPTLSSettings(identity: identity.identity, trust: identity.trust))
    let bob = party("bob", SIPTLSSettings(identity: identity.identity, trust: identity.trust))
    return try await bob.application.run {
      try await alice.application.run { try await call(alice, bob) }
    }
  }

  private func party(_ name: String, _ tls: SIPTLSSettings) -> Party {
    let configuration = SIPApplicationConfiguration(
      account: .direct(user: name, displayName: name.prefix(1).uppercased() + name.dropFirst()),
      sip: SIPSettings(
        listen: [SIPListenAddress(.tls, TransportAddress(ip: .loopback, port: 0))], tls: tls,
        answerTimeout: .seconds(20)),
      rtp: RTPSettings(audioCodecs: [codec], encryption: .mandatory))
    return Party(name: name, application: SIPApplication(configuration), recording: "\(folder)/\(name)-heard.wav")
  }

  private func call(_ alice: Party, _ bob: Party) async throws -> DemoResult {
    guard let port = await bob.application.listening.first?.address.port else {
      throw SIPSimpleError(.network, "Bob listens nowhere")
    }
    let network = alice.application.network
    let ladder = Task { [show] in
      let start = network.now()
      for try await event in alice.application.events {
        if case .trace(let record) = event { await show?.message(record, since: start) }
      }
    }
    async let answered = answer(bob)
    let session = try await alice.application.call("sip:bob@localhost:\(port);transport=tls")
    let bobSession = try await answered
    guard let aliceStream = await session.streams.first as? AudioStream,
      let bobStream = await bobSession.streams.first as? AudioStream
    else { throw SIPSimpleError(.media, "The call has no audio stream") }

    let moments = DemoMoments()
    let readers = [(alice, aliceStream), (bob, bobStream)].map { party, stream in
      Task { for try await event in stream.events { await moments.note(event, by: party.name) } }
    }
    try await bobStream.startRecording(to: bob.recording, content: .received)
    try await aliceStream.startRecording(to: alice.recording, content: .received)

    let meter = Task { [show] in
      while !Task.isCancelled {
        await show?.meter(
          alice: aliceStream.statistics, bob: bobStream.statistics, second: moments.second(network.now()))
        await network.sleep(for: .milliseconds(show?.style.isTerminal == true ? 200 : 1000))
      }
    }
    await moments.begin(network.now())
    try await talk(aliceStream, voices.alice, for: seconds / 2, network)
    try await talk(bobStream, voices.bob, for: seconds / 2, network)
    // What is under way when the last word was said still has to arrive.
    await network.sleep(for: .milliseconds(300))
    meter.cancel()
    _ = await meter.value
    await show?.endMeter()

    var result = DemoResult(codec: codec, folder: folder)
    result.transport = await session.transport.map { "\($0)" } ?? ""
    result.tlsVersion = await session.tlsVersion ?? ""
    result.setupMilliseconds = await session.setupMilliseconds ?? 0
    result.parameters = await aliceStream.parameters
    result.alice.statistics = await aliceStream.statistics
    result.bob.statistics = await bobStream.statistics
    await session.end()
    await bobSession.end()
    for reader in readers { _ = try? await reader.value }
    await alice.application.network.sleep(for: .milliseconds(20))
    ladder.cancel()
    result.bob.heard = try await moments.delay(
      from: voices.alice, spokenBy: "alice", to: bob.recording, heardBy: "bob", seconds: seconds / 2)
    result.alice.heard = try await moments.delay(
      from: voices.bob, spokenBy: "bob", to: alice.recording, heardBy: "alice", seconds: seconds / 2)
    result.alice.recording = alice.recording
    result.bob.recording = bob.recording
    return result
  }

  private func answer(_ bob: Party) async throws -> Session {
    for try await event in bob.application.events {
      guard case .incomingSession(let session) = event else { continue }
      await session.ring()
      try await session.accept()
      return session
    }
    throw SIPSimpleError(.invalidState, "Bob's application stopped before a call came")
  }

  /// Plays a file for so many seconds, from the start again where it is shorter.
  private func talk(_ stream: AudioStream, _ path: String, for seconds: Double, _ network: any Network) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await stream.play(path, loops: 0) }
      group.addTask { await network.sleep(for: .milliseconds(Int64(seconds * 1000))) }
      try await group.next()
      group.cancelAll()
    }
  }
}
