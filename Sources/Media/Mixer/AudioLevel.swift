import Glibc

/// How loud a sound is, in dB relative to full scale (0 dBFS is a square wave of ±32768; a full-scale sine has an RMS of
/// -3.01 dBFS).
public struct AudioLevel: Hashable, Sendable {
  /// The level of silence: below the smallest step of 16 bits.
  public static let silenceDecibels = -96.33
  /// No sound.
  public static let silence = AudioLevel(rms: silenceDecibels, peak: silenceDecibels)

  /// The root mean square in dBFS, -96.33 to 0.
  public let rms: Double
  /// The greatest sample in dBFS, -96.33 to 0.
  public let peak: Double

  init(rms: Double, peak: Double) {
    self.rms = rms
    self.peak = peak
  }

  init(energy: UInt64, peak: Int32, sampleCount: Int) {
    guard energy > 0, sampleCount > 0 else {
      self = .silence
      return
    }
    self.rms = Self.decibels((Double(energy) / Double(sampleCount)).squareRoot())
    self.peak = Self.decibels(Double(peak))
  }

  /// The level of `samples`.
  public init(of samples: Span<Int16>) {
    self = samples.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return .silence }
      return AudioLevel(
        energy: AudioKernels.energy(base, buffer.count), peak: AudioKernels.peak(base, buffer.count),
        sampleCount: buffer.count)
    }
  }

  private static func decibels(_ amplitude: Double) -> Double {
    max(silenceDecibels, min(0, 20 * log10(amplitude / 32_768)))
  }
}

/// Gathers the level of one direction of a port over a window of ten ticks (200 ms), and keeps the last whole window.
struct AudioMeter {
  static let windowTicks = 10

  private var energy: UInt64 = 0
  private var peak: Int32 = 0
  private var finishedEnergy: UInt64 = 0
  private var finishedPeak: Int32 = 0

  mutating func add(_ samples: UnsafePointer<Int16>, _ count: Int) {
    energy &+= AudioKernels.energy(samples, count)
    peak = max(peak, AudioKernels.peak(samples, count))
  }

  mutating func closeWindow() {
    finishedEnergy = energy
    finishedPeak = peak
    energy = 0
    peak = 0
  }

  func level(frameCount: Int) -> AudioLevel {
    AudioLevel(energy: finishedEnergy, peak: finishedPeak, sampleCount: frameCount * Self.windowTicks)
  }
}
