import WireSupport

/// A port that plays a WAV file: any rate, once or in a loop, with pauses between and a delay before.
///
/// It plays from when it is made and added to a mixer; what it speaks to must be connected already, or the beginning is
/// lost. At a rate other than the mixer's, the sound is resampled as it plays.
///
/// Its callbacks run inside the mixer's tick, on the mixer's executor; they may remove the player from the mixer.
public final class WavePlayer: AudioPort {
  /// What a player does.
  public enum State: Hashable, Sendable {
    /// It waits: for the delay before the first play, or for the pause before the next.
    case waiting
    /// It plays.
    case playing
    /// It was told to pause; silent, and it will go on where it was.
    case paused
    /// Every play is over, or it was stopped, or reading failed.
    case finished
  }

  /// The file's path.
  public var path: String { reader.path }
  /// How long one play lasts.
  public var duration: Duration { reader.duration }
  /// What the player does now.
  public private(set) var state: State
  /// How loud it plays, in percent, 0...1000; it can also be set on the mixer's port.
  public var volume: Int {
    didSet { gain = Float(min(max(0, volume), AudioMixer.maximumVolume)) / 100 }
  }
  /// How many plays are over.
  public private(set) var playsFinished = 0
  /// Ticks since it was made in which the mixer asked for sound.
  public private(set) var tickCount = 0
  /// The tick, counted from 0, whose frame held the file's first sample; nil before.
  public private(set) var firstSampleTick: Int?
  /// Why it stopped before the end, when reading the file failed.
  public private(set) var failure: MediaError?
  /// Called when the first frame is about to be played.
  public var onStarted: (() -> Void)?
  /// Called once, when the last play is over, or reading failed, or `stop()` was called.
  public var onFinished: (() -> Void)?

  private let reader: WaveReader
  private let resampler: AudioResampler
  private let plays: Int
  private let pauseTicks: Int
  private var waitingTicks: Int
  private var isPaused = false
  private var gain: Float
  /// Samples at the file's rate that the resampler has not taken yet: `source[sourceStart..<sourceEnd]`.
  private var source: [Int16]
  private var sourceStart = 0
  private var sourceEnd = 0
  /// Zeros that still have to follow the last sample, to push the end out of the resampler.
  private var tail = 0

  /// Opens a file for a mixer.
  ///
  /// - Parameters:
  ///   - path: a WAV file as ``WaveReader`` reads it.
  ///   - mixerRate: the mixer's rate in Hz.
  ///   - volume: in percent.
  ///   - loopCount: how often it is played; 0 for ever.
  ///   - pause: silence between two plays, in steps of 20 ms.
  ///   - initialDelay: silence before the first play, in steps of 20 ms.
  /// - Throws: what `WaveReader.init(path:)` and `AudioResampler.init` throw.
  public init(
    path: String, mixerRate: Int, volume: Int = 100, loopCount: Int = 1, pause: Duration = .zero,
    initialDelay: Duration = .zero
  ) throws(MediaError) {
    reader = try WaveReader(path: path)
    resampler = try AudioResampler(from: reader.format.sampleRate, to: mixerRate)
    self.volume = volume
    gain = Float(min(max(0, volume), AudioMixer.maximumVolume)) / 100
    plays = max(0, loopCount)
    pauseTicks = Self.ticks(pause)
    waitingTicks = Self.ticks(initialDelay)
    state = waitingTicks > 0 ? .waiting : .playing
    source = [Int16](repeating: 0, count: max(16, reader.format.sampleRate / 50))
    tail = resampler.inputLatency
  }

  private static func ticks(_ duration: Duration) -> Int {
    Int(max(0, duration.wholeNanoseconds) / 20_000_000)
  }

  /// Holds the play where it is.
  public func pause() {
    guard state != .finished else { return }
    isPaused = true
    state = .paused
  }

