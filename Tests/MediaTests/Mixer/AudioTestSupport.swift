import Glibc
import Media
import WireSupport

#if canImport(CAllocationCounter)
  import CAllocationCounter
#endif

/// How many heap allocations `body` makes on this thread when it is run for the second time (the first makes type
/// metadata); nil where the counter is not linked in.
func allocations(_ body: () -> Void) -> Int? {
  #if canImport(CAllocationCounter)
    body()
    let before = allocation_counter_of_this_thread()
    body()
    return Int(allocation_counter_of_this_thread() - before)
  #else
    body()
    return nil
  #endif
}

/// A port with a settable voice that keeps what it last heard.
final class ScriptedPort: AudioPort {
  var voice: [Int16]?
  private(set) var heard: [Int16] = []
  private(set) var framesHeard = 0
  var onConsume: (() -> Void)?

  init(_ voice: [Int16]? = nil) { self.voice = voice }

  func produce(into frame: inout MutableSpan<Int16>) -> Bool {
    guard let voice else { return false }
    for index in 0..<min(frame.count, voice.count) { frame[index] = voice[index] }
    return true
  }

  func consume(_ frame: Span<Int16>) {
    framesHeard += 1
    if heard.count != frame.count { heard = [Int16](repeating: 0, count: frame.count) }
    for index in 0..<frame.count { heard[index] = frame[index] }
    onConsume?()
  }
}

/// `count` samples of a sine.
func sine(_ frequency: Double, amplitude: Double, rate: Int, count: Int, phase: Double = 0) -> [Int16] {
  (0..<count).map { Int16((amplitude * sin(2 * .pi * frequency * Double($0) / Double(rate) + phase)).rounded()) }
}

/// The ratio in dB of a sine of `frequency` in `samples` to everything else in them.
func signalToNoise(_ samples: ArraySlice<Int16>, frequency: Double, rate: Int) -> Double {
  // Least squares: the sine, the cosine, and a constant offset, whose cross terms are not neglected.
  let step = 2 * Double.pi * frequency / Double(rate)
  var ss = 0.0
  var cc = 0.0
  var sc = 0.0
  var xs = 0.0
  var xc = 0.0
  for (index, sample) in samples.enumerated() {
    let s = sin(step * Double(index))
    let c = cos(step * Double(index))
    let x = Double(sample)
    ss += s * s
    cc += c * c
    sc += s * c
    xs += x * s
    xc += x * c
  }
  let determinant = ss * cc - sc * sc
  let a = (xs * cc - xc * sc) / determinant
  let b = (xc * ss - xs * sc) / determinant
  var signal = 0.0
  var noise = 0.0
  for (index, sample) in samples.enumerated() {
    let fitted = a * sin(step * Double(index)) + b * cos(step * Double(index))
    signal += fitted * fitted
    noise += (Double(sample) - fitted) * (Double(sample) - fitted)
  }
  return 10 * log10(signal / max(noise, 1e-9))
}

/// A directory under /tmp that is removed with the object.
final class TemporaryDirectory: Sendable {
  let path: String

  init() {
    var template = Array("/tmp/sipsimple-media-XXXXXX".utf8CString)
    path = template.withUnsafeMutableBufferPointer { buffer in
      guard let base = buffer.baseAddress, let made = mkdtemp(base) else { return "/tmp" }
      return String(cString: made)
    }
  }

  deinit {
    guard path != "/tmp", let directory = opendir(path) else { return }
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      unlink(path + "/" + name)
    }
    closedir(directory)
    rmdir(path)
  }

  func file(_ name: String) -> String { path + "/" + name }

  func write(_ bytes: [UInt8], to name: String) -> String {
    let path = file(name)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o644)
    _ = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
    return path
  }

  func read(_ name: String) -> [UInt8] {
    let descriptor = open(file(name), O_RDONLY)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var result: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = piece.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if count <= 0 { return result }
      result.append(contentsOf: piece[..<count])
    }
  }
}

/// All samples of a WAV file.
func samples(of path: String) throws -> [Int16] {
  let reader = try WaveReader(path: path)
  var result = [Int16](repeating: 0, count: reader.sampleCount)
  var span = result.mutableSpan
  let count = try reader.read(into: &span)
  return Array(result[..<count])
}
