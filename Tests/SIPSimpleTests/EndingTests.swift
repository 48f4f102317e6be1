import NetworkIO
import SIPParser
import SIPSimple
import SIPSimpleTesting
import Testing
import WireSupport

@Suite("However a call ends, both sides know and nothing is left")
struct EndingTests {
  private let local = SessionOutcome.ended(SessionEnd(originator: .local, reason: .hangup))
  private let remote = SessionOutcome.ended(SessionEnd(originator: .remote, reason: .hangup))

  @Test("cancelling the caller's task while it rings sends CANCEL, and the callee is told")
  func cancelWhileRinging() async throws {
    let network = VirtualNetwork(seed: 1)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      async let received = pair.bobReceives()
      let calling = network.task { try await pair.alice.call(pair.target) }
      let bob = try await received
      await bob.ring()
      await network.sleep(for: .seconds(2))
      let cancelled = network.now
      calling.cancel()
      let failure = await #expect(throws: SessionFailure.self) { try await calling.value }
      #expect(failure?.reason == .cancelled && failure?.originator == .local)
      #expect(network.now - cancelled < .milliseconds(20))
      let told = try await bob.outcome().failure
      #expect(told?.reason == .cancelled && told?.originator == .remote)
      #expect(await pair.bob.sessions.isEmpty)
      #expect(await pair.alice.sessions.isEmpty)
      await pair.stop()
    }
  }

  @Test("cancelling before any response came waits for one and then cancels (RFC 3261 §9.1)")
  func cancelBeforeResponse() async throws {
    let network = VirtualNetwork(seed: 2)
    try await network.run {
      let pair = Pair(network)
      let peer = ScriptedPeer(network.host("10.0.0.9"))
      try await pair.start()
      let calling = network.task { try await pair.alice.call("sip:robot@10.0.0.9") }
      let invite = try await peer.request(.invite)
      calling.cancel()
      await network.sleep(for: .seconds(3))
      #expect(peer.count(of: .cancel) == 0)
      peer.respond(to: invite, .ringing)
      let cancel = try await peer.request(.cancel)
      peer.respond(to: cancel, .ok)
      peer.respond(to: invite, .requestTerminated)
      await #expect(throws: SessionFailure.self) { try await calling.value }
      #expect(await pair.alice.signalling.liveInvitations == 0)
      await pair.stop()
    }
  }

  @Test("an answer that crosses the CANCEL is acknowledged and ended with BYE")
  func answerCrossesCancel() async throws {
    let network = VirtualNetwork(seed: 3)
    try await network.run {
      let pair = Pair(network) { $0.encryption = .disabled }
      let peer = ScriptedPeer(network.host("10.0.0.9"))
      try await pair.start()
      let calling = network.task { try await pair.alice.call("sip:robot@10.0.0.9") }
      let invite = try await peer.request(.invite)
      peer.respond(to: invite, .ringing)
      await network.sleep(for: .seconds(1))
      calling.cancel()
      peer.respond(to: invite, .ok, body: peer.audioSDP())
      let cancel = try await peer.request(.cancel)
      peer.respond(to: cancel, .ok)
      _ = try await peer.request(.ack)
      let bye = try await peer.request(.bye)
      peer.respond(to: bye, .ok)
      let failure = await #expect(throws: SessionFailure.self) { try await calling.value }
      #expect(failure?.reason == .cancelled)
      await pair.stop()
    }
  }

  @Test("a task that is cancelled before it calls sends nothing that rings")
  func cancelledFromTheStart() async throws {
    let network = VirtualNetwork(seed: 4)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      let calling = network.task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await pair.alice.call(pair.target)
      }
      let failure = await #expect(throws: (any Error).self) { try await calling.value }
      #expect((failure as? SessionFailure)?.reason == .cancelled)
      await network.sleep(for: .seconds(40))
      #expect(await pair.alice.signalling.invitations == 0)
      #expect(await pair.bob.signalling.invitations == 0)
      await pair.stop()
    }
  }

  @Test("cancelling the body of withCall hangs up")
  func cancelBody() async throws {
    let network = VirtualNetwork(seed: 5)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      async let answered = pair.bobAnswers()
      let calling = network.task {
        try await pair.alice.withCall(pair.target) { session in
          for try await _ in session.events {}
          try Task.checkCancellation()
        }
      }
      let bob = try await answered
      await network.sleep(for: .seconds(2))
      calling.cancel()
      await #expect(throws: CancellationError.self) { try await calling.value }
      #expect(try await bob.outcome() == remote)
      #expect(await pair.alice.sessions.isEmpty)
      await pair.stop()
    }
  }

  @Test("leaving withCall and leaving run hang up and close everything")
  func scopes() async throws {
    let network = VirtualNetwork(seed: 6)
    try await network.run {
      let pair = Pair(network)
      try await pair.bob.start()
      async let answered = pair.bobAnswers()
      let length = try await pair.alice.run {
        try await pair.alice.withCall(pair.target) { session in
          await network.sleep(for: .seconds(3))
          return await session.startTime.map { network.now - $0 } ?? .zero
        }
      }
      #expect(length == .seconds(3))
      let bob = try await answered
      #expect(try await bob.outcome() == remote)
      #expect(await pair.alice.isRunning == false)
      await pair.bob.stop()
      #expect(network.boundAddresses.isEmpty)
    }
  }

  @Test("cancelling accept() while the ACK is out ends the call on both sides")
  func cancelAccept() async throws {
    let network = VirtualNetwork(seed: 7)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      async let received = pair.bobReceives()
      let calling = network.task { try await pair.alice.call(pair.target) }
      let bob = try await received
      let accepting = network.task { try await bob.accept() }
      await network.sleep(for: .microseconds(500))
      accepting.cancel()
      await #expect(throws: SessionFailure.self) { try await accepting.value }
      let alice = try await calling.value
      #expect(try await alice.outcome() == remote)
      await pair.stop()
    }
  }

  @Test("hanging up: by the caller, the callee, both in the same instant, twice", arguments: 0..<4)
  func hangUp(_ how: Int) async throws {
    let network = VirtualNetwork(seed: 8)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      let call = try await pair.establish()
      await network.sleep(for: .seconds(1))
      let began = network.now
      switch how {
      case 0: await call.alice.end()
      case 1: await call.bob.end()
      case 2:
        async let first: Void = call.alice.end()
        async let second: Void = call.bob.end()
        _ = await (first, second)
      default:
        async let first: Void = call.alice.end()
        async let second: Void = call.alice.end()
        _ = await (first, second)
        await call.alice.end()
      }
      #expect(network.now - began < .milliseconds(20))
      let (alice, bob) = (try await call.alice.outcome(), try await call.bob.outcome())
      #expect(alice == (how == 1 ? remote : local))
      #expect(bob == (how == 0 || how == 3 ? remote : local))
      // RTP and RTCP stop with the call.
      let sent = network.counters.sent
      await network.sleep(for: .seconds(70))  // 64 × T1 and more: every transaction is over
      #expect(network.counters.sent == sent)
      #expect(await pair.alice.signalling.transactions == 0)
      #expect(await pair.bob.signalling.transactions == 0)
      await pair.stop()
    }
  }

  @Test("a peer that vanished: BYE is given up after 64 × T1 and end() returns")
  func vanished() async throws {
    let network = VirtualNetwork(seed: 9)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      let call = try await pair.establish()
      network.setConditions(LinkConditions(loss: 1))
      let began = network.now
      await call.alice.end()
      #expect(network.now - began == .seconds(32))
      #expect(try await call.alice.outcome() == local)
      #expect(await pair.alice.signalling.invitations == 0)
      await pair.stop()
      #expect(try await call.bob.outcome().end?.originator == .local)
    }
  }

  /// Where the calls of an application are when it is stopped.
  enum Moment: CaseIterable {
    case idle, made, proposed, ringing, rung, accepting, established, held, terminating
  }

  @Test("stop() in every state is quick, tells the peer and leaves nothing", arguments: Moment.allCases)
  func stop(_ moment: Moment) async throws {
    let network = VirtualNetwork(seed: 10)
    try await network.run {
      let pair = Pair(network) { $0.encryption = .disabled }
      let peer = ScriptedPeer(network.host("10.0.0.9"))
      try await pair.start()
      var session: Session?
      var other: Session?
      var calling: Task<Session, any Error>?
      var grace = Duration.milliseconds(50)
      switch moment {
      case .idle: break
      case .made: session = try await pair.alice.session(to: pair.target)
      case .proposed:
        calling = network.task { try await pair.alice.call("sip:robot@10.0.0.9") }
        _ = try await peer.request(.invite)
        grace = .seconds(2)  // nobody answers
      case .ringing:
        async let received = pair.bobReceives()
        calling = network.task { try await pair.alice.call(pair.target) }
        other = try await received
        await other?.ring()
        await network.sleep(for: .seconds(1))
      case .rung:
        async let received = Pair.nextSession(of: pair.alice)
        calling = network.task { try await pair.bob.call("sip:alice@10.0.0.1") }
        session = try await received
        await session?.ring()
      case .accepting:
        async let received = Pair.nextSession(of: pair.alice)
        let invite = peer.makeRequest(.invite, to: "sip:alice@10.0.0.1", body: peer.audioSDP())
        peer.send(.request(invite), to: TransportAddress(ip: pair.aliceHost.ip, port: 5060))
        let accepted = try await received
        session = accepted
        _ = network.task { try await accepted.accept() }
        _ = try await peer.response(200...200)
        grace = .seconds(2)  // the ACK never comes
      case .established, .held, .terminating:
        let call = try await pair.establish()
        (session, other) = (call.alice, call.bob)
        if moment == .held { try await call.alice.hold() }
        if moment == .terminating {
          network.setConditions(LinkConditions(loss: 1))
          _ = network.task { await call.alice.end() }
          await network.sleep(for: .seconds(1))
          other = nil
          grace = .seconds(2)
        }
      }
      let began = network.now
      await pair.alice.stop()
      #expect(network.now - began <= grace, "stop took \(network.now - began)")
      #expect(await pair.alice.sessions.isEmpty)
      #expect(network.boundAddresses.allSatisfy { $0.ip != pair.aliceHost.ip })
      if let session, moment != .made { #expect(await session.state == .terminated) }
      if let calling {
        await #expect(throws: SessionFailure.self) { try await calling.value }
      }
      if let other { #expect(await other.state == .terminated) }
      network.setConditions(.perfect)
      await pair.bob.stop()
      // Whatever timers are still set do nothing: not one datagram more.
      await network.sleep(for: .seconds(1))
      let sent = network.counters.sent
      await network.sleep(for: .seconds(200))
      #expect(network.counters.sent == sent)
      #expect(network.loop.pendingTimers <= 1, "besides this test's own sleep")
    }
  }

  @Test("an application, its sessions and its streams are released once they are over")
  func released() async throws {
    let network = VirtualNetwork(seed: 11)
    let (application, session, stream) = (WeakBox(), WeakBox(), WeakBox())
    try await network.run {
      try await Self.callAndStop(network) { ended, call in
        application.object = ended
        session.object = call.alice
        stream.object = call.aliceStream
      }
    }
    #expect(application.object == nil)
    #expect(session.object == nil)
    #expect(stream.object == nil)
  }

  private static func callAndStop(
    _ network: VirtualNetwork, _ handOver: @Sendable (SIPApplication, EstablishedCall) -> Void
  ) async throws {
    let pair = Pair(network)
    try await pair.start()
    let call = try await pair.establish()
    try await call.alice.hold()
    try await call.alice.unhold()
    await network.sleep(for: .seconds(1))
    await pair.stop()
    await network.sleep(for: .seconds(100))
    handOver(pair.alice, call)
  }
}
