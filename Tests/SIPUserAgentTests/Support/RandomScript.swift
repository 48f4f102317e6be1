import SIPParser
import SIPTransaction
import SIPUserAgent
import WireSupport

/// A call in which both sides do things at moments drawn from one seed, over a bad wire.
struct RandomScript {
  enum Deed {
    case ring, accept, reject, redirect, hangUp, hold, info
  }

  let seed: UInt64
  private(set) var wire: VirtualWire
  private(set) var story: [String] = []
  private var random: IDSource
  private var call: SIPInvitationID?

  init(seed: UInt64, conditions: WireConditions, transport: SIPTransport = .udp) {
    self.seed = seed
    random = .seeded(seed &* 0x9e37_79b9)
    let quick: (inout SIPUserAgentConfiguration) -> Void = {
      $0.answerTimeout = .seconds(60)
      $0.ringTimeout = .seconds(120)
    }
    wire = VirtualWire(
      [
        Peer("alice", port: 5060, transport: transport, seed: seed &+ 1000, configure: quick),
        Peer("bob", port: 5070, transport: transport, seed: seed &+ 2000, configure: quick),
      ], conditions: conditions, seed: seed)
    wire.keepsTrace = false
  }

  /// Plays the script to its end and gives what is wrong with how it ended.
  mutating func play() -> [String] {
    let body: SIPBody? = random.next(in: 0...3) == 0 ? nil : .sdp([1, 2, 3])
    let invitation = wire.invitation(0, 1, body: body)
    call = wire.act(0) { try? $0.invite(invitation, at: $1, into: &$2) }
    var moments: [(at: Instant, peer: Int, deed: Deed)] = []
    // The callee decides within a few seconds; both may hang up, at once or not; holds come from both sides.
    moments.append((draw(0...3000), 1, .ring))
    let decision = random.next(in: 0...9)
    let decided = draw(0...6000)
    moments.append((decided, 1, decision < 7 ? .accept : decision < 9 ? .reject : .redirect))
    for _ in 0..<random.next(in: 0...5) {
      let deed: Deed = random.next(in: 0...2) == 0 ? .info : .hold
      moments.append((draw(500...20_000), Int(random.next(in: 0...1)), deed))
    }
    if random.next(in: 0...2) == 0 {
      // Both offer at once, while the call is young.
      let both = decided + .milliseconds(Int64(random.next(in: 300...3000)))
      moments += [(both, 0, .hold), (both, 1, .hold)]
    }
    let end = draw(0...20_000)
    switch random.next(in: 0...4) {
    case 0: moments.append((end, 0, .hangUp))
    case 1: moments.append((end, 1, .hangUp))
    case 2: moments += [(end, 0, .hangUp), (end, 1, .hangUp)]
    case 3: moments += [(decided, 0, .hangUp)]
    default: moments += [(end, 0, .hangUp), (draw(0...20_000), 1, .hangUp)]
    }
    // Whatever the script left standing is ended.
    moments += [(ms(40_000), 0, .hangUp), (ms(40_000), 1, .hangUp)]
    for moment in moments.sorted(by: { $0.at < $1.at }) {
      run(until: moment.at)
      perform(moment.deed, moment.peer)
    }
    run(until: ms(400_000))
    return verdict()
  }

  private mutating func draw(_ range: ClosedRange<UInt64>) -> Instant { ms(Int64(random.next(in: range))) }

  /// Lets time pass; users answer what must be answered as it comes.
  private mutating func run(until end: Instant) {
    var seen = wire.peers.map(\.events.count)
    while let next = wire.nextDeadline, next <= end {
      _ = wire.step()
      for peer in wire.peers.indices {
        while seen[peer] < wire.peers[peer].events.count {
          let event = wire.peers[peer].events[seen[peer]]
          seen[peer] += 1
          react(to: event, peer)
        }
      }
    }
    wire.now = max(wire.now, end)
  }

