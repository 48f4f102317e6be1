extension JitterBuffer {
  /// The statistics in the units in which they are gathered: packets, and ticks of the RTP clock.
  struct Counters: Sendable {
    var received = 0
    var played = 0
    var late = 0
    var duplicates = 0
    var discarded = 0
    var reordered = 0
    var underruns = 0
    var restarts = 0
    var concealed: Int64 = 0
    var recovered: Int64 = 0
    var silence: Int64 = 0
    var expanded: Int64 = 0
    var compressed: Int64 = 0
    var delay: Int64 = 0
    var maximumDelay: Int64 = 0
    var delaySum: Int64 = 0
    /// What was gathered under clocks of other rates.
    private var before = JitterBufferStatistics()
    private var playedBefore = 0

    mutating func convert(from clockRate: Int64) {
      let all = statistics(clockRate: clockRate)
      let counts = (received, played, late, duplicates, discarded, reordered, underruns, restarts)
      self = Counters()
      (received, played, late, duplicates, discarded, reordered, underruns, restarts) = counts
      before = all
      playedBefore = played
    }

    func statistics(clockRate: Int64) -> JitterBufferStatistics {
      let scale = 1000 / Double(clockRate)
      var result = JitterBufferStatistics()
      result.received = received
      result.played = played
      result.late = late
      result.duplicates = duplicates
      result.discarded = discarded
      result.reordered = reordered
      result.underruns = underruns
      result.restarts = restarts
      result.concealedMilliseconds = before.concealedMilliseconds + Double(concealed) * scale
      result.recoveredMilliseconds = before.recoveredMilliseconds + Double(recovered) * scale
      result.silenceMilliseconds = before.silenceMilliseconds + Double(silence) * scale
      result.expandedMilliseconds = before.expandedMilliseconds + Double(expanded) * scale
      result.compressedMilliseconds = before.compressedMilliseconds + Double(compressed) * scale
      result.currentDelayMilliseconds = Double(delay) * scale
      result.maximumDelayMilliseconds = max(before.maximumDelayMilliseconds, Double(maximumDelay) * scale)
      result.meanDelayMilliseconds =
        played > 0
        ? (before.meanDelayMilliseconds * Double(playedBefore) + Double(delaySum) * scale) / Double(played) : 0
      return result
    }
  }
}
