import SIPParser
import SIPTransaction
import SIPUserAgent
import WireSupport

func ms(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

/// What a wire does to the messages on it.
struct WireConditions: Sendable {
  var loss = 0.0
  var duplication = 0.0
  /// One-way delay, drawn for each message: a wide range reorders.
  var delay: ClosedRange<UInt64> = 10...10
}

/// One user agent on the wire and what it reported.
struct Peer {
  var agent: SIPUserAgentCore
  let address: TransportAddress
  let transport: SIPTransport
  var events: [SIPUserAgentEvent] = []
  var log: [(at: Instant, SIPUserAgentEvent)] = []

  init(
    _ name: String, port: UInt16, transport: SIPTransport = .udp, seed: UInt64 = 1,
    configure: (inout SIPUserAgentConfiguration) -> Void = { _ in }
  ) {
    var configuration = SIPUserAgentConfiguration()
    configuration.product = name
    configure(&configuration)
    agent = SIPUserAgentCore(configuration: configuration, ids: .seeded(seed))
    address = TransportAddress(ip: .v4(0xc000_0201), port: port)
    self.transport = transport
    agent.setLocalAddress(address, for: transport)
  }
}

/// Peers, a virtual clock, and between them a wire that loses, doubles and delays, all from one seed.
struct VirtualWire {
  var peers: [Peer]
  var now = Instant.zero
  var conditions: WireConditions
  var random: IDSource
  /// Sees every message before it is sent; false loses it.
  var filter: (@Sendable (SIPMessage, _ from: Int, _ to: Int, Instant) -> Bool)?
  /// Every message that was put on the wire, lost ones included.
  var trace: [(at: Instant, from: Int, SIPMessage)] = []
  var keepsTrace = true

  private struct Flight {
    var bytes: [UInt8]
    var from: Int
    var to: Int
    var port: UInt16
  }
  private var flights: [UInt64: Flight] = [:]
  private var arrivals = Deadlines<UInt64>()
  private var lastFlight: UInt64 = 0
  private var outputs = SIPUserAgentOutputs()

  init(_ peers: [Peer], conditions: WireConditions = WireConditions(), seed: UInt64 = 7) {
    self.peers = peers
    self.conditions = conditions
    random = .seeded(seed)
    for peer in peers.indices where peers[peer].transport != .udp {
      for other in peers.indices where other != peer {
        self.peers[peer].agent.flowOpened(flow(peer, other), at: .zero, into: &outputs)
        finish(peer)
      }
    }
  }

  func flow(_ local: Int, _ remote: Int) -> SIPFlow {
    let transport = peers[local].transport
    return SIPFlow(
      id: transport == .udp ? 1 : UInt64(remote) + 1, transport: transport, local: peers[local].address,
      remote: peers[remote].address)
  }

  func uri(_ peer: Int) -> SIPURI {
    SIPURI(
      user: "p\(peer)", host: .ip(peers[peer].address.ip), port: peers[peer].address.port,
      parameters: peers[peer].transport == .udp ? .uri() : .uri([("transport", peers[peer].transport.parameterName)]))
  }

  func invitation(_ from: Int, _ to: Int, body: SIPBody? = .sdp(Array("v=0 offer".utf8))) -> SIPOutgoingInvitation {
    let target: SIPTransmissionTarget =
      peers[from].transport == .udp
      ? .destination(SIPDestination(transport: .udp, address: peers[to].address)) : .flow(flow(from, to))
    return SIPOutgoingInvitation(
      from: SIPNameAddress(displayName: "P \(from)", uri: uri(from)), to: SIPNameAddress(uri: uri(to)), target: target,
      body: body)
  }

  /// Lets a peer do something and puts what it sends on the wire.
  mutating func act<Result>(
    _ peer: Int, _ body: (inout SIPUserAgentCore, Instant, inout SIPUserAgentOutputs) throws -> Result
  ) rethrows -> Result {
    defer { finish(peer) }
    return try body(&peers[peer].agent, now, &outputs)
  }

  private mutating func finish(_ peer: Int) {
    for event in outputs.events {
      peers[peer].events.append(event)
      peers[peer].log.append((now, event))
    }
    let actions = outputs.actions
    outputs.removeAll()
    for action in actions {
      if case .transmit(let transmission) = action { send(transmission, from: peer) }
    }
  }

  private mutating func send(_ transmission: SIPTransmission, from: Int) {
    guard let to = peers.firstIndex(where: { $0.address == transmission.target.remote }) else { return }
    if let message = try? SIPMessage(parsing: transmission.bytes) {
      if keepsTrace { trace.append((now, from, message)) }
      if let filter, !filter(message, from, to, now) { return }
    }
    inject(transmission.bytes, from: from, to: to)
  }

  /// Puts bytes on the wire as if a peer had sent them.
  mutating func inject(_ bytes: [UInt8], from: Int, to: Int) {
    let copies = random.nextUnit() < conditions.duplication ? 2 : 1
    for _ in 0..<copies where random.nextUnit() >= conditions.loss {
      lastFlight += 1
      flights[lastFlight] = Flight(bytes: bytes, from: from, to: to, port: 0)
      arrivals.set(lastFlight, at: now.adding(nanoseconds: Int64(random.next(in: conditions.delay)) * 1_000_000))
    }
  }

  /// The next moment at which something happens by itself.
  var nextDeadline: Instant? {
    ([arrivals.next] + peers.map(\.agent.nextDeadline)).compactMap { $0 }.min()
  }

  /// Does the next thing that happens by itself; false when nothing will.
  mutating func step() -> Bool {
    guard let next = nextDeadline else { return false }
    now = max(now, next)
    if let id = arrivals.popDue(at: now), let flight = flights.removeValue(forKey: id) {
      let flow = flow(flight.to, flight.from)
      act(flight.to) { agent, now, outputs in agent.receive(flight.bytes, on: flow, at: now, into: &outputs) }
    }
    for peer in peers.indices where peers[peer].agent.nextDeadline.map({ $0 <= now }) ?? false {
      act(peer) { agent, now, outputs in agent.advance(to: now, into: &outputs) }
    }
    return true
  }

  /// Runs until this moment.
  mutating func run(until end: Instant) {
    while let next = nextDeadline, next <= end { _ = step() }
    now = max(now, end)
  }

  /// Runs until nothing happens any more; false when that takes more than an hour or a million steps.
  mutating func runToEnd() -> Bool {
    var steps = 0
    while step() {
      steps += 1
      if steps > 1_000_000 || now > ms(3_600_000) { return false }
    }
    return true
  }

  /// The messages from a peer, as `INVITE` or `200 INVITE`, in order.
  func sent(by peer: Int) -> [String] {
    trace.filter { $0.from == peer }.map { name($0.2) }
  }

  func name(_ message: SIPMessage) -> String {
    switch message {
    case .request(let request): return request.method.name
    case .response(let response):
      let method = (try? response.headers.value(.cseq))?.method.name ?? "?"
      return "\(response.status) \(method)"
    }
  }
}

extension Peer {
  /// The invitation that came in first.
  var incoming: SIPInvitationID? {
    for event in events { if case .incomingInvitation(let id, _, _) = event { return id } }
    return nil
  }

  /// How the invitation ended.
  func end(_ id: SIPInvitationID?) -> SIPInvitationEnd? {
    for event in events { if case .invitation(id, .ended(let end)) = event { return end } }
    return nil
  }

  /// What happened to invitations, in short.
  var story: [String] {
    events.map { event in
      switch event {
      case .incomingInvitation: "incoming"
      case .incomingRequest(_, let request, _, _): "request \(request.method)"
      case .response(_, let response): "response \(response.status)"
      case .requestFailed: "request failed"
      case .invitation(_, let event):
        switch event {
        case .trying: "trying"
        case .progress(let response): "progress \(response.status)"
        case .answered(_, let needsAnswer): needsAnswer ? "answered with offer" : "answered"
        case .confirmed: "confirmed"
        case .reinvited: "reinvited"
        case .reinviteCancelled: "reinvite cancelled"
        case .reinviteConfirmed: "reinvite confirmed"
        case .reinviteAnswered(_, let needsAnswer): needsAnswer ? "reinvite answered with offer" : "reinvite answered"
        case .reinviteRejected(let rejection): "reinvite rejected \(rejection.status)"
        case .reinviteDeferred: "reinvite deferred"
        case .reinviteDue: "reinvite due"
        case .noAck: "no ack"
        case .ended: "ended"
        }
      }
    }
  }
}

extension VirtualWire {
  /// Runs until nothing happens any more, and says what is left then: nothing, if all is well.
  mutating func leftovers() -> [String] {
    var result: [String] = []
    if !runToEnd() { result.append("it does not end") }
    for (index, peer) in peers.enumerated() {
      if peer.agent.invitationCount > 0 { result.append("peer \(index): \(peer.agent.invitationCount) invitations") }
      if peer.agent.transactionCount > 0 { result.append("peer \(index): \(peer.agent.transactionCount) transactions") }
      if peer.agent.nextDeadline != nil { result.append("peer \(index): a timer") }
    }
    return result
  }
}
