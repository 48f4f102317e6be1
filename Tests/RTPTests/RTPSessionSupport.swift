import Testing
import WireSupport

@testable import RTP

/// A virtual wire in one direction: delay, jitter, loss, duplication and reordering from one seed.
struct LossyWire {
  var loss = 0.0
  var duplication = 0.0
  var delay = 20.0
  var jitter = 0.0
  var ids: IDSource
  private var inFlight: [(at: Instant, order: Int, bytes: [UInt8], component: RTPComponent)] = []
  private var order = 0
  private(set) var lost = 0

  init(seed: UInt64, delay: Double = 20) {
    ids = .seeded(seed)
    self.delay = delay
  }

  mutating func put(_ bytes: [UInt8], _ component: RTPComponent, at now: Instant) {
    if ids.nextUnit() < loss {
      if component == .rtp { lost += 1 }
      return
    }
    for _ in 0...(ids.nextUnit() < duplication ? 1 : 0) {
      order += 1
      let late = Int64((delay + jitter * ids.nextUnit()) * 1e6)
      inFlight.append((now.adding(nanoseconds: late), order, bytes, component))
    }
  }

  mutating func take(at now: Instant) -> (bytes: [UInt8], component: RTPComponent, at: Instant)? {
    guard
      let index = inFlight.indices.min(by: {
        inFlight[$0].at == inFlight[$1].at
          ? inFlight[$0].order < inFlight[$1].order : inFlight[$0].at < inFlight[$1].at
      }), inFlight[index].at <= now
    else { return nil }
    let item = inFlight.remove(at: index)
    return (item.bytes, item.component, item.at)
  }
}

/// One end of a call under a virtual clock.
final class Peer {
  let session: RTPSession
  let address: TransportAddress
  var outputs = RTPSessionOutputs()
  var events: [RTPSessionEvent] = []
  var received: [RTPReceivedPacket] = []
  var payloads: [[UInt8]] = []
  var drops: [RTPDropReason: Int] = [:]
  var timestamp: UInt32 = 0
  var keepsPayloads = false

  init(_ address: TransportAddress, seed: UInt64, configure: (inout RTPSessionConfiguration) -> Void = { _ in }) {
    self.address = address
    var configuration = RTPSessionConfiguration(
      cname: "peer\(seed)@example.org", clockRate: 8000, payloadTypes: [0, 101], telephoneEvents: [101],
      rtcp: .multiplexed)
    configure(&configuration)
    session = RTPSession(configuration: configuration, ids: .seeded(seed), at: .zero)
  }

  func talk(_ payload: [UInt8] = [UInt8](repeating: 0xd5, count: 160), type: UInt8 = 0, at now: Instant) throws
    -> [UInt8]
  {
    timestamp &+= 160
    let session = self.session
    let packet = try session.send(payload.span, payloadType: type, timestamp: timestamp, at: now)
    return packet.array
  }

  @discardableResult
  func hear(_ bytes: [UInt8], _ component: RTPComponent = .rtp, from source: TransportAddress, at now: Instant)
    -> RTPReception
  {
    let session = self.session
    let reception = session.receive(bytes.span, component: component, from: source, at: now, into: &outputs)
    switch reception {
    case .media(let packet):
      received.append(packet)
      let payload = session.payload
      #expect(payload.count == packet.payloadCount)
      if keepsPayloads { payloads.append(payload.array) }
    case .control: break
    case .dropped(let reason): drops[reason, default: 0] += 1
    }
    events += outputs.events
    outputs.events.removeAll(keepingCapacity: true)
    return reception
  }

  /// Runs the timers; gives the RTCP to send.
  func tick(at now: Instant) -> [[UInt8]] {
    if let deadline = session.nextDeadline, deadline <= now {
      session.advance(to: now, wallClock: 1_700_000_000_000_000_000 + now.nanoseconds, into: &outputs)
    }
    events += outputs.events
    let control = outputs.controlPackets
    outputs.removeAll()
    return control
  }
}

/// Two peers over two wires.
struct Call {
  let left: Peer
  let right: Peer
  var toRight: LossyWire
  var toLeft: LossyWire
  private(set) var now = Instant.zero

  init(seed: UInt64 = 1, delay: Double = 20, configure: (inout RTPSessionConfiguration) -> Void = { _ in }) {
    left = Peer(alice, seed: seed * 2) {
      $0.remoteRTP = bob
      configure(&$0)
    }
    right = Peer(bob, seed: seed * 2 + 1) {
      $0.remoteRTP = alice
      configure(&$0)
    }
    toRight = LossyWire(seed: seed &+ 100, delay: delay)
    toLeft = LossyWire(seed: seed &+ 200, delay: delay)
  }

  func protect(_ suite: SRTPSuite = .aesCM128HMACSHA1_80) throws {
    let (one, other) = (try masterKey(suite, seed: 11), try masterKey(suite, seed: 12))
    try left.session.setKeys(inbound: [other], outbound: one)
    try right.session.setKeys(inbound: [one], outbound: other)
  }

  /// Runs for `milliseconds` in steps of 1 ms; both talk every 20 ms unless told otherwise.
  mutating func run(_ milliseconds: Int, leftTalks: Bool = true, rightTalks: Bool = true) throws {
    for _ in 0..<milliseconds {
      now = now.adding(nanoseconds: 1_000_000)
      if now.nanoseconds / 1_000_000 % 20 == 0 {
        if leftTalks { toRight.put(try left.talk(at: now), .rtp, at: now) }
        if rightTalks { toLeft.put(try right.talk(at: now), .rtp, at: now) }
      }
      for report in left.tick(at: now) { toRight.put(report, .rtp, at: now) }
      for report in right.tick(at: now) { toLeft.put(report, .rtp, at: now) }
      while let item = toRight.take(at: now) { right.hear(item.bytes, item.component, from: alice, at: item.at) }
      while let item = toLeft.take(at: now) { left.hear(item.bytes, item.component, from: bob, at: item.at) }
    }
  }
}
