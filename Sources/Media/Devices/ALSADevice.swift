import Synchronization

/// A sound card, or whatever else ALSA offers under a name (a PulseAudio or PipeWire server, a file, a mixer).
///
/// Playback and capture may be two devices; the playback device's clock leads where there is one. The device runs on
/// a thread of its own, at real-time priority where the system permits, which moves samples between ALSA and the rings and
/// does nothing else. A second thread reports the periods, so that what the period's closure does (wake an executor, which
/// locks and allocates) never delays the sound.
///
/// A device that fails while it runs (unplugged) is reported once, and the periods go on in silence until `stop()`.
public final class ALSADevice: AudioDevice {
  /// The name that stands for the system's default device.
  public static let systemDefault = "system_default"

  /// The playback device's ALSA name; nil for none.
  public let outputName: String?
  /// The capture device's ALSA name; nil for none.
  public let inputName: String?
  /// How many periods of 20 ms the hardware's buffer holds: more survives a busier machine, less delays less.
  public let bufferPeriods: Int

  private struct Running {
    let stopping: StopFlag
    let reporter: PeriodReporter
    let thread: DeviceThread
  }
  private let running = Mutex<Running?>(nil)

  /// A stopped device.
  ///
  /// - Parameters:
  ///   - input: the device to capture from: an ALSA name, `system_default`, or nil for none.
  ///   - output: the device to play on, likewise.
  ///   - bufferPeriods: 2 to 16.
  public init(
    input: String? = ALSADevice.systemDefault, output: String? = ALSADevice.systemDefault, bufferPeriods: Int = 3
  ) {
    inputName = input.map(Self.resolved)
    outputName = output.map(Self.resolved)
    self.bufferPeriods = min(max(2, bufferPeriods), 16)
  }

  private static func resolved(_ name: String) -> String { name == systemDefault ? "default" : name }

  public var name: String {
    guard let outputName else { return inputName ?? "None" }
    guard let inputName, inputName != outputName else { return outputName }
    return "\(inputName) / \(outputName)"
  }
  public var capturesSound: Bool { inputName != nil }
  public var playsSound: Bool { outputName != nil }

  public func start(_ io: AudioDeviceIO) throws(MediaError) {
    try running.withLock { (current) throws(MediaError) in
      guard current == nil else { throw MediaError(.wrongState, "the device is running already", subject: name) }
      // Opened here, so that the caller gets the error; the handles belong to the device's thread from then on.
      let worker = try ALSAWorker(
        io: io, outputName: outputName, inputName: inputName, bufferPeriods: bufferPeriods)
      let stopping = StopFlag()
      let reporter = try PeriodReporter(io)
      let thread: DeviceThread
      do throws(MediaError) {
        thread = try DeviceThread { worker.run(until: stopping, reporter) }
      } catch {
        reporter.stop()
        throw error
      }
      current = Running(stopping: stopping, reporter: reporter, thread: thread)
    }
  }

  public func stop() {
    let stopped = running.withLock { current in
      let stopped = current
      current = nil
      return stopped
    }
    guard let stopped else { return }
    stopped.stopping.set()
    stopped.thread.join()
    stopped.reporter.stop()
  }
}

/// Calls `finishPeriod` on a thread of its own, once for each signal from the device's thread.
private final class PeriodReporter: Sendable {
  private let signal: PeriodSignal
  private let stopping = StopFlag()
  private let thread: DeviceThread

  init(_ io: AudioDeviceIO) throws(MediaError) {
    let signal = PeriodSignal()
    let stopping = self.stopping
    self.signal = signal
    thread = try DeviceThread {
      while true {
        signal.wait()
        if stopping.isSet { return }
        io.finishPeriod()
      }
    }
  }

  func periodPassed() { signal.post() }

  func stop() {
    stopping.set()
    signal.post()
    thread.join()
  }
}

/// What the device's thread does.
private final class ALSAWorker: @unchecked Sendable {
  // Made on one thread and then used by the device's thread alone: `ALSADevice.start` hands it over and keeps no reference.

  private let io: AudioDeviceIO
  private let output: ALSAHandle?
  private let input: ALSAHandle?
  private let bufferPeriods: Int
  private var frame: [Int16]
  private var captured: [Int16]
  /// How many samples may be captured before the time for them has come.
  private var budget = 0

