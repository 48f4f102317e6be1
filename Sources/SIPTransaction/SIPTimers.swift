import WireSupport

/// The timer values of RFC 3261 table 4, derived from T1, T2 and T4.
///
/// A machine asks by the letter the RFC gives the timer; `isReliable` is a property of the transport that carries the
/// transaction. Every value is positive or zero, and at most a day, whatever it was set to.
public struct SIPTimers: Hashable, Sendable {
  /// T1 in nanoseconds: the round-trip time estimate.
  package let t1Nanoseconds: Int64
  /// T2 in nanoseconds: the longest interval between retransmissions of non-INVITE requests and INVITE responses.
  package let t2Nanoseconds: Int64
  /// T4 in nanoseconds: how long a message stays in the network.
  package let t4Nanoseconds: Int64

  /// The RFC's defaults are 500 ms, 4 s and 5 s. Values outside 1 ms ... 1 h are brought into it.
  public init(t1: Duration = .milliseconds(500), t2: Duration = .seconds(4), t4: Duration = .seconds(5)) {
    let bounded = { (value: Duration) in min(max(value.wholeNanoseconds, 1_000_000), 3_600_000_000_000) }
    t1Nanoseconds = bounded(t1)
    t2Nanoseconds = max(bounded(t2), bounded(t1))
    t4Nanoseconds = bounded(t4)
  }

  /// T1: the round-trip time estimate (RFC 3261 §17.1.1.1).
  public var t1: Duration { .nanoseconds(t1Nanoseconds) }
  /// T2: the longest interval between retransmissions (RFC 3261 §17.1.2.1).
  public var t2: Duration { .nanoseconds(t2Nanoseconds) }
  /// T4: how long a message stays in the network (RFC 3261 §17.1.2.2).
  public var t4: Duration { .nanoseconds(t4Nanoseconds) }
  /// 64 × T1: how long a transaction waits for what must come (Timers B, F, H, J, L, M).
  public var transactionTimeout: Duration { .nanoseconds(timeout) }

  /// 64 × T1 in nanoseconds: Timers B, F, H, L and M, and J over an unreliable transport.
  var timeout: Int64 { 64 * t1Nanoseconds }
  /// Timer D, how long a rejected INVITE absorbs retransmitted responses: at least 32 s over UDP (§17.1.1.2).
  func d(isReliable: Bool) -> Int64 { isReliable ? 0 : max(timeout, 32_000_000_000) }
  /// Timer I, how long the server absorbs ACKs (§17.2.1).
  func i(isReliable: Bool) -> Int64 { isReliable ? 0 : t4Nanoseconds }
  /// Timer J, how long the server absorbs retransmitted requests (§17.2.2).
  func j(isReliable: Bool) -> Int64 { isReliable ? 0 : timeout }
  /// Timer K, how long the client absorbs retransmitted responses (§17.1.2.2).
  func k(isReliable: Bool) -> Int64 { isReliable ? 0 : t4Nanoseconds }

  /// When Timer E of the client reaches T2, counted from its first transmission: not before that may a server answer a
  /// non-INVITE request with 100 (RFC 4320 §4.1).
  var untilTimerEIsT2: Int64 {
    var interval = t1Nanoseconds
    var elapsed: Int64 = 0
    // At most 22 doublings lie between the smallest T1 and the largest T2.
    while interval < t2Nanoseconds {
      elapsed += interval
      interval *= 2
    }
    return elapsed
  }
}
