import WireSupport

/// The INVITE server transaction of RFC 3261 §17.2.1 as RFC 6026 §7.1 corrects it.
///
/// Creating one means: an INVITE came that matches no transaction. Its owner keeps the bytes of the last response.
public struct InviteServerTransaction: Sendable {
  /// What the owner must do.
  public enum Action: Hashable, Sendable {
    /// Generate and transmit 100 Trying: the user has not answered within 200 ms.
    case sendTrying
    /// Transmit the last response (for the first time or again).
    case send
    /// The peer acknowledged a response other than 2xx.
    case acknowledged
    /// Pass the ACK up: it acknowledges a 2xx and shares the INVITE's transaction identifier (RFC 6026 §7.1).
    case deliverAck
    /// No ACK came for a response other than 2xx (Timer H). The machine has terminated.
    case noAck
    /// Tell the user that the response could not be sent. The machine stays as it was (RFC 6026 §7.1).
    case transportFailed
    /// The machine has terminated after its work was done.
    case terminated
  }

  private enum Phase: Sendable {
    case proceeding(tryingAt: Instant?, hasResponded: Bool)
    case completed(resendAt: Instant?, interval: Int64, giveUpAt: Instant)
    case confirmed(until: Instant)
    case accepted(until: Instant)
    case terminated
  }

  private enum Event {
    case invite
    case ack
    case provisional
    case success
    case failure
    case tick
    case transportFailed
  }

  private var phase: Phase
  private let timers: SIPTimers
  private let isReliable: Bool

  /// A transaction for an INVITE received at `now`; 100 Trying goes out 200 ms later if nothing else did (§17.2.1).
  public init(timers: SIPTimers, isReliable: Bool, at now: Instant) {
    self.timers = timers
    self.isReliable = isReliable
    phase = .proceeding(tryingAt: now.adding(nanoseconds: 200_000_000), hasResponded: false)
  }

  /// When `advance` must be called next; nil while only the user can move the machine.
  public var nextDeadline: Instant? {
    switch phase {
    case .proceeding(let tryingAt, _): tryingAt
    case .completed(let resendAt?, _, let giveUpAt): min(resendAt, giveUpAt)
    case .completed(nil, _, let giveUpAt): giveUpAt
    case .confirmed(let until), .accepted(let until): until
    case .terminated: nil
    }
  }

  /// Whether the machine has ended and its owner can forget it.
  public var isTerminated: Bool {
    if case .terminated = phase { true } else { false }
  }

  /// Whether no final response was given yet.
  public var isProceeding: Bool {
    if case .proceeding = phase { true } else { false }
  }

  /// Whether a 2xx was sent and Timer L runs.
  public var isAccepted: Bool {
    if case .accepted = phase { true } else { false }
  }

  /// Whether the last response may have to be transmitted again by this machine or its user.
  public var needsResponse: Bool {
    switch phase {
    case .proceeding, .completed, .accepted: true
    case .confirmed, .terminated: false
    }
  }

  /// The INVITE came again.
  public mutating func receiveInvite(at now: Instant) -> Action? { handle(.invite, now) }

  /// An ACK came that matches this transaction.
  public mutating func receiveAck(at now: Instant) -> Action? { handle(.ack, now) }

  /// The user responds with this status code (100 ... 699). Nil: too late, the response must not be sent.
  public mutating func respond(status: Int, at now: Instant) -> Action? {
    switch status {
    case ..<200: handle(.provisional, now)
    case 200..<300: handle(.success, now)
    default: handle(.failure, now)
    }
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
    case (.proceeding(_, let hasResponded), .invite):
      // Before anything was sent the retransmission itself is the sign that the client wants a 100.
      return (.proceeding(tryingAt: nil, hasResponded: true), hasResponded ? .send : .sendTrying)
    case (.proceeding(let tryingAt, _), .tick):
      guard let tryingAt, now >= tryingAt else { return (phase, nil) }
      return (.proceeding(tryingAt: nil, hasResponded: true), .sendTrying)
    case (.proceeding, .provisional): return (.proceeding(tryingAt: nil, hasResponded: true), .send)
    case (.proceeding, .success):
      return (.accepted(until: now.adding(nanoseconds: timers.timeout)), .send)
    case (.proceeding, .failure):
      let resendAt = isReliable ? nil : now.adding(nanoseconds: timers.t1Nanoseconds)
      return (
        .completed(
          resendAt: resendAt, interval: timers.t1Nanoseconds, giveUpAt: now.adding(nanoseconds: timers.timeout)), .send
      )
    case (.proceeding, .transportFailed): return (phase, .transportFailed)
    case (.proceeding, .ack): return (phase, nil)

    case (.completed, .invite): return (phase, .send)
    case (.completed(let resendAt, let interval, let giveUpAt), .tick):
      if now >= giveUpAt { return (.terminated, .noAck) }
      guard let due = resendAt, now >= due else { return (phase, nil) }
      let longer = min(2 * interval, timers.t2Nanoseconds)
      return (.completed(resendAt: now.adding(nanoseconds: longer), interval: longer, giveUpAt: giveUpAt), .send)
    case (.completed, .ack):
      let i = timers.i(isReliable: isReliable)
      return (i == 0 ? .terminated : .confirmed(until: now.adding(nanoseconds: i)), .acknowledged)
    case (.completed, .transportFailed): return (phase, .transportFailed)
    case (.completed, .provisional), (.completed, .success), (.completed, .failure): return (phase, nil)

    case (.confirmed(let until), .tick): return now >= until ? (.terminated, .terminated) : (phase, nil)
    case (.confirmed, .invite), (.confirmed, .ack), (.confirmed, .provisional), (.confirmed, .success),
      (.confirmed, .failure), (.confirmed, .transportFailed):
      return (phase, nil)

    case (.accepted, .ack): return (phase, .deliverAck)
    case (.accepted, .success): return (phase, .send)
    case (.accepted(let until), .tick): return now >= until ? (.terminated, .terminated) : (phase, nil)
    case (.accepted, .transportFailed): return (phase, .transportFailed)
    // RFC 6026 §7.1: retransmitted INVITEs are absorbed without an answer; the user repeats the 2xx on its own clock.
    case (.accepted, .invite), (.accepted, .provisional), (.accepted, .failure): return (phase, nil)

    case (.terminated, .invite), (.terminated, .ack), (.terminated, .provisional), (.terminated, .success),
      (.terminated, .failure), (.terminated, .tick), (.terminated, .transportFailed):
      return (phase, nil)
    }
  }
}
