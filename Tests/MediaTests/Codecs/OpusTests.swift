import Testing
import WireSupport

@testable import Media

@Suite("Opus, RFC 6716 and RFC 7587")
struct OpusTests {
  private let fec = AudioFormatParameters(parsing: "useinbandfec=1")

  @Test func speechComesBackAsItWas() throws {
    let encoder = try AudioCodec.opus.makeEncoder()
    let decoder = try AudioCodec.opus.makeDecoder()
    let speech = Synthetic.speech(seconds: 3, rate: 48_000)
    let packets = try Coding.packets(encoder, speech)
    let heard = try packets.flatMap { try Coding.decode(decoder, $0) }
    let shift = encoder.lookahead
    #expect(shift > 0 && shift < 480)
    // Opus codes what is heard and not the waveform: 10 dB are much for it.
    let delay = try #require(SpeechAlignment.delay(of: speech, in: heard, rate: 48_000))
    #expect(abs(delay.milliseconds - Double(shift) / 48) < 1)
    #expect(delay.confidence > 0.9)
    let bitrate = Double(packets.map(\.count).reduce(0, +)) * 8 / 3
    #expect(bitrate > 20_000 && bitrate < 46_000)
  }

  @Test(arguments: [5, 10, 20, 40, 60])
  func everyFrameDuration(duration: Int) throws {
    let encoder = try AudioCodec.opus.makeEncoder(AudioCodecSettings(frameDuration: duration))
    let decoder = try AudioCodec.opus.makeDecoder()
    #expect(encoder.frameSampleCount == duration * 48)
    let payload = try Coding.encode(encoder, Synthetic.tone(440, seconds: Double(duration) / 1000, rate: 48_000))
    #expect(decoder.sampleCount(of: payload.span) == duration * 48)
    #expect(try Coding.decode(decoder, payload).count == duration * 48)
  }

