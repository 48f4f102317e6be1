/// A packet that lies in a ``JitterBuffer``: a ticket for its payload, valid until the next call of `put`.
public struct JitterBufferPacket: Hashable, Sendable {
  let slot: Int
  /// The sequence number.
  public let sequence: UInt16
  /// The RTP timestamp.
  public let timestamp: UInt32
  /// The duration in ticks of the RTP clock.
  public let duration: Int
  /// What the caller attached to the packet, such as which codec it is of.
  public let tag: UInt8
  /// The RTP marker bit.
  public let marker: Bool
}

/// What to play next.
public enum JitterBufferDecision: Hashable, Sendable {
  /// This packet is due. When `adjustment` asks for it, its sound may be shortened or stretched; tell the buffer by
  /// ``JitterBuffer/adjusted(by:)`` what was done.
  case packet(JitterBufferPacket, adjustment: JitterBufferAdjustment)
  /// The next `duration` ticks of sound are lost. `next` is the packet directly after them, which may restore them; tell
  /// the buffer by ``JitterBuffer/recovered(_:)`` when it did.
  case lost(duration: Int, next: JitterBufferPacket?)
  /// The sender left out this much silence, in ticks.
  case silence(duration: Int)
  /// Nothing is there and it is not known what became of it: conceal `duration` ticks without moving on. `elapsed` is
  /// how long this has been going on.
  case wait(duration: Int, elapsed: Int)
  /// Nothing has begun yet.
  case idle
}

/// How to change the length of a packet's sound, so that the delay comes nearer to its target.
public enum JitterBufferAdjustment: Hashable, Sendable {
  /// How much a change of length may be heard.
  public enum Effort: Int, Comparable, Sendable {
    /// Only where nobody can notice: between words. In speech even a clean cut costs 0.3 of PESQ's scale, here 0.05.
    case relaxed
    /// Also where speech is periodic enough for a clean cut.
    case normal
    /// Anywhere, at once.
    case urgent

    /// Less effort is heard less.
    public static func < (lhs: Effort, rhs: Effort) -> Bool { lhs.rawValue < rhs.rawValue }
  }

  /// Play it as it is.
  case none
  /// Remove at most `limit` ticks.
  case compress(limit: Int, effort: Effort)
  /// Add some.
  case expand(effort: Effort)
}

/// What became of a packet that was put into a ``JitterBuffer``.
public enum JitterBufferVerdict: Hashable, Sendable {
  /// It waits for its turn.
  case accepted
  /// Its turn is over.
  case late
  /// It is there, or was played, already.
  case duplicate
  /// It is malformed, or fits into no order that is known; a second one that fits it starts a new order.
  case discarded
}
