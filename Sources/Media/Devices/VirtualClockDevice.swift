import Synchronization

/// A device whose clock is a program: each call of `period()` is 20 ms. For tests and for virtual networks.
///
/// It captures the samples that it was given, then silence, and keeps what it was told to play.
public final class VirtualClockDevice: AudioDevice {
  private struct State {
    var io: AudioDeviceIO?
    var source: [Int16] = []
    var position = 0
    var loops = false
    var played: [Int16] = []
    var frame: [Int16] = []
    var periods = 0
  }

  public let name: String
  private let playedLimit: Int
  private let state: Mutex<State>

  /// A stopped device.
  ///
  /// - Parameters:
  ///   - source: what its microphone hears, mono, at the rate that the device is started with.
  ///   - loops: whether that begins again at its end.
  ///   - playedLimit: how many played samples are kept, from the first; memory for half as many is not reserved ahead.
  public init(
    name: String = "virtual", capturing source: [Int16] = [], loops: Bool = false, playedLimit: Int = 48_000 * 600
  ) {
    self.name = name
    self.playedLimit = playedLimit
    var initial = State()
    initial.source = source
    initial.loops = loops
    state = Mutex(initial)
  }

  public func start(_ io: AudioDeviceIO) throws(MediaError) {
    try state.withLock { (state) throws(MediaError) in
      guard state.io == nil else { throw MediaError(.wrongState, "the device is running already", subject: name) }
      state.io = io
      state.frame = [Int16](repeating: 0, count: io.frameCount)
    }
  }

  public func stop() { state.withLock { $0.io = nil } }

  /// Whether it was started.
  public var isRunning: Bool { state.withLock { $0.io != nil } }

  /// What was played so far, mono, at the device's rate.
  public var played: [Int16] { state.withLock { $0.played } }

  /// How many periods passed while it ran.
  public var periodCount: Int { state.withLock { $0.periods } }

  /// Lets the microphone hear `samples` from the next period on, in place of what it heard before.
  public func setCapture(_ samples: [Int16], loops: Bool = false) {
    state.withLock { state in
      state.source = samples
      state.position = 0
      state.loops = loops
    }
  }

  /// Lets 20 ms pass: plays a frame, captures a frame, and calls the period's closure on this thread. A stopped device does
  /// nothing.
  public func period() {
    let io: AudioDeviceIO? = state.withLock { state in
      guard let io = state.io else { return nil }
      state.periods += 1
      var frame = state.frame.mutableSpan
      io.takePlayback(into: &frame)
      let room = max(0, playedLimit - state.played.count)
      for index in 0..<min(room, state.frame.count) { state.played.append(state.frame[index]) }
      for index in 0..<state.frame.count {
        if state.position == state.source.count, state.loops { state.position = 0 }
        if state.position < state.source.count {
          state.frame[index] = state.source[state.position]
          state.position += 1
        } else {
          state.frame[index] = 0
        }
      }
      io.deliverCapture(state.frame.span)
      return io
    }
    // Outside of the lock: the closure may stop the device.
    io?.finishPeriod()
  }
}
