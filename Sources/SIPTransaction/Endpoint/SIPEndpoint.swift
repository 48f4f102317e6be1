import SIPParser
import WireSupport

/// The engine below every SIP usage: it frames, parses, matches and retransmits, and knows nothing of calls.
///
/// It is told everything (bytes, failures, the time) and puts what is to be done and what happened into outputs that the
/// caller owns. `nextDeadline` is the one timer that its driver needs. RFC 3261 §8, §17, §18; RFC 3581; RFC 4320; RFC 6026.
public struct SIPEndpoint: Sendable {
  /// What was dropped, refused or answered without the user.
  public internal(set) var counters = SIPEndpointCounters()
  /// The settings that it was made with.
  public let configuration: SIPEndpointConfiguration

  /// Tags, branches and back-offs, for this engine and the usages on top of it.
  package var ids: IDSource

  var clients: [UInt64: ClientRecord] = [:]
  var servers: [UInt64: ServerRecord] = [:]
  var clientKeys: [ClientKey: UInt64] = [:]
  var serverKeys: [ServerKey: UInt64] = [:]
  var mergeKeys: [MergeKey: UInt64] = [:]
  var deadlines = Deadlines<UInt64>()
  var framers: [UInt64: SIPStreamFramer] = [:]
  /// The connections that live; apart from `framers`, which lends one out while its messages are handled.
  var openFlows: Set<UInt64> = []
  /// Client transactions whose request went out on a connection, by connection: they fail with it.
  var clientsOnFlow: [UInt64: Set<UInt64>] = [:]
  var localAddresses: [LocalAddressKey: TransportAddress] = [:]
  /// Mixed into the tags of stateless answers, so that a peer cannot foretell them.
  let tagSalt: UInt64
  private var lastTransaction: UInt64 = 0

  struct LocalAddressKey: Hashable, Sendable {
    var transport: SIPTransport
    var isV6: Bool
  }

  /// An engine without addresses or transactions.
  public init(configuration: SIPEndpointConfiguration = SIPEndpointConfiguration(), ids: IDSource) {
    self.configuration = configuration
    self.ids = ids
    tagSalt = self.ids.next()
  }

  // MARK: Addresses and flows

  /// Tells where peers reach us by a transport: Via and Contact carry it. One IPv4 and one IPv6 address a transport; it
  /// must not be the unspecified address.
  public mutating func setLocalAddress(_ address: TransportAddress, for transport: SIPTransport) {
    localAddresses[LocalAddressKey(transport: transport, isV6: address.ip.isV6)] = address
  }

  /// Our address toward a peer, as it was told; nil when none was for that transport and family.
  public func localAddress(for transport: SIPTransport, toward peer: IPAddress) -> TransportAddress? {
    localAddresses[LocalAddressKey(transport: transport, isV6: peer.isV6)]
  }

  /// A connection is open, accepted or made.
  public mutating func flowOpened(_ flow: SIPFlow, into outputs: inout SIPEndpointOutputs) {
    _ = admit(flow, &outputs)
  }

  /// A connection has ended; `reason` is the driver's word for why, nil for an orderly end. Requests sent on it that
  /// have no final response fail.
  public mutating func flowClosed(
    _ flow: SIPFlow, reason: String?, at now: Instant, into outputs: inout SIPEndpointOutputs
  ) {
    framers[flow.id] = nil
    openFlows.remove(flow.id)
    guard let waiting = clientsOnFlow.removeValue(forKey: flow.id) else { return }
    for raw in waiting.sorted() where clients[raw]?.needsRequest == true {
      clientTransportFailed(raw, reason ?? "connection closed", now, &outputs)
    }
  }

  /// Whether messages can be sent on this flow: always for datagrams, as long as the connection lives for streams.
  public func isOpen(_ flow: SIPFlow) -> Bool { !flow.transport.isStream || openFlows.contains(flow.id) }

  /// The driver could not transmit what it was given with this id.
  public mutating func transmissionFailed(
    _ id: SIPTransmissionID, reason: String, at now: Instant, into outputs: inout SIPEndpointOutputs
  ) {
    if clients[id.rawValue] != nil {
      clientTransportFailed(id.rawValue, reason, now, &outputs)
    } else if servers[id.rawValue] != nil {
      serverTransportFailed(id.rawValue, reason, now, &outputs)
    }
  }

  // MARK: Time

  /// When `advance` must be called next; nil when nothing waits for the time.
  public var nextDeadline: Instant? { deadlines.next }

  /// Does what is due at `now`.
  public mutating func advance(to now: Instant, into outputs: inout SIPEndpointOutputs) {
    // Each machine sets a later deadline or ends, so the loop ends; the budget guards against a clock that is stuck.
    var budget = 4 * (clients.count + servers.count) + 16
    while budget > 0, let raw = deadlines.popDue(at: now) {
      budget -= 1
      if clients[raw] != nil {
        advanceClient(raw, now, &outputs)
      } else if servers[raw] != nil {
        advanceServer(raw, now, &outputs)
      }
    }
  }

  /// How many transactions exist.
  public var transactionCount: Int { clients.count + servers.count }

  // MARK: Shared by the parts

  mutating func makeTransactionNumber() -> UInt64 {
    lastTransaction += 1
    return lastTransaction
  }

  /// A new tag (RFC 3261 §19.3: at least 32 random bits; this has over 60).
  package mutating func makeTag() -> String { ids.token(length: 12) }

  /// A new Call-ID.
  package mutating func makeCallID() -> String { ids.token(length: 24) }

  mutating func makeBranch() -> String { magicCookie + ids.token(length: 16) }

  /// Makes sure that a connection's input is framed; false when the cap closes it.
  mutating func admit(_ flow: SIPFlow, _ outputs: inout SIPEndpointOutputs) -> Bool {
    guard flow.transport.isStream else { return true }
    if openFlows.contains(flow.id) { return true }
    guard openFlows.count < configuration.maximumFlows else {
      counters.flowsClosed += 1
      outputs.actions.append(.closeFlow(flow))
      return false
    }
    openFlows.insert(flow.id)
    framers[flow.id] = SIPStreamFramer(limits: configuration.limits)
    return true
  }

  func transmit(
    _ bytes: [UInt8], _ target: SIPTransmissionTarget, _ id: UInt64, _ outputs: inout SIPEndpointOutputs
  ) {
    if bytes.isEmpty { return }
    outputs.actions.append(
      .transmit(SIPTransmission(id: SIPTransmissionID(rawValue: id), target: target, bytes: bytes)))
  }
}

extension SIPTransport {
  /// Whether messages have no borders of their own and must be framed. A WebSocket carries one message a frame.
  var isStream: Bool { self == .tcp || self == .tls }
}
