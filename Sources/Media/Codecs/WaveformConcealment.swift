/// Packet loss concealment for codecs that have none of their own, after ITU-T G.711 Appendix I: the last pitch periods
/// are repeated, more of them the longer the gap, fading from 10 ms on to silence at 60 ms, and the next good packet is
/// cross-faded in.
///
/// Unlike the appendix it adds no delay: where that one cross-fades into samples that it held back for 3.75 ms, this
/// one bends the first quarter period so that it starts where the last good sample ended.
struct WaveformConcealment: Sendable {
  private let shortestPeriod: Int
  private let longestPeriod: Int
  private let step: Int
  /// The last 3.25 longest periods that were heard or made up, newest last.
  private var history: [Int16]
  /// What is repeated: the newest periods at the loss, with the quarter period before them.
  private var cycle: [Float]
  private var search: PitchSearch

  private var period = 0
  private var overlap = 0
  /// Samples concealed since the last good one.
  private var concealed = 0
  /// How many periods are being repeated, the first sample of them in `cycle`, and the position in them.
  private var periods = 1
  private var position = 0
  private var offset: Float = 0

  /// Concealment at `sampleRate` Hz; everything is allocated here.
  init(sampleRate: Int) {
    shortestPeriod = sampleRate / 200
    longestPeriod = sampleRate * 3 / 200
    step = sampleRate / 100
    let length = longestPeriod * 3 + longestPeriod / 4
    history = [Int16](repeating: 0, count: length)
    cycle = [Float](repeating: 0, count: length)
    search = PitchSearch(sampleRate: sampleRate, maximumCount: length)
  }

  /// Whether 60 ms have been concealed, from where on there is only silence.
  var hasFadedOut: Bool { concealed >= 6 * step }

  /// Takes decoded samples, and cross-fades their beginning with the concealment that went before.
  mutating func heard(_ samples: inout MutableSpan<Int16>, count: Int) {
    if concealed > 0 {
      // Longer gaps diverge further from the truth and get a longer bridge: 4 ms more for each 10 ms, up to 10 ms.
      let bridge = min(overlap + (max(0, concealed - 1) / step) * step * 2 / 5, step, count)
      for index in 0..<bridge {
        let weight = Float(index + 1) / Float(bridge + 1)
        let mixed = Float(samples[index]) * weight + next() * (1 - weight)
        samples[index] = Int16(max(-32_768, min(32_767, mixed.rounded())))
      }
      concealed = 0
    }
    remember(samples, count: count)
  }

  /// Writes `count` samples of concealment; returns how many there was room for.
  mutating func conceal(count: Int, into samples: inout MutableSpan<Int16>) -> Int {
    let count = max(0, min(count, samples.count))
    if concealed == 0 { begin() }
    for index in 0..<count { samples[index] = Int16(max(-32_768, min(32_767, next().rounded()))) }
    return count
  }

  /// Forgets what was heard.
  mutating func reset() {
    for index in history.indices { history[index] = 0 }
    concealed = 0
  }

  private mutating func remember(_ samples: borrowing MutableSpan<Int16>, count: Int) {
    let kept = min(count, history.count)
    let shift = history.count - kept
    history.withUnsafeMutableBufferPointer { history in
      if shift > 0, let base = history.baseAddress { base.update(from: base + kept, count: shift) }
      for index in 0..<kept { history[shift + index] = samples[count - kept + index] }
    }
  }

  private mutating func begin() {
    let window = 2 * step
    let match = history.withUnsafeBufferPointer { history in
      search.bestLag(in: history, lags: shortestPeriod...longestPeriod, window: window, fromEnd: true)
    }
    period = match?.lag ?? shortestPeriod
    overlap = period / 4
    periods = 1
    position = 0
    let end = history.count
    for index in 0..<end { cycle[index] = Float(history[index]) }
    offset = cycle[end - 1] - cycle[end - 1 - period]
    // The end of the newest period flows into the beginning of each stretch that is repeated; with one fade for one to
    // three periods, as the periods before are alike by choice.
    for index in 0..<overlap {
      let weight = Float(index + 1) / Float(overlap + 1)
      let target = end - overlap + index
      cycle[target] = cycle[target] * (1 - weight) + cycle[target - period] * weight
    }
  }

  /// The next made-up sample.
  private mutating func next() -> Float {
    if concealed >= 6 * step {
      concealed += concealed < Int.max / 2 ? 1 : 0
      return 0
    }
    // A longer stretch after 10 and 20 ms, so that the gap does not buzz; entered at a boundary between periods.
    if position == periods * period {
      position = 0
      periods = min(3, concealed / step + 1)
    }
    var value = cycle[cycle.count - periods * period + position]
    position += 1
    if concealed < overlap { value += offset * (1 - Float(concealed + 1) / Float(overlap + 1)) }
    if concealed > step { value *= 1 - 0.2 * Float(concealed - step) / Float(step) }
    concealed += 1
    return value
  }
}
