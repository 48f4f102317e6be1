import Media
import Synchronization
import WireSupport

#if canImport(Glibc)
  import Glibc
#endif

/// Tones, and what is left of them.
enum Signal {
  /// A second of a sine, amplitude 8000 of 32768 (−15 dBFS RMS).
  static func tone(_ frequency: Int, rate: Int) -> [Int16] {
    (0..<rate).map { Int16(8000 * sine(Double($0 * frequency % rate) / Double(rate))) }
  }

  /// sin(2πx) without Foundation: a seventh-order fit is good to 0.02 %.
  private static func sine(_ turns: Double) -> Double {
    var x = turns - turns.rounded(.down)
    var sign = 1.0
    if x >= 0.5 { (x, sign) = (x - 0.5, -1) }
    if x > 0.25 { x = 0.5 - x }
    let a = x * 2 * .pi
    return sign * (a - a * a * a / 6 + a * a * a * a * a / 120 - a * a * a * a * a * a * a / 5040)
  }

  /// The amplitude of one frequency in a window of a signal, in sample units.
  static func amplitude(of frequency: Int, in samples: some Collection<Int16>, rate: Int) -> Double {
    let window = Array(samples)
    return GoertzelDetector(frequency: Double(frequency), sampleRate: rate).amplitude(in: window.span)
  }

  /// The loudest of a few frequencies in a window, nil when none is above 500 sample units.
  static func dominant(_ samples: some Collection<Int16>, rate: Int, among frequencies: [Int] = [440, 880]) -> Int? {
    let measured = frequencies.map { ($0, amplitude(of: $0, in: samples, rate: rate)) }
    guard let best = measured.max(by: { $0.1 < $1.1 }), best.1 > 500 else { return nil }
    return best.0
  }

  /// The loudest sample of a window.
  static func peak(_ samples: some Collection<Int16>) -> Int { samples.reduce(0) { max($0, Int($1.magnitude)) } }

  /// The samples of a device from `start` of its clock on, for `length`.
  static func window(_ samples: [Int16], from start: Instant, for length: Duration, rate: Int) -> ArraySlice<Int16> {
    let first = Int(start.milliseconds(since: .zero) * Double(rate) / 1000)
    let count = Int(length.inMilliseconds * Double(rate) / 1000)
    return samples.dropFirst(max(0, first)).prefix(count)
  }

  /// The sound of a WAV file, its channels averaged.
  static func wave(_ path: String) throws -> (samples: [Int16], format: WaveFormat) {
    let reader = try WaveReader(path: path)
    var samples = [Int16](repeating: 0, count: reader.sampleCount)
    var span = samples.mutableSpan
    let count = try reader.read(into: &span)
    return (Array(samples.prefix(count)), reader.format)
  }

  /// The two channels of a stereo file of 16-bit samples that our own writer made (a header of 44 bytes).
  static func channels(_ path: String) throws -> (left: [Int16], right: [Int16]) {
    guard let file = fopen(path, "rb") else { throw Unexpected("\(path) cannot be opened") }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 10 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    var (left, right): ([Int16], [Int16]) = ([], [])
    for offset in stride(from: 44, to: count - 3, by: 4) {
      left.append(Int16(truncatingIfNeeded: UInt16(bytes[offset]) | UInt16(bytes[offset + 1]) << 8))
      right.append(Int16(truncatingIfNeeded: UInt16(bytes[offset + 2]) | UInt16(bytes[offset + 3]) << 8))
    }
    return (left, right)
  }

  /// A path for a file that nobody else uses.
  static func temporaryPath(_ name: String) -> String {
    "/tmp/sipsimple-test-\(getpid())-\(counter.add(1, ordering: .relaxed).newValue)-\(name).wav"
  }

  private static let counter = Atomic<Int>(0)

  static func remove(_ path: String) { unlink(path) }

  /// Writes mono samples as a WAV file.
  static func writeWave(_ path: String, _ samples: [Int16], rate: Int) throws {
    let writer = try WaveWriter(path: path, sampleRate: rate)
    try writer.write(samples.span)
    try writer.finish()
  }
}
