import Media
import SIPParser
import SIPSimple
import SIPSimpleTesting
import Testing
import WireSupport

@Suite("What an audio stream offers: mute, DTMF, play and record")
struct AudioFeatureTests {
  @Test("a muted side sends silence, goes on being heard of, and can be unmuted")
  func mute() async throws {
    let network = VirtualNetwork(seed: 1)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      let call = try await pair.establish()
      await network.sleep(for: .seconds(1))
      await call.aliceStream.setMuted(true)
      #expect(await call.aliceStream.isMuted)
      let before = await call.aliceStream.statistics.packetsSent
      await network.sleep(for: .seconds(2))
      #expect(await call.aliceStream.statistics.packetsSent >= before + 99)
      #expect(Signal.peak(pair.bobDevice.played.suffix(8000)) < 20)
      #expect(Signal.dominant(pair.aliceDevice.played.suffix(8000), rate: Pair.rate) == 880)
      await call.aliceStream.setMuted(false)
      await network.sleep(for: .seconds(1))
      #expect(Signal.dominant(pair.bobDevice.played.suffix(8000), rate: Pair.rate) == 440)
      await pair.stop()
    }
  }

  @Test("every DTMF digit arrives once and in order, both ways at once, also at 5 % loss", arguments: [0, 0.05], 1...6)
  func digits(_ loss: Double, _ seed: UInt64) async throws {
    let network = VirtualNetwork(seed: seed)
    try await network.run {
      let pair = Pair(network) { $0.codecs = seed % 2 == 0 ? ["opus"] : ["PCMA"] }
      try await pair.start()
      network.setConditions(
        LinkConditions(delay: .milliseconds(20), jitter: .milliseconds(10), loss: loss), for: .media)
      let call = try await pair.establish()
      let (aliceLog, bobLog) = (EventLog(call.aliceStream, on: network), EventLog(call.bobStream, on: network))
      let (up, down) = ("0123456789*#ABCD", "D00D**11223344#9")
      for (first, second) in zip(up, down) {
        try await call.aliceStream.sendDTMF(first)
        try await call.bobStream.sendDTMF(second, for: .milliseconds(80))
        await network.sleep(for: .milliseconds(500))
      }
      await network.sleep(for: .seconds(2))
      #expect(bobLog.lines.filter { $0.hasPrefix("dtmf") } == up.map { "dtmf \($0)" })
      #expect(aliceLog.lines.filter { $0.hasPrefix("dtmf") } == down.map { "dtmf \($0)" })
      await pair.stop()
    }
  }

  @Test("digits that are typed faster than they are sent queue up; what is no digit is refused")
  func queue() async throws {
    let network = VirtualNetwork(seed: 7)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      let call = try await pair.establish()
      let log = EventLog(call.bobStream, on: network)
      for digit in "1234567890" { try await call.aliceStream.sendDTMF(digit) }
      let error = await #expect(throws: SIPSimpleError.self) { try await call.aliceStream.sendDTMF("x") }
      #expect(error?.message.contains("0-9") == true)
      await network.sleep(for: .seconds(5))
      #expect(log.lines.filter { $0.hasPrefix("dtmf") } == "1234567890".map { "dtmf \($0)" })
      await pair.stop()
    }
  }

  @Test("a file is played to the peer alone, as often as asked, and play() returns at its end")
  func play() async throws {
    let network = VirtualNetwork(seed: 8)
    let path = Signal.temporaryPath("play")
    defer { Signal.remove(path) }
    try Signal.writeWave(path, Signal.tone(1320, rate: 8000), rate: 8000)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      let call = try await pair.establish()
      let log = EventLog(call.aliceStream, on: network)
      await call.aliceStream.setMuted(false)
      let began = network.now
      try await call.aliceStream.play(path, loops: 2)
      let took = network.now - began
      #expect(took >= .seconds(2) && took < .milliseconds(2100))
      let heard = Signal.window(
        pair.bobDevice.played, from: began + .milliseconds(500), for: .milliseconds(300), rate: Pair.rate)
      #expect(Signal.amplitude(of: 1320, in: heard, rate: Pair.rate) > 6000)
      let own = Signal.window(pair.aliceDevice.played, from: began, for: .seconds(2), rate: Pair.rate)
      #expect(Signal.amplitude(of: 1320, in: own, rate: Pair.rate) < 50)
      await network.sleep(for: .seconds(1))
      #expect(Signal.amplitude(of: 1320, in: pair.bobDevice.played.suffix(8000), rate: Pair.rate) < 50)
      #expect(log.lines.filter { $0.hasPrefix("playback") } == ["playbackStarted", "playbackFinished"])
      let error = await #expect(throws: SIPSimpleError.self) { try await call.aliceStream.play("/nonexistent.wav") }
      #expect(error?.code == .media && error?.message.contains("/nonexistent.wav") == true)
      await pair.stop()
    }
  }

  @Test("playing ends with its task, and with the call")
  func playCancelled() async throws {
    let network = VirtualNetwork(seed: 9)
    let path = Signal.temporaryPath("loop")
    defer { Signal.remove(path) }
    try Signal.writeWave(path, Signal.tone(1320, rate: 8000), rate: 8000)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      let call = try await pair.establish()
      let playing = network.task { try await call.aliceStream.play(path, loops: 0) }
      await network.sleep(for: .seconds(5))
      playing.cancel()
      try await playing.value
      await network.sleep(for: .seconds(1))
      #expect(Signal.amplitude(of: 1320, in: pair.bobDevice.played.suffix(8000), rate: Pair.rate) < 50)
      let endless = network.task { try await call.aliceStream.play(path, loops: 0) }
      await network.sleep(for: .seconds(1))
      await call.bob.end()
      try await endless.value
      await pair.stop()
    }
  }

  @Test(
    "a recording holds what was asked for",
    arguments: [
      AudioStream.RecordingContent.received, .sent, .conversation, .stereo,
    ])
  func record(_ content: AudioStream.RecordingContent) async throws {
    let network = VirtualNetwork(seed: 10)
    let path = Signal.temporaryPath("record")
    defer { Signal.remove(path) }
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      let call = try await pair.establish()
      let log = EventLog(call.bobStream, on: network)
      await network.sleep(for: .seconds(1))
      try await call.bobStream.startRecording(to: path, content: content)
      #expect(await call.bobStream.recordingPath == path)
      await #expect(throws: SIPSimpleError.self) { try await call.bobStream.startRecording(to: path) }
      await network.sleep(for: .seconds(3))
      await call.bobStream.stopRecording()
      await network.sleep(for: .milliseconds(1))
      #expect(log.lines.filter { $0.hasPrefix("recording") } == ["recordingStarted", "recordingStopped"])
      await pair.stop()
    }
    let (samples, format) = try Signal.wave(path)
    #expect(format.sampleRate == Pair.rate && format.channelCount == (content == .stereo ? 2 : 1))
    #expect((47_000...48_400).contains(samples.count))
    let middle = samples.dropFirst(16_000).prefix(16_000)
    let (alice, bob) = (
      Signal.amplitude(of: 440, in: middle, rate: Pair.rate), Signal.amplitude(of: 880, in: middle, rate: Pair.rate)
    )
    switch content {
    case .received: #expect(alice > 7000 && bob < 50)
    case .sent: #expect(alice < 50 && bob > 7000)
    case .conversation: #expect(alice > 7000 && bob > 7000)
    case .stereo:
      #expect(alice > 3500 && bob > 3500)  // the reader averages the channels
      let (left, right) = try Signal.channels(path)
      #expect(Signal.amplitude(of: 880, in: left.dropFirst(16_000).prefix(16_000), rate: Pair.rate) > 7000)
      #expect(Signal.amplitude(of: 440, in: left.dropFirst(16_000).prefix(16_000), rate: Pair.rate) < 50)
      #expect(Signal.amplitude(of: 440, in: right.dropFirst(16_000).prefix(16_000), rate: Pair.rate) > 7000)
      #expect(Signal.amplitude(of: 880, in: right.dropFirst(16_000).prefix(16_000), rate: Pair.rate) < 50)
    }
  }

  @Test("a recording that the end of the call interrupts is complete, with the file that was played to us in it")
  func recordUntilTheEnd() async throws {
    let network = VirtualNetwork(seed: 11)
    let (source, path) = (Signal.temporaryPath("source"), Signal.temporaryPath("target"))
    defer {
      Signal.remove(source)
      Signal.remove(path)
    }
    try Signal.writeWave(source, Signal.tone(1320, rate: 16_000), rate: 16_000)
    try await network.run {
      let pair = Pair(network) { $0.codecs = ["opus"] }
      try await pair.start()
      let call = try await pair.establish()
      await network.sleep(for: .seconds(1))
      try await call.bobStream.startRecording(to: path, content: .received)
      try await call.aliceStream.play(source)
      await network.sleep(for: .milliseconds(500))
      await call.alice.end()
      await pair.stop()
    }
    let (samples, _) = try Signal.wave(path)
    #expect(samples.count >= 23_000)
    #expect(Signal.amplitude(of: 1320, in: samples.dropFirst(6_000).prefix(8_000), rate: 16_000) > 6000)
    #expect(Signal.amplitude(of: 1320, in: samples.suffix(4_000), rate: 16_000) < 100)
  }

  @Test("a peer that goes silent on the wire is reported, and its return too")
  func mediaTimeout() async throws {
    let network = VirtualNetwork(seed: 12)
    try await network.run {
      let pair = Pair(network) { $0.mediaTimeout = .seconds(5) }
      try await pair.start()
      let call = try await pair.establish()
      let log = EventLog(call.aliceStream, on: network)
      await network.sleep(for: .seconds(2))
      network.setConditions(LinkConditions(loss: 1), for: .media)
      await network.sleep(for: .seconds(8))
      network.setConditions(.perfect, for: .media)
      await network.sleep(for: .seconds(2))
      #expect(log.lines.filter { $0.hasPrefix("media") } == ["mediaTimeout in mid-call", "mediaResumed"])
      await pair.stop()
    }
  }
}
