import WireSupport

/// Round-trip time from report blocks (RFC 3550 §6.4.1): now − when the reported sender report left − the peer's delay.
///
/// The moment of sending is remembered on the monotonic clock by the report's NTP middle bits, so a step of the wall clock
/// does no harm and a block that names a report we never sent is ignored.
public struct RTCPRoundTrip: Sendable {
  private struct Sent: Sendable {
    var middle: UInt32
    var at: Instant
  }
  private var ring = InlineArray<8, Sent?>(repeating: nil)
  private var next = 0

  /// The last measurement in nanoseconds, nil before the first.
  public private(set) var last: Int64?
  /// The least one.
  public private(set) var minimum: Int64 = 0
  /// The greatest one.
  public private(set) var maximum: Int64 = 0
  /// How many there were.
  public private(set) var count: Int64 = 0
  private var sum: Double = 0

  /// Nothing measured.
  public init() {}

  /// The mean in nanoseconds, nil before the first.
  public var mean: Double? { count == 0 ? nil : sum / Double(count) }

  /// A sender report with this NTP middle left.
  public mutating func sent(middle: UInt32, at now: Instant) {
    ring[next] = Sent(middle: middle, at: now)
    next = (next + 1) % 8
  }

  /// A report block came back.
  public mutating func received(_ block: RTCPReportBlock, at now: Instant) {
    guard block.lastSenderReport != 0 else { return }
    for index in 0..<8 {
      guard let sent = ring[index], sent.middle == block.lastSenderReport else { continue }
      let delay = Int64(block.delaySinceLastSenderReport) * 1_000_000_000 / 65_536
      // A peer that rounds its delay up, or lies, could make it negative.
      let roundTrip = max(0, now.nanoseconds(since: sent.at) - delay)
      last = roundTrip
      minimum = count == 0 ? roundTrip : min(minimum, roundTrip)
      maximum = max(maximum, roundTrip)
      sum += Double(roundTrip)
      count += 1
      return
    }
  }
}
