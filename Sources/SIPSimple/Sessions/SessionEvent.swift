/// What happens to a session, in order. One case for each notification of the session's life.
public enum SessionEvent: DeliverableEvent {
  /// The peer's device is ringing (180).
  case ringing
  /// A provisional response came (any 1xx but 100).
  case provisional(code: Int, phrase: String)
  /// The media are agreed on and are being started.
  case willStart
  /// The session is established; these streams run.
  case didStart(streams: [any MediaStream])
  /// The session ended before it started.
  case didFail(SessionFailure)
  /// The session put on hold or resumed a stream. `partial`: another stream that could be held is not.
  case holdChanged(originator: Originator, onHold: Bool, partial: Bool)
  /// The peer proposed a change of the media (a re-INVITE), and got this answer.
  case renegotiated(originator: Originator)
  /// A proposal of `originator` to change the media was refused with this status; the session goes on as it was.
  case proposalRejected(originator: Originator, code: Int, phrase: String)
  /// The session is about to end.
  case willEnd(originator: Originator)
  /// The session has ended.
  case didEnd(SessionEnd)

  /// States of the session's life are replayed to late readers under one key, the hold state under another.
  public var delivery: EventDelivery {
    switch self {
    case .ringing, .willStart, .didStart, .didFail, .willEnd, .didEnd: .state("life")
    case .holdChanged(let originator, _, _): .state("hold-\(originator.rawValue)")
    case .provisional, .renegotiated, .proposalRejected: .moment
    }
  }
}

/// How an established session ended.
public struct SessionEnd: Hashable, Sendable, CustomStringConvertible {
  /// Why.
  public enum Reason: String, Sendable {
    /// One side hung up.
    case hangup = "hung up"
    /// The dialog was lost: a request inside it was answered 408 or 481, or could not be sent.
    case dialogLost = "the dialog was lost"
    /// The caller never confirmed our answer.
    case missingACK = "the caller never sent ACK"
    /// No media came for longer than the account's timeout.
    case mediaTimeout = "no media came"
    /// The application stopped.
    case applicationStopped = "the application stopped"
  }

  /// Which side ended it.
  public var originator: Originator
  /// Why it ended.
  public var reason: Reason

  /// An end, by whom and why.
  public init(originator: Originator, reason: Reason) {
    self.originator = originator
    self.reason = reason
  }

  /// Like "ended by remote party: hung up".
  public var description: String { "ended by \(originator.rawValue) party: \(reason.rawValue)" }
}
