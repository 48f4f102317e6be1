import Glibc
import Synchronization
import Testing

@testable import Media

@Suite("Audio devices: a period every 20 ms")
struct AudioDeviceTests {
  /// Counts periods and lets a test wait for one.
  private final class Periods: Sendable {
    private let signal = PeriodSignal()
    func passed() { signal.post() }
    func wait(_ count: Int) { for _ in 0..<count { signal.wait() } }
  }

  @Test("the null device keeps time on a real clock, and stops")
  func nullDevice() throws {
    let device = NullDevice()
    let periods = Periods()
    let io = AudioDeviceIO(sampleRate: 8_000, onPeriod: { periods.passed() })
    let start = DeviceClock.now()
    try device.start(io)
    #expect(throws: MediaError(.wrongState, "")) { try device.start(io) }
    periods.wait(10)
    let elapsed = Double(DeviceClock.now() - start) / 1e6
    device.stop()
    device.stop()
    let count = io.periods
    // 200 ms; the upper bound is generous, for a busy machine.
    #expect(elapsed >= 199 && elapsed < 5_000 && count >= 10)
    #expect(io.periods == count)
    try device.start(io)
    periods.wait(1)
    device.stop()
  }

  @Test("a device may be stopped from its own period")
  func stopFromPeriod() throws {
    let device = NullDevice()
    let periods = Periods()
    try device.start(
      AudioDeviceIO(sampleRate: 8_000) {
        device.stop()
        periods.passed()
      })
    periods.wait(1)
  }

  @Test("the file device captures from a file and plays into one, paced")
  func fileDevice() throws {
    let directory = TemporaryDirectory()
    let sound = sine(440, amplitude: 10_000, rate: 16_000, count: 1_600)
    let writer = try WaveWriter(path: directory.file("in.wav"), sampleRate: 16_000)
    try writer.write(sound.span)
    try writer.finish()
    let device = FileDevice(input: directory.file("in.wav"), output: directory.file("out.wav"))
    let periods = Periods()
    let io = AudioDeviceIO(sampleRate: 16_000, onPeriod: { periods.passed() })
    let ramp = (0..<640).map { Int16($0) }
    _ = io.playback.write(ramp.span)
    try device.start(io)
    periods.wait(4)
    device.stop()
    var captured = [Int16](repeating: 0, count: 1_280)
    var span = captured.mutableSpan
    #expect(io.capture.read(into: &span) == 1_280 && captured == Array(sound[..<1_280]))
    let played = try samples(of: directory.file("out.wav"))
    #expect(played.starts(with: ramp) && played.count == io.periods * 320)
    #expect(io.playbackUnderruns == io.periods - 2)
    #expect(throws: MediaError(.cannotOpenFile, "")) {
      try FileDevice(input: "/nowhere.wav", output: nil).start(io)
    }
  }

  @Test("ALSA lists its devices with names for people, and refuses what is not there in a sentence")
  func enumeration() throws {
    let devices = try ALSADevice.available()
    print(
      "ALSA devices here: \(devices.isEmpty ? "none" : devices.map { "\($0.name) (\($0.title))" }.joined(separator: ", "))"
    )
    #expect(
      devices.allSatisfy {
        !$0.name.isEmpty && !$0.title.isEmpty && !$0.title.contains("\n") && ($0.isInput || $0.isOutput)
      })
    do throws(MediaError) {
      try ALSADevice(input: nil, output: "no_such_card").start(AudioDeviceIO(sampleRate: 16_000, onPeriod: {}))
      Issue.record("started a device that is not there")
    } catch {
      #expect(error.code == .deviceNotFound, "\(error.code)")
      #expect(error.description == "no_such_card: there is no such sound device for playback")
    }
    #expect(ALSADevice().name == "default" && ALSADevice(input: "a", output: "b").name == "a / b")
  }

  /// ALSA's own PCMs that write into a file and capture from one (two of them: a capturing `file` PCM also writes what it
  /// captured, over what was played). In a process of its own, because the configuration is found through the environment.
  @Test("ALSA: what is played reaches the PCM, what it captures arrives, and its clock does not run away")
  func fileThroughALSA() async {
    let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
      let directory = TemporaryDirectory()
      let configuration = """
        pcm.speaker { type file slave.pcm { type null } file "\(directory.file("out.raw"))" format "raw" }
        pcm.microphone { type file slave.pcm { type null } file "/dev/null" format "raw" \
        infile "\(directory.file("in.raw"))" }
        pcm.!default { type plug slave.pcm "speaker" }
        """
      setenv("ALSA_CONFIG_PATH", directory.write(Array(configuration.utf8), to: "asound.conf"), 1)
      let sound = sine(440, amplitude: 10_000, rate: 16_000, count: 48_000)
      _ = directory.write(sound.flatMap { WaveBytes.little(Int($0), 2) }, to: "in.raw")
      let engine = try AudioEngine(mixer: AudioMixer(sampleRate: 16_000))
      let generator = ToneGenerator(mixerRate: 16_000)
      generator.play([ToneSegment(1_000, for: .seconds(5))])
      engine.mixer.connect(try engine.mixer.add(generator), to: engine.devicePort)
      let listener = ScriptedPort()
      engine.mixer.connect(engine.devicePort, to: try engine.mixer.add(listener))
      let device = ALSADevice(input: "microphone")
      let periods = Periods()
      let start = DeviceClock.now()
      do throws(MediaError) {
        try engine.start(device, onPeriod: { periods.passed() })
      } catch {
        print("skipped, because no ALSA PCM opens here: \(error)")
        return
      }
      var heard: [Int16] = []
      for _ in 0..<25 {
        periods.wait(1)
        engine.tick()
        heard += listener.heard
      }
      // The null PCM under the file takes everything at once: without pacing, 25 periods would pass in no time.
      let elapsed = Double(DeviceClock.now() - start) / 1e6
      engine.stop()
      let raw = directory.read("out.raw")
      let played = stride(from: 0, to: raw.count - 1, by: 2).map {
        Int16(truncatingIfNeeded: UInt16(raw[$0]) | UInt16(raw[$0 + 1]) << 8)
      }
      let tone = GoertzelDetector(frequency: 1_000, sampleRate: 16_000)
      #expect(elapsed > 400 && elapsed < 5_000, "\(elapsed) ms")
      #expect(played.count >= 25 * 320, "\(played.count) samples played")
      let piece = Array(played.prefix(3_200).suffix(1_600))
      // Half of it, in case a busy machine left a hole.
      #expect(tone.amplitude(in: piece.span) > 5_000)
      let captured = GoertzelDetector(frequency: 440, sampleRate: 16_000).amplitude(in: heard.span)
      #expect(captured > 5_000)
      let noise = signalToNoise(heard[320..<3_200], frequency: 440, rate: 16_000)
      print("ALSA's file PCM: 25 periods in \(elapsed) ms, captured tone at \(noise) dB, \(engine.statistics)")
    }
    print(String(decoding: result?.standardOutputContent ?? [], as: UTF8.self))
  }
}
