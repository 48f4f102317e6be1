import WireSupport

/// The participants that RTCP has told of (RFC 3550 §6.3.3–6.3.5), capped so that a flood of SSRCs costs neither memory
/// nor the report interval.
struct RTCPMembers: Sendable {
  private struct Member: Sendable {
    let ssrc: UInt32
    var lastHeard: Instant
    var isSender: Bool
  }

  static let maximum = 32
  private var members: [Member] = []

  init() { members.reserveCapacity(Self.maximum) }

  /// How many others take part, and how many of them send.
  var count: Int { members.count }
  var senders: Int { members.reduce(0) { $0 + ($1.isSender ? 1 : 0) } }

  /// A sign of life. A member beyond the cap is not remembered.
  mutating func heard(_ ssrc: UInt32, isSender: Bool, at now: Instant) {
    for index in members.indices where members[index].ssrc == ssrc {
      members[index].lastHeard = max(members[index].lastHeard, now)
      members[index].isSender = isSender
      return
    }
    guard members.count < Self.maximum else { return }
    members.append(Member(ssrc: ssrc, lastHeard: now, isSender: isSender))
  }

  /// A BYE. Returns whether the member was known.
  mutating func left(_ ssrc: UInt32) -> Bool {
    let before = members.count
    members.removeAll { $0.ssrc == ssrc }
    return members.count < before
  }

  /// Drops who was silent for `timeout` nanoseconds. Returns whether anybody was.
  mutating func expire(at now: Instant, timeout: Int64) -> Bool {
    let before = members.count
    members.removeAll { now.nanoseconds(since: $0.lastHeard) > timeout }
    return members.count < before
  }
}
