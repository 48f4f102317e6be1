import SIPParser

/// Names a request that we sent and whose transaction may still exist.
public struct SIPClientTransactionID: Hashable, Sendable {
  /// Its number; never used twice by one endpoint.
  public let rawValue: UInt64
  init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// Names a request that we received and whose transaction may still exist.
public struct SIPServerTransactionID: Hashable, Sendable {
  /// Its number; never used twice by one endpoint.
  public let rawValue: UInt64
  init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// What the driver must do, in this order.
public enum SIPEndpointAction: Sendable {
  /// Transmit these bytes.
  case transmit(SIPTransmission)
  /// Close this connection; nothing that it brings will be looked at any more.
  case closeFlow(SIPFlow)
}

/// What happened, for the transaction user.
public enum SIPEndpointEvent: Sendable {
  /// A request to answer with `respond`. Never ACK or CANCEL.
  case request(SIPRequest, SIPServerTransactionID, SIPFlow)
  /// An ACK outside every transaction: it acknowledges a 2xx (RFC 3261 §13.3.1.4).
  case ack(SIPRequest, SIPFlow)
  /// The peer cancelled this INVITE, which has no final response yet: answer it with 487 (RFC 3261 §9.2).
  case cancelled(SIPServerTransactionID)
  /// A response to a request of ours, or one more 2xx to an INVITE.
  case response(SIPResponse, SIPClientTransactionID, SIPFlow)
  /// A request of ours will get no response. The transaction has ended.
  case failed(SIPClientTransactionID, SIPTransactionFailure)
  /// A response of ours other than 2xx was not acknowledged (Timer H), or could not be sent. The transaction may go on.
  case responseFailed(SIPServerTransactionID, SIPResponseFailure)
  /// A transaction of ours has ended, after its final response: nothing more comes for it.
  case clientEnded(SIPClientTransactionID)
  /// A transaction of the peer's has ended: `respond` has no effect any more.
  case serverEnded(SIPServerTransactionID)
}

/// Why a response may not have reached the peer.
public enum SIPResponseFailure: Hashable, Sendable {
  /// No ACK came (Timer H).
  case notAcknowledged
  /// The user gave no answer for 64 × T1 (RFC 4320 §4.2).
  case abandoned
  /// The transport failed; the text is the driver's.
  case transport(String)
}

/// Where an endpoint puts what it wants done and what happened. The caller owns it, empties it and hands it in again.
public struct SIPEndpointOutputs: Sendable {
  /// What the driver must do, in this order.
  public var actions: [SIPEndpointAction] = []
  /// What happened, in this order.
  public var events: [SIPEndpointEvent] = []

  /// Nothing to do, nothing happened.
  public init() {}

  /// Whether there is nothing to do and nothing happened.
  public var isEmpty: Bool { actions.isEmpty && events.isEmpty }

  /// Forgets everything and keeps the storage.
  public mutating func removeAll() {
    actions.removeAll(keepingCapacity: true)
    events.removeAll(keepingCapacity: true)
  }
}
