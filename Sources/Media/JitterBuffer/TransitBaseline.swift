/// The fastest transit of late: what all other packets' delay is measured against.
///
/// It is the minimum of the last ten seconds, so that it follows two clocks that drift apart and a route that became
/// longer. Units are RTP clock ticks; the absolute value means nothing, as sender and receiver share no clock.
struct TransitBaseline: Sendable {
  private var current: Int64
  private var older: SIMD4<Int64>
  private var windowEnd: Int64
  private let window: Int64
  /// The minimum of all windows.
  private(set) var value: Int64

  /// Begins with one packet.
  init(transit: Int64, arrival: Int64, clockRate: Int64) {
    window = clockRate * 2
    current = transit
    older = SIMD4(repeating: transit)
    windowEnd = arrival &+ window
    value = transit
  }

  /// Takes a packet's transit: arrival minus timestamp.
  mutating func add(transit: Int64, arrival: Int64) {
    if arrival >= windowEnd &+ 4 &* window {
      // After a long pause all that was known is out of date.
      self = TransitBaseline(transit: transit, arrival: arrival, clockRate: window / 2)
    } else if arrival >= windowEnd {
      older = SIMD4(older[1], older[2], older[3], current)
      current = transit
      windowEnd = arrival &+ window
      value = min(older.min(), current)
    } else if transit < current {
      current = transit
      if transit < value { value = transit }
    }
  }
}
