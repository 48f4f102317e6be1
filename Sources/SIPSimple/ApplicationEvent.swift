import NetworkIO
import WireSupport

/// What happens to an application.
public enum ApplicationEvent: DeliverableEvent {
  /// It runs; SIP is received on these addresses.
  case started(listening: [SIPListenAddress])
  /// A peer calls: accept or reject the session.
  case incomingSession(Session)
  /// A SIP message crossed the wire, with its secrets hidden.
  case trace(TraceRecord)
  /// The audio device failed while it ran; calls go on in silence. The text says why.
  case audioDeviceFailed(String)
  /// It has stopped.
  case stopped

  public var delivery: EventDelivery {
    switch self {
    case .started, .stopped: .state("life")
    case .incomingSession, .trace, .audioDeviceFailed: .moment
    }
  }
}
