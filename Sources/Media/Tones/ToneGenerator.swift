import Glibc
import WireSupport

/// A port that plays tones: call progress, alarms, DTMF digits.
///
/// Segments queue up and play one after the other, sample-exact; each begins and ends with a ramp of 2 ms, so that nothing
/// clicks. At 100 % a tone has an amplitude of -10 dBFS, and so two together stay below -4 dBFS.
public final class ToneGenerator: AudioPort {
  /// The mixer's rate in Hz.
  public let sampleRate: Int
  /// How loud it plays, in percent, 0...1000; above 300 the tones are clipped softly.
  public var volume = 100
  /// Called in the mixer's tick when the last queued segment is over.
  public var onFinished: (() -> Void)?

  private static let amplitude: Float = 10_362
  private var queue: [ToneSegment] = []
  private var next = 0
  private var repeats = false
  private var first = Oscillator()
  private var second = Oscillator()
  /// Samples of the current segment, and how many of them are over.
  private var length = 0
  private var position = 0
  private let ramp: Int

  /// A silent generator.
  public init(mixerRate: Int) {
    sampleRate = max(1, mixerRate)
    ramp = max(1, mixerRate / 500)
  }

  /// Whether segments are playing or queued.
  public var isBusy: Bool { position < length || next < queue.count || (repeats && !queue.isEmpty) }

  /// Appends segments to what is queued. Allocates; not for a tick.
  ///
  /// - Parameter repeating: plays them, and what was queued before, over and over until `stop()`.
  public func play(_ segments: [ToneSegment], repeating: Bool = false) {
    if !repeats {
      queue.removeFirst(next)
      next = 0
    }
    queue.append(contentsOf: segments)
    repeats = repeating
  }

  /// Appends DTMF digits.
  ///
  /// - Parameters:
  ///   - digits: of `0`–`9`, `*`, `#`, `A`–`D`; a comma is a pause of two seconds.
  ///   - on: how long each sounds.
  ///   - off: the silence after each.
  /// - Throws: `MediaError` `.invalidArgument` for any other character; nothing is played then.
  public func playDigits(
    _ digits: String, on: Duration = .milliseconds(100), off: Duration = .milliseconds(60)
  ) throws(MediaError) {
    var segments: [ToneSegment] = []
    for character in digits {
      if character == "," {
        segments.append(.silence(for: .seconds(2)))
      } else if let digit = DTMFDigit(character) {
        segments.append(digit.tone(for: on))
        segments.append(.silence(for: off))
      } else {
        throw MediaError(.invalidArgument, "\"\(character)\" is not a DTMF digit, expected 0-9 * # A-D or a comma")
      }
    }
    play(segments)
  }

  /// Falls silent and forgets what is queued, without calling `onFinished`.
  public func stop() {
    queue.removeAll(keepingCapacity: true)
    next = 0
    length = 0
    position = 0
    repeats = false
  }

  public func produce(into frame: inout MutableSpan<Int16>) -> Bool {
    guard isBusy else { return false }
    let gain = Float(min(max(0, volume), AudioMixer.maximumVolume)) / 100
    var index = 0
    // Segments shorter than a sample are skipped; a queue of nothing but those must not hold the tick.
    var emptySegments = 0
    while index < frame.count {
      if position >= length {
        guard emptySegments <= queue.count, startNext() else { break }
        emptySegments = length == 0 ? emptySegments + 1 : 0
        continue
      }
      let edge = min(position + 1, length - position)
      let envelope = edge < ramp ? Float(edge) / Float(ramp) : 1
      frame[index] = AudioKernels.softClipped((first.next() + second.next()) * Self.amplitude * envelope * gain)
      position += 1
      index += 1
    }
    let played = index > 0
    while index < frame.count {
      frame[index] = 0
      index += 1
    }
    if !isBusy { onFinished?() }
    return played
  }

  private func startNext() -> Bool {
    if next >= queue.count, repeats { next = 0 }
    guard next < queue.count else { return false }
    let segment = queue[next]
    next += 1
    let samples = segment.duration.inMilliseconds * Double(sampleRate) / 1000
    // A day at most: what is longer would not fit, and is nobody's tone.
    length = Int(max(0, min(samples, Double(sampleRate) * 86_400)))
    position = 0
    first = Oscillator(segment.firstFrequency, sampleRate)
    second = Oscillator(segment.secondFrequency, sampleRate)
    return true
  }
}

/// A sine by rotation of a vector: two multiplications and additions a sample instead of a call of `sin`.
private struct Oscillator {
  private var real = 1.0
  private var imaginary = 0.0
  private var cosine = 1.0
  private var sine = 0.0

  /// Silence.
  init() { real = 0 }

  init(_ frequency: Double, _ sampleRate: Int) {
    guard frequency > 0, frequency < Double(sampleRate) / 2 else {
      real = 0
      return
    }
    let step = 2 * Double.pi * frequency / Double(sampleRate)
    cosine = cos(step)
    sine = sin(step)
  }

  /// -1...1. The vector's length drifts by less than 10^-9 in an hour, with doubles.
  mutating func next() -> Float {
    let value = imaginary
    (real, imaginary) = (real * cosine - imaginary * sine, real * sine + imaginary * cosine)
    return Float(value)
  }
}
