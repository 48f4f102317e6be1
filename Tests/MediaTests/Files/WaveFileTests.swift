import Glibc
import Testing
import WireSupport

@testable import Media

@Suite("WAV files: written, read, played, recorded")
struct WaveFileTests {
  private let directory = TemporaryDirectory()

  @Test("what is written is read again", arguments: [8_000, 16_000, 44_100, 48_000])
  func roundTrip(rate: Int) throws {
    let path = directory.file("a.wav")
    var ids = IDSource.seeded(3)
    let sound = (0..<rate * 2 + 7).map { _ in Int16(truncatingIfNeeded: Int(ids.next() & 0xffff)) }
    let writer = try WaveWriter(path: path, sampleRate: rate)
    try writer.write(sound.span.extracting(0..<1_000))
    try writer.write(sound.span.extracting(1_000..<sound.count))
    try writer.finish()
    try writer.finish()
    let reader = try WaveReader(path: path)
    #expect(reader.format == WaveFormat(encoding: .pcm16, sampleRate: rate, channelCount: 1))
    #expect(reader.sampleCount == sound.count && reader.duration == .milliseconds(sound.count * 1_000 / rate))
    #expect(try samples(of: path) == sound)
    #expect(throws: MediaError(.wrongState, "")) { try writer.write(sound.span) }
  }

  @Test("a file longer than what is kept in memory is read in pieces, and again after a rewind")
  func streaming() throws {
    let path = directory.file("long.wav")
    let count = WaveReader.memoryLimit / 2 * 3 + 11
    let writer = try WaveWriter(path: path, sampleRate: 48_000)
    let sound = (0..<count).map { Int16(truncatingIfNeeded: $0 &* 31) }
    try writer.write(sound.span)
    try writer.finish()
    let reader = try WaveReader(path: path)
    for _ in 0..<2 {
      var result: [Int16] = []
      var piece = [Int16](repeating: 0, count: 997)
      while !reader.isAtEnd {
        var span = piece.mutableSpan
        result += piece[..<(try reader.read(into: &span))]
      }
      #expect(result == sound)
      reader.rewind()
    }
    // A file that shrinks under the reader ends early, and is no error.
    truncate(path, 300_000)
    var total = 0
    var piece = [Int16](repeating: 0, count: 4_096)
    while !reader.isAtEnd {
      var span = piece.mutableSpan
      total += try reader.read(into: &span)
    }
    #expect(total < count)
  }

