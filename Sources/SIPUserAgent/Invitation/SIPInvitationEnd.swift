import SIPParser

/// How an invitation ended, from the point of view of this side.
public enum SIPInvitationEnd: Hashable, Sendable {
  /// We sent BYE and it was answered, or the peer did not come back within 64 × T1.
  case localHangup
  /// The peer sent BYE.
  case remoteHangup
  /// We gave up before the peer answered (CANCEL), or ended a call that rang here.
  case cancelled
  /// The peer gave up before we answered (CANCEL).
  case cancelledByPeer
  /// The peer rejected or redirected our INVITE.
  case rejected(SIPRejection)
  /// We rejected or redirected the peer's INVITE with this status.
  case declined(SIPStatus)
  /// The call rang, and nobody answered in the time that was allowed: `answerTimeout` or `ringTimeout`.
  case noAnswer
  /// No response at all came to our INVITE within 64 × T1 (Timer B).
  case timedOut
  /// We answered with 2xx, and no ACK came within 64 × T1 (RFC 3261 §13.3.1.4).
  case noAck
  /// The peer no longer knows the dialog: it answered a request in it with 481 or 408, or not at all.
  case dialogLost(SIPStatus?)
  /// The INVITE could not be sent.
  case transportFailed(String)
  /// The peer's answer broke the protocol; nothing could be set up.
  case protocolError(String)
}

/// A final response other than 2xx.
public struct SIPRejection: Hashable, Sendable {
  /// The status code, 300 ... 699.
  public var status: SIPStatus
  /// The peer's reason phrase.
  public var reason: String
  /// Where a 3xx redirects to (RFC 3261 §8.1.3.4); empty for the rest.
  public var contacts: [SIPNameAddress]
  /// What `Retry-After` asks for in seconds, nil when the peer does not say.
  public var retryAfter: UInt32?

  /// A rejection.
  public init(status: SIPStatus, reason: String, contacts: [SIPNameAddress] = [], retryAfter: UInt32? = nil) {
    self.status = status
    self.reason = reason
    self.contacts = contacts
    self.retryAfter = retryAfter
  }
}
