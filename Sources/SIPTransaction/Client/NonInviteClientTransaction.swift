import WireSupport

/// The non-INVITE client transaction of RFC 3261 §17.1.2.
///
/// Creating one means: transmit the request now. Its owner keeps the request's bytes as long as `needsRequest` says so.
public struct NonInviteClientTransaction: Sendable {
  /// What the owner must do.
  public enum Action: Hashable, Sendable {
    /// Transmit the request again (Timer E).
    case send
    /// Pass the response up.
    case deliver
    /// No final response came in time (Timer F): tell the user. The machine has terminated.
    case timedOut
    /// The transport failed: tell the user. The machine has terminated.
    case transportFailed
    /// The machine has terminated after its work was done; the user need not be told.
    case terminated
  }

  private enum Phase: Sendable {
    case trying(resendAt: Instant?, interval: Int64, giveUpAt: Instant)
    case proceeding(resendAt: Instant?, giveUpAt: Instant)
    case completed(until: Instant)
    case terminated
  }

  private enum Event {
    case provisional
    case final
    case tick
    case transportFailed
  }

  private var phase: Phase
  private let timers: SIPTimers
  private let isReliable: Bool

  /// A transaction whose request is transmitted at `now`. Starts Timer F, and Timer E over an unreliable transport.
  public init(timers: SIPTimers, isReliable: Bool, at now: Instant) {
    self.timers = timers
    self.isReliable = isReliable
    phase = .trying(
      resendAt: isReliable ? nil : now.adding(nanoseconds: timers.t1Nanoseconds), interval: timers.t1Nanoseconds,
      giveUpAt: now.adding(nanoseconds: timers.timeout))
  }

  /// When `advance` must be called next.
  public var nextDeadline: Instant? {
    switch phase {
    case .trying(let resendAt?, _, let giveUpAt), .proceeding(let resendAt?, let giveUpAt): min(resendAt, giveUpAt)
    case .trying(nil, _, let giveUpAt), .proceeding(nil, let giveUpAt): giveUpAt
    case .completed(let until): until
    case .terminated: nil
    }
  }

  /// Whether the machine has ended and its owner can forget it.
  public var isTerminated: Bool {
    if case .terminated = phase { true } else { false }
  }

  /// Whether the final response is still to come, so that the request may have to be transmitted again.
  public var needsRequest: Bool {
    switch phase {
    case .trying, .proceeding: true
    case .completed, .terminated: false
    }
  }

  /// A response with this status code (100 ... 699) came.
  public mutating func receive(status: Int, at now: Instant) -> Action? {
    handle(status < 200 ? .provisional : .final, now)
  }

  /// The time has come for `nextDeadline`.
  public mutating func advance(to now: Instant) -> Action? { handle(.tick, now) }

  /// The transport could not deliver the request.
  public mutating func transportFailed(at now: Instant) -> Action? { handle(.transportFailed, now) }

  private mutating func handle(_ event: Event, _ now: Instant) -> Action? {
    let (next, action) = transition(event, now)
    phase = next
    return action
  }

  private func transition(_ event: Event, _ now: Instant) -> (Phase, Action?) {
    switch (phase, event) {
    case (.trying(let resendAt, let interval, let giveUpAt), .tick):
      if now >= giveUpAt { return (.terminated, .timedOut) }
      guard let due = resendAt, now >= due else { return (phase, nil) }
      let longer = min(2 * interval, timers.t2Nanoseconds)
      return (.trying(resendAt: now.adding(nanoseconds: longer), interval: longer, giveUpAt: giveUpAt), .send)
    case (.trying(let resendAt, _, let giveUpAt), .provisional):
      // §17.1.2.2: in Proceeding Timer E is always T2; the one that runs now fires first as it was set.
      return (.proceeding(resendAt: resendAt, giveUpAt: giveUpAt), .deliver)

    case (.proceeding(let resendAt, let giveUpAt), .tick):
      if now >= giveUpAt { return (.terminated, .timedOut) }
      guard let due = resendAt, now >= due else { return (phase, nil) }
      return (.proceeding(resendAt: now.adding(nanoseconds: timers.t2Nanoseconds), giveUpAt: giveUpAt), .send)
    case (.proceeding, .provisional): return (phase, .deliver)

    case (.trying, .final), (.proceeding, .final):
      let k = timers.k(isReliable: isReliable)
      return (k == 0 ? .terminated : .completed(until: now.adding(nanoseconds: k)), .deliver)
    case (.trying, .transportFailed), (.proceeding, .transportFailed): return (.terminated, .transportFailed)

    case (.completed(let until), .tick): return now >= until ? (.terminated, .terminated) : (phase, nil)
    case (.completed, .provisional), (.completed, .final), (.completed, .transportFailed): return (phase, nil)

    case (.terminated, .provisional), (.terminated, .final), (.terminated, .tick), (.terminated, .transportFailed):
      return (phase, nil)
    }
  }
}
