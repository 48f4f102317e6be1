import SIPParser
import WireSupport

/// A client transaction and what it may have to transmit again, nothing more.
struct ClientRecord: Sendable {
  enum Machine: Sendable {
    case invite(InviteClientTransaction)
    case nonInvite(NonInviteClientTransaction)
  }

  var machine: Machine
  let key: ClientKey
  let target: SIPTransmissionTarget
  /// The request while it may be repeated, then the ACK while that may, then nothing.
  var bytes: [UInt8]
  /// The INVITE while a CANCEL or an ACK may have to be made of it.
  var invite: SIPRequest?
  /// Whether CANCEL goes out as soon as a provisional response comes.
  var wantsCancel = false
  /// Whether CANCEL was sent.
  var isCancelled = false
  /// Whether this is a CANCEL, of which the user hears nothing.
  var isInternal = false

  var nextDeadline: Instant? {
    switch machine {
    case .invite(let machine): machine.nextDeadline
    case .nonInvite(let machine): machine.nextDeadline
    }
  }

  var isTerminated: Bool {
    switch machine {
    case .invite(let machine): machine.isTerminated
    case .nonInvite(let machine): machine.isTerminated
    }
  }

  var needsRequest: Bool {
    switch machine {
    case .invite(let machine): machine.needsRequest
    case .nonInvite(let machine): machine.needsRequest
    }
  }
}

/// A server transaction and what it may have to transmit again, nothing more.
struct ServerRecord: Sendable {
  enum Machine: Sendable {
    case invite(InviteServerTransaction)
    case nonInvite(NonInviteServerTransaction)
  }

  var machine: Machine
  let key: ServerKey
  let mergeKey: MergeKey?
  /// Where responses go; for a stream it changes to the Via's address when the connection has gone.
  var target: SIPTransmissionTarget
  /// Where responses go when the connection has gone (RFC 3261 §18.2.2); nil for a datagram transport.
  var fallback: SIPDestination?
  /// The last response while it may be repeated.
  var response: [UInt8] = []
  /// The request until the user's first answer, for a 100 of our own.
  var request: SIPRequest?
  /// The To tag of our responses, which the answer to a CANCEL should share (RFC 3261 §9.2).
  var localTag: String?
  /// Whether the user was told of a CANCEL.
  var isCancelled = false

  var nextDeadline: Instant? {
    switch machine {
    case .invite(let machine): machine.nextDeadline
    case .nonInvite(let machine): machine.nextDeadline
    }
  }

  var isTerminated: Bool {
    switch machine {
    case .invite(let machine): machine.isTerminated
    case .nonInvite(let machine): machine.isTerminated
    }
  }
}
