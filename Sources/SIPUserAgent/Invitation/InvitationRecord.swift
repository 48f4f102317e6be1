import SIPParser
import SIPTransaction
import WireSupport

/// What a dialog of ours is found by: the peer's tag is checked afterwards, for a forked INVITE has several.
struct DialogKey: Hashable, Sendable {
  var callID: String
  var localTag: String
}

/// All that the engine keeps of one invitation.
struct InvitationRecord: Sendable {
  /// A 2xx of ours that was not acknowledged yet; repeated by the user agent, not by its transaction (§13.3.1.4).
  struct Success: Sendable {
    var transaction: SIPServerTransactionID
    var sequence: UInt32
    /// Whether the offer was in the 2xx, so that only the ACK completes the exchange.
    var carriesOffer: Bool
    /// Whether it answers the first INVITE of the dialog.
    var isInitial: Bool
    var resendAt: Instant
    var interval: Int64
    var giveUpAt: Instant
  }

  /// An ACK of ours, to be repeated when its 2xx is.
  struct Acknowledgement: Sendable {
    var transaction: SIPClientTransactionID
    var remoteTag: String
    var transmission: SIPTransmission
  }

  /// A 2xx with an offer, for which the user has not given the answer yet.
  struct PendingAnswer: Sendable {
    var transaction: SIPClientTransactionID
    var remoteTag: String
    var sequence: UInt32
  }

  /// What goes on in the dialog besides the call itself.
  enum Negotiation: Sendable {
    case idle
    /// Our re-INVITE has no final response.
    case sent(SIPClientTransactionID, SIPBody?, attempts: Int)
    /// The peer's re-INVITE waits for our answer.
    case received(SIPServerTransactionID, SIPRequest)
  }

  /// A re-INVITE of ours that met one of the peer's (491) and waits.
  struct DeferredOffer: Sendable {
    var until: Instant
    var body: SIPBody?
    var attempts: Int
  }

  let id: SIPInvitationID
  let isOutgoing: Bool
  let key: DialogKey
  var machine: InvitationMachine
  /// Our Contact.
  let contact: SIPURI
  /// Where the first request went or came from.
  let target: SIPTransmissionTarget
  /// Where the peer was last heard.
  var flow: SIPFlow?
  var dialog: SIPDialog?
  /// The first INVITE: ours until it is answered, the peer's until we have.
  var invite: SIPRequest?
  var clientTransaction: SIPClientTransactionID?
  var serverTransaction: SIPServerTransactionID?
  /// Whether the first INVITE carried an offer.
  let carriesOffer: Bool
  var hasReportedTrying = false
  var acknowledgements: [Acknowledgement] = []
  var pendingAnswer: PendingAnswer?
  var success: Success?
  var negotiation = Negotiation.idle
  var deferredOffer: DeferredOffer?
  /// When ringing has lasted long enough.
  var ringUntil: Instant?
  /// Client transactions that still refer to this record.
  var openTransactions = 0

  /// When the engine must look at it next.
  var nextDeadline: Instant? {
    var result = ringUntil
    if let success { result = min(result ?? .distantFuture, success.resendAt, success.giveUpAt) }
    if let deferredOffer { result = min(result ?? .distantFuture, deferredOffer.until) }
    return result
  }
}

/// On whose behalf a client transaction runs.
enum ClientUse: Sendable {
  case invite(SIPInvitationID)
  case reinvite(SIPInvitationID)
  case bye(SIPInvitationID)
  /// The BYE to a fork that answered too.
  case surplusBye(SIPInvitationID)
  case request(SIPOutgoingRequestID, SIPInvitationID?)

  var invitation: SIPInvitationID? {
    switch self {
    case .invite(let id), .reinvite(let id), .bye(let id), .surplusBye(let id): id
    case .request(_, let id): id
    }
  }
}

/// What a server transaction is to us.
enum ServerUse: Sendable {
  case invite(SIPInvitationID)
  case reinvite(SIPInvitationID)
  /// A request handed to the user.
  case request(SIPRequest)
}
