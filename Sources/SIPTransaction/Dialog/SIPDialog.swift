import SIPParser

/// What names a dialog (RFC 3261 §12).
public struct SIPDialogID: Hashable, Sendable {
  /// The Call-ID.
  public var callID: String
  /// Our tag.
  public var localTag: String
  /// The peer's tag; empty for a peer of RFC 2543 that gave none (RFC 3261 §12.1.1).
  public var remoteTag: String

  /// A dialog's name.
  public init(callID: String, localTag: String, remoteTag: String) {
    self.callID = callID
    self.localTag = localTag
    self.remoteTag = remoteTag
  }
}

/// A dialog of RFC 3261 §12: who talks to whom, by which route, and how far both have counted.
///
/// It builds the requests inside the dialog and judges those that come. It holds copies, so it keeps no message alive.
public struct SIPDialog: Sendable {
  /// What to do with a request that came in the dialog.
  public enum Verdict: Hashable, Sendable {
    /// It is in order.
    case accept
    /// Its CSeq is not higher than the last: answer 500 (RFC 3261 §12.2.2).
    case outOfOrder
  }

  /// The dialog's name.
  public let id: SIPDialogID
  /// Whether only provisional responses have made it so far.
  public private(set) var isEarly: Bool
  /// Whether this side sent the request that made it.
  public let isInitiator: Bool
  /// Our side, with our tag: From of what we send.
  public let local: SIPNameAddress
  /// The peer's side, with its tag: To of what we send.
  public let remote: SIPNameAddress
  /// The peer's Contact: where requests go in the end.
  public private(set) var remoteTarget: SIPURI
  /// The proxies that requests pass, nearest first.
  public private(set) var routeSet: [SIPNameAddress]
  /// The CSeq of our last request.
  public private(set) var localSequence: UInt32
  /// The CSeq of the peer's last request, nil before its first.
  public private(set) var remoteSequence: UInt32?
  /// Whether the request that made it went to a `sips` URI over TLS (RFC 3261 §12.1).
  public let isSecure: Bool

  /// The dialog that a response to our request makes (RFC 3261 §12.1.2).
  ///
  /// A response without Contact, which RFC 3261 forbids and some servers send, makes one with the request's target.
  ///
  /// - Throws: `.header` when the response has no From tag or headers that cannot be read.
  public init(request: SIPRequest, response: SIPResponse) throws(SIPTransactionError) {
    try self.init(response: response, target: request.uri, isSecure: request.uri.isSecure)
  }

  /// The dialog that one more 2xx to our INVITE makes, from another fork; the INVITE itself is no longer needed.
  ///
  /// - Throws: `.header` when the response has no From tag, no Contact or headers that cannot be read.
  package init(response: SIPResponse, isSecure: Bool) throws(SIPTransactionError) {
    try self.init(response: response, target: nil, isSecure: isSecure)
  }

  private init(response: SIPResponse, target: SIPURI?, isSecure: Bool) throws(SIPTransactionError) {
    let fields = try MessageFields(response.headers)
    guard let localTag = fields.from.tag else {
      throw SIPTransactionError(.header, expected: "a From tag in the response")
    }
    guard let contact = firstContact(response.headers) ?? target else {
      throw SIPTransactionError(.header, expected: "a Contact in a response that makes a dialog")
    }
    id = SIPDialogID(callID: fields.callID, localTag: localTag.description, remoteTag: fields.to.tag?.description ?? "")
    isEarly = response.status.isProvisional
    isInitiator = true
    local = fields.from.detached
    remote = fields.to.detached
    remoteTarget = contact.detached
    routeSet = recordRoute(response.headers).reversed()
    localSequence = fields.cseq.number
    remoteSequence = nil
    self.isSecure = isSecure
  }

