/// The sequence number state of one source: validity (RFC 3550 §A.1), loss (§A.3), duplicates and reordering.
public struct RTPSequenceTracker: Sendable {
  /// What the tracker makes of a packet.
  public enum Verdict: Hashable, Sendable {
    /// The source is not yet valid: too few packets in sequence (§A.1's probation).
    case probation
    /// In order, or after a gap of `lost` packets.
    case inOrder(lost: Int)
    /// Older than the newest, seen for the first time.
    case reordered
    /// Seen before (or too old to tell).
    case duplicate
    /// Out of any plausible order; dropped until the next packet confirms it (§A.1's bad_seq).
    case implausible
    /// The second in a row after an implausible jump: the sender restarted, and counting began anew.
    case restarted
  }

  /// How many packets in sequence make a source valid.
  public static let minimumSequential = 2
  /// A jump forward of at least this many packets is implausible.
  public static let maximumDropout: UInt16 = 3000
  /// A step back of at least this many packets is implausible.
  public static let maximumMisorder: UInt16 = 100

  private var base: Int64 = 0
  private var badSequence: UInt32 = 0x1_0001
  private var probation: Int
  private var window = SequenceWindow()
  private var expectedPrior: Int64 = 0
  private var receivedPrior: Int64 = 0
  /// Duplicates since counting began anew, and the losses of the epochs before.
  private var epochDuplicates: Int64 = 0
  private var lostBefore: Int64 = 0

  /// The highest extended sequence number: sequence number + 65 536 × wraps.
  public private(set) var highest: Int64
  /// The extended sequence number of the packet judged last.
  public private(set) var latest: Int64
  /// Packets counted since the source became valid, duplicates included as RFC 3550 §6.4.1 wants.
  public private(set) var received: Int64 = 0
  /// Packets seen before, over the source's whole life.
  public private(set) var duplicates: Int64 = 0
  /// Packets that arrived after a later one.
  public private(set) var reordered: Int64 = 0
  /// Gaps in the sequence when they opened (late packets may have filled some).
  public private(set) var gaps: Int64 = 0
  /// The widest gap, in packets.
  public private(set) var widestGap: Int64 = 0

  /// A source whose first packet has the number `first`, valid after `probation` packets in sequence (0: at once, for
  /// a source that something else has validated, such as an SRTP tag). The first packet must still be passed to `update`.
  public init(first: UInt16, probation: Int = Self.minimumSequential) {
    self.probation = max(0, probation)
    base = Int64(first)
    highest = Int64(first) - 1
    latest = highest
    if probation <= 0 { restart(at: first) }
  }

  /// Whether the source has passed probation.
  public var isValid: Bool { probation == 0 }
  /// How many packets should have come: highest − first + 1 (§A.3).
  public var expected: Int64 { isValid ? highest - base + 1 : 0 }
  /// Packets lost: expected − received; negative when duplicates outnumber losses (§A.3).
  public var lost: Int64 { expected - received }
  /// Packets lost over the source's whole life, a duplicate not making good for a loss; never negative.
  public var totalLost: Int64 { lostBefore + max(0, expected - (received - epochDuplicates)) }

  /// Judges the packet with this sequence number and counts it.
  public mutating func update(_ sequence: UInt16) -> Verdict {
    if probation > 0 { return updateInProbation(sequence) }
    let delta = sequence &- UInt16(truncatingIfNeeded: highest)
    if delta > 0, delta < Self.maximumDropout { return accept(highest + Int64(delta)) }
    if delta == 0 || delta > 0 &- Self.maximumMisorder {
      return acceptLate(highest + Int64(Int16(bitPattern: delta)))
    }
    if UInt32(sequence) == badSequence {
      restart(at: sequence)
      _ = accept(highest + 1)
      return .restarted
    }
    badSequence = UInt32(sequence &+ 1)
    return .implausible
  }

  /// Judges a packet whose extended number is known for certain (SRTP's authenticated index), so no guess is needed.
  public mutating func update(extended: Int64) -> Verdict {
    if probation > 0 || received == 0 {
      probation = 0
      restart(at: UInt16(truncatingIfNeeded: extended))
      base = extended
      highest = extended - 1
    }
    return extended > highest ? accept(extended) : acceptLate(extended)
  }

  /// Ends a report interval (§A.3).
  /// - Returns: the fraction lost since the last call in 1/256 (0 when nothing was expected or more came than expected).
  public mutating func takeFractionLost() -> UInt8 {
    let expectedInterval = expected - expectedPrior
    let receivedInterval = received - receivedPrior
    expectedPrior = expected
    receivedPrior = received
    let lostInterval = expectedInterval - receivedInterval
    if expectedInterval <= 0 || lostInterval <= 0 { return 0 }
    // lost ≤ expected holds as received never falls; all lost would be 256, which the field cannot say.
    return UInt8(min(255, lostInterval * 256 / expectedInterval))
  }

  /// `lost` as the report block's 24-bit signed field: clamped, two's complement (§6.4.1).
  public var cumulativeLostField: UInt32 {
    UInt32(bitPattern: Int32(max(-0x80_0000, min(0x7f_ffff, lost)))) & 0xff_ffff
  }

  private mutating func updateInProbation(_ sequence: UInt16) -> Verdict {
    if sequence == UInt16(truncatingIfNeeded: highest + 1) {
      probation -= 1
      highest += 1
      latest = highest
      if probation > 0 { return .probation }
      restart(at: sequence)
      return accept(highest + 1)
    }
    probation = Self.minimumSequential - 1
    highest = Int64(sequence)
    latest = highest
    return .probation
  }

  private mutating func restart(at sequence: UInt16) {
    lostBefore = totalLost
    base = Int64(sequence)
    highest = base - 1
    latest = highest
    badSequence = 0x1_0001
    window = SequenceWindow()
    received = 0
    epochDuplicates = 0
    expectedPrior = 0
    receivedPrior = 0
  }

  private mutating func accept(_ extended: Int64) -> Verdict {
    let gap = extended - highest - 1
    if received > 0, gap > 0 {
      gaps += 1
      widestGap = max(widestGap, gap)
    }
    window.insert(extended)
    highest = extended
    latest = extended
    received += 1
    return .inOrder(lost: received > 1 ? Int(gap) : 0)
  }

  private mutating func acceptLate(_ extended: Int64) -> Verdict {
    latest = extended
    received += 1
    guard window.check(extended) == .new else {
      duplicates += 1
      epochDuplicates += 1
      return .duplicate
    }
    window.insert(extended)
    reordered += 1
    return .reordered
  }
}
