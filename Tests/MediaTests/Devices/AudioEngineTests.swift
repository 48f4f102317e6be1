import Testing

@testable import Media

@Suite("AudioEngine: from the microphone through the mixer to the loudspeaker, with a bounded delay")
struct AudioEngineTests {
  /// An engine on a virtual clock, whose microphone is connected to its loudspeaker.
  private func makeLoop(_ sound: [Int16]) throws -> (engine: AudioEngine, device: VirtualClockDevice) {
    let engine = try AudioEngine(mixer: AudioMixer(sampleRate: 8_000))
    engine.mixer.connect(engine.devicePort, to: engine.devicePort)
    let device = VirtualClockDevice(capturing: sound)
    try engine.start(device, onPeriod: {})
    return (engine, device)
  }

  private func frames(_ count: Int) -> [Int16] { (0..<count).flatMap { [Int16](repeating: Int16($0 + 1), count: 160) } }

  @Test("a virtual device plays exactly one frame a period, one period after it was captured")
  func exactPeriods() throws {
    let (engine, device) = try makeLoop(frames(10))
    for _ in 0..<12 {
      device.period()
      engine.tick()
    }
    // The first frame was waiting; what was captured in a period is played in the one after next.
    #expect(device.played == [Int16](repeating: 0, count: 160) + frames(10) + [Int16](repeating: 0, count: 160))
    var expected = AudioEngineStatistics()
    expected.periods = 12
    expected.ticks = 12
    #expect(engine.statistics == expected && device.periodCount == 12)
  }

  @Test("a late executor is counted, made up for, and the delay comes back down")
  func lateTicks() throws {
    let (engine, device) = try makeLoop(frames(400))
    func delay() -> Int {
      device.period()
      engine.tick()
      // The frame number just captured, less that just played.
      return device.periodCount - Int(device.played.last ?? 0)
    }
    #expect((0..<5).map { _ in delay() } == [1, 1, 1, 1, 1])
    // The executor hangs for three periods and then handles all of them.
    for _ in 0..<3 { device.period() }
    for _ in 0..<3 { engine.tick() }
    var statistics = engine.statistics
    #expect(statistics.lateTicks == 2 && statistics.playbackUnderruns == 2 && statistics.ticks == 8)
    #expect(delay() == 3)
    // A second later a frame that was never needed is dropped, and another a second after that.
    for _ in 0..<150 { _ = delay() }
    #expect(delay() == 1)
    statistics = engine.statistics
    #expect(statistics.playbackDropped == 2 && statistics.captureUnderruns == 0 && statistics.captureDropped == 0)
  }

  @Test("a long hang does not leave a long delay")
  func longHang() throws {
    let (engine, device) = try makeLoop(frames(400))
    for _ in 0..<40 { device.period() }
    for _ in 0..<40 { engine.tick() }
    device.period()
    engine.tick()
    #expect(device.played.count == 41 * 160)
    let statistics = engine.statistics
    #expect(statistics.captureOverruns > 0 && statistics.playbackUnderruns == 39 && statistics.playbackDropped > 0)
    // No more than the two spare frames and the one that always waits.
    var waiting = 0
    for _ in 0..<10 {
      device.period()
      engine.tick()
      waiting = max(waiting, device.periodCount - Int(device.played.last ?? 0))
    }
    #expect(engine.statistics.captureUnderruns >= 0 && waiting > 0)
    for _ in 0..<300 {
      device.period()
      engine.tick()
    }
    #expect(device.periodCount - Int(device.played.last ?? 0) <= 2)
  }

  @Test("devices change while it runs, and periods of the one before do no harm")
  func change() throws {
    let (engine, first) = try makeLoop(frames(3))
    first.period()
    engine.tick()
    let second = VirtualClockDevice(capturing: frames(3))
    try engine.start(second, onPeriod: {})
    #expect(!first.isRunning && second.isRunning)
    first.period()
    engine.tick()
    #expect(second.played.isEmpty && engine.statistics.ticks == 0)
    for _ in 0..<4 {
      second.period()
      engine.tick()
    }
    #expect(second.played == [Int16](repeating: 0, count: 160) + frames(3))
    #expect(throws: MediaError(.wrongState, "")) { try second.start(AudioDeviceIO(sampleRate: 8_000, onPeriod: {})) }
    engine.stop()
    second.period()
    engine.tick()
    #expect(second.periodCount == 4 && engine.device == nil)
  }

  @Test("a period of the engine allocates nothing")
  func noAllocation() throws {
    let engine = try AudioEngine(mixer: AudioMixer(sampleRate: 8_000))
    engine.mixer.connect(engine.devicePort, to: engine.devicePort)
    let device = VirtualClockDevice(capturing: frames(3), loops: true, playedLimit: 0)
    try engine.start(device, onPeriod: {})
    let count = allocations {
      for _ in 0..<100 {
        device.period()
        engine.tick()
      }
    }
    #expect(count ?? 0 == 0 && engine.statistics.ticks % 100 == 0 && engine.statistics.ticks > 0)
  }
}