  /// The dialog that our response with `localTag` to a peer's request makes (RFC 3261 §12.1.1).
  ///
  /// - Throws: `.header` when the request has no Contact or headers that cannot be read.
  public init(request: SIPRequest, localTag: String) throws(SIPTransactionError) {
    let fields = try MessageFields(request.headers)
    guard let contact = firstContact(request.headers) else {
      throw SIPTransactionError(.header, expected: "a Contact in a request that makes a dialog")
    }
    id = SIPDialogID(callID: fields.callID, localTag: localTag, remoteTag: fields.from.tag?.description ?? "")
    isEarly = true
    isInitiator = false
    local = fields.to.withTag(localTag)
    remote = fields.from.detached
    remoteTarget = contact.detached
    routeSet = recordRoute(request.headers)
    localSequence = 0
    remoteSequence = fields.cseq.number
    isSecure = request.uri.isSecure
  }

  /// A 2xx of ours was sent: the dialog is confirmed.
  public mutating func confirm() { isEarly = false }

  /// The 2xx to our request came: it confirms the dialog, and its route set and Contact count (RFC 3261 §13.2.2.4).
  public mutating func confirm(with response: SIPResponse) {
    if isEarly { routeSet = recordRoute(response.headers).reversed() }
    isEarly = false
    refreshTarget(from: response.headers)
  }

  /// Takes the peer's target from a target refresh request (re-INVITE, UPDATE) or the 2xx to one (RFC 3261 §12.2).
  public mutating func refreshTarget(from headers: SIPHeaders) {
    if let contact = firstContact(headers) { remoteTarget = contact.detached }
  }

  /// Judges the CSeq of a request that came in the dialog, and counts it. Not for ACK and CANCEL.
  public mutating func receive(sequence: UInt32) -> Verdict {
    if let last = remoteSequence, sequence <= last { return .outOfOrder }
    remoteSequence = sequence
    return .accept
  }

  /// Builds the next request in the dialog (RFC 3261 §12.2.1.1), without Via and Max-Forwards, which the endpoint adds.
  ///
  /// - Throws: `.sequenceExhausted` when no sequence number is left.
  public mutating func makeRequest(_ method: SIPMethod) throws(SIPTransactionError) -> SIPRequest {
    guard localSequence < 0x7fff_ffff else {
      throw SIPTransactionError(.sequenceExhausted, expected: "a CSeq below 2^31")
    }
    localSequence += 1
    return make(method, sequence: localSequence)
  }

  /// Builds the ACK to a 2xx for our INVITE with this CSeq (RFC 3261 §13.2.2.4).
  public func makeAcknowledgement(sequence: UInt32) -> SIPRequest { make(.ack, sequence: sequence) }

  /// Where the next request goes first: the first route, or the peer itself.
  public var nextHop: SIPURI { routeSet.first?.uri ?? remoteTarget }

  private func make(_ method: SIPMethod, sequence: UInt32) -> SIPRequest {
    var uri = remoteTarget
    var routes = routeSet
    if let first = routeSet.first, !first.uri.isLooseRouter {
      // A strict router (RFC 2543) expects itself in the Request-URI and the target at the end of the route.
      uri = first.uri
      routes.removeFirst()
      routes.append(SIPNameAddress(uri: remoteTarget))
    }
    var request = SIPRequest(method: method, uri: uri.withoutHeaders)
    if !routes.isEmpty { request.headers.set(.route, routes) }
    request.headers.set(.from, local)
    request.headers.set(.to, remote)
    request.headers.set(.callID, text: id.callID)
    request.headers.set(.cseq, SIPCSeq(sequence, method))
    return request
  }
}

extension SIPURI {
  /// The same URI in storage of its own, so that it no longer keeps its message alive.
  var detached: SIPURI {
    do { return try SIPURI(bytes: rawText.bytes) } catch { return self }
  }
}

extension SIPNameAddress {
  /// The same address in storage of its own, so that it no longer keeps its message alive.
  var detached: SIPNameAddress { withTag(tag?.description) }
}

/// The Record-Route of a message in its order, empty when there is none or it cannot be read.
private func recordRoute(_ headers: SIPHeaders) -> [SIPNameAddress] {
  ((try? headers.values(.recordRoute)) ?? []).map(\.detached)
}
