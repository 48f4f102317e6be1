/// Finds how much later a sound is in a recording than in what was played: the true delay from mouth to ear, when both
/// begin at the same moment.
///
/// First the loudness of both, in steps of 2 ms, is shifted against each other; then, around the best shift, short
/// stretches of the signals themselves at about 8 kHz. Takes memory in proportion to the length, and a few tens of
/// milliseconds for a minute of sound.
public enum SpeechAlignment {
  /// A delay and how far it is to be trusted.
  public struct Delay: Hashable, Sendable {
    /// The delay in ms, to about 0.1.
    public var milliseconds: Double
    /// How alike the signals are at that delay: 1 the same, under 0.5 hardly to be believed.
    public var confidence: Double
    /// How alike the courses of loudness are, 0 to 1: it stays high where a starved machine or a jitter buffer moved parts
    /// of the sound, and so tells whether the words are there at all.
    public var loudnessLikeness: Double
    /// The least and the greatest delay of the stretches that were compared, in ms: they part where a jitter buffer
    /// changed its delay meanwhile.
    public var range: ClosedRange<Double>
  }

  private static let envelopeMilliseconds = 2
  private static let stretchMilliseconds = 300
  private static let longestEnvelope = 30_000

  /// The delay of `reference` in `recording`, both mono at `rate` Hz and begun at the same moment.
  ///
  /// - Parameters:
  ///   - reference: what was played.
  ///   - recording: what was recorded.
  ///   - rate: the rate of both, in Hz.
  ///   - maximum: the longest delay that is looked for, in ms.
  /// - Returns: nil when either is silent, or too short for a stretch of 300 ms.
  public static func delay(
    of reference: [Int16], in recording: [Int16], rate: Int, maximum: Int = 2_000
  ) -> Delay? {
    guard rate >= 4_000, maximum >= 0 else { return nil }
    let step = rate * envelopeMilliseconds / 1000
    let played = envelope(reference, step: step)
    let heard = envelope(recording, step: step)
    guard let (coarse, loudness) = bestEnvelopeShift(played, heard, maximum: maximum / envelopeMilliseconds) else {
      return nil
    }

    let decimation = max(1, rate / 8_000)
    let fineRate = rate / decimation
    let a = decimated(reference, by: decimation)
    let b = decimated(recording, by: decimation)
    let length = fineRate * stretchMilliseconds / 1000
    let centre = coarse * envelopeMilliseconds * fineRate / 1000
    let reach = fineRate * 30 / 1000
    let starts = loudStretches(a, length: length, last: b.count - length - centre - reach)
    var found: [(delay: Double, likeness: Double)] = []
    for start in starts {
      var best = (shift: 0, likeness: -1.0)
      let lowest = max(0, centre - reach)
      guard start + centre + reach + length <= b.count else { continue }
      for shift in lowest...(centre + reach) {
        let likeness = correlation(a, start, b, start + shift, length)
        if likeness > best.likeness { best = (shift, likeness) }
      }
      found.append((Double(best.shift) * 1000 / Double(fineRate), best.likeness))
    }
    guard !found.isEmpty else { return nil }
    // Stretches that a concealed packet spoilt count less than those that agree.
    let trusted = found.filter { $0.likeness >= 0.5 }
    let judged = trusted.isEmpty ? found : trusted
    let delays = judged.map(\.delay).sorted()
    let likeness = found.map(\.likeness).reduce(0, +) / Double(found.count)
    return Delay(
      milliseconds: delays[delays.count / 2], confidence: max(0, likeness), loudnessLikeness: Double(max(0, loudness)),
      range: delays[0]...delays[delays.count - 1])
  }

  private static func envelope(_ samples: [Int16], step: Int) -> [Float] {
    let count = min(samples.count / step, longestEnvelope)
    return (0..<count).map { index in
      var sum: Float = 0
      for position in index * step..<(index + 1) * step { sum += abs(Float(samples[position])) }
      return (sum / Float(step)).squareRoot()
    }
  }

  private static func bestEnvelopeShift(_ played: [Float], _ heard: [Float], maximum: Int) -> (Int, Float)? {
    guard !played.isEmpty, !heard.isEmpty else { return nil }
    let playedMean = played.reduce(0, +) / Float(played.count)
    let heardMean = heard.reduce(0, +) / Float(heard.count)
    guard playedMean > 0, heardMean > 0 else { return nil }
    let a = played.map { $0 - playedMean }
    let b = heard.map { $0 - heardMean }
    var best = (shift: 0, likeness: -Float.infinity)
    for shift in 0...min(maximum, b.count - 1) {
      let count = min(a.count, b.count - shift)
      var product: Float = 0
      var energyA: Float = 1
      var energyB: Float = 1
      for index in 0..<count {
        product += a[index] * b[index + shift]
        energyA += a[index] * a[index]
        energyB += b[index + shift] * b[index + shift]
      }
      let likeness = product / (energyA * energyB).squareRoot()
      if likeness > best.likeness { best = (shift, likeness) }
    }
    return best
  }

  private static func decimated(_ samples: [Int16], by factor: Int) -> [Float] {
    (0..<samples.count / factor).map { index in
      var sum: Float = 0
      for position in index * factor..<(index + 1) * factor { sum += Float(samples[position]) }
      return sum
    }
  }

  /// The loudest stretch of each fifth of `samples`.
  private static func loudStretches(_ samples: [Float], length: Int, last: Int) -> [Int] {
    let end = min(samples.count - length, last)
    guard length > 0, end >= 0 else { return [] }
    let fifth = max(length, (end + 1) / 5)
    var result: [Int] = []
    for from in stride(from: 0, through: end, by: fifth) {
      var best = (start: from, energy: Float(0))
      for start in stride(from: from, to: min(end + 1, from + fifth), by: max(1, length / 4)) {
        var energy: Float = 0
        for index in start..<start + length { energy += samples[index] * samples[index] }
        if energy > best.energy { best = (start, energy) }
      }
      if best.energy > 0 { result.append(best.start) }
    }
    return result
  }

  private static func correlation(_ a: [Float], _ startA: Int, _ b: [Float], _ startB: Int, _ count: Int) -> Double {
    var product: Float = 0
    var energyA: Float = 1
    var energyB: Float = 1
    for index in 0..<count {
      product += a[startA + index] * b[startB + index]
      energyA += a[startA + index] * a[startA + index]
      energyB += b[startB + index] * b[startB + index]
    }
    return Double(product / (energyA * energyB).squareRoot())
  }
}
