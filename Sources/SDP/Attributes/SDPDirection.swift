/// Which way media flows, seen from the side whose description says so (RFC 8866 §6.7).
public enum SDPDirection: String, Hashable, Sendable, CaseIterable {
  /// Both ways; what holds when nothing is said.
  case sendReceive = "sendrecv"
  /// This side only sends: how one puts the other on hold.
  case sendOnly = "sendonly"
  /// This side only receives.
  case receiveOnly = "recvonly"
  /// Neither; RTCP still flows.
  case inactive

  /// The direction with these two halves.
  public init(sends: Bool, receives: Bool) {
    self =
      switch (sends, receives) {
      case (true, true): .sendReceive
      case (true, false): .sendOnly
      case (false, true): .receiveOnly
      case (false, false): .inactive
      }
  }

  init?(attribute: SDPAttribute) {
    for direction in SDPDirection.allCases where attribute.isNamed(direction.name) {
      self = direction
      return
    }
    return nil
  }

  var name: SDPAttributeName {
    switch self {
    case .sendReceive: .sendrecv
    case .sendOnly: .sendonly
    case .receiveOnly: .recvonly
    case .inactive: .inactive
    }
  }

  /// Whether this side sends.
  public var sends: Bool { self == .sendReceive || self == .sendOnly }
  /// Whether this side receives.
  public var receives: Bool { self == .sendReceive || self == .receiveOnly }
  /// The same seen from the other side.
  public var reversed: SDPDirection { SDPDirection(sends: receives, receives: sends) }

  /// What both allow, seen from the same side.
  public func intersection(_ other: SDPDirection) -> SDPDirection {
    SDPDirection(sends: sends && other.sends, receives: receives && other.receives)
  }

  /// This direction with the other side on hold: nothing is received any more (RFC 3264 §8.4).
  public var onHold: SDPDirection { SDPDirection(sends: sends, receives: false) }
}
