/// Finds by how much a stretch of speech can be shifted against itself so that it fits best: its pitch period, or a
/// multiple of it.
///
/// First coarsely, on the signal averaged down to about 8 kHz, then to the sample. All scratch memory is made in `init`.
struct PitchSearch: Sendable {
  /// The best shift.
  struct Match: Sendable {
    /// The shift in samples.
    var lag: Int
    /// The normalised cross-correlation at that shift, -1 to 1; 1 in digital silence.
    var correlation: Float
  }

  private let decimation: Int
  private var coarse: [Float]

  /// - Parameters:
  ///   - sampleRate: the signal's rate in Hz.
  ///   - maximumCount: the longest signal that `bestLag` will be given, in samples.
  init(sampleRate: Int, maximumCount: Int) {
    decimation = max(1, sampleRate / 8000)
    coarse = [Float](repeating: 0, count: maximumCount / decimation + 1)
  }

  /// The lag in `lags` at which `signal[lag..<lag + window]` is most like `signal[..<window]`; read backwards from the
  /// end when `fromEnd`. Nil when the signal is too short for any.
  mutating func bestLag(
    in signal: UnsafeBufferPointer<Int16>, lags: ClosedRange<Int>, window: Int, fromEnd: Bool = false
  ) -> Match? {
    let upper = min(lags.upperBound, signal.count - window)
    guard window > 0, lags.lowerBound > 0, lags.lowerBound <= upper else { return nil }
    let needed = min(signal.count, upper + window)
    let count = min(needed / decimation, coarse.count)
    for index in 0..<count {
      var sum: Int32 = 0
      for offset in 0..<decimation {
        let position = index * decimation + offset
        sum += Int32(signal[fromEnd ? signal.count - 1 - position : position])
      }
      coarse[index] = Float(sum)
    }
    let coarseWindow = min(max(1, window / decimation), count)
    let coarseLower = max(1, lags.lowerBound / decimation)
    let coarseUpper = min(upper / decimation, count - coarseWindow)
    guard coarseLower <= coarseUpper else { return nil }
    let best = coarse.withUnsafeBufferPointer { scratch -> Match in
      Self.search(coarseLower...coarseUpper, window: coarseWindow) { scratch[$0] }
    }
    if decimation == 1 { return best }
    let centre = best.lag * decimation
    let fineLower = max(lags.lowerBound, centre - decimation)
    let fineUpper = min(upper, centre + decimation)
    guard fineLower <= fineUpper else { return Match(lag: centre, correlation: best.correlation) }
    return fromEnd
      ? Self.search(fineLower...fineUpper, window: window) { Float(signal[signal.count - 1 - $0]) }
      : Self.search(fineLower...fineUpper, window: window) { Float(signal[$0]) }
  }

  @inline(__always)
  private static func search(
    _ lags: ClosedRange<Int>, window: Int, _ sample: (Int) -> Float
  ) -> Match {
    var reference: Float = 1
    for index in 0..<window { reference += sample(index) * sample(index) }
    var best = Match(lag: lags.lowerBound, correlation: -2)
    for lag in lags {
      // Four partial sums: independent chains, as the compiler may not reorder floating-point additions itself.
      var products = SIMD4<Float>.zero
      var energies = SIMD4<Float>.zero
      var index = 0
      while index + 4 <= window {
        let a = SIMD4(sample(index), sample(index + 1), sample(index + 2), sample(index + 3))
        let shifted = index + lag
        let b = SIMD4(sample(shifted), sample(shifted + 1), sample(shifted + 2), sample(shifted + 3))
        products += a * b
        energies += b * b
        index += 4
      }
      var product = products.sum()
      var energy = energies.sum() + 1
      while index < window {
        product += sample(index) * sample(index + lag)
        energy += sample(index + lag) * sample(index + lag)
        index += 1
      }
      // The 1 in each energy makes silence fit itself.
      let correlation = (product + 1) / (reference * energy).squareRoot()
      if correlation > best.correlation { best = Match(lag: lag, correlation: correlation) }
    }
    return best
  }
}
