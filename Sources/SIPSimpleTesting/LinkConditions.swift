import WireSupport

/// What a virtual link does to what crosses it.
///
/// Datagrams are lost, doubled and overtaken; a stream's bytes keep their order and arrive whole, only later (a lost
/// segment costs it a retransmission, 200 ms).
public struct LinkConditions: Hashable, Sendable {
  /// One-way delay of every packet.
  public var delay: Duration
  /// Extra delay, uniform between zero and this. Packets do not overtake each other by it unless `reordering` says so.
  public var jitter: Duration
  /// The share of datagrams that vanish, 0…1.
  public var loss: Double
  /// The share of datagrams that arrive twice, 0…1.
  public var duplication: Double
  /// The share of datagrams that later ones may overtake, 0…1: they wait `reorderingDelay` longer.
  public var reordering: Double
  /// How long a reordered datagram is held back.
  public var reorderingDelay: Duration

  /// A link with these properties; all default to a perfect wire of 1 ms.
  public init(
    delay: Duration = .milliseconds(1), jitter: Duration = .zero, loss: Double = 0, duplication: Double = 0,
    reordering: Double = 0, reorderingDelay: Duration = .milliseconds(30)
  ) {
    self.delay = delay
    self.jitter = jitter
    self.loss = loss
    self.duplication = duplication
    self.reordering = reordering
    self.reorderingDelay = reorderingDelay
  }

  /// A perfect wire of 1 ms.
  public static let perfect = LinkConditions()
}

/// The two kinds of traffic that can meet different conditions.
public enum TrafficClass: Hashable, Sendable {
  /// SIP over any transport.
  case signalling
  /// RTP and RTCP.
  case media
}

/// The fate of one packet on a link: at which delays it arrives; empty when it is lost.
struct PacketFate {
  var delays: [Duration]
  var mayBeOvertaken = false

  init(_ conditions: LinkConditions, isDatagram: Bool, ids: inout IDSource) {
    let jitter = Int64(ids.nextUnit() * Double(conditions.jitter.wholeNanoseconds))
    var delay = conditions.delay + .nanoseconds(jitter)
    let lost = ids.nextUnit() < conditions.loss
    if !isDatagram {
      delays = [lost ? delay + .milliseconds(200) : delay]
      return
    }
    if ids.nextUnit() < conditions.reordering {
      delay += conditions.reorderingDelay
      mayBeOvertaken = true
    }
    delays = lost ? [] : [delay]
    if ids.nextUnit() < conditions.duplication { delays.append(delay + .milliseconds(1)) }
  }
}
