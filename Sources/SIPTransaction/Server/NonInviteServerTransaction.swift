import WireSupport

/// The non-INVITE server transaction of RFC 3261 §17.2.2 with the corrections of RFC 4320.
///
/// Creating one means: a request came that matches no transaction. Its owner keeps the bytes of the last response.
public struct NonInviteServerTransaction: Sendable {
  /// What the owner must do.
  public enum Action: Hashable, Sendable {
    /// Generate and transmit 100 Trying: the user is slow, and the client's Timer E has reached T2 (RFC 4320 §4.1).
    case sendTrying
    /// Transmit the last response (for the first time or again).
    case send
    /// The user did not answer within 64 × T1: the client has given up, and a late answer would only confuse
    /// (RFC 4320 §4.2). The machine has terminated.
    case abandoned
    /// The response could not be sent: tell the user. The machine has terminated.
    case transportFailed
    /// The machine has terminated after its work was done.
    case terminated
  }

  private enum Phase: Sendable {
    case trying(tryingAt: Instant, giveUpAt: Instant)
    case proceeding(giveUpAt: Instant)
    case completed(until: Instant)
    case terminated
  }

  private enum Event {
    case request
    case provisional
    case final
    case tick
    case transportFailed
  }

  private var phase: Phase
  private let timers: SIPTimers
  private let isReliable: Bool

  /// A transaction for a request received at `now`.
  public init(timers: SIPTimers, isReliable: Bool, at now: Instant) {
    self.timers = timers
    self.isReliable = isReliable
    phase = .trying(
      tryingAt: now.adding(nanoseconds: timers.untilTimerEIsT2), giveUpAt: now.adding(nanoseconds: timers.timeout))
  }

  /// When `advance` must be called next.
  public var nextDeadline: Instant? {
    switch phase {
    case .trying(let tryingAt, let giveUpAt): min(tryingAt, giveUpAt)
    case .proceeding(let giveUpAt): giveUpAt
    case .completed(let until): until
    case .terminated: nil
    }
  }

  /// Whether the machine has ended and its owner can forget it.
  public var isTerminated: Bool {
    if case .terminated = phase { true } else { false }
  }

  /// Whether no final response was given yet.
  public var isProceeding: Bool {
    switch phase {
    case .trying, .proceeding: true
    case .completed, .terminated: false
    }
  }

  /// The request came again.
  public mutating func receiveRequest(at now: Instant) -> Action? { handle(.request, now) }

  /// The user responds with this status code (100 ... 699). Nil: the response must not be sent, because a final one was
  /// or because RFC 4320 §4.1 forbids every provisional response but 100.
  public mutating func respond(status: Int, at now: Instant) -> Action? {
    if status > 100 && status < 200 { return nil }
    return handle(status < 200 ? .provisional : .final, now)
  }

  /// The time has come for `nextDeadline`.
  public mutating func advance(to now: Instant) -> Action? { handle(.tick, now) }

  /// The transport could not deliver a response.
  public mutating func transportFailed(at now: Instant) -> Action? { handle(.transportFailed, now) }

  private mutating func handle(_ event: Event, _ now: Instant) -> Action? {
    let (next, action) = transition(event, now)
    phase = next
    return action
  }

  private func transition(_ event: Event, _ now: Instant) -> (Phase, Action?) {
    switch (phase, event) {
    case (.trying(let tryingAt, let giveUpAt), .tick):
      if now >= giveUpAt { return (.terminated, .abandoned) }
      return now >= tryingAt ? (.proceeding(giveUpAt: giveUpAt), .sendTrying) : (phase, nil)
    case (.trying(let tryingAt, let giveUpAt), .provisional):
      // RFC 4320 §4.1: not over an unreliable transport before the client's Timer E has reached T2.
      return isReliable || now >= tryingAt ? (.proceeding(giveUpAt: giveUpAt), .send) : (phase, nil)
    case (.trying, .request): return (phase, nil)

    case (.proceeding(let giveUpAt), .tick): return now >= giveUpAt ? (.terminated, .abandoned) : (phase, nil)
    case (.proceeding, .request), (.proceeding, .provisional): return (phase, .send)

    case (.trying, .final), (.proceeding, .final):
      let j = timers.j(isReliable: isReliable)
      return (j == 0 ? .terminated : .completed(until: now.adding(nanoseconds: j)), .send)
    case (.trying, .transportFailed), (.proceeding, .transportFailed), (.completed, .transportFailed):
      return (.terminated, .transportFailed)

    case (.completed, .request): return (phase, .send)
    case (.completed(let until), .tick): return now >= until ? (.terminated, .terminated) : (phase, nil)
    case (.completed, .provisional), (.completed, .final): return (phase, nil)

    case (.terminated, .request), (.terminated, .provisional), (.terminated, .final), (.terminated, .tick),
      (.terminated, .transportFailed):
      return (phase, nil)
    }
  }
}
