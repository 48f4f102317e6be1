import SIPParser
import SIPTransaction
import WireSupport

/// A SIP user agent without sockets and clocks: calls in both directions and requests in and out of dialogs, on top of
/// the `SIPEndpoint` that it owns.
///
/// The driver hands it bytes, failures and the time, performs the actions of the outputs, passes its events on, and keeps
/// one timer set to `nextDeadline`. Session descriptions pass through as bytes.
public struct SIPUserAgentCore: Sendable {
  /// What it says of itself and how patient it is.
  public let configuration: SIPUserAgentConfiguration
  /// What it refused by itself; `endpointCounters` has the rest.
  public internal(set) var counters = SIPUserAgentCounters()

  var endpoint: SIPEndpoint
  var invitations: [SIPInvitationID: InvitationRecord] = [:]
  var dialogs: [DialogKey: SIPInvitationID] = [:]
  var clientUses: [SIPClientTransactionID: ClientUse] = [:]
  var serverUses: [SIPServerTransactionID: ServerUse] = [:]
  var deadlines = Deadlines<SIPInvitationID>()
  var isShuttingDown = false
  private var lastInvitation: UInt64 = 0

  /// A user agent without addresses and calls. Tags and branches come from `ids`.
  public init(configuration: SIPUserAgentConfiguration = SIPUserAgentConfiguration(), ids: IDSource) {
    self.configuration = configuration
    endpoint = SIPEndpoint(configuration: configuration.endpoint, ids: ids)
  }

  // MARK: What the driver tells

  /// Tells where peers reach us by a transport; see `SIPEndpoint.setLocalAddress`.
  public mutating func setLocalAddress(_ address: TransportAddress, for transport: SIPTransport) {
    endpoint.setLocalAddress(address, for: transport)
  }

  /// A datagram, or the next piece of a stream, came in on a flow.
  public mutating func receive(
    _ bytes: [UInt8], on flow: SIPFlow, at now: Instant, into outputs: inout SIPUserAgentOutputs
  ) {
    endpoint.receive(bytes, on: flow, at: now, into: &outputs.wire)
    settle(now, &outputs)
  }

  /// A connection is open, accepted or made.
  public mutating func flowOpened(_ flow: SIPFlow, at now: Instant, into outputs: inout SIPUserAgentOutputs) {
    endpoint.flowOpened(flow, into: &outputs.wire)
    settle(now, &outputs)
  }

  /// A connection has ended; `reason` is the driver's word for why, nil for an orderly end.
  public mutating func flowClosed(
    _ flow: SIPFlow, reason: String?, at now: Instant, into outputs: inout SIPUserAgentOutputs
  ) {
    endpoint.flowClosed(flow, reason: reason, at: now, into: &outputs.wire)
    settle(now, &outputs)
  }

  /// The driver could not transmit what it was given with this id.
  public mutating func transmissionFailed(
    _ id: SIPTransmissionID, reason: String, at now: Instant, into outputs: inout SIPUserAgentOutputs
  ) {
    endpoint.transmissionFailed(id, reason: reason, at: now, into: &outputs.wire)
    settle(now, &outputs)
  }

  /// When `advance` must be called next; nil when nothing waits for the time.
  public var nextDeadline: Instant? {
    guard let own = deadlines.next else { return endpoint.nextDeadline }
    return endpoint.nextDeadline.map { min($0, own) } ?? own
  }

  /// Does what is due at `now`.
  public mutating func advance(to now: Instant, into outputs: inout SIPUserAgentOutputs) {
    endpoint.advance(to: now, into: &outputs.wire)
    settle(now, &outputs)
    var budget = 4 * invitations.count + 16
    while budget > 0, let id = deadlines.popDue(at: now) {
      budget -= 1
      fire(id, now, &outputs)
      settle(now, &outputs)
    }
  }

  // MARK: What can be asked

