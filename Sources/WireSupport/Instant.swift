/// A moment on a monotonic clock, in nanoseconds since an origin that only the owner of the clock knows.
///
/// Every core is *told* the time as an `Instant`; none reads a clock. Arithmetic saturates, so a far deadline computed
/// from a peer's number cannot trap.
public struct Instant: Hashable, Comparable, Sendable {
  /// Nanoseconds since the clock's origin.
  public var nanoseconds: Int64

  /// A moment `nanoseconds` after the clock's origin.
  public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// The clock's origin.
  public static let zero = Instant(nanoseconds: 0)
  /// Later than every moment that a clock will report.
  public static let distantFuture = Instant(nanoseconds: .max)

  /// The moment `nanoseconds` later (earlier when negative), saturating.
  public func adding(nanoseconds other: Int64) -> Instant {
    let (sum, overflow) = nanoseconds.addingReportingOverflow(other)
    return Instant(nanoseconds: overflow ? (other > 0 ? .max : .min) : sum)
  }

  /// Nanoseconds from `earlier` to this moment, saturating.
  public func nanoseconds(since earlier: Instant) -> Int64 {
    let (difference, overflow) = nanoseconds.subtractingReportingOverflow(earlier.nanoseconds)
    return overflow ? (nanoseconds > earlier.nanoseconds ? .max : .min) : difference
  }

  /// Milliseconds from `earlier` to this moment.
  public func milliseconds(since earlier: Instant) -> Double { Double(nanoseconds(since: earlier)) / 1e6 }

  public static func < (lhs: Instant, rhs: Instant) -> Bool { lhs.nanoseconds < rhs.nanoseconds }
  public static func + (lhs: Instant, rhs: Duration) -> Instant { lhs.adding(nanoseconds: rhs.wholeNanoseconds) }
  public static func - (lhs: Instant, rhs: Duration) -> Instant {
    let nanoseconds = rhs.wholeNanoseconds
    return lhs.adding(nanoseconds: nanoseconds == .min ? .max : -nanoseconds)
  }
  public static func - (lhs: Instant, rhs: Instant) -> Duration { .nanoseconds(lhs.nanoseconds(since: rhs)) }
  public static func += (lhs: inout Instant, rhs: Duration) { lhs = lhs + rhs }
}

extension Duration {
  /// The duration in nanoseconds, saturating at ±292 years.
  public var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return seconds < 0 ? .min : .max }
    let (sum, overflowed) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
    return overflowed ? (seconds < 0 ? .min : .max) : sum
  }

  /// The duration in milliseconds.
  public var inMilliseconds: Double { Double(wholeNanoseconds) / 1e6 }
}
