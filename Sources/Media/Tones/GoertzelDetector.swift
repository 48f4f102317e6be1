import Glibc

/// Measures how much of one frequency is in a block of samples (Goertzel's algorithm: one bin of a Fourier transform).
public struct GoertzelDetector: Sendable {
  /// The frequency in Hz.
  public let frequency: Double
  private let coefficient: Double

  /// A detector for `frequency` in sound at `sampleRate` Hz.
  public init(frequency: Double, sampleRate: Int) {
    self.frequency = frequency
    coefficient = 2 * cos(2 * Double.pi * frequency / Double(max(1, sampleRate)))
  }

  /// The amplitude of the sine of that frequency in `samples`, in units of a sample (a full-scale sine has 32767).
  ///
  /// Other frequencies leak in unless the block is a whole number of periods of both.
  public func amplitude(in samples: Span<Int16>) -> Double {
    guard !samples.isEmpty else { return 0 }
    var previous = 0.0
    var beforePrevious = 0.0
    for index in 0..<samples.count {
      let value = Double(samples[index]) + coefficient * previous - beforePrevious
      beforePrevious = previous
      previous = value
    }
    let power = previous * previous + beforePrevious * beforePrevious - coefficient * previous * beforePrevious
    return 2 * max(0, power).squareRoot() / Double(samples.count)
  }
}

/// Hears DTMF digits in sound: for tests, for tools, and for peers that send digits in the audio.
///
/// It looks at blocks of 20 ms. A digit is reported once, after two blocks in a row held it, so tones of 60 ms and more are
/// heard wherever they begin; the same digit counts again after a block without it.
public struct DTMFDetector: Sendable {
  /// The weakest tone that counts: -42 dBFS.
  private static let threshold = 260.0
  private let low: [GoertzelDetector]
  private let high: [GoertzelDetector]
  private var block: [Int16]
  private var filled = 0
  private var candidate: DTMFDigit?
  private var reported: DTMFDigit?

  /// A detector for sound at `sampleRate` Hz.
  public init(sampleRate: Int) {
    low = DTMFDigit.lowFrequencies.map { GoertzelDetector(frequency: $0, sampleRate: sampleRate) }
    high = DTMFDigit.highFrequencies.map { GoertzelDetector(frequency: $0, sampleRate: sampleRate) }
    block = [Int16](repeating: 0, count: max(1, sampleRate / 50))
  }

  /// Listens to more sound; calls `digit` for each digit that is heard in it.
  public mutating func process(_ samples: Span<Int16>, digit: (Character) -> Void) {
    for index in 0..<samples.count {
      block[filled] = samples[index]
      filled += 1
      guard filled == block.count else { continue }
      filled = 0
      let found = detect()
      if found != reported { reported = nil }
      if let found, found == candidate, reported == nil {
        reported = found
        digit(found.character)
      }
      candidate = found
    }
  }

  /// The digits in a whole recording.
  public static func digits(in samples: [Int16], sampleRate: Int) -> String {
    var detector = DTMFDetector(sampleRate: sampleRate)
    var result = ""
    detector.process(samples.span) { result.append($0) }
    return result
  }

  /// The digit that fills the block, if one does.
  private func detect() -> DTMFDigit? {
    let samples = block.span
    var energy = 0.0
    for index in 0..<samples.count { energy += Double(samples[index]) * Double(samples[index]) }
    let (row, lowAmplitude) = Self.strongest(low, samples)
    let (column, highAmplitude) = Self.strongest(high, samples)
    guard lowAmplitude > Self.threshold, highAmplitude > Self.threshold else { return nil }
    // Twist: neither tone more than 8 dB above the other (ITU-T Q.24 asks for 4 to 8).
    guard max(lowAmplitude, highAmplitude) < 2.5 * min(lowAmplitude, highAmplitude) else { return nil }
    // The pair makes up most of the sound, which speech does not do.
    let pair = (lowAmplitude * lowAmplitude + highAmplitude * highAmplitude) / 2 * Double(samples.count)
    guard pair > 0.7 * energy else { return nil }
    return DTMFDigit(row: row, column: column)
  }

  private static func strongest(
    _ detectors: [GoertzelDetector], _ samples: Span<Int16>
  ) -> (index: Int, amplitude: Double) {
    var best = (index: 0, amplitude: 0.0)
    for index in detectors.indices {
      let amplitude = detectors[index].amplitude(in: samples)
      if amplitude > best.amplitude { best = (index, amplitude) }
    }
    return best
  }
}
