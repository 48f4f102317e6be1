import Testing

@testable import Media

@Suite("Packet loss concealment after ITU-T G.711 Appendix I")
struct WaveformConcealmentTests {
  @Test func aLostPacketOfAToneIsFilledWithTheTone() throws {
    let decoder = try AudioCodec.pcmu.makeDecoder()
    let encoder = try AudioCodec.pcmu.makeEncoder()
    let tone = Synthetic.tone(200, seconds: 0.2, rate: 8000)
    for frame in 0..<5 { _ = try Coding.through(encoder, decoder, Array(tone[frame * 160..<(frame + 1) * 160])) }
    let filled = Coding.conceal(decoder, 160)
    // The first 10 ms at full strength, then 20 % a 10 ms down.
    #expect(Synthetic.signalToNoise(tone[800..<880], filled[..<80]) > 20)
    #expect(Synthetic.amplitude(of: 200, in: filled[...], rate: 8000) > 6500)
    let next = try Coding.decode(decoder, try Coding.encode(encoder, Array(tone[960..<1120])))
    #expect(Synthetic.signalToNoise(tone[960..<1120], next[...]) > 15)
  }

  @Test func aLongGapFadesToSilenceWithin60Milliseconds() throws {
    let decoder = try AudioCodec.pcma.makeDecoder()
    let encoder = try AudioCodec.pcma.makeEncoder()
    let speech = Synthetic.speech(seconds: 1, rate: 8000)
    for packet in try Coding.packets(encoder, speech) { _ = try Coding.decode(decoder, packet) }
    #expect(!decoder.hasFadedOut)
    var gap: [Int16] = []
    for _ in 0..<4 { gap += Coding.conceal(decoder, 160) }
    #expect(decoder.hasFadedOut)
    #expect(Synthetic.rms(gap[480...]) == 0)
    #expect(Synthetic.rms(gap[400..<480]) <= Synthetic.rms(gap[0..<80]) * 0.5)
  }

  @Test func thereIsNoStepWhereTheGapBeginsOrEnds() throws {
    let decoder = try AudioCodec.pcmu.makeDecoder()
    let encoder = try AudioCodec.pcmu.makeEncoder()
    let tone = Synthetic.tone(173, seconds: 1, rate: 8000)
    // The steepest step of the tone itself, and what quantisation adds.
    let limit = Int(8000 * 2 * 3.1416 * 173 / 8000) + 600
    var heard: [Int16] = []
    for (index, packet) in try Coding.packets(encoder, tone).enumerated() {
      heard += index % 7 == 6 ? Coding.conceal(decoder, 160) : try Coding.decode(decoder, packet)
    }
    let steepest = zip(heard, heard.dropFirst()).map { abs(Int($0) - Int($1)) }.max() ?? 0
    #expect(steepest < limit + 500)
  }

  @Test func itBeatsSilenceOnSpeech() throws {
    let decoder = try AudioCodec.pcmu.makeDecoder()
    let encoder = try AudioCodec.pcmu.makeEncoder()
    let speech = Synthetic.speech(seconds: 4, rate: 8000, seed: 5)
    var heard: [Int16] = []
    var silenced: [Int16] = []
    for (index, packet) in try Coding.packets(encoder, speech).enumerated() {
      if index % 10 == 5 {
        heard += Coding.conceal(decoder, 160)
        silenced += [Int16](repeating: 0, count: 160)
      } else {
        let good = try Coding.decode(decoder, packet)
        heard += good
        silenced += good
      }
    }
    #expect(
      Synthetic.signalToNoise(speech[...], heard[...]) > Synthetic.signalToNoise(speech[...], silenced[...]) + 1)
  }

  @Test func concealingBeforeAnythingWasHeardIsSilence() throws {
    let decoder = try AudioCodec.pcmu.makeDecoder()
    #expect(Coding.conceal(decoder, 160) == [Int16](repeating: 0, count: 160))
  }
}
