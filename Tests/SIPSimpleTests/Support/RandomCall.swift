import Media
import NetworkIO
import SIPParser
import SIPSimple
import SIPSimpleTesting
import WireSupport

/// One call in which both sides do things at moments drawn from one seed, over a bad wire: it rings or not, is answered,
/// refused, ignored or taken back, held and resumed, and ended by one, both or nobody.
struct RandomCall: Sendable {
  let seed: UInt64
  var conditions: LinkConditions
  var transport: SIPTransport
  /// Whether audio runs, which costs most of the time.
  var hasAudio = false

  /// What the run came to.
  struct Report: Sendable {
    var faults: [String]
    var story: [String]
    var caller: SessionOutcome?
    var callee: SessionOutcome?
    var isEstablished: Bool
    var length: Duration
  }

  private enum Decision { case accept, reject, ignore }

  func play() async throws -> Report {
    let network = VirtualNetwork(seed: seed)
    return try await network.run(limit: .seconds(1200)) { try await play(on: network) }
  }

  private func play(on network: VirtualNetwork) async throws -> Report {
    var random = IDSource.seeded(seed &* 0x9e37_79b9)
    func draw(_ range: ClosedRange<UInt64>) -> Duration { .milliseconds(Int64(random.next(in: range))) }
    let story = EventLog.Story(network)
    let hosts = (network.host("10.0.0.1"), network.host("10.0.0.2", names: ["bob.test"]))
    func application(_ user: String, _ host: VirtualHost) -> SIPApplication {
      var wishes = Pair.Wishes()
      wishes.answerTimeout = .seconds(20)
      // Without audio the device's clock never ticks: the streams are there and carry nothing.
      let device: any AudioDevice = hasAudio ? host.audioDevice() : VirtualClockDevice()
      return Pair.application(user, host, device, wishes, codecs: ["PCMU"], encryption: .mandatory)
    }
    let (alice, bob) = (application("alice", hosts.0), application("bob", hosts.1))
    try await alice.start()
    try await bob.start()
    network.setConditions(conditions, for: .signalling)

    // The script is drawn before it is played, so that it does not depend on what happens.
    let ringAfter = random.next(in: 0...3) == 0 ? nil : draw(0...1000)
    let decision: Decision = [.accept, .accept, .accept, .accept, .accept, .reject, .ignore][
      Int(random.next(in: 0...6))]
    let decideAfter = draw(0...6000)
    let rejection = [486, 603, 480, 404][Int(random.next(in: 0...3))]
    let takeBackAfter = random.next(in: 0...4) == 0 ? draw(0...8000) : nil
    var deeds: [(after: Duration, byAlice: Bool, deed: String)] = []
    for _ in 0..<random.next(in: 0...5) {
      deeds.append((draw(0...15_000), random.next(in: 0...1) == 0, random.next(in: 0...1) == 0 ? "hold" : "unhold"))
    }
    if random.next(in: 0...2) == 0 {
      let both = draw(0...5000)
      deeds += [(both, true, "hold"), (both, false, "hold")]
    }
    let end = draw(0...20_000)
    switch random.next(in: 0...4) {
    case 0: deeds.append((end, true, "end"))
    case 1: deeds.append((end, false, "end"))
    case 2: deeds += [(end, true, "end"), (end, false, "end")]
    case 3: deeds += [(end, true, "end"), (draw(0...20_000), false, "end")]
    default: break  // whoever stops first ends it
    }

    let began = network.now
    let incoming = network.task { () -> Session in
      let session = try await Pair.nextSession(of: bob)
      story.add("bob: incoming")
      if let ringAfter {
        await network.sleep(for: ringAfter)
        await session.ring()
      }
      await network.sleep(for: decideAfter)
      switch decision {
      case .accept:
        story.add("bob: accept")
        do { try await session.accept() } catch { story.add("bob: accept failed: \(error)") }
      case .reject:
        story.add("bob: reject \(rejection)")
        await session.reject(code: rejection)
      case .ignore: story.add("bob: ignore")
      }
      return session
    }
    let outgoing = try await alice.session(to: "sip:bob@bob.test;transport=\(transport.parameterName)")
    let calling = network.task {
      story.add("alice: call")
      do { try await outgoing.connect() } catch { story.add("alice: \(error)") }
    }
    if let takeBackAfter {
      _ = network.task {
        await network.sleep(for: takeBackAfter)
        story.add("alice: take back")
        calling.cancel()
      }
    }
    try await calling.value
    var isEstablished = await outgoing.startTime != nil
    await withTaskGroup(of: Void.self) { group in
      let callees = await bob.sessions
      for (after, byAlice, deed) in deeds {
        guard let session = byAlice ? outgoing : callees.first else { continue }
        group.addTask {
          await network.sleep(for: after)
          story.add("\(byAlice ? "alice" : "bob"): \(deed)")
          do {
            switch deed {
            case "hold": try await session.hold()
            case "unhold": try await session.unhold()
            default: await session.end()
            }
          } catch {
            story.add("\(byAlice ? "alice" : "bob"): \(deed) failed: \(error)")
          }
        }
      }
    }
    // A callee that ignores the call is ended by the caller's patience; what the script left standing, by this.
    await outgoing.end()
    story.add("alice: over")
    let theirs = await bob.sessions.first
    await theirs?.end()
    let length = network.now - began
    incoming.cancel()
    let callee = try? await incoming.value
    await network.sleep(for: .seconds(120))
    var faults: [String] = []
    for (name, application) in [("alice", alice), ("bob", bob)] {
      let signalling = await application.signalling
      if signalling.invitations + signalling.transactions > 0 {
        faults.append(
          "\(name) has \(signalling.invitations) invitations and \(signalling.transactions) transactions left")
      }
      let sessions = await application.sessions.count
      if sessions > 0 { faults.append("\(name) has \(sessions) sessions left") }
    }
    await alice.stop()
    await bob.stop()
    if !network.boundAddresses.isEmpty { faults.append("bound: \(network.boundAddresses)") }
    let ours = try await outgoing.outcome()
    let other = try await callee?.outcome()
    isEstablished = isEstablished || ours.end != nil
    story.add("alice \(ours), bob \(other.map { "\($0)" } ?? "never knew")")
    if !Self.agree(ours, other) { faults.append("the two sides do not agree: \(ours), \(String(describing: other))") }
    if length > .seconds(150) { faults.append("it took \(length)") }
    return Report(
      faults: faults, story: story.lines, caller: ours, callee: other, isEstablished: isEstablished, length: length)
  }