  /// A lost frame restored from the copy in the next packet is nearer to what was sent than concealment is.
  @Test func errorCorrectionBeatsConcealment() throws {
    let speech = Synthetic.speech(seconds: 6, rate: 48_000, seed: 3)
    let encoder = try AudioCodec.opus.makeEncoder(AudioCodecSettings(expectedLoss: 0.1), peer: fec)
    let packets = try Coding.packets(encoder, speech)
    let clean = try AudioCodec.opus.makeDecoder()
    let corrected = try AudioCodec.opus.makeDecoder()
    let concealed = try AudioCodec.opus.makeDecoder()
    var truth: [Int16] = []
    var withCorrection: [Int16] = []
    var withConcealment: [Int16] = []
    var restored = 0
    var lost = 0
    for index in packets.indices {
      let good = try Coding.decode(clean, packets[index])
      guard index % 8 == 4, index + 1 < packets.count else {
        _ = try Coding.decode(corrected, packets[index])
        _ = try Coding.decode(concealed, packets[index])
        continue
      }
      lost += 1
      var copy = try Coding.recover(corrected, from: packets[index + 1], 960)
      if copy.isEmpty { copy = Coding.conceal(corrected, 960) } else { restored += 1 }
      let guess = Coding.conceal(concealed, 960)
      truth += good
      withCorrection += copy
      withConcealment += guess
    }
    #expect(restored > lost / 2)
    #expect(
      Synthetic.signalToNoise(truth[...], withCorrection[...])
        > Synthetic.signalToNoise(truth[...], withConcealment[...]) + 2)
  }

  @Test func withoutExpectedLossNothingIsSentTwice() throws {
    let encoder = try AudioCodec.opus.makeEncoder(peer: fec)
    let packets = try Coding.packets(encoder, Synthetic.speech(seconds: 2, rate: 48_000))
    let decoder = try AudioCodec.opus.makeDecoder()
    #expect(!packets.contains { decoder.repeatsPreviousFrame($0.span) })
    #expect(try Coding.recover(decoder, from: packets[40], 960).isEmpty)
  }

  @Test func redundancyFollowsTheReportedLoss() throws {
    let encoder = try OpusVoiceEncoder(OpusSettings(.init(), peer: OpusFormat(fec)))
    #expect(encoder.expectedLossPercent == 0)
    encoder.adapt(toLoss: 0.05)
    #expect(encoder.expectedLossPercent == 5)
    encoder.adapt(toLoss: 0)
    #expect(encoder.expectedLossPercent == 4)
    for _ in 0..<20 { encoder.adapt(toLoss: 0) }
    #expect(encoder.expectedLossPercent == 0)
    encoder.adapt(toLoss: 0.9)
    #expect(encoder.expectedLossPercent == 30)
    encoder.adapt(toLoss: .nan)
    encoder.adapt(toLoss: -4)
    #expect(encoder.expectedLossPercent <= 30)
  }

  @Test func silenceIsLeftOutWithDiscontinuousTransmission() throws {
    let encoder = try AudioCodec.opus.makeEncoder(AudioCodecSettings(usesDiscontinuousTransmission: true))
    let silence = [Int16](repeating: 0, count: 48_000 * 2)
    let speech = Synthetic.speech(seconds: 1, rate: 48_000)
    let packets = try Coding.packets(encoder, speech + silence)
    #expect(packets.suffix(50).filter(\.isEmpty).count > 40)
    #expect(packets.prefix(50).filter(\.isEmpty).count < 25)
  }

  struct FormatCase: Sendable, CustomTestStringConvertible {
    var text: String
    var check: @Sendable (OpusFormat) -> Bool
    var testDescription: String { text }
  }

  @Test(arguments: [
    FormatCase(text: "") {
      $0.maximumPlaybackRate == 48_000 && $0.maximumAverageBitrate == nil && !$0.usesForwardErrorCorrection
        && !$0.prefersStereo && !$0.sendsStereo && !$0.usesDiscontinuousTransmission && !$0.wantsConstantBitrate
    },
    FormatCase(text: "useinbandfec=1") { $0.usesForwardErrorCorrection },
    FormatCase(text: "UseInbandFEC=1 ; usedtx=1") { $0.usesForwardErrorCorrection && $0.usesDiscontinuousTransmission },
    FormatCase(text: "minptime=10;useinbandfec=1") { $0.minimumFrameDuration == 10 && $0.usesForwardErrorCorrection },
    FormatCase(text: "maxplaybackrate=16000; sprop-maxcapturerate=16000; maxaveragebitrate=20000") {
      $0.maximumPlaybackRate == 16_000 && $0.maximumAverageBitrate == 20_000
    },
    FormatCase(text: "stereo=1; sprop-stereo=1; cbr=1") {
      $0.prefersStereo && $0.sendsStereo && $0.wantsConstantBitrate
    },
    FormatCase(text: "stereo=0;useinbandfec=0;cbr=0;usedtx=0") {
      !$0.prefersStereo && !$0.usesForwardErrorCorrection && !$0.wantsConstantBitrate
    },
    FormatCase(text: "maxaveragebitrate=99999999") { $0.maximumAverageBitrate == 510_000 },
    FormatCase(text: "maxaveragebitrate=0;maxplaybackrate=1") {
      $0.maximumAverageBitrate == 6_000 && $0.maximumPlaybackRate == 8_000
    },
    FormatCase(text: "maxaveragebitrate=-5;useinbandfec=yes;=;;x;maxplaybackrate=99999999999999999999") {
      $0.maximumAverageBitrate == nil && !$0.usesForwardErrorCorrection && $0.maximumPlaybackRate == 48_000
    },
  ])
  func formatParametersAreRead(_ example: FormatCase) {
    #expect(example.check(OpusFormat(AudioFormatParameters(parsing: example.text))))
  }

  @Test func theEncoderStaysWithinWhatThePeerTakes() throws {
    let peer = OpusFormat(AudioFormatParameters(parsing: "maxaveragebitrate=16000;maxplaybackrate=8000;usedtx=1;cbr=1"))
    let settings = OpusSettings(AudioCodecSettings(frameDuration: 30, bitrate: 64_000, complexity: 99), peer: peer)
    #expect(settings.bitrate == 16_000)
    #expect(settings.complexity == 10)
    #expect(settings.frameDuration == 20)
    #expect(settings.usesDiscontinuousTransmission)
    #expect(settings.isConstantBitrate)
    #expect(!settings.usesForwardErrorCorrection)
    // Narrowband at 16 kbit/s constant: 40 bytes each.
    let encoder = try AudioCodec.opus.makeEncoder(
      AudioCodecSettings(bitrate: 64_000), peer: AudioFormatParameters(parsing: "maxaveragebitrate=16000;cbr=1"))
    #expect(try Coding.packets(encoder, Synthetic.speech(seconds: 1, rate: 48_000)).allSatisfy { $0.count == 40 })
    let wide = OpusSettings(AudioCodecSettings(maximumFrameDuration: 10), peer: OpusFormat())
    #expect(wide.frameDuration == 10)
  }

  @Test func whatWeAnnounce() {
    #expect(AudioCodec.opus.formatParameters().description == "useinbandfec=1")
    let quiet = AudioCodecSettings(usesForwardErrorCorrection: false, usesDiscontinuousTransmission: true)
    #expect(AudioCodec.opus.formatParameters(quiet).description == "usedtx=1")
    #expect(AudioCodec.opus.rtpmap == "opus/48000/2")
  }

  /// Bytes from the network: thrown or decoded, never a trap, and the decoder goes on.
  @Test(arguments: [AudioCodec.opus, .pcmu, .pcma])
  func noiseIsSurvived(codec: AudioCodec) throws {
    var ids = IDSource.seeded(77)
    let decoder = try codec.makeDecoder()
    let encoder = try codec.makeEncoder()
    for round in 0..<3_000 {
      let payload = ids.bytes(Int(ids.next(in: 0...200)))
      _ = decoder.sampleCount(of: payload.span)
      _ = try? Coding.decode(decoder, payload)
      _ = try? Coding.recover(decoder, from: payload, Int(ids.next(in: 0...60)) * 120)
      if round % 50 == 0 { _ = Coding.conceal(decoder, Int(ids.next(in: 0...2_000))) }
    }
    let good = try Coding.encode(encoder, [Int16](repeating: 0, count: encoder.frameSampleCount))
    #expect(try Coding.decode(decoder, good).count == encoder.frameSampleCount)
  }
}
