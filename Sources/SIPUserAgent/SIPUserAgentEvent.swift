import SIPParser
import SIPTransaction

/// Names an invitation of one user agent.
public struct SIPInvitationID: Hashable, Sendable, CustomStringConvertible {
  /// Its number, never used twice by one user agent.
  public let rawValue: UInt64
  init(_ rawValue: UInt64) { self.rawValue = rawValue }
  /// `invitation 7`
  public var description: String { "invitation \(rawValue)" }
}

/// Names a request that this user agent sent, other than INVITE, ACK, BYE and CANCEL.
public struct SIPOutgoingRequestID: Hashable, Sendable {
  /// The transaction that carries it.
  public let transaction: SIPClientTransactionID
}

/// Names a request that waits for an answer of ours.
public struct SIPIncomingRequestID: Hashable, Sendable {
  /// The transaction that carries it.
  public let transaction: SIPServerTransactionID
}

/// A message body and what it is.
public struct SIPBody: Hashable, Sendable {
  /// The value of Content-Type, such as `application/sdp`.
  public var contentType: String
  /// The bytes.
  public var bytes: [UInt8]

  /// A body.
  public init(contentType: String, bytes: [UInt8]) {
    self.contentType = contentType
    self.bytes = bytes
  }

  /// A session description.
  public static func sdp(_ bytes: [UInt8]) -> SIPBody { SIPBody(contentType: "application/sdp", bytes: bytes) }
}

/// What happened, for the user of a `SIPUserAgentCore`.
public enum SIPUserAgentEvent: Sendable {
  /// A call comes in: ring, accept, reject or redirect it. The body, if any, is the offer.
  case incomingInvitation(SIPInvitationID, SIPRequest, on: SIPFlow)
  /// Something happened to an invitation.
  case invitation(SIPInvitationID, SIPInvitationEvent)
  /// A request to answer with `respond(to:)`: INFO in a dialog, MESSAGE, or any other method that the configuration
  /// allows. The invitation is that of the dialog, nil for a request outside one.
  case incomingRequest(SIPIncomingRequestID, SIPRequest, invitation: SIPInvitationID?, on: SIPFlow)
  /// A response to a request of ours: provisional ones come as they are, the final one is the last.
  case response(SIPOutgoingRequestID, SIPResponse)
  /// A request of ours will get no response.
  case requestFailed(SIPOutgoingRequestID, SIPTransactionFailure)
}

/// What happened to an invitation.
public enum SIPInvitationEvent: Sendable {
  /// The next hop has our INVITE (100).
  case trying
  /// A provisional response other than 100: 180 rings; a body is an early answer or, from a fork, one of several.
  case progress(SIPResponse)
  /// The peer answered our INVITE with 2xx. When `needsAnswer`, its body is an offer: call `acknowledge` with the answer;
  /// otherwise the ACK has been sent, and the body is the answer unless an early one was given.
  case answered(SIPResponse, needsAnswer: Bool)
  /// The ACK to our 2xx came; its body is the answer if the offer was in the 2xx. The request is nil when the peer's
  /// next request proved that it has the 2xx.
  case confirmed(SIPRequest?)
  /// A re-INVITE: answer it with `acceptReinvite` or `rejectReinvite`. Without a body it asks for an offer.
  case reinvited(SIPRequest)
  /// The peer took its re-INVITE back (CANCEL); it has been answered with 487. Nothing changes.
  case reinviteCancelled
  /// The ACK to our answer of a re-INVITE came (see `confirmed`).
  case reinviteConfirmed(SIPRequest?)
  /// Our re-INVITE was answered with 2xx (see `answered`).
  case reinviteAnswered(SIPResponse, needsAnswer: Bool)
  /// Our re-INVITE was rejected: the session stays as it was (RFC 3261 §14.1).
  case reinviteRejected(SIPRejection)
  /// Both sides sent a re-INVITE at once (491); ours goes out again after the back-off of RFC 3261 §14.1.
  case reinviteDeferred
  /// The back-off is over, and the configuration says that the re-INVITE is not repeated as it was: send a new one.
  case reinviteDue
  /// Nobody acknowledged our 2xx: BYE is on its way, `ended(.noAck)` follows.
  case noAck
  /// It is over. Always the last event, and there is always one.
  case ended(SIPInvitationEnd)
}
