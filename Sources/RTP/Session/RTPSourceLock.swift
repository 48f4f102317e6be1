import WireSupport

/// Decides whose packets are the talker's: one address and one SSRC at a time.
///
/// With SRTP whoever has the key may move the lock at once; without, the first valid source wins and is displaced only by
/// a sustained run of another while it is itself silent, so a third party cannot steal a stream that flows. A handful of
/// candidates is remembered; any number of strangers costs no more.
struct RTPSourceLock: Sendable {
  enum Verdict: Hashable, Sendable {
    /// The talker.
    case current
    /// The talker, from a new address.
    case moved
    /// A new talker.
    case adopted
    case probation
    case foreign
  }

  private struct Candidate: Sendable {
    var address: TransportAddress
    var ssrc: UInt32
    var last: UInt16
    var run: Int
    var lastHeard: Instant
  }

  private let policy: RTPSourcePolicy
  private let ssrcSilence: Int64
  private let addressSilence: Int64
  private var candidates = InlineArray<4, Candidate?>(repeating: nil)
  /// Where signalling says that the peer is.
  private(set) var signalled: TransportAddress?
  /// Whether signalling has named a new address that no packet has come from yet.
  private(set) var awaitsSignalled = false
  /// The talker's address and SSRC.
  private(set) var address: TransportAddress?
  private(set) var ssrc: UInt32?
  private var lastHeard = Instant.zero
  /// Whether the talker has shown two packets in sequence, or an SRTP tag.
  private var isValidated = false

  init(policy: RTPSourcePolicy, signalled: TransportAddress?) {
    self.policy = policy
    self.signalled = signalled
    ssrcSilence = policy.ssrcSilence.wholeNanoseconds
    addressSilence = policy.addressSilence.wholeNanoseconds
  }

  /// Whether the pair is the talker's as it stands.
  func isCurrent(_ address: TransportAddress, _ ssrc: UInt32) -> Bool { ssrc == self.ssrc && address == self.address }

  /// Judges a packet whose header is sound (and, when `authenticated`, whose SRTP tag was right).
  /// - Parameter isNewest: whether an authenticated packet's index exceeds all before it: an old packet sent again from
  ///   elsewhere must not move the lock.
  mutating func admit(
    _ packet: RTPHeader, from source: TransportAddress, authenticated: Bool, isNewest: Bool, at now: Instant
  ) -> Verdict {
    if packet.ssrc == ssrc {
      if source == address { return .current }
      if authenticated {
        guard isNewest else { return .current }
        address = source
        return .moved
      }
      if awaitsSignalled, source == signalled { return takeOver(packet, source, at: now) }
      return challenge(packet, from: source, at: now) ? takeOver(packet, source, at: now) : .foreign
    }
    guard ssrc != nil else {
      if authenticated || source == signalled {
        return adopt(packet, source, validated: authenticated, at: now)
      }
      guard policy.learnsAddress else { return .foreign }
      let run = follow(packet, from: source, at: now)
      guard run >= RTPSequenceTracker.minimumSequential else { return .probation }
      return adopt(packet, source, validated: true, at: now)
    }
    if authenticated || source == address || awaitsSignalled && source == signalled {
      let run = follow(packet, from: source, at: now)
      guard run >= RTPSequenceTracker.minimumSequential else { return .probation }
      let isSilent = now.nanoseconds(since: lastHeard) >= ssrcSilence
      return !isValidated || isSilent || awaitsSignalled && source == signalled
        ? adopt(packet, source, validated: true, at: now) : .foreign
    }
    return challenge(packet, from: source, at: now) ? adopt(packet, source, validated: true, at: now) : .foreign
  }

  /// The admitted packet was counted: the talker is alive, and regular if the packet followed another.
  mutating func accepted(inSequence: Bool, at now: Instant) {
    lastHeard = now
    if inSequence { isValidated = true }
  }

  /// The talker said goodbye: whoever comes next may take over as soon as it is valid.
  mutating func released() { isValidated = false }

  /// Signalling names another address: packets from there are believed as soon as they are valid.
  mutating func signal(_ address: TransportAddress?) {
    signalled = address
    awaitsSignalled = address != nil && address != self.address && self.address != nil
  }

  private mutating func challenge(_ packet: RTPHeader, from source: TransportAddress, at now: Instant) -> Bool {
    guard policy.learnsAddress || source == signalled else { return false }
    let run = follow(packet, from: source, at: now)
    return run >= policy.sustainedRun && now.nanoseconds(since: lastHeard) >= addressSilence
  }

  private mutating func takeOver(_ packet: RTPHeader, _ source: TransportAddress, at now: Instant) -> Verdict {
    address = source
    lastHeard = now
    forget()
    return .moved
  }

  private mutating func adopt(
    _ packet: RTPHeader, _ source: TransportAddress, validated: Bool, at now: Instant
  ) -> Verdict {
    ssrc = packet.ssrc
    address = source
    lastHeard = now
    isValidated = validated
    forget()
    return .adopted
  }

  private mutating func forget() {
    candidates = InlineArray(repeating: nil)
    awaitsSignalled = false
  }

  /// Extends the run of a candidate, replacing the one not heard for longest, and returns its length.
  private mutating func follow(_ packet: RTPHeader, from source: TransportAddress, at now: Instant) -> Int {
    var oldest = 0
    for index in 0..<4 {
      guard var candidate = candidates[index] else {
        oldest = index
        continue
      }
      if candidate.ssrc == packet.ssrc, candidate.address == source {
        let step = packet.sequenceNumber &- candidate.last
        if step == 0 { return 0 }
        // One or two lost packets do not break a run; anything else begins a new one.
        candidate.run = step <= 3 ? min(candidate.run + 1, 1000) : 1
        candidate.last = packet.sequenceNumber
        candidate.lastHeard = now
        candidates[index] = candidate
        return candidate.run
      }
      if let other = candidates[oldest], candidate.lastHeard < other.lastHeard { oldest = index }
    }
    candidates[oldest] = Candidate(
      address: source, ssrc: packet.ssrc, last: packet.sequenceNumber, run: 1, lastHeard: now)
    return 1
  }
}
