import Glibc
import WireSupport

/// Signals for tests, the same for the same seed.
enum Synthetic {
  /// Something like speech: a gliding voice with formants, syllables, pauses and a little breath.
  static func speech(seconds: Double, rate: Int, seed: UInt64 = 1) -> [Int16] {
    var ids = IDSource.seeded(seed)
    let count = Int(seconds * Double(rate))
    var result = [Int16](repeating: 0, count: count)
    var phase = 0.0
    var position = 0
    while position < count {
      let length = Int((0.12 + ids.nextUnit() * 0.2) * Double(rate))
      let isPause = ids.nextUnit() < 0.25
      let pitch = 100 + ids.nextUnit() * 80
      let glide = (ids.nextUnit() - 0.5) * 40
      let formants = [300 + ids.nextUnit() * 500, 900 + ids.nextUnit() * 1200, 2400 + ids.nextUnit() * 600]
      let gains = (1...24).map { harmonic -> Double in
        let place = (pitch + glide / 2) * Double(harmonic)
        guard place < Double(rate) / 2 - 400 else { return 0 }
        return (formants.reduce(0.02) { $0 + exp(-pow((place - $1) / 180, 2)) }) / Double(harmonic).squareRoot()
      }
      for offset in 0..<min(length, count - position) {
        let progress = Double(offset) / Double(length)
        let frequency = pitch + glide * progress
        phase += frequency / Double(rate)
        var value = 0.0
        if !isPause {
          // sin(nx) by the recurrence sin((n+1)x) = 2 cos(x) sin(nx) - sin((n-1)x).
          let angle = 2 * Double.pi * phase
          let double = 2 * cos(angle)
          var before = 0.0
          var now = sin(angle)
          for gain in gains {
            value += gain * now
            (before, now) = (now, double * now - before)
          }
          value *= 5000 * sin(.pi * progress)
        }
        value += (ids.nextUnit() - 0.5) * 20
        result[position + offset] = Int16(max(-32_000, min(32_000, value)))
      }
      position += length
    }
    return result
  }

  /// A sine of `frequency` Hz.
  static func tone(_ frequency: Double, seconds: Double, rate: Int, amplitude: Double = 8000) -> [Int16] {
    (0..<Int(seconds * Double(rate))).map {
      Int16(amplitude * sin(2 * .pi * frequency * Double($0) / Double(rate)))
    }
  }

  /// The amplitude of `frequency` Hz in `samples` (Goertzel).
  static func amplitude(of frequency: Double, in samples: ArraySlice<Int16>, rate: Int) -> Double {
    let coefficient = 2 * cos(2 * .pi * frequency / Double(rate))
    var before = 0.0
    var twoBefore = 0.0
    for sample in samples {
      let value = Double(sample) + coefficient * before - twoBefore
      twoBefore = before
      before = value
    }
    let power = before * before + twoBefore * twoBefore - coefficient * before * twoBefore
    return 2 * power.squareRoot() / Double(max(1, samples.count))
  }

  /// The signal-to-noise ratio of `heard` against `said`, in dB, at the best gain 1 and the given shift.
  static func signalToNoise(_ said: ArraySlice<Int16>, _ heard: ArraySlice<Int16>) -> Double {
    var signal = 1.0
    var noise = 1.0
    for (a, b) in zip(said, heard) {
      signal += Double(a) * Double(a)
      noise += pow(Double(a) - Double(b), 2)
    }
    return 10 * log10(signal / noise)
  }

  /// The root mean square of `samples`.
  static func rms(_ samples: ArraySlice<Int16>) -> Double {
    samples.isEmpty ? 0 : (samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)).squareRoot()
  }
}
