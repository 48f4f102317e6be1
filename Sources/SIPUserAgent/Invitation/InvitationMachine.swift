import SIPParser

/// The life of one invitation, without messages: what each event means in each phase, for both directions.
///
/// The engine tells it what happened and performs the action it answers with. Offers, ACKs and re-INVITEs inside a
/// confirmed dialog do not change the phase and are the engine's.
struct InvitationMachine: Sendable {
  /// What the engine must do.
  enum Action: Hashable, Sendable {
    /// Cancel our INVITE (RFC 3261 §9.1).
    case cancelInvite
    /// Tell the user that the peer answered.
    case reportAnswered
    /// Acknowledge the 2xx, then send BYE: the answer came after we had given up.
    case acknowledgeAndSendBye
    /// Send BYE.
    case sendBye
    /// Tell the user that the ACK came: the call is up.
    case reportConfirmed
    /// Answer the peer's INVITE with this status, then tell the user that it ended so.
    case rejectAndFinish(SIPStatus, SIPInvitationEnd)
    /// Tell the user that it ended.
    case finish(SIPInvitationEnd)
  }

  enum Phase: Sendable {
    /// Our INVITE has no final response.
    case calling
    /// Our INVITE has no final response and the user no longer wants one.
    case cancelling(SIPInvitationEnd)
    /// The peer's INVITE has no final response.
    case ringing
    /// We sent 2xx and wait for the ACK; BYE must wait for it, too (RFC 3261 §15).
    case accepting(thenHangUp: SIPInvitationEnd?)
    /// The dialog is up.
    case confirmed
    /// We sent BYE and wait for its answer.
    case hangingUp(SIPInvitationEnd)
    /// Over.
    case ended
  }

  enum Event: Sendable {
    /// The first 2xx to our INVITE.
    case answered
    /// Our INVITE failed.
    case failed(SIPInvitationEnd)
    /// The user, or a timer, wants it to end; `status` answers an INVITE that rings here.
    case end(SIPInvitationEnd, status: SIPStatus)
    /// The user accepts the peer's INVITE.
    case accept
    /// CANCEL for the peer's INVITE.
    case cancelReceived
    /// The ACK to our 2xx.
    case ackReceived
    /// No ACK to our 2xx, of the first INVITE or of a later one, came in time.
    case ackTimedOut
    /// BYE from the peer.
    case byeReceived
    /// Our BYE was answered, or never will be.
    case byeFinished
    /// A request in the dialog brought 481: the peer has forgotten it.
    case dialogLost(SIPInvitationEnd)
  }

  private(set) var phase: Phase

  init(isOutgoing: Bool) { phase = isOutgoing ? .calling : .ringing }

  var isEnded: Bool {
    if case .ended = phase { true } else { false }
  }
  var isConfirmed: Bool {
    if case .confirmed = phase { true } else { false }
  }
  /// Whether the dialog is up and a new offer or request makes sense.
  var isUp: Bool {
    switch phase {
    case .confirmed, .accepting(thenHangUp: nil): true
    case .calling, .cancelling, .ringing, .accepting, .hangingUp, .ended: false
    }
  }
  /// Whether the user still has to answer.
  var isRinging: Bool {
    if case .ringing = phase { true } else { false }
  }
  /// Whether no final response to our INVITE has come.
  var awaitsAnswer: Bool {
    switch phase {
    case .calling, .cancelling: true
    case .ringing, .accepting, .confirmed, .hangingUp, .ended: false
    }
  }

  mutating func handle(_ event: Event) -> Action? {
    let (next, action) = Self.transition(phase, event)
    phase = next
    return action
  }

