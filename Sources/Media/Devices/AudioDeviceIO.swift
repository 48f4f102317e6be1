import Synchronization

/// What joins a running device's thread to the mixer's executor: two rings, the period signal, and counters.
///
/// One is made for each start of a device. The device's side is `takePlayback`, `deliverCapture`, `finishPeriod` and
/// `fail`, called on the device's thread only; the rings' other ends belong to the ``AudioEngine``.
public final class AudioDeviceIO: Sendable {
  /// The rate in Hz that both directions run at.
  public let sampleRate: Int
  /// Samples in a period: 20 ms.
  public let frameCount: Int
  /// What the device captured: the device writes, the engine reads.
  public let capture: SampleRing
  /// What the device is to play: the engine writes, the device reads.
  public let playback: SampleRing

  private let onPeriod: @Sendable () -> Void
  private let onFailure: @Sendable (MediaError) -> Void
  private let finishedPeriods = Atomic<Int>(0)
  private let underruns = Atomic<Int>(0)
  private let overruns = Atomic<Int>(0)
  private let recoveries = Atomic<Int>(0)
  private let late = Atomic<Int>(0)

  /// - Parameters:
  ///   - sampleRate: the rate in Hz, a multiple of 50.
  ///   - onPeriod: called once a period on the device's thread, after the rings moved. It hops to the executor that the
  ///     engine is confined to and calls `AudioEngine.tick()` there.
  ///   - onFailure: called on the device's thread when the device failed while it ran. The device keeps the period going
  ///     in silence, so that calls go on, until it is stopped.
  public init(
    sampleRate: Int, onPeriod: @escaping @Sendable () -> Void,
    onFailure: @escaping @Sendable (MediaError) -> Void = { _ in }
  ) {
    self.sampleRate = sampleRate
    self.frameCount = sampleRate / 50
    // 160 ms: more than the engine lets wait, so that a full ring means that nobody ticks.
    capture = SampleRing(capacity: frameCount * 8)
    playback = SampleRing(capacity: frameCount * 8)
    self.onPeriod = onPeriod
    self.onFailure = onFailure
  }

  // MARK: The device's side

  /// Takes the next frame to play; what the engine did not deliver in time is silence, and counted once a frame.
  public func takePlayback(into frame: inout MutableSpan<Int16>) {
    let count = playback.read(into: &frame)
    guard count < frame.count else { return }
    for index in count..<frame.count { frame[index] = 0 }
    underruns.wrappingAdd(1, ordering: .relaxed)
  }

  /// Hands over captured samples, usually a frame; what has no room is lost, and counted.
  public func deliverCapture(_ samples: Span<Int16>) {
    if capture.write(samples) < samples.count { overruns.wrappingAdd(1, ordering: .relaxed) }
  }

  /// Tells the engine that a period is over.
  public func finishPeriod() {
    finishedPeriods.wrappingAdd(1, ordering: .releasing)
    onPeriod()
  }

  /// Tells that the device failed.
  public func fail(_ error: MediaError) { onFailure(error) }

  /// Counts an under- or overrun in the hardware that the device recovered from.
  public func countRecovery() { recoveries.wrappingAdd(1, ordering: .relaxed) }

  /// Counts a period that began more than half a period after its time.
  public func countLatePeriod() { late.wrappingAdd(1, ordering: .relaxed) }

  // MARK: Counters, for any thread

  /// Periods since the start.
  public var periods: Int { finishedPeriods.load(ordering: .acquiring) }
  /// Frames that the device played as silence, in full or in part, because the engine was late.
  public var playbackUnderruns: Int { underruns.load(ordering: .relaxed) }
  /// Deliveries that did not fit, because the engine did not take them.
  public var captureOverruns: Int { overruns.load(ordering: .relaxed) }
  /// Under- and overruns of the hardware.
  public var hardwareRecoveries: Int { recoveries.load(ordering: .relaxed) }
  /// Periods that the device's thread began late.
  public var latePeriods: Int { late.load(ordering: .relaxed) }
}
