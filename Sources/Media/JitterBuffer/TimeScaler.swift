/// Makes a stretch of speech a pitch period longer or shorter, without changing its pitch: waveform-similarity
/// overlap-and-add (WSOLA) on one period.
///
/// Works in place on mono samples; all scratch memory is made in `init`.
final class TimeScaler {
  private let shortestLag: Int
  private let longestLag: Int
  private var search: PitchSearch
  /// The mean energy of a sample of late, for telling silence from speech.
  private var usualEnergy = 0.0

  /// - Parameters:
  ///   - sampleRate: the rate in Hz.
  ///   - maximumCount: the longest stretch that will be handled, in samples.
  init(sampleRate: Int, maximumCount: Int) {
    shortestLag = max(2, sampleRate / 400)
    longestLag = max(4, sampleRate * 3 / 200)
    search = PitchSearch(sampleRate: sampleRate, maximumCount: maximumCount)
  }

  /// Learns how loud the speech is; to be given each decoded packet.
  func heard(_ samples: UnsafeBufferPointer<Int16>) {
    guard !samples.isEmpty else { return }
    usualEnergy += (Self.energy(samples) - usualEnergy) * 0.05
  }

  /// Removes one lag of at most `limit` samples from the beginning of `samples`.
  ///
  /// - Returns: how many samples were removed; 0 when that would be heard more than `effort` permits. The rest has
  ///   moved up to the beginning.
  func compress(
    _ samples: UnsafeMutableBufferPointer<Int16>, limit: Int, effort: JitterBufferAdjustment.Effort
  ) -> Int {
    let count = samples.count
    guard let lag = lag(UnsafeBufferPointer(samples), limit: limit, effort: effort), let base = samples.baseAddress
    else {
      return 0
    }
    for index in 0..<lag {
      samples[index] = Self.mix(samples[index], samples[lag + index], position: index, of: lag)
    }
    (base + lag).update(from: base + 2 * lag, count: count - 2 * lag)
    return lag
  }

  /// Repeats one lag at the beginning of the first `count` of `samples`.
  ///
  /// - Returns: how many samples were added behind `count`; 0 when that would be heard more than `effort` permits, or
  ///   has no room.
  func expand(
    _ samples: UnsafeMutableBufferPointer<Int16>, count: Int, effort: JitterBufferAdjustment.Effort
  ) -> Int {
    guard count > 0, count <= samples.count, let base = samples.baseAddress,
      let lag = lag(
        UnsafeBufferPointer(start: base, count: count), limit: samples.count - count, effort: effort)
    else { return 0 }
    (base + 2 * lag).update(from: base + lag, count: count - lag)
    for index in 0..<lag {
      samples[lag + index] = Self.mix(samples[lag + index], samples[index], position: index, of: lag)
    }
    return lag
  }

  /// The lag to use, where the change would not be heard more than `effort` permits.
  private func lag(
    _ samples: UnsafeBufferPointer<Int16>, limit: Int, effort: JitterBufferAdjustment.Effort
  ) -> Int? {
    let longest = min(longestLag, limit, samples.count / 2)
    guard shortestLag <= longest else { return nil }
    guard
      let match = search.bestLag(in: samples, lags: shortestLag...longest, window: samples.count - longest)
    else { return nil }
    if effort == .urgent { return match.lag }
    if effort == .normal, match.correlation >= 0.85 { return match.lag }
    // Noise between words fits itself nowhere, and nobody hears where it was cut: -50 dBFS, or 20 dB below the speech.
    let energy = Self.energy(samples)
    return energy < 10_737 || energy < usualEnergy * 0.01 ? match.lag : nil
  }

  private static func mix(_ old: Int16, _ new: Int16, position: Int, of length: Int) -> Int16 {
    let weight = Int32(position * 2 + 1)
    let whole = Int32(length * 2)
    return Int16(truncatingIfNeeded: (Int32(old) * (whole - weight) + Int32(new) * weight) / whole)
  }

  /// The mean square of `samples`.
  private static func energy(_ samples: UnsafeBufferPointer<Int16>) -> Double {
    var sum: Int64 = 0
    for sample in samples { sum &+= Int64(sample) &* Int64(sample) }
    return samples.isEmpty ? 0 : Double(sum) / Double(samples.count)
  }
}
