import Synchronization

/// A device that captures from one WAV file and plays into another, at the pace of a real one: for machines without sound,
/// for tests, and for programs that measure.
public final class FileDevice: AudioDevice {
  public let name: String
  /// The file that it captures from; nil for no microphone.
  public let inputPath: String?
  /// The file that it plays into; nil for no loudspeaker.
  public let outputPath: String?
  /// Whether capture begins again at the end of the file, instead of falling silent.
  public let loops: Bool

  private struct Running {
    let thread: PeriodThread
    let worker: FileDeviceWorker
  }
  private let running = Mutex<Running?>(nil)

  /// A stopped device; the files are opened when it is started, and the output is emptied then.
  public init(input: String?, output: String?, loops: Bool = false) {
    inputPath = input
    outputPath = output
    self.loops = loops
    name = "file \(input ?? "none") → \(output ?? "none")"
  }

  public var capturesSound: Bool { inputPath != nil }
  public var playsSound: Bool { outputPath != nil }

  public func start(_ io: AudioDeviceIO) throws(MediaError) {
    try running.withLock { (current) throws(MediaError) in
      guard current == nil else { throw MediaError(.wrongState, "the device is running already", subject: name) }
      var player: WavePlayer?
      if let inputPath {
        player = try WavePlayer(path: inputPath, mixerRate: io.sampleRate, loopCount: loops ? 0 : 1)
      }
      var writer: WaveWriter?
      if let outputPath { writer = try WaveWriter(path: outputPath, sampleRate: io.sampleRate) }
      let worker = FileDeviceWorker(io: io, player: player, writer: writer)
      current = Running(thread: try PeriodThread { isLate in worker.period(isLate) }, worker: worker)
    }
  }

  public func stop() {
    let stopped = running.withLock { current in
      let stopped = current
      current = nil
      return stopped
    }
    guard let stopped else { return }
    stopped.thread.stop()
    stopped.worker.close()
  }
}

/// What the device's thread does in a period.
private final class FileDeviceWorker: @unchecked Sendable {
  // Used by one thread at a time: it is made by `start`, then belongs to the device's thread, and `stop` closes it after it
  // has joined that thread.

  private let io: AudioDeviceIO
  private let player: WavePlayer?
  private var writer: WaveWriter?
  private var frame: [Int16]

  init(io: AudioDeviceIO, player: WavePlayer?, writer: WaveWriter?) {
    self.io = io
    self.player = player
    self.writer = writer
    frame = [Int16](repeating: 0, count: io.frameCount)
  }

  func close() {
    do throws(MediaError) { try writer?.finish() } catch { io.fail(error) }
    writer = nil
  }

  func period(_ isLate: Bool) {
    if isLate { io.countLatePeriod() }
    if let writer {
      var span = frame.mutableSpan
      io.takePlayback(into: &span)
      do throws(MediaError) {
        try writer.write(frame.span)
      } catch {
        self.writer = nil
        io.fail(error)
      }
    }
    if let player {
      var span = frame.mutableSpan
      if !player.produce(into: &span) {
        for index in frame.indices { frame[index] = 0 }
      }
      io.deliverCapture(frame.span)
    }
    io.finishPeriod()
  }
}
