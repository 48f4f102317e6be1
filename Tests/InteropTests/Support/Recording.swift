import Foundation

/// A 16-bit PCM WAV file as a peer wrote it, read without any of our own code.
struct Recording: Sendable {
  let rate: Int
  /// The first channel, full scale at ±1.
  let samples: [Double]

  var seconds: Double { Double(samples.count) / Double(rate) }

  init(rate: Int, samples: [Double]) {
    self.rate = rate
    self.samples = samples
  }

  init(path: String) throws {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    func int(_ offset: Int, _ count: Int) -> Int {
      (0..<count).reduce(0) { $0 | (offset + $1 < bytes.count ? Int(bytes[offset + $1]) : 0) << (8 * $1) }
    }
    var offset = 12
    var format: (channels: Int, rate: Int)?
    while offset + 8 <= bytes.count {
      let name = String(decoding: bytes[offset..<(offset + 4)], as: UTF8.self)
      // A recorder that was cut off leaves a length that runs past the end.
      let size = min(int(offset + 4, 4), bytes.count - offset - 8)
      if name == "fmt " {
        guard int(offset + 22, 2) == 16 else { throw InteropError("\(path) is not 16-bit PCM") }
        format = (int(offset + 10, 2), int(offset + 12, 4))
      } else if name == "data", let format, format.channels > 0 {
        rate = format.rate
        samples = stride(from: offset + 8, to: offset + 8 + size - 1, by: 2 * format.channels).map {
          Double(Int16(truncatingIfNeeded: int($0, 2))) / 32768
        }
        return
      }
      offset += 8 + size + (size & 1)
    }
    throw InteropError("\(path) is not a WAV file")
  }

  /// For each tenth of a second: the share of its energy that is at `frequency` (0 to 1; 0 where it is silent).
  ///
  /// Goertzel's algorithm: the energy of a pure tone of amplitude A over n samples is n·A²/2, and its bin's power n²·A²/4.
  func tonality(_ frequency: Double) -> [Double] {
    let window = rate / 10
    guard window > 0 else { return [] }
    let coefficient = 2 * cos(2 * Double.pi * frequency / Double(rate))
    return stride(from: 0, to: samples.count - window + 1, by: window).map { start in
      var (s1, s2, energy) = (0.0, 0.0, 0.0)
      for sample in samples[start..<(start + window)] {
        (s1, s2) = (sample + coefficient * s1 - s2, s1)
        energy += sample * sample
      }
      guard energy / Double(window) > 1e-5 else { return 0 }
      let power = s1 * s1 + s2 * s2 - coefficient * s1 * s2
      return power * 2 / (Double(window) * energy)
    }
  }

  /// How long `frequency` was what one heard, in seconds, to a tenth.
  func seconds(of frequency: Double) -> Double { Double(tonality(frequency).count { $0 > 0.8 }) / 10 }

  /// How long it was silent (below −50 dBFS), in seconds, to a tenth.
  var silentSeconds: Double {
    let window = max(rate / 10, 1)
    let silent = stride(from: 0, to: samples.count - window + 1, by: window).count { start in
      samples[start..<(start + window)].reduce(0) { $0 + $1 * $1 } / Double(window) < 1e-5
    }
    return Double(silent) / 10
  }
}

/// Tones to play.
enum Tone {
  /// Writes a mono 16-bit WAV file with a sine of half scale.
  static func write(frequency: Double, seconds: Int, rate: Int, to path: String) throws {
    let count = seconds * rate
    var data = Data(capacity: 44 + 2 * count)
    func append(_ value: Int, _ bytes: Int) {
      for shift in 0..<bytes { data.append(UInt8((value >> (8 * shift)) & 0xff)) }
    }
    data.append(contentsOf: Array("RIFF".utf8))
    append(36 + 2 * count, 4)
    data.append(contentsOf: Array("WAVEfmt ".utf8))
    append(16, 4)
    append(1, 2)
    append(1, 2)
    append(rate, 4)
    append(2 * rate, 4)
    append(2, 2)
    append(16, 2)
    data.append(contentsOf: Array("data".utf8))
    append(2 * count, 4)
    let samples = sine(frequency, count: count, rate: rate).map { Int16($0 * 32767).littleEndian }
    samples.withUnsafeBytes { data.append(contentsOf: $0) }
    try data.write(to: URL(fileURLWithPath: path))
  }

  static func sine(_ frequency: Double, count: Int, rate: Int) -> [Double] {
    (0..<count).map { 0.5 * sin(2 * Double.pi * frequency * Double($0) / Double(rate)) }
  }
}
