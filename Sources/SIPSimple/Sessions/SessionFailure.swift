/// Who did something: we or the peer.
public enum Originator: String, Sendable {
  /// This application.
  case local
  /// The other side.
  case remote
}

/// Why a session did not start. Thrown by `Session.connect` and `SIPApplication.call`, and carried by
/// `SessionEvent.didFail`.
public struct SessionFailure: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of failure; an operator's script may act on it.
  public enum Reason: Hashable, Sendable {
    /// The callee answered with a final status of 400 to 699: the peer, or this side (`originator`).
    case rejected
    /// The peer answered with a 3xx; `contacts` says where it points.
    case redirected(contacts: [String])
    /// No final answer came in time.
    case noAnswer
    /// The peer answered the call that we accepted with silence: no ACK (RFC 3261 §13.3.1.4).
    case missingACK
    /// The peer, or the way to it, could not be reached.
    case transport
    /// The media could not be agreed on or started.
    case media
    /// We gave up: `end()`, or the task was cancelled.
    case cancelled
  }

  /// The kind of failure.
  public var reason: Reason
  /// The SIP status that tells it best: the peer's own, or 408, 487, 488, 503.
  public var code: Int
  /// The peer's reason phrase, or ours.
  public var phrase: String
  /// Whose decision or fault it was.
  public var originator: Originator
  /// More about it, when there is more to say.
  public var detail: String

  /// A failure. `code` is a SIP status.
  public init(_ reason: Reason, code: Int, phrase: String, originator: Originator, detail: String = "") {
    self.reason = reason
    self.code = code
    self.phrase = phrase
    self.originator = originator
    self.detail = detail
  }

  /// A sentence for a person.
  public var description: String {
    let more = detail.isEmpty ? "" : ": \(detail)"
    switch reason {
    case .rejected: return "\(originator == .local ? "We" : "The peer") refused the call with \(code) \(phrase)\(more)"
    case .redirected(let contacts):
      let target = contacts.isEmpty ? "nowhere" : contacts.joined(separator: ", ")
      return "The peer redirected the call with \(code) \(phrase) to \(target)"
    case .noAnswer: return "Nobody answered in time (\(code) \(phrase))\(more)"
    case .missingACK: return "The caller never confirmed the call with ACK, so it was ended\(more)"
    case .transport: return "The peer could not be reached (\(code) \(phrase))\(more)"
    case .media: return "The media could not be set up (\(code) \(phrase))\(more)"
    case .cancelled: return "The call was cancelled before it was answered"
    }
  }
}
