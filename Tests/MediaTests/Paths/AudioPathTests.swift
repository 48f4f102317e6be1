import Testing
import WireSupport

@testable import Media

@Suite("A call's audio from one mixer to another")
struct AudioPathTests {
  @Test(arguments: [AudioCodec.opus, .pcmu, .pcma], [48_000, 16_000, 8_000])
  func aToneArrives(codec: AudioCodec, rate: Int) throws {
    let call = try CallSimulation(codec, rate: rate)
    call.run(Synthetic.tone(440, seconds: 2, rate: rate))
    let end = call.heard[(call.heard.count / 2)...]
    #expect(abs(Synthetic.amplitude(of: 440, in: end, rate: rate) - 8_000) < 400)
    #expect(abs(Synthetic.rms(end) - 8_000 / 2.0.squareRoot()) < 300)
    #expect(call.receive.statistics.concealedMilliseconds == 0)
    #expect(abs(call.receive.level.rms - call.send.level.rms) < 1)
    #expect((-16.0...(-14.0)).contains(call.send.level.rms))
  }

  @Test(arguments: [AudioCodec.opus, .pcmu])
  func mouthToEarStaysUnder60Milliseconds(codec: AudioCodec) throws {
    for phase in [1.0, 5, 10, 19] {
      let speech = Synthetic.speech(seconds: 4, rate: 48_000, seed: 2)
      let call = try CallSimulation(codec)
      call.wire.delay = { _ in 0.2 }
      call.run(speech, phase: phase)
      let delay = try #require(SpeechAlignment.delay(of: speech, in: call.heard, rate: 48_000))
      // In this measure the sender's frame is there as a whole at its tick: without its 20 ms.
      #expect(delay.milliseconds < 40)
      #expect(delay.confidence > 0.85)
      #expect(call.receive.statistics.expandedMilliseconds + call.receive.statistics.compressedMilliseconds < 45)
      #expect(call.send.delay < 30)
    }
  }

  @Test(arguments: [10, 20, 30, 40, 60])
  func everyPacketDuration(duration: Int) throws {
    let call = try CallSimulation(.pcma, settings: AudioCodecSettings(frameDuration: duration))
    #expect(call.send.frameDuration == duration)
    call.run(Synthetic.tone(440, seconds: 4, rate: 48_000))
    #expect(call.receive.statistics.concealedMilliseconds == 0)
    #expect(call.receive.statistics.underruns == 0)
    let end = call.heard[(call.heard.count / 2)...]
    #expect(abs(Synthetic.amplitude(of: 440, in: end, rate: 48_000) - 8_000) < 500)
    #expect(call.wire.sent.allSatisfy { $0.duration == duration * 8 })
  }

  /// RFC 3550 §5.1, RFC 3551 §4.1: timestamps count samples sent or not; the marker is the first after silence.
  @Test func timestampsRunOnThroughHold() throws {
    let call = try CallSimulation(.pcmu)
    let tone = Synthetic.tone(440, seconds: 3, rate: 48_000)
    call.run(tone) { tick in call.send.isSending = !(50..<100).contains(tick) }
    let sent = call.wire.sent
    #expect(sent.count == 100)
    #expect(sent.filter(\.marker).count == 2)
    #expect(sent[0].marker && sent[50].marker)
    #expect(sent[0].timestamp == 0xFFFF_F000)
    #expect(sent[50].timestamp == UInt32(0xFFFF_F000) &+ 100 * 160)
    #expect(call.receive.statistics.recentLoss == 0)
    // After the sound has faded there is nothing to hear.
    #expect(call.soundingTicks < 125)
  }

  @Test func mutedSendsSilenceAndGoesOn() throws {
    let call = try CallSimulation(.pcmu)
    call.run(Synthetic.tone(440, seconds: 2, rate: 48_000)) { tick in call.send.isMuted = tick >= 50 }
    #expect(call.wire.sent.count == 100)
    #expect(call.wire.sent.filter(\.marker).count == 1)
    #expect(Synthetic.rms(call.heard[(call.heard.count - 24_000)...]) < 20)
    #expect(call.send.level.rms < -90)
  }

  @Test func onHoldNothingIsHeardAndAfterItAllIs() throws {
    let call = try CallSimulation(.opus)
    call.run(Synthetic.tone(440, seconds: 3, rate: 48_000)) { tick in
      call.receive.isEnabled = !(50..<100).contains(tick)
    }
    #expect(Synthetic.rms(call.heard[48_000..<96_000]) == 0)
    #expect(Synthetic.amplitude(of: 440, in: call.heard[110_000...], rate: 48_000) > 7_000)
  }

