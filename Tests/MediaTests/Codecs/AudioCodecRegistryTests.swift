import Testing

@testable import Media

@Suite("Codec registry and format parameters")
struct AudioCodecRegistryTests {
  @Test func codecsAreFoundByRtpmapInAnyCase() {
    let registry = AudioCodecRegistry.standard
    #expect(registry.codec(name: "OPUS", clockRate: 48_000, channels: 2)?.name == "opus")
    #expect(registry.codec(name: "opus", clockRate: 48_000) == nil)
    #expect(registry.codec(name: "pcmu", clockRate: 8000)?.staticPayloadType == 0)
    #expect(registry.codec(staticPayloadType: 8)?.name == "PCMA")
    #expect(registry.codec(staticPayloadType: 9) == nil)
  }

  @Test func preferencesOrderAndRestrict() throws {
    let chosen = try AudioCodecRegistry.standard.preferring(["pcma", "Opus", "PCMA/8000"])
    #expect(chosen.codecs.map(\.name) == ["PCMA", "opus"])
    #expect(throws: MediaError.self) { try AudioCodecRegistry.standard.preferring(["opus", "mp3"]) }
  }

  @Test func aCodecOfYourOwnIsOneCall() {
    var registry = AudioCodecRegistry.standard
    let count = registry.codecs.count
    registry.register(.pcmu)
    #expect(registry.codecs.count == count)
    registry.register(
      AudioCodec(
        name: "X-FAST", clockRate: 16_000, sampleRate: 16_000, frameDurations: [20], maximumPayloadSize: 640,
        impairment: .g711, encoder: AudioCodec.pcmu.encoderMaker, decoder: AudioCodec.pcmu.decoderMaker))
    #expect(registry.codecs.last?.rtpmap == "X-FAST/16000")
  }

  @Test func frameDurationHonoursPtimeAndMaxptime() {
    #expect(AudioCodec.pcmu.frameDuration(wanted: nil) == 20)
    #expect(AudioCodec.pcmu.frameDuration(wanted: 30) == 30)
    #expect(AudioCodec.opus.frameDuration(wanted: 30) == 20)
    #expect(AudioCodec.opus.frameDuration(wanted: 200) == 60)
    #expect(AudioCodec.opus.frameDuration(wanted: 60, maximum: 20) == 20)
    #expect(AudioCodec.opus.frameDuration(wanted: 1) == 5)
  }

  @Test func parametersAreReadAndWritten() {
    var parameters = AudioFormatParameters(parsing: " a=1; B = two words ;flag;;=x;a=3")
    #expect(parameters["A"] == "1")
    #expect(parameters["b"] == "two words")
    #expect(parameters.parameters.count == 4)
    #expect(parameters.flag("a") && !parameters.flag("flag"))
    parameters["a"] = nil
    #expect(parameters["a"] == "3")
    parameters["new"] = "5"
    #expect(parameters.description == "B=two words;flag;a=3;new=5")
    #expect(AudioFormatParameters(parsing: "").isEmpty)
    #expect(AudioFormatParameters(parsing: String(repeating: "a=1;", count: 10_000)).parameters.count <= 64)
  }
}