  init(io: AudioDeviceIO, outputName: String?, inputName: String?, bufferPeriods: Int) throws(MediaError) {
    self.io = io
    self.bufferPeriods = bufferPeriods
    frame = [Int16](repeating: 0, count: io.frameCount)
    captured = [Int16](repeating: 0, count: io.frameCount)
    output = try outputName.map { (name) throws(MediaError) in
      try ALSAHandle.open(
        name, .playback, rate: io.sampleRate, periodFrames: io.frameCount, periods: bufferPeriods)
    }
    input = try inputName.map { (name) throws(MediaError) in
      try ALSAHandle.open(name, .capture, rate: io.sampleRate, periodFrames: io.frameCount, periods: bufferPeriods)
    }
  }

  func run(until stopping: StopFlag, _ reporter: PeriodReporter) {
    var works = output != nil || input != nil
    // Fills the hardware's buffer with silence but for a period: the device would otherwise take the first periods all at
    // once, faster than the mixer makes them.
    for _ in 1..<bufferPeriods where output != nil {
      works = works && attempt(stopping) { () throws(MediaError) in try play(stopping) }
    }
    var earliest = DeviceClock.now()
    while !stopping.isSet {
      works =
        works
        && attempt(stopping) { () throws(MediaError) in
          if output != nil {
            var span = frame.mutableSpan
            io.takePlayback(into: &span)
            try play(stopping)
          }
          if input != nil { try capturePeriod(stopping, waits: output == nil) }
        }
      if stopping.isSet { return }
      reporter.periodPassed()
      // A PCM that takes sound faster than it can be heard (ALSA's null and file) would let the clock run away, so
      // periods come at most 0.2 % faster than every 20 ms, which no sound card's clock does, but for a buffer's worth
      // that was late. A device that failed has no clock but this.
      let now = DeviceClock.now()
      if works {
        let shortest = PeriodThread.period - PeriodThread.period / 512
        earliest = max(earliest + shortest, now - Int64(bufferPeriods) * PeriodThread.period)
      } else {
        earliest = max(earliest + PeriodThread.period, now - PeriodThread.period)
      }
      if earliest > now { DeviceClock.sleep(until: earliest) }
    }
  }

  /// Does something with the hardware; false when that failed, which is then reported.
  private func attempt(_ stopping: StopFlag, _ body: () throws(MediaError) -> Void) -> Bool {
    do throws(MediaError) {
      try body()
      return true
    } catch {
      if !stopping.isSet { io.fail(error) }
      return false
    }
  }

  /// Plays the frame, waiting for room.
  private func play(_ stopping: StopFlag) throws(MediaError) {
    guard let output else { return }
    var position = 0
    var idle = 0
    while position < io.frameCount, !stopping.isSet {
      let written = try frame.withUnsafeBufferPointer { (samples) throws(MediaError) in
        try output.write(UnsafeBufferPointer(rebasing: samples[position...])) { io.countRecovery() }
      }
      position += written
      if written == 0 { try wait(output, &idle) } else { idle = 0 }
    }
  }

  /// Captures what is there, or waits until it is a frame where capture leads.
  private func capturePeriod(_ stopping: StopFlag, waits: Bool) throws(MediaError) {
    guard let input else { return }
    var position = 0
    var idle = 0
    // A period's samples, and 0.2 % for a clock that runs faster than the loudspeaker's; what a late period left over
    // comes in later ones. Without a limit, a PCM that never runs dry (ALSA's file) would flood the ring.
    budget = min(budget + io.frameCount + io.frameCount / 512, io.frameCount * bufferPeriods)
    let limit = waits ? io.frameCount : budget
    while position < limit, !stopping.isSet {
      let wanted = min(io.frameCount, limit - position)
      let count = try captured.withUnsafeMutableBufferPointer { (samples) throws(MediaError) in
        try input.read(into: UnsafeMutableBufferPointer(rebasing: samples[..<wanted])) { io.countRecovery() }
      }
      if count > 0 {
        io.deliverCapture(captured.span.extracting(first: count))
        position += count
        budget -= count
        idle = 0
      } else if waits {
        try wait(input, &idle)
      } else {
        return
      }
    }
  }

  /// Waits for a device that is not ready; after a second of that it counts as failed.
  private func wait(_ handle: ALSAHandle, _ idle: inout Int) throws(MediaError) {
    if try handle.wait(milliseconds: 100) { return }
    idle += 1
    if idle >= 10 {
      throw MediaError(.deviceFailed, "the device moved no sound for a second", subject: handle.name)
    }
  }
}
