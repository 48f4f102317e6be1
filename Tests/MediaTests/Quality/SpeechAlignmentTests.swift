import Testing
import WireSupport

@testable import Media

@Suite("Speech alignment: the delay of a recording")
struct SpeechAlignmentTests {
  @Test(arguments: [0, 17, 160, 1_234, 7_999], [8_000, 16_000])
  func aShiftIsFoundToATenthOfAMillisecond(shift: Int, rate: Int) throws {
    let speech = Synthetic.speech(seconds: 4, rate: rate, seed: 9)
    let recording = [Int16](repeating: 0, count: shift) + speech
    let delay = try #require(SpeechAlignment.delay(of: speech, in: recording, rate: rate))
    #expect(abs(delay.milliseconds - Double(shift) * 1000 / Double(rate)) < 0.15)
    // Half a sample beside the grid on which the fine search compares, the likeness is a little lower.
    #expect(delay.confidence > 0.9)
  }

  @Test func noiseAndAnotherLevelDoNotMatter() throws {
    var ids = IDSource.seeded(2)
    let speech = Synthetic.speech(seconds: 3, rate: 48_000, seed: 10)
    let recording = [Int16](repeating: 0, count: 2_400) + speech.map { $0 / 3 + Int16(ids.next(in: 0...200)) - 100 }
    let delay = try #require(SpeechAlignment.delay(of: speech, in: recording, rate: 48_000))
    #expect(abs(delay.milliseconds - 50) < 0.2)
    #expect(delay.confidence > 0.8)
  }

  @Test func anotherRecordingIsNotBelieved() throws {
    let speech = Synthetic.speech(seconds: 3, rate: 8_000, seed: 10)
    let other = Synthetic.speech(seconds: 3, rate: 8_000, seed: 11)
    let delay = SpeechAlignment.delay(of: speech, in: other, rate: 8_000)
    #expect(delay.map { $0.confidence < 0.7 } ?? true)
  }

  @Test func silenceAndTooLittleGiveNothing() {
    let silence = [Int16](repeating: 0, count: 16_000)
    let speech = Synthetic.speech(seconds: 2, rate: 8_000)
    #expect(SpeechAlignment.delay(of: speech, in: silence, rate: 8_000) == nil)
    #expect(SpeechAlignment.delay(of: silence, in: speech, rate: 8_000) == nil)
    #expect(SpeechAlignment.delay(of: [], in: speech, rate: 8_000) == nil)
    #expect(SpeechAlignment.delay(of: Array(speech.prefix(100)), in: speech, rate: 8_000) == nil)
  }
}
