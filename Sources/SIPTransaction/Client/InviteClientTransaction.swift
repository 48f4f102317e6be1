import WireSupport

/// The INVITE client transaction of RFC 3261 §17.1.1 as RFC 6026 §7.2 corrects it.
///
/// The machine knows nothing of messages: it is told what kind of response came and what time it is, and says what to
/// do. Its owner keeps the request as long as `needsRequest` says so. Creating one means: transmit the INVITE now.
public struct InviteClientTransaction: Sendable {
  /// What the owner must do.
  public enum Action: Hashable, Sendable {
    /// Transmit the INVITE again (Timer A).
    case send
    /// Pass the response up.
    case deliver
    /// Transmit an ACK in this transaction, and pass the response up.
    case acknowledgeAndDeliver
    /// Transmit the same ACK again: the response was a retransmission.
    case acknowledge
    /// No final response came in time (Timer B, or 64 × T1 after CANCEL): tell the user. The machine has terminated.
    case timedOut
    /// The transport failed: tell the user. The machine has terminated.
    case transportFailed
    /// The machine has terminated after its work was done; the user need not be told.
    case terminated
  }

  private enum Phase: Sendable {
    case calling(resendAt: Instant?, interval: Int64, giveUpAt: Instant)
    case proceeding(giveUpAt: Instant?)
    case completed(until: Instant)
    case accepted(until: Instant)
    case terminated
  }

  private enum Event {
    case provisional
    case success
    case failure
    case tick
    case transportFailed
    case cancelled
  }

  private var phase: Phase
  private let timers: SIPTimers
  private let isReliable: Bool

  /// A transaction whose INVITE is transmitted at `now`. Starts Timer B, and Timer A over an unreliable transport.
  public init(timers: SIPTimers, isReliable: Bool, at now: Instant) {
    self.timers = timers
    self.isReliable = isReliable
    phase = .calling(
      resendAt: isReliable ? nil : now.adding(nanoseconds: timers.t1Nanoseconds), interval: timers.t1Nanoseconds,
      giveUpAt: now.adding(nanoseconds: timers.timeout))
  }

  /// When `advance` must be called next; nil while only the peer or the user can move the machine.
  public var nextDeadline: Instant? {
    switch phase {
    case .calling(let resendAt?, _, let giveUpAt): min(resendAt, giveUpAt)
    case .calling(nil, _, let giveUpAt): giveUpAt
    case .proceeding(let giveUpAt): giveUpAt
    case .completed(let until), .accepted(let until): until
    case .terminated: nil
    }
  }

  /// Whether the machine has ended and its owner can forget it.
  public var isTerminated: Bool {
    if case .terminated = phase { true } else { false }
  }

  /// Whether no response has come yet: CANCEL must wait (RFC 3261 §9.1).
  public var isCalling: Bool {
    if case .calling = phase { true } else { false }
  }

  /// Whether the final response is still to come, so that the request may be needed again (Timer A, CANCEL, ACK).
  public var needsRequest: Bool {
    switch phase {
    case .calling, .proceeding: true
    case .completed, .accepted, .terminated: false
    }
  }

  /// A response with this status code (100 ... 699) came.
  public mutating func receive(status: Int, at now: Instant) -> Action? {
    switch status {
    case ..<200: handle(.provisional, now)
    case 200..<300: handle(.success, now)
    default: handle(.failure, now)
    }
  }

  /// The time has come for `nextDeadline`.
  public mutating func advance(to now: Instant) -> Action? { handle(.tick, now) }

  /// The transport could not deliver the request or the ACK.
  public mutating func transportFailed(at now: Instant) -> Action? { handle(.transportFailed, now) }

  /// A CANCEL was sent: the final response must come within 64 × T1 (RFC 3261 §9.1).
  public mutating func cancelled(at now: Instant) { _ = handle(.cancelled, now) }

  private mutating func handle(_ event: Event, _ now: Instant) -> Action? {
    let (next, action) = transition(event, now)
    phase = next
    return action
  }

  private func transition(_ event: Event, _ now: Instant) -> (Phase, Action?) {
    switch (phase, event) {
    case (.calling(let resendAt, let interval, let giveUpAt), .tick):
      if now >= giveUpAt { return (.terminated, .timedOut) }
      guard let due = resendAt, now >= due else { return (phase, nil) }
      // Timer A doubles without bound (§17.1.1.2); Timer B ends it.
      return (
        .calling(resendAt: now.adding(nanoseconds: 2 * interval), interval: 2 * interval, giveUpAt: giveUpAt), .send
      )
    case (.calling, .provisional): return (.proceeding(giveUpAt: nil), .deliver)
    case (.calling, .cancelled): return (phase, nil)

    case (.proceeding(let giveUpAt), .tick):
      guard let giveUpAt, now >= giveUpAt else { return (phase, nil) }
      return (.terminated, .timedOut)
    case (.proceeding, .provisional): return (phase, .deliver)
    case (.proceeding, .cancelled):
      return (.proceeding(giveUpAt: now.adding(nanoseconds: timers.timeout)), nil)

    case (.calling, .success), (.proceeding, .success):
      // RFC 6026 §7.2: Timer M, over every transport, because a forking proxy may send more 2xx.
      return (.accepted(until: now.adding(nanoseconds: timers.timeout)), .deliver)
    case (.calling, .failure), (.proceeding, .failure):
      let d = timers.d(isReliable: isReliable)
      return (d == 0 ? .terminated : .completed(until: now.adding(nanoseconds: d)), .acknowledgeAndDeliver)
    case (.calling, .transportFailed), (.proceeding, .transportFailed): return (.terminated, .transportFailed)

    case (.completed, .failure): return (phase, .acknowledge)
    case (.completed(let until), .tick): return now >= until ? (.terminated, .terminated) : (phase, nil)
    case (.completed, .transportFailed): return (.terminated, .transportFailed)
    case (.completed, .provisional), (.completed, .success), (.completed, .cancelled): return (phase, nil)

    case (.accepted, .success): return (phase, .deliver)
    case (.accepted(let until), .tick): return now >= until ? (.terminated, .terminated) : (phase, nil)
    case (.accepted, .provisional), (.accepted, .failure), (.accepted, .transportFailed), (.accepted, .cancelled):
      return (phase, nil)

    case (.terminated, .provisional), (.terminated, .success), (.terminated, .failure), (.terminated, .tick),
      (.terminated, .transportFailed), (.terminated, .cancelled):
      return (phase, nil)
    }
  }
}