  private mutating func react(to event: SIPUserAgentEvent, _ peer: Int) {
    switch event {
    case .invitation(let id, .answered(_, needsAnswer: true)),
      .invitation(let id, .reinviteAnswered(_, needsAnswer: true)):
      wire.act(peer) { try? $0.acknowledge(id, body: .sdp([4]), at: $1, into: &$2) }
    case .invitation(let id, .reinvited):
      if random.next(in: 0...2) == 0 {
        wire.act(peer) { try? $0.rejectReinvite(id, at: $1, into: &$2) }
      } else {
        wire.act(peer) { try? $0.acceptReinvite(id, body: .sdp([5]), at: $1, into: &$2) }
      }
    case .incomingRequest(let id, _, _, _):
      wire.act(peer) { try? $0.respond(to: id, status: .ok, at: $1, into: &$2) }
    case .invitation, .incomingInvitation, .response, .requestFailed: break
    }
  }

  private mutating func perform(_ deed: Deed, _ peer: Int) {
    guard let id = peer == 0 ? call : wire.peers[1].incoming else { return }
    let noOffer = random.next(in: 0...3) == 0
    wire.act(peer) { agent, now, outputs in
      switch deed {
      case .ring: try? agent.progress(id, at: now, into: &outputs)
      case .accept: try? agent.accept(id, body: .sdp([9]), at: now, into: &outputs)
      case .reject: try? agent.reject(id, status: .busyHere, at: now, into: &outputs)
      case .redirect: try? agent.redirect(id, to: [], at: now, into: &outputs)
      case .hangUp: agent.end(id, at: now, into: &outputs)
      case .hold: try? agent.reinvite(id, body: noOffer ? nil : .sdp([7]), at: now, into: &outputs)
      case .info: _ = try? agent.send(.info, in: id, at: now, into: &outputs)
      }
    }
  }

  /// How both sides ended.
  var ends: (caller: SIPInvitationEnd?, callee: SIPInvitationEnd?) {
    (wire.peers[0].end(call), wire.peers[1].end(wire.peers[1].incoming))
  }

  private mutating func verdict() -> [String] {
    var faults = wire.leftovers()
    let (caller, callee) = ends
    for (index, peer) in wire.peers.enumerated() {
      let count = peer.events.reduce(0) { sum, event in
        if case .invitation(_, .ended) = event { sum + 1 } else { sum }
      }
      let invitations = index == 0 ? 1 : (peer.incoming == nil ? 0 : 1)
      if count != invitations { faults.append("peer \(index) was told \(count) times that it ended") }
      if let last = peer.events.last(where: { if case .invitation = $0 { true } else { false } }) {
        if case .invitation(_, .ended) = last {} else { faults.append("peer \(index): an event after the end") }
      }
    }
    guard let caller else { return faults + ["the caller was not told the end"] }
    if !Self.agree(caller, callee) { faults.append("caller \(caller), callee \(String(describing: callee))") }
    return faults
  }

  /// Whether a timer decided on this side: then the other may not know why.
  static func isTimer(_ end: SIPInvitationEnd?) -> Bool {
    switch end {
    case .timedOut, .noAck, .noAnswer, .dialogLost: true
    case nil, .localHangup, .remoteHangup, .cancelled, .cancelledByPeer, .rejected, .declined, .transportFailed,
      .protocolError:
      false
    }
  }

  /// Whether both ends can be two views of one story.
  static func agree(_ caller: SIPInvitationEnd, _ callee: SIPInvitationEnd?) -> Bool {
    if isTimer(caller) || isTimer(callee) { return true }
    switch (caller, callee) {
    case (.rejected(let rejection), .declined(let status)): return rejection.status == status
    case (.cancelled, .cancelledByPeer), (.cancelled, nil): return true
    // Nothing came back in time, neither a response to the INVITE nor to the CANCEL: the callee ended it alone.
    case (.cancelled, .declined): return true
    // The answer crossed the CANCEL: the caller hung up what it no longer wanted.
    case (.cancelled, .remoteHangup), (.cancelled, .localHangup): return true
    case (.localHangup, .remoteHangup), (.remoteHangup, .localHangup), (.localHangup, .localHangup): return true
    default: return false
    }
  }
}
