import WireSupport

/// Interarrival jitter as RFC 3550 §6.4.1 defines it, computed as in §A.8 with integers.
public struct RTPJitterEstimator: Sendable {
  /// The clock rate of the timestamps in Hz.
  public let clockRate: Int
  private var transit: UInt32 = 0
  private var hasTransit = false
  /// The estimate × 16, so that its rounding does not accumulate.
  private var scaled: UInt64 = 0

  /// An estimator for timestamps at `clockRate` Hz (at least 1).
  public init(clockRate: Int) { self.clockRate = max(1, clockRate) }

  /// Takes the arrival of a packet with this timestamp.
  public mutating func update(timestamp: UInt32, arrival: Instant) {
    // Both clocks wrap at 32 bits; only the difference between neighbours counts, so truncation is right.
    let nanoseconds = arrival.nanoseconds
    let rate = Int64(clockRate)
    let seconds = nanoseconds / 1_000_000_000
    let rest = nanoseconds % 1_000_000_000
    let units = seconds &* rate &+ rest &* rate / 1_000_000_000
    let transit = UInt32(truncatingIfNeeded: units) &- timestamp
    defer {
      self.transit = transit
      hasTransit = true
    }
    guard hasTransit else { return }
    let difference = UInt64(Int32(bitPattern: transit &- self.transit).magnitude)
    scaled = scaled + difference - ((scaled + 8) >> 4)
  }

  /// Forgets the last transit time, keeping the estimate: for a stream whose timestamps jump on purpose.
  public mutating func skip() { hasTransit = false }

  /// The estimate in timestamp units, as a report block carries it.
  public var timestampUnits: UInt32 { UInt32(min(UInt64(UInt32.max), scaled >> 4)) }
  /// The estimate in milliseconds.
  public var milliseconds: Double { Double(scaled) / 16 * 1000 / Double(clockRate) }
}