  /// Goes on after `pause()`.
  public func resume() {
    guard state == .paused else { return }
    isPaused = false
    state = waitingTicks > 0 ? .waiting : .playing
  }

  /// Ends the play at once.
  public func stop() { finish() }

  /// Starts anew from the beginning, with the full loop count and no delay.
  public func restart() {
    playsFinished = 0
    waitingTicks = 0
    isPaused = false
    failure = nil
    rewind()
    state = .playing
  }

  public func produce(into frame: inout MutableSpan<Int16>) -> Bool {
    defer { tickCount += 1 }
    if waitingTicks > 0, !isPaused, state != .finished {
      waitingTicks -= 1
      return false
    }
    guard state == .playing || state == .waiting else { return false }
    state = .playing
    if firstSampleTick == nil {
      firstSampleTick = tickCount
      onStarted?()
    }
    var count = 0
    while count < frame.count, state == .playing {
      let filled = fill(&frame, from: count)
      count += filled
      // Asked at once and not with the next frame, or a play that fills its last frame would end a tick late.
      if count < frame.count || isDrained { endOfPlay() }
      // A play that gave nothing (a few samples at a far higher rate) must not be repeated within a tick.
      if waitingTicks > 0 || filled == 0 { break }
    }
    guard count > 0 else { return false }
    for index in count..<frame.count { frame[index] = 0 }
    if gain != 1 {
      let gain = gain
      frame.withUnsafeMutableBufferPointer { samples in
        guard let base = samples.baseAddress else { return }
        AudioKernels.scale(base, from: gain, to: gain, samples.count)
      }
    }
    return true
  }

  /// Fills the frame from `start` as far as this play goes.
  private func fill(_ frame: inout MutableSpan<Int16>, from start: Int) -> Int {
    var count = start
    while count < frame.count {
      if sourceStart == sourceEnd {
        sourceStart = 0
        sourceEnd = 0
        do throws(MediaError) {
          sourceEnd = try Self.refill(&source, from: reader)
        } catch {
          failure = error
          finish()
          return count - start
        }
        if sourceEnd == 0 {
          // The resampler still holds the last milliseconds.
          sourceEnd = min(tail, source.count)
          tail -= sourceEnd
          for index in 0..<sourceEnd { source[index] = 0 }
        }
        if sourceEnd == 0 { break }
      }
      let room = frame.count - count
      // A second reference, not a copy: a span of a class's property may not outlive one expression.
      let source = source
      let (consumed, produced) = frame.withUnsafeMutableBufferPointer { target in
        var part = UnsafeMutableBufferPointer(rebasing: target[count..<(count + room)]).mutableSpan
        return resampler.convert(source.span.extracting(sourceStart..<sourceEnd), into: &part)
      }
      sourceStart += consumed
      count += produced
      // Neither moves only when there is room and input left, which the resampler does not do; better to end than hang.
      if consumed == 0, produced == 0 { break }
    }
    return count - start
  }

  private static func refill(_ source: inout [Int16], from reader: WaveReader) throws(MediaError) -> Int {
    var span = source.mutableSpan
    return try reader.read(into: &span)
  }

  /// Whether this play has nothing left.
  private var isDrained: Bool { sourceStart == sourceEnd && tail == 0 && reader.isAtEnd }

  private func endOfPlay() {
    guard state == .playing else { return }
    playsFinished += 1
    // A file without a sample is played once: an endless loop over nothing would never return.
    if (plays > 0 && playsFinished >= plays) || reader.sampleCount == 0 {
      finish()
      return
    }
    rewind()
    waitingTicks = pauseTicks
    if waitingTicks > 0 { state = .waiting }
  }

  private func rewind() {
    reader.rewind()
    resampler.reset()
    sourceStart = 0
    sourceEnd = 0
    tail = resampler.inputLatency
  }

  private func finish() {
    guard state != .finished else { return }
    state = .finished
    onFinished?()
  }
}