  @Test("stereo is averaged, and A-law and µ-law are decoded")
  func otherFormats() throws {
    let stereo = [(1_000, 3_000), (-32_768, -32_768), (32_767, 32_767), (-1, 0)]
    let bytes = stereo.flatMap { WaveBytes.little($0.0, 2) + WaveBytes.little($0.1, 2) }
    #expect(
      try samples(of: directory.write(WaveBytes(channels: 2, sound: bytes).bytes, to: "s")) == [
        2_000, -32_768, 32_767, -1,
      ])
    let aLaw = try samples(
      of: directory.write(WaveBytes(tag: 6, rate: 8_000, bits: 8, sound: [0xd5, 0x55, 0xaa, 0x2a]).bytes, to: "a"))
    #expect(aLaw == [8, -8, 32_256, -32_256])
    let muLaw = try samples(
      of: directory.write(WaveBytes(tag: 7, rate: 8_000, bits: 8, sound: [0xff, 0x7f, 0x80, 0x00]).bytes, to: "u"))
    #expect(muLaw == [0, 0, 32_124, -32_124])
  }

  @Test("files that cannot be opened say so")
  func cannotOpen() throws {
    let missing = directory.file("missing.wav")
    do throws(MediaError) {
      _ = try WaveReader(path: missing)
      Issue.record("opened a file that is not there")
    } catch {
      #expect(
        error.code == .cannotOpenFile
          && error.description == "\(missing): cannot open the file: No such file or directory")
    }
    #expect(throws: MediaError(.cannotOpenFile, "")) { try WaveReader(path: directory.path) }
    let fifo = directory.file("fifo")
    mkfifo(fifo, 0o600)
    #expect(throws: MediaError(.cannotOpenFile, "")) { try WaveReader(path: fifo) }
    #expect(throws: MediaError(.cannotOpenFile, "")) { try WaveWriter(path: "/nowhere/a.wav", sampleRate: 8_000) }
    #expect(throws: MediaError(.invalidArgument, "")) {
      try WaveWriter(path: missing, sampleRate: 8_000, channelCount: 3)
    }
    #expect(throws: MediaError(.fileInputOutput, "")) {
      _ = try WaveWriter(path: "/dev/full", sampleRate: 8_000)
    }
  }

  // MARK: Recorder

  @Test("a recording is a valid file at every moment, and at most a third of a second behind")
  func validAtAnyMoment() throws {
    let path = directory.file("r.wav")
    let mixer = try AudioMixer(sampleRate: 48_000)
    let speaker = ScriptedPort()
    let recorder = try WaveRecorder(path: path, mixerRate: 48_000)
    let mouth = try mixer.add(speaker)
    let ear = try mixer.add(recorder.ports[0])
    mixer.connect(mouth, to: ear)
    var recorded: [Int16] = []
    for tick in 0..<120 {
      let frame = (0..<960).map { Int16(truncatingIfNeeded: tick &* 960 &+ $0) }
      speaker.voice = frame
      mixer.tick()
      recorded += frame
      // What a program that reads the file now, or after a crash, would find.
      let found = try samples(of: path)
      #expect(recorded.starts(with: found) && recorded.count - found.count <= 16_384)
    }
    try recorder.finish()
    #expect(try samples(of: path) == recorded && recorder.duration == .milliseconds(2_400))
    let bytes = directory.read("r.wav")
    #expect(Array(bytes[4..<8]) == WaveBytes.little(bytes.count - 8, 4))
    #expect(Array(bytes[40..<44]) == WaveBytes.little(recorded.count * 2, 4))
    mixer.tick()
    #expect(try samples(of: path) == recorded)
  }

  /// Lets a port hear 160 samples of `value`.
  private func hear(_ port: any AudioPort, _ value: Int16) {
    let frame = [Int16](repeating: value, count: 160)
    port.consume(frame.span)
  }

  @Test("a recorder that is let go leaves a whole file")
  func released() throws {
    let path = directory.file("gone.wav")
    var recorder: WaveRecorder? = try WaveRecorder(path: path, mixerRate: 8_000)
    if let port = recorder?.ports[0] { hear(port, 9) }
    recorder = nil
    #expect(try samples(of: path) == [Int16](repeating: 9, count: 160))
  }

  @Test("a stereo recorder keeps its two sides apart, and in step when one is missing")
  func stereoRecorder() throws {
    let path = directory.file("s.wav")
    let recorder = try WaveRecorder(path: path, mixerRate: 8_000, layout: .stereo)
    let left = recorder.ports[0]
    let right = recorder.ports[1]
    hear(left, 1)
    hear(right, 2)
    hear(right, 4)
    hear(left, 3)
    hear(left, 5)
    hear(left, 6)
    recorder.pause()
    hear(left, 99)
    recorder.resume()
    hear(right, 7)
    try recorder.finish()
    let sound = Array(directory.read("s.wav")[44...])
    let expected: [(Int16, Int16)] = [(1, 2), (3, 4), (5, 0), (6, 7)]
    #expect(sound == expected.flatMap { pair in (0..<160).flatMap { _ in [UInt8(pair.0), 0, UInt8(pair.1), 0] } })
    #expect(try WaveReader(path: path).format.channelCount == 2)
  }

  @Test("a full disk ends the recording and is told")
  func fullDisk() throws {
    // The header's write fails at once on /dev/full, so the recorder is never made.
    #expect(throws: MediaError(.fileInputOutput, "")) { try WaveRecorder(path: "/dev/full", mixerRate: 8_000) }
  }

  @Test("recording and playing allocate nothing")
  func noAllocation() throws {
    let path = directory.file("n.wav")
    let recorder = try WaveRecorder(path: path, mixerRate: 16_000)
    let port = recorder.ports[0]
    let frame = [Int16](repeating: 1, count: 320)
    let recording = allocations { for _ in 0..<500 { port.consume(frame.span) } }
    #expect(recording ?? 0 == 0)
    try recorder.finish()
    let player = try WavePlayer(path: path, mixerRate: 48_000, loopCount: 0)
    var output = [Int16](repeating: 0, count: 960)
    let playing = allocations {
      for _ in 0..<1_500 {
        var span = output.mutableSpan
        _ = player.produce(into: &span)
      }
    }
    #expect(playing ?? 0 == 0)
  }

  // MARK: Player

  /// Plays until the player is finished, or `limit` frames; silence where it says nothing.
  private func play(_ player: WavePlayer, frameCount: Int, limit: Int = 1_000) -> (sound: [Int16], spoke: [Bool]) {
    var sound: [Int16] = []
    var spoke: [Bool] = []
    var frame = [Int16](repeating: 0, count: frameCount)
    while player.state != .finished, spoke.count < limit {
      var span = frame.mutableSpan
      spoke.append(player.produce(into: &span))
      sound += spoke[spoke.count - 1] ? frame : [Int16](repeating: 0, count: frameCount)
    }
    return (sound, spoke)
  }

  private func makeFile(_ sound: [Int16], rate: Int) throws -> String {
    let path = directory.file("p.wav")
    let writer = try WaveWriter(path: path, sampleRate: rate)
    try writer.write(sound.span)
    try writer.finish()
    return path
  }

  @Test("a player waits, plays so many times with pauses between, and says when it begins and ends")
  func playing() throws {
    let path = try makeFile((1...400).map { Int16($0) }, rate: 8_000)
    let player = try WavePlayer(
      path: path, mixerRate: 8_000, loopCount: 2, pause: .milliseconds(40), initialDelay: .milliseconds(60))
    var events: [String] = []
    player.onStarted = { events.append("started at \(player.tickCount)") }
    player.onFinished = { events.append("finished") }
    #expect(player.state == .waiting)
    let (sound, spoke) = play(player, frameCount: 160)
    #expect(spoke == [false, false, false, true, true, true, false, false, true, true, true])
    let once = (1...400).map { Int16($0) } + [Int16](repeating: 0, count: 80)
    #expect(sound == [Int16](repeating: 0, count: 480) + once + [Int16](repeating: 0, count: 320) + once)
    #expect(player.firstSampleTick == 3 && player.playsFinished == 2 && events == ["started at 3", "finished"])
    player.restart()
    #expect(play(player, frameCount: 160).spoke.count { $0 } == 6)
  }

  @Test("a loop without a pause has no gap")
  func seamlessLoop() throws {
    let path = try makeFile((1...100).map { Int16($0) }, rate: 16_000)
    let player = try WavePlayer(path: path, mixerRate: 16_000, loopCount: 0)
    let sound = play(player, frameCount: 320, limit: 50).sound
    #expect(sound == (0..<16_000).map { Int16($0 % 100 + 1) })
  }

  @Test("pause, resume, stop, volume")
  func control() throws {
    let path = try makeFile([Int16](repeating: 1_000, count: 1_600), rate: 8_000)
    let player = try WavePlayer(path: path, mixerRate: 8_000, volume: 150)
    var finished = 0
    player.onFinished = { finished += 1 }
    var frame = [Int16](repeating: 0, count: 160)
    func tick() -> Bool {
      var span = frame.mutableSpan
      return player.produce(into: &span)
    }
    #expect(tick() && frame.allSatisfy { $0 == 1_500 })
    player.pause()
    #expect(!tick() && player.state == .paused)
    player.resume()
    #expect(tick() && player.state == .playing)
    player.stop()
    player.stop()
    #expect(!tick() && finished == 1 && player.state == .finished)
  }

  @Test(
    "a player at another rate plays the whole file, and its tone stays pure",
    arguments: [8_000, 11_025, 22_050, 44_100, 48_000])
  func resampled(rate: Int) throws {
    let path = try makeFile(sine(500, amplitude: 12_000, rate: rate, count: rate), rate: rate)
    let player = try WavePlayer(path: path, mixerRate: 16_000)
    let sound = play(player, frameCount: 320).sound
    #expect(abs((sound.lastIndex { abs(Int($0)) > 200 } ?? 0) - 16_000) < 400)
    #expect(signalToNoise(sound[2_000..<14_000], frequency: 500, rate: 16_000) > 60)
  }

  @Test("a player may be removed by its own end, and an empty file in a loop ends")
  func endings() throws {
    let mixer = try AudioMixer(sampleRate: 8_000)
    let player = try WavePlayer(path: makeFile([1, 2, 3], rate: 8_000), mixerRate: 8_000)
    let id = try mixer.add(player)
    player.onFinished = { mixer.remove(id) }
    mixer.tick()
    #expect(!mixer.contains(id))
    let empty = try WavePlayer(path: makeFile([], rate: 8_000), mixerRate: 8_000, loopCount: 0)
    #expect(play(empty, frameCount: 160).spoke == [false])
    let tiny = try WavePlayer(path: makeFile([7], rate: 192_000), mixerRate: 8_000, loopCount: 0)
    #expect(play(tiny, frameCount: 160, limit: 20).spoke.count == 20)
  }
}
