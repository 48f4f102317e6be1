/// Records what it hears into a WAV file that is valid at every moment (see ``WaveWriter``).
///
/// A mono recorder is one port, which hears whatever is connected to it: one direction of a call, or both, mixed. A stereo
/// recorder is two ports, one a channel: usually what the user says left and what the user hears right. Add each of
/// `ports` to the mixer, and connect them.
///
/// A recorder writes in the mixer's tick: two or three times a second 32 KiB go into the system's cache.
public final class WaveRecorder {
  /// What becomes a channel of the file.
  public enum Layout: Hashable, Sendable {
    /// One channel, one port.
    case mono
    /// Two channels, two ports: left, right.
    case stereo
  }

  /// The file's path.
  public var path: String { writer.path }
  /// One port a channel.
  public let ports: [any AudioPort]
  /// Why recording stopped, when writing failed. The file holds what was written before.
  public var failure: MediaError? { mix.failure }
  /// Whether `pause()` was called.
  public var isPaused: Bool {
    get { mix.isPaused }
    set { mix.isPaused = newValue }
  }
  /// Whether it still records.
  public private(set) var isFinished = false

  private let writer: WaveWriter
  private let mix: RecorderMix

  /// Creates the file.
  ///
  /// - Parameter mixerRate: the mixer's rate in Hz, which becomes the file's.
  /// - Throws: what `WaveWriter.init` throws.
  public init(path: String, mixerRate: Int, layout: Layout = .mono) throws(MediaError) {
    let channels = layout == .mono ? 1 : 2
    writer = try WaveWriter(path: path, sampleRate: mixerRate, channelCount: channels)
    let mix = RecorderMix(writer: writer, channels: channels, frameCount: mixerRate / 50)
    self.mix = mix
    ports = (0..<channels).map { RecorderChannel(mix: mix, channel: $0) }
  }

  /// How much was recorded.
  public var duration: Duration { .milliseconds(writer.sampleCount * 1_000 / writer.sampleRate) }

  /// Leaves out what comes until `resume()`.
  public func pause() { isPaused = true }
  /// Goes on after `pause()`.
  public func resume() { isPaused = false }

  /// Writes what is left and closes the file; the ports then hear without effect. A second call does nothing.
  ///
  /// - Throws: `MediaError` `.fileInputOutput`: that of the last write, or an earlier one that ended the recording.
  public func finish() throws(MediaError) {
    guard !isFinished else { return }
    isFinished = true
    mix.complete()
    try writer.finish()
    if let failure { throw failure }
  }
}

/// The frame that the channels of a recorder put together.
private final class RecorderMix {
  var isPaused = false
  private(set) var failure: MediaError?
  private let writer: WaveWriter
  private let channels: Int
  private var frame: [Int16]
  private var filled: [Bool]

  init(writer: WaveWriter, channels: Int, frameCount: Int) {
    self.writer = writer
    self.channels = channels
    frame = [Int16](repeating: 0, count: frameCount * channels)
    filled = [Bool](repeating: false, count: channels)
  }

  func take(_ samples: Span<Int16>, channel: Int) {
    guard !isPaused, failure == nil else { return }
    // The other channel's port is not in the mixer (any more): its side of that frame stays silent.
    if filled[channel] { write() }
    for index in 0..<min(samples.count, frame.count / channels) { frame[index * channels + channel] = samples[index] }
    filled[channel] = true
    for channel in 0..<channels where !filled[channel] { return }
    write()
  }

  /// Writes a frame of which a channel is missing.
  func complete() {
    for channel in 0..<channels where filled[channel] {
      write()
      return
    }
  }

  private func write() {
    do throws(MediaError) { try writer.write(frame.span) } catch { failure = error }
    for index in frame.indices { frame[index] = 0 }
    for channel in 0..<channels { filled[channel] = false }
  }
}

private final class RecorderChannel: AudioPort {
  private let mix: RecorderMix
  private let channel: Int

  init(mix: RecorderMix, channel: Int) {
    self.mix = mix
    self.channel = channel
  }

  func consume(_ frame: Span<Int16>) { mix.take(frame, channel: channel) }
}