  @Test func theCodecChangesWithinACall() throws {
    let formats = [
      AudioStreamFormat(payloadType: 96, codec: .opus), AudioStreamFormat(payloadType: 0, codec: .pcmu),
      AudioStreamFormat(payloadType: 8, codec: .pcma),
    ]
    let call = try CallSimulation(.opus, formats: formats)
    try call.run(Synthetic.tone(440, seconds: 4, rate: 48_000)) { tick in
      if tick == 50 { try call.send.setFormat(formats[1]) }
      if tick == 100 { try call.send.setFormat(formats[2]) }
      if tick == 150 { try call.send.setFormat(formats[0]) }
    }
    for start in [0.5, 1.4, 2.4, 3.4] {
      let stretch = call.heard[Int(start * 48_000)..<Int((start + 0.4) * 48_000)]
      #expect(abs(Synthetic.amplitude(of: 440, in: stretch, rate: 48_000) - 8_000) < 1_000)
    }
    #expect(call.receive.format.codec.name == "opus")
    #expect(call.receive.decodingFailures == 0)
  }

  @Test func newFormatsKeepWhatPlays() throws {
    let call = try CallSimulation(.pcmu)
    let pcmu = AudioStreamFormat(payloadType: 0, codec: .pcmu)
    try call.run(Synthetic.tone(440, seconds: 2, rate: 48_000)) { tick in
      if tick == 50 { try call.receive.setFormats([pcmu, AudioStreamFormat(payloadType: 8, codec: .pcma)]) }
    }
    #expect(call.receive.statistics.concealedMilliseconds == 0)
    #expect(call.receive.statistics.restarts == 0)
    #expect(throws: MediaError.self) { try call.receive.setFormats([]) }
    try call.receive.setFormats([AudioStreamFormat(payloadType: 96, codec: .opus)])
    #expect(call.receive.format.payloadType == 96)
  }

  /// 5 % random loss and 40 ms of jitter: FEC restores most of what is lost, and all of it is counted.
  @Test func lossAndJitterAreBorneAndCounted() throws {
    var results: [Bool: (confidence: Double, concealed: Double)] = [:]
    for usesFEC in [true, false] {
      var ids = IDSource.seeded(21)
      let call = try CallSimulation(
        .opus, settings: AudioCodecSettings(usesForwardErrorCorrection: usesFEC, expectedLoss: 0.05))
      call.wire.delay = { _ in ids.nextUnit() < 0.05 ? nil : 20 + ids.nextUnit() * 40 }
      let speech = Synthetic.speech(seconds: 20, rate: 48_000, seed: 6)
      call.run(speech)
      let statistics = call.receive.statistics
      let delay = try #require(SpeechAlignment.delay(of: speech, in: call.heard, rate: 48_000))
      results[usesFEC] = (delay.confidence, statistics.concealedMilliseconds)
      #expect(statistics.received > 940)
      #expect(statistics.late + statistics.discarded < 30)
      #expect(statistics.currentDelayMilliseconds < 110)
      if usesFEC {
        #expect(statistics.recoveredMilliseconds > 500)
      } else {
        #expect(statistics.recoveredMilliseconds == 0)
      }
    }
    let with = try #require(results[true])
    let without = try #require(results[false])
    #expect(with.concealed < without.concealed * 0.6)
  }

  @Test func packetsThatDoNotDecodeAreConcealed() throws {
    let receive = try AudioReceivePath(formats: [AudioStreamFormat(payloadType: 96, codec: .opus)], sampleRate: 48_000)
    var ids = IDSource.seeded(3)
    var frame = [Int16](repeating: 0, count: 960)
    for index in 0..<2_000 {
      let now = Instant(nanoseconds: Int64(index) * 20_000_000)
      let payload = ids.bytes(Int(ids.next(in: 0...1_600)))
      receive.receive(
        payload.span, payloadType: index % 10 == 0 ? 5 : 96, sequence: UInt16(index), timestamp: UInt32(index) &* 960,
        marker: false, source: index > 1_000 ? 1 : 2, at: now)
      receive.advance(to: now)
      var span = frame.mutableSpan
      _ = receive.produce(into: &span)
    }
    #expect(receive.statistics.received == 1_800)
    #expect(receive.statistics.restarts >= 1)
  }

  @Test func aPathIsRefusedWithoutFormatsOrRate() {
    #expect(throws: MediaError.self) { try AudioReceivePath(formats: [], sampleRate: 48_000) }
    #expect(throws: MediaError.self) {
      try AudioReceivePath(formats: [AudioStreamFormat(payloadType: 0, codec: .pcmu)], sampleRate: 100)
    }
  }

  @Test func aPortJoinsBothHalves() throws {
    let call = try CallSimulation(.pcmu)
    let port: any AudioPort = AudioStreamPort(receivePath: call.receive, sendPath: call.send)
    var frame = [Int16](repeating: 0, count: 960)
    var span = frame.mutableSpan
    let sounds = port.produce(into: &span)
    #expect(!sounds)
    port.consume([Int16](repeating: 9, count: 960).span)
    #expect(call.wire.sent.count == 1)
  }
}