  private static func transition(_ phase: Phase, _ event: Event) -> (Phase, Action?) {
    switch (phase, event) {
    case (.calling, .answered): return (.confirmed, .reportAnswered)
    case (.calling, .failed(let end)): return (.ended, .finish(end))
    case (.calling, .end(let end, _)): return (.cancelling(end), .cancelInvite)
    case (.calling, .accept), (.calling, .cancelReceived), (.calling, .ackReceived), (.calling, .ackTimedOut),
      (.calling, .byeReceived), (.calling, .byeFinished), (.calling, .dialogLost):
      return (phase, nil)

    case (.cancelling(let end), .answered): return (.hangingUp(end), .acknowledgeAndSendBye)
    case (.cancelling(let end), .failed(let failure)):
      // A rejection that crossed the CANCEL is what the peer decided; 487 and silence are what we asked for.
      if case .rejected(let rejection) = failure, rejection.status != .requestTerminated {
        return (.ended, .finish(failure))
      }
      return (.ended, .finish(end))
    case (.cancelling, .end), (.cancelling, .accept), (.cancelling, .cancelReceived), (.cancelling, .ackReceived),
      (.cancelling, .ackTimedOut), (.cancelling, .byeReceived), (.cancelling, .byeFinished), (.cancelling, .dialogLost):
      return (phase, nil)

    case (.ringing, .accept): return (.accepting(thenHangUp: nil), nil)
    case (.ringing, .end(let end, let status)): return (.ended, .rejectAndFinish(status, end))
    case (.ringing, .cancelReceived): return (.ended, .rejectAndFinish(.requestTerminated, .cancelledByPeer))
    case (.ringing, .byeReceived):
      // RFC 3261 §15.1.2: the caller may end an early dialog with BYE; its INVITE is answered with 487.
      return (.ended, .rejectAndFinish(.requestTerminated, .cancelledByPeer))
    case (.ringing, .failed(let end)): return (.ended, .finish(end))
    case (.ringing, .answered), (.ringing, .ackReceived), (.ringing, .ackTimedOut), (.ringing, .byeFinished),
      (.ringing, .dialogLost):
      return (phase, nil)

    case (.accepting(let end), .ackReceived):
      guard let end else { return (.confirmed, .reportConfirmed) }
      return (.hangingUp(end), .sendBye)
    case (.accepting, .ackTimedOut): return (.hangingUp(.noAck), .sendBye)
    case (.accepting(let earlier), .end(let end, _)): return (.accepting(thenHangUp: earlier ?? end), nil)
    case (.accepting, .byeReceived): return (.ended, .finish(.remoteHangup))
    case (.accepting, .dialogLost(let end)): return (.ended, .finish(end))
    case (.accepting, .answered), (.accepting, .failed), (.accepting, .accept), (.accepting, .cancelReceived),
      (.accepting, .byeFinished):
      return (phase, nil)

    case (.confirmed, .end(let end, _)): return (.hangingUp(end), .sendBye)
    case (.confirmed, .ackTimedOut): return (.hangingUp(.noAck), .sendBye)
    case (.confirmed, .byeReceived): return (.ended, .finish(.remoteHangup))
    case (.confirmed, .dialogLost(let end)): return (.ended, .finish(end))
    case (.confirmed, .answered), (.confirmed, .failed), (.confirmed, .accept), (.confirmed, .cancelReceived),
      (.confirmed, .ackReceived), (.confirmed, .byeFinished):
      return (phase, nil)

    case (.hangingUp(let end), .byeFinished): return (.ended, .finish(end))
    // Both sides hung up at once: the peer's BYE is answered, ours is still on its way (RFC 5407 §3.2.2).
    case (.hangingUp, .byeReceived): return (phase, nil)
    case (.hangingUp, .answered), (.hangingUp, .failed), (.hangingUp, .end), (.hangingUp, .accept),
      (.hangingUp, .cancelReceived), (.hangingUp, .ackReceived), (.hangingUp, .ackTimedOut), (.hangingUp, .dialogLost):
      return (phase, nil)

    case (.ended, .answered), (.ended, .failed), (.ended, .end), (.ended, .accept), (.ended, .cancelReceived),
      (.ended, .ackReceived), (.ended, .ackTimedOut), (.ended, .byeReceived), (.ended, .byeFinished),
      (.ended, .dialogLost):
      return (phase, nil)
    }
  }
}