  /// What the engine below dropped, refused or answered by itself.
  public var endpointCounters: SIPEndpointCounters { endpoint.counters }
  /// How many invitations exist; one that has ended stays until its transactions have.
  public var invitationCount: Int { invitations.count }
  /// How many invitations have not ended: `ended` was not reported for them.
  public var liveInvitationCount: Int { invitations.values.reduce(0) { $0 + ($1.machine.isEnded ? 0 : 1) } }
  /// How many transactions exist.
  public var transactionCount: Int { endpoint.transactionCount }
  /// Whether nothing is left to do: no invitation, no transaction.
  public var isIdle: Bool { invitations.isEmpty && endpoint.transactionCount == 0 }
  /// The dialog of an invitation, nil before there is one.
  public func dialog(of id: SIPInvitationID) -> SIPDialog? { invitations[id]?.dialog }
  /// The flow on which the peer of an invitation was last heard, nil before it was.
  public func flow(of id: SIPInvitationID) -> SIPFlow? { invitations[id]?.flow }

  // MARK: Ending everything

  /// Ends every invitation as fits it (CANCEL, BYE, or 480 for one that rings here) and refuses new ones with 503 from
  /// now on. `isIdle` tells when the peers have been told or given up on.
  public mutating func shutdown(at now: Instant, into outputs: inout SIPUserAgentOutputs) {
    isShuttingDown = true
    for id in invitations.keys.sorted(by: { $0.rawValue < $1.rawValue }) {
      end(id, status: .temporarilyUnavailable, at: now, into: &outputs)
    }
  }

  // MARK: Events of the engine below

  /// Handles what the engine below reported; handling may make it report more.
  mutating func settle(_ now: Instant, _ outputs: inout SIPUserAgentOutputs) {
    var index = 0
    while index < outputs.wire.events.count {
      let event = outputs.wire.events[index]
      index += 1
      handle(event, now, &outputs)
    }
    outputs.wire.events.removeAll(keepingCapacity: true)
  }

  private mutating func handle(_ event: SIPEndpointEvent, _ now: Instant, _ outputs: inout SIPUserAgentOutputs) {
    switch event {
    case .request(let request, let transaction, let flow): receive(request, transaction, flow, now, &outputs)
    case .ack(let request, let flow): receiveAcknowledgement(request, flow, now, &outputs)
    case .cancelled(let transaction): receiveCancel(transaction, now, &outputs)
    case .response(let response, let transaction, let flow): receive(response, transaction, flow, now, &outputs)
    case .failed(let transaction, let failure):
      clientFailed(transaction, failure, now, &outputs)
      releaseClient(transaction)
    case .clientEnded(let transaction): releaseClient(transaction)
    case .responseFailed: break
    case .serverEnded(let transaction): serverUses[transaction] = nil
    }
  }

  // MARK: Shared by the parts

  mutating func makeInvitationID() -> SIPInvitationID {
    lastInvitation += 1
    return SIPInvitationID(lastInvitation)
  }

  /// Writes a changed record back and sets its timer; forgets one that has ended and that no transaction refers to.
  mutating func store(_ record: InvitationRecord) {
    if record.machine.isEnded, record.openTransactions == 0 {
      invitations[record.id] = nil
      dialogs[record.key] = nil
      deadlines.clear(record.id)
    } else {
      invitations[record.id] = record
      deadlines.set(record.id, at: record.nextDeadline)
    }
  }

  mutating func use(_ transaction: SIPClientTransactionID, as use: ClientUse, _ record: inout InvitationRecord) {
    clientUses[transaction] = use
    record.openTransactions += 1
  }

  private mutating func releaseClient(_ transaction: SIPClientTransactionID) {
    guard let use = clientUses.removeValue(forKey: transaction), let id = use.invitation, var record = invitations[id]
    else { return }
    record.openTransactions -= 1
    record.acknowledgements.removeAll { $0.transaction == transaction }
    store(record)
  }

  func report(_ event: SIPInvitationEvent, _ record: InvitationRecord, _ outputs: inout SIPUserAgentOutputs) {
    outputs.events.append(.invitation(record.id, event))
  }
}