  /// Whether a timer decided on this side: then the other may not know why.
  private static func isTimer(_ outcome: SessionOutcome) -> Bool {
    switch outcome {
    case .failed(let failure):
      switch failure.reason {
      case .noAnswer, .missingACK: true
      case .rejected, .redirected, .transport, .media, .cancelled: false
      }
    case .ended(let end): end.reason == .dialogLost || end.reason == .missingACK
    }
  }

  /// Whether what the two sides believe can be one call's end.
  static func agree(_ caller: SessionOutcome, _ callee: SessionOutcome?) -> Bool {
    guard let callee else { return caller.failure != nil }
    if isTimer(caller) || isTimer(callee) { return true }
    switch (caller, callee) {
    // Each may have hung up first; not each may believe that the other did.
    case (.ended(let first), .ended(let second)): return first.originator == .local || second.originator == .local
    // One of them hung up before the ACK came.
    case (.ended(let first), .failed(let second)):
      return second.reason == .cancelled && (first.originator == .local || second.originator == .local)
    // The answer crossed the CANCEL.
    case (.failed(let first), .ended(let second)): return first.reason == .cancelled && second.originator == .remote
    case (.failed(let first), .failed(let second)):
      if first.reason == .cancelled, first.originator == .local {
        return second.originator == .remote || second.reason == .rejected || second.reason == .cancelled
      }
      return first.code == second.code || second.reason == .cancelled
    }
  }
}
