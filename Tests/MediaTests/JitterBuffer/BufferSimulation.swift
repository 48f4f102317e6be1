import WireSupport

@testable import Media

/// A stream of 20 ms packets through a network described by a function, into a jitter buffer that is fetched from every
/// 20 ms. Time is counted, not waited for.
struct BufferSimulation {
  struct Sent {
    var sequence: UInt16
    var timestamp: UInt32
    /// ms since the start.
    var arrival: Double
    var duration = 160
  }

  var buffer: JitterBuffer
  /// Where the ticks lie between the packets, in ms.
  var phase = 7.0
  /// Whether the sound may be stretched and shortened, by 5 ms each time.
  var adjusts = true
  /// What was decided, a letter a decision: p(acket), l(ost, no FEC), r(ecoverable), s(ilence), w(ait), i(dle).
  var script = ""
  /// The sequence numbers that were played, in order.
  var playedSequences: [UInt16] = []
  /// The delay at each fetch of a packet: ms from its sending on a perfect clock.
  var delays: [Double] = []

  init(_ configuration: JitterBufferConfiguration = .init()) {
    buffer = JitterBuffer(configuration, clockRate: 8000, maximumPayloadSize: 200, tick: 160)
  }

  /// Packets of a talker that never pauses.
  static func steady(
    _ count: Int, sequence: UInt16 = 100, timestamp: UInt32 = 5000, period: Double = 20,
    delay: (Int) -> Double? = { _ in 0 }
  ) -> [Sent] {
    (0..<count).compactMap { index in
      delay(index).map {
        Sent(
          sequence: sequence &+ UInt16(truncatingIfNeeded: index),
          timestamp: timestamp &+ UInt32(truncatingIfNeeded: index * 160), arrival: Double(index) * period + $0)
      }
    }
  }

  mutating func run(_ packets: [Sent], until end: Double) {
    let payload = [UInt8](repeating: 0, count: 160)
    let ordered = packets.enumerated().sorted { ($0.element.arrival, $0.offset) < ($1.element.arrival, $1.offset) }
      .map(\.element)
    var next = 0
    var now = phase
    var buffered = 0
    while now <= end {
      while next < ordered.count, ordered[next].arrival <= now {
        let packet = ordered[next]
        buffer.put(
          payload.span, sequence: packet.sequence, timestamp: packet.timestamp, duration: packet.duration,
          at: Self.instant(packet.arrival))
        next += 1
      }
      var rounds = 0
      while buffered < 160, rounds < 50 {
        rounds += 1
        switch buffer.next(at: Self.instant(now), buffered: buffered) {
        case .packet(let packet, let adjustment):
          script += "p"
          playedSequences.append(packet.sequence)
          delays.append(buffer.milliseconds(buffer.counters.delay))
          buffered += packet.duration
          switch adjustment {
          case .compress(let limit, _) where adjusts && limit >= 40:
            buffered -= 40
            buffer.adjusted(by: -40)
          case .expand where adjusts:
            buffered += 40
            buffer.adjusted(by: 40)
          default: break
          }
        case .lost(let duration, let next):
          script += next == nil ? "l" : "r"
          buffered += duration
        case .silence(let duration):
          script += "s"
          buffered += duration
        case .wait(let duration, _):
          script += "w"
          buffered += duration
        case .idle:
          script += "i"
          buffered = 160
        }
      }
      buffered -= 160
      now += 20
    }
  }

  static func instant(_ milliseconds: Double) -> Instant {
    Instant(nanoseconds: 5_000_000_000 + Int64(milliseconds * 1e6))
  }

  var statistics: JitterBufferStatistics { buffer.statistics }
}
