import WireSupport

/// What is known of the talker's stream: sequence, jitter, the peer's last sender report; and what the talkers before it
/// left in the totals.
struct RTPInboundStream: Sendable {
  private(set) var tracker: RTPSequenceTracker?
  private(set) var jitter: RTPJitterEstimator
  private(set) var highestJitter: Double = 0
  private(set) var heardSinceReport = false
  private(set) var lastFractionLost: Double = 0
  private(set) var sourceChanges: Int64 = 0
  private var earlier = RTPStatistics()
  /// What to add to SRTP's index to go on with our own extended numbers: a peer that takes a new key in mid-stream starts
  /// its rollover counter at 0 again, the stream does not. Nil until the key's first packet.
  private var indexOffset: Int64?
  private var lastSenderReport: (middle: UInt32, at: Instant)?

  init(clockRate: Int) { jitter = RTPJitterEstimator(clockRate: clockRate) }

  /// Whether an authenticated packet is newer than all before it.
  func isNewest(_ sequence: UInt16, index: Int64) -> Bool { extended(sequence, index: index) > tracker?.highest ?? -1 }

  /// The keys changed: the next index begins a count of its own.
  mutating func rekeyed() { indexOffset = nil }

  private func extended(_ sequence: UInt16, index: Int64) -> Int64 {
    if let indexOffset { return index + indexOffset }
    guard let tracker, tracker.received > 0 else { return index }
    return tracker.highest + Int64(Int16(bitPattern: sequence &- UInt16(truncatingIfNeeded: tracker.highest)))
  }

  /// The extended sequence number of the packet counted last.
  var latest: Int64 { tracker?.latest ?? -1 }

  /// A new talker's first packet comes next.
  mutating func begin(at sequence: UInt16) {
    if tracker != nil { sourceChanges += 1 }
    add(to: &earlier)
    tracker = RTPSequenceTracker(first: sequence, probation: 0)
    lastSenderReport = nil
    indexOffset = nil
    jitter = RTPJitterEstimator(clockRate: jitter.clockRate)
  }

  /// Counts a packet of the talker.
  /// - Parameter index: SRTP's authenticated index, nil for plain RTP.
  mutating func receive(
    _ header: RTPHeader, index: Int64?, isEvent: Bool, at now: Instant
  ) -> RTPSequenceTracker.Verdict {
    let judged: RTPSequenceTracker.Verdict?
    if let index {
      let number = extended(header.sequenceNumber, index: index)
      if indexOffset == nil { indexOffset = number - index }
      judged = tracker?.update(extended: number)
    } else {
      judged = tracker?.update(header.sequenceNumber)
    }
    guard let verdict = judged else { return .implausible }
    switch verdict {
    case .probation, .implausible, .duplicate: return verdict
    case .restarted:
      sourceChanges += 1
      jitter.skip()
    case .inOrder, .reordered: break
    }
    heardSinceReport = true
    if isEvent {
      jitter.skip()
    } else {
      jitter.update(timestamp: header.timestamp, arrival: now)
      highestJitter = max(highestJitter, jitter.milliseconds)
    }
    return verdict
  }

  /// Timestamps run at another rate from now on.
  mutating func setClockRate(_ rate: Int) {
    if rate != jitter.clockRate { jitter = RTPJitterEstimator(clockRate: rate) }
  }

  /// The talker's sender report arrived.
  mutating func senderReport(_ info: RTCPSenderInfo, at now: Instant) { lastSenderReport = (info.ntp.middle, now) }

  /// The block to report on the talker, nil when nothing was heard since the last one (RFC 3550 §6.4).
  mutating func takeReport(ssrc: UInt32, at now: Instant) -> RTCPReportBlock? {
    guard heardSinceReport, let fraction = tracker?.takeFractionLost(), let current = tracker else { return nil }
    heardSinceReport = false
    lastFractionLost = Double(fraction) / 256
    var middle: UInt32 = 0
    var delay: UInt32 = 0
    if let last = lastSenderReport {
      middle = last.middle
      // In 1/65 536 s; a report older than 18 hours saturates.
      let nanoseconds = max(0, min(65_535_000_000_000, now.nanoseconds(since: last.at)))
      delay = UInt32(clamping: nanoseconds * 65_536 / 1_000_000_000)
    }
    return RTCPReportBlock(
      ssrc: ssrc, fractionLost: fraction, cumulativeLost: Int32(bitPattern: current.cumulativeLostField << 8) >> 8,
      highestSequence: UInt32(truncatingIfNeeded: current.highest), jitter: jitter.timestampUnits,
      lastSenderReport: middle, delaySinceLastSenderReport: delay)
  }

  /// Adds the totals over all talkers to `statistics`.
  func fill(_ statistics: inout RTPStatistics) {
    statistics.packetsLost = earlier.packetsLost
    statistics.duplicates = earlier.duplicates
    statistics.reordered = earlier.reordered
    statistics.lossBursts = earlier.lossBursts
    statistics.longestLossBurst = earlier.longestLossBurst
    add(to: &statistics)
    statistics.fractionLost = lastFractionLost
    statistics.jitter = jitter.milliseconds
    statistics.maximumJitter = highestJitter
    statistics.sourceChanges = sourceChanges
  }

  private func add(to statistics: inout RTPStatistics) {
    guard let tracker else { return }
    statistics.packetsLost += tracker.totalLost
    statistics.duplicates += tracker.duplicates
    statistics.reordered += tracker.reordered
    statistics.lossBursts += tracker.gaps
    statistics.longestLossBurst = max(statistics.longestLossBurst, tracker.widestGap)
  }
}
