import SIPParser
import SIPTransaction

/// What a user agent says of itself and how patient it is.
public struct SIPUserAgentConfiguration: Sendable {
  /// The settings of the engine below.
  public var endpoint = SIPEndpointConfiguration()
  /// User-Agent of requests and Server of responses; nil: neither is sent.
  public var product: String? = "SIPSimple"
  /// What Allow lists. A request with another method is answered with 405. INVITE, ACK, CANCEL, BYE and OPTIONS are
  /// handled here; the rest is handed to the user, who must answer it.
  public var allowedMethods: [SIPMethod] = [.invite, .ack, .cancel, .bye, .options, .info, .message]
  /// What Supported lists; a Require with another option tag is answered with 420.
  public var supportedOptions: [String] = []
  /// What Accept lists; an INVITE with another body is answered with 415.
  public var acceptedContentTypes: [String] = ["application/sdp"]
  /// How long an outgoing call may ring before it is cancelled; an invitation may set its own.
  public var answerTimeout: Duration = .seconds(180)
  /// How long an incoming call may ring before it is answered with 480.
  public var ringTimeout: Duration = .seconds(300)
  /// Whether a re-INVITE that met one of the peer's (491) goes out again as it was after the back-off. When not,
  /// `reinviteDue` asks for a new one: the peer's offer, answered meanwhile, has made the old one stale.
  public var repeatsDeferredOffers = true
  /// Invitations that may exist at once; an incoming one beyond it is answered with 486.
  public var maximumInvitations = 10_000
  /// 2xx responses of other forks that are acknowledged and ended for one INVITE; more are dropped.
  public var maximumForks = 16

  /// The defaults.
  public init() {}
}

/// What a user agent refused by itself since it was made. Each number only grows.
public struct SIPUserAgentCounters: Hashable, Sendable {
  /// Requests in a dialog that does not exist; answered with 481.
  public var unknownDialogs: UInt64 = 0
  /// Requests in a dialog whose CSeq was too low; answered with 500.
  public var outOfOrder: UInt64 = 0
  /// Requests refused with 405, 415, 420 or 400.
  public var refused: UInt64 = 0
  /// Invitations beyond the cap, or during shutdown.
  public var turnedAway: UInt64 = 0
  /// 2xx of other forks that were acknowledged and ended.
  public var forksEnded: UInt64 = 0
  /// 2xx of other forks beyond `maximumForks`.
  public var forksDropped: UInt64 = 0
  /// ACKs that acknowledge nothing that is waited for.
  public var strayAcknowledgements: UInt64 = 0

  /// All zero.
  public init() {}
}

/// Where a user agent puts what it wants done and what happened. The caller owns it, empties it and hands it in again.
public struct SIPUserAgentOutputs: Sendable {
  /// What the driver must do, in this order.
  public var actions: [SIPEndpointAction] {
    get { wire.actions }
    set { wire.actions = newValue }
  }
  /// What happened, in this order.
  public var events: [SIPUserAgentEvent] = []
  /// What the engine below put out; its events are handled before a call returns.
  var wire = SIPEndpointOutputs()

  /// Nothing to do, nothing happened.
  public init() {}

  /// Whether there is nothing to do and nothing happened.
  public var isEmpty: Bool { wire.actions.isEmpty && events.isEmpty }

  /// Forgets everything and keeps the storage.
  public mutating func removeAll() {
    wire.removeAll()
    events.removeAll(keepingCapacity: true)
  }
}

/// What an outgoing invitation says.
public struct SIPOutgoingInvitation: Sendable {
  /// Who calls; the tag is added.
  public var from: SIPNameAddress
  /// Who is called.
  public var to: SIPNameAddress
  /// The Request-URI; that of `to` when nil.
  public var uri: SIPURI?
  /// Where the INVITE goes.
  public var target: SIPTransmissionTarget
  /// The Route headers, nearest first.
  public var routes: [SIPNameAddress] = []
  /// More headers, sent as they are after those that the user agent writes.
  public var headers = SIPHeaders()
  /// The offer; nil asks the peer for one (it comes with the 2xx).
  public var body: SIPBody?
  /// How long it may ring; the configuration's when nil.
  public var answerTimeout: Duration?
  /// Where the peer reaches us; made of the local address and the user of `from` when nil.
  public var contact: SIPURI?

  /// An invitation.
  public init(from: SIPNameAddress, to: SIPNameAddress, target: SIPTransmissionTarget, body: SIPBody? = nil) {
    self.from = from
    self.to = to
    self.target = target
    self.body = body
  }
}

/// A request outside any dialog: OPTIONS, MESSAGE, and whatever else is not INVITE.
public struct SIPOutgoingRequest: Sendable {
  /// The method; not INVITE, ACK, CANCEL or BYE.
  public var method: SIPMethod
  /// Who sends; the tag is added.
  public var from: SIPNameAddress
  /// Who receives.
  public var to: SIPNameAddress
  /// The Request-URI; that of `to` when nil.
  public var uri: SIPURI?
  /// Where it goes.
  public var target: SIPTransmissionTarget
  /// The Route headers, nearest first.
  public var routes: [SIPNameAddress] = []
  /// More headers, sent as they are after those that the user agent writes.
  public var headers = SIPHeaders()
  /// The body.
  public var body: SIPBody?

  /// A request.
  public init(
    _ method: SIPMethod, from: SIPNameAddress, to: SIPNameAddress, target: SIPTransmissionTarget, body: SIPBody? = nil
  ) {
    self.method = method
    self.from = from
    self.to = to
    self.target = target
    self.body = body
  }
}
