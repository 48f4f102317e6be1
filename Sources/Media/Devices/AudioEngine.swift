/// What happened between a device and the mixer since the device was started; frames are 20 ms.
public struct AudioEngineStatistics: Hashable, Sendable {
  /// Periods that the device reported.
  public var periods = 0
  /// Ticks of the mixer.
  public var ticks = 0
  /// Ticks that ran after the next period had already passed.
  public var lateTicks = 0
  /// Periods that the device's own thread began more than half a period late.
  public var latePeriods = 0
  /// Ticks in which the microphone's frame was not there, and silence took its place.
  public var captureUnderruns = 0
  /// Deliveries by the device that were lost because nobody took the ones before.
  public var captureOverruns = 0
  /// Captured frames dropped to bring the delay back down.
  public var captureDropped = 0
  /// Frames that the device played as silence because the mixer was late.
  public var playbackUnderruns = 0
  /// Frames for the loudspeaker dropped to bring the delay back down.
  public var playbackDropped = 0
  /// Under- and overruns of the hardware that the device recovered from.
  public var hardwareRecoveries = 0

  /// All zero.
  public init() {}
}

/// Drives a mixer from a device's clock, and is the device's port in that mixer.
///
/// The device reports a period on its own thread; whoever made the engine hops to the engine's executor and calls `tick()`
/// there, once per period. A tick moves a frame from the capture ring through the mixer into the playback ring.
///
/// Delay stays bounded. One frame waits in the playback ring so that the device always finds one. When the executor was
/// late, frames pile up: where a second passes in which one was always to spare, one is dropped; beyond two they are
/// dropped at once. All of it is counted.
///
/// An engine is confined to one executor, as its mixer is.
public final class AudioEngine {
  /// The mixer.
  public let mixer: AudioMixer
  /// The device's port: it says what the microphone hears, and hears what the loudspeaker plays. It is not connected to
  /// anything at first, and stays when the device is changed.
  public let devicePort: AudioPortID
  /// The running device.
  public private(set) var device: (any AudioDevice)?

  private let port: DevicePort
  private var processed = 0
  private var late = 0

  /// An engine without a device.
  ///
  /// - Throws: what `AudioMixer.add(_:)` throws.
  public init(mixer: AudioMixer) throws(MediaError) {
    self.mixer = mixer
    port = DevicePort(frameCount: mixer.frameCount)
    devicePort = try mixer.add(port)
  }

  /// Starts `device` in place of the one before; counters begin anew.
  ///
  /// - Parameters:
  ///   - device: a stopped device.
  ///   - onPeriod: called on the device's thread once per 20 ms; must lead to one `tick()` on the engine's executor.
  ///   - onFailure: called on the device's thread when the device failed; the periods go on, in silence.
  /// - Throws: what `AudioDevice.start(_:)` throws. The device before is stopped then, and the engine has none.
  public func start(
    _ device: any AudioDevice, onPeriod: @escaping @Sendable () -> Void,
    onFailure: @escaping @Sendable (MediaError) -> Void = { _ in }
  ) throws(MediaError) {
    stop()
    let io = AudioDeviceIO(sampleRate: mixer.sampleRate, onPeriod: onPeriod, onFailure: onFailure)
    port.attach(io, captures: device.capturesSound, plays: device.playsSound)
    processed = 0
    late = 0
    do throws(MediaError) {
      try device.start(io)
    } catch {
      port.detach()
      throw error
    }
    self.device = device
  }

  /// Stops the device; the mixer then stands still until another is started. May wait for the device's thread, 20 ms.
  public func stop() {
    device?.stop()
    device = nil
    port.detach()
  }

  /// Handles one period: microphone, mixer, loudspeaker. Allocates nothing. Without a device it does nothing, so a period
  /// that was under way when the device stopped is harmless.
  public func tick() {
    guard let io = port.io else { return }
    processed &+= 1
    // Periods of a device that was replaced may still arrive; they do not run the new one ahead of its clock.
    guard processed <= io.periods else {
      processed = io.periods
      return
    }
    if io.periods &- processed > 0 { late += 1 }
    port.pending = io.periods &- processed
    mixer.tick()
  }

  /// Counters since the device was started; they stay when it is stopped.
  public var statistics: AudioEngineStatistics {
    var result = port.statistics
    result.ticks = processed
    result.lateTicks = late
    return result
  }
}

/// The mixer's face of the device: the engine's ends of the rings, and what keeps their levels bounded.
private final class DevicePort: AudioPort {
  /// Ticks in which a spare frame must have been there all the time before it is dropped: one second.
  static let window = 50
  /// Spare frames that are never tolerated.
  static let limit = 2

  private(set) var io: AudioDeviceIO?
  private var counters = AudioEngineStatistics()
  /// Periods that the device finished and no tick has handled yet.
  var pending = 0
  private let frameCount: Int
  private var captures = false
  private var plays = false
  private var captureSpare = RingSurplus()
  private var playbackSpare = RingSurplus()

  init(frameCount: Int) { self.frameCount = frameCount }

  func attach(_ io: AudioDeviceIO, captures: Bool, plays: Bool) {
    self.io = io
    self.captures = captures
    self.plays = plays
    counters = AudioEngineStatistics()
    captureSpare = RingSurplus()
    playbackSpare = RingSurplus()
    pending = 0
    // The frame that waits for the first period.
    if plays { _ = io.playback.write([Int16](repeating: 0, count: frameCount).span) }
  }

  func detach() {
    counters = statistics
    io = nil
  }

  /// What was counted on both sides of the rings.
  var statistics: AudioEngineStatistics {
    var result = counters
    if let io {
      result.periods = io.periods
      result.latePeriods = io.latePeriods
      result.captureOverruns = io.captureOverruns
      result.playbackUnderruns = io.playbackUnderruns
      result.hardwareRecoveries = io.hardwareRecoveries
    }
    return result
  }

  func produce(into frame: inout MutableSpan<Int16>) -> Bool {
    guard let io, captures else { return false }
    guard io.capture.count >= frameCount else {
      // What there is stays for the next tick: half a frame followed by silence would click twice.
      counters.captureUnderruns += 1
      return false
    }
    _ = io.capture.read(into: &frame)
    // Frames of periods that are still to be handled are not to spare.
    let spare = io.capture.count / frameCount - pending
    if captureSpare.shouldDrop(spare) {
      _ = io.capture.discard(frameCount)
      counters.captureDropped += 1
    }
    return true
  }

  func consume(_ frame: Span<Int16>) {
    guard let io, plays else { return }
    // Before this frame is added, nothing need be there: the device just took what waited.
    if playbackSpare.shouldDrop(io.playback.count / frameCount) {
      counters.playbackDropped += 1
    } else {
      _ = io.playback.write(frame)
    }
  }
}

/// Decides when a ring holds a frame that it does not need.
private struct RingSurplus {
  private var ticks = 0
  private var least = Int.max

  /// Told how many frames are to spare in this tick; true when one is to be dropped.
  mutating func shouldDrop(_ spare: Int) -> Bool {
    if spare > DevicePort.limit { return true }
    least = min(least, spare)
    ticks += 1
    guard ticks >= DevicePort.window else { return false }
    let drops = least >= 1
    ticks = 0
    least = .max
    return drops
  }
}
