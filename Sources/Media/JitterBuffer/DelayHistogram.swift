/// How much later than the fastest packets the others come: a histogram that slowly forgets, and a quantile of it that is
/// always at hand.
///
/// Instead of letting all counts decay with each packet, the weight of new ones grows; the quantile is a cursor that
/// moves to where the tail beyond it is small enough. Both cost a constant, small time a packet.
struct DelayHistogram: Sendable {
  /// The width of a bucket in ms.
  static let bucketMilliseconds = 2.0
  static let bucketCount = 256
  /// A packet that came too late counts as this many: the delay grows at the second of them, not at the tenth.
  private static let lateWeight = 5.0
  /// Each packet's weight over that of the packet before: half is forgotten after 231 packets (5 s of 20 ms).
  private static let growth = 1.003
  private static let renormalisation = 0x1p60

  private var weights = [Double](repeating: 0, count: bucketCount)
  private var total = 0.0
  /// The weight of the buckets above `cursor`.
  private var tail = 0.0
  private var cursor = 0
  private var weight = 1.0
  private let tailShare: Double

  /// - Parameters:
  ///   - initialDelay: where one imaginary packet lies, in ms, so that there is a target before there are packets.
  ///   - onTimeShare: the quantile that `delay` gives.
  init(initialDelay: Double, onTimeShare: Double) {
    tailShare = 1 - onTimeShare
    let bucket = Self.bucket(initialDelay - Self.bucketMilliseconds)
    weights[bucket] = 1
    total = 1
    cursor = bucket
  }

  /// The delay in ms within which `onTimeShare` of the packets come.
  var delay: Double { Double(cursor + 1) * Self.bucketMilliseconds }

  /// Takes one packet that came `milliseconds` later than the fastest, too late to be played or not.
  mutating func add(_ milliseconds: Double, wasLate: Bool) {
    let bucket = Self.bucket(milliseconds)
    let added = wasLate ? weight * Self.lateWeight : weight
    weights[bucket] += added
    total += added
    if bucket > cursor { tail += added }
    let allowed = total * tailShare
    while tail > allowed, cursor < Self.bucketCount - 1 {
      cursor += 1
      tail -= weights[cursor]
    }
    while cursor > 0, tail + weights[cursor] <= allowed {
      tail += weights[cursor]
      cursor -= 1
    }
    weight *= Self.growth
    if weight > Self.renormalisation { renormalise() }
  }

  private static func bucket(_ milliseconds: Double) -> Int {
    Int(min(max(milliseconds * (1 / bucketMilliseconds), 0), Double(bucketCount - 1)))
  }

  private mutating func renormalise() {
    total = 0
    tail = 0
    for index in 0..<Self.bucketCount {
      weights[index] /= weight
      total += weights[index]
      if index > cursor { tail += weights[index] }
    }
    weight = 1
  }
}
