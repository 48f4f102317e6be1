import Testing

@testable import Media

@Suite("Time-scale modification: shorter and longer at the same pitch")
struct TimeScalerTests {
  /// Frames of a signal through the scaler, as a call's path feeds it.
  private func scaled(
    _ signal: [Int16], rate: Int, compress: Bool, effort: JitterBufferAdjustment.Effort = .normal
  ) -> (sound: [Int16], changes: Int) {
    let scaler = TimeScaler(sampleRate: rate, maximumCount: rate / 10)
    let frame = rate / 50
    var result: [Int16] = []
    var changes = 0
    for start in stride(from: 0, to: signal.count - frame + 1, by: frame) {
      var samples = Array(signal[start..<start + frame]) + [Int16](repeating: 0, count: frame)
      samples.withUnsafeMutableBufferPointer { all in
        scaler.heard(UnsafeBufferPointer(rebasing: all[..<frame]))
        let change: Int
        if compress {
          change = -scaler.compress(UnsafeMutableBufferPointer(rebasing: all[..<frame]), limit: frame, effort: effort)
        } else {
          change = scaler.expand(all, count: frame, effort: effort)
        }
        if change != 0 { changes += 1 }
        result += all[..<(frame + change)]
      }
    }
    return (result, changes)
  }

  @Test(arguments: [8_000, 16_000, 48_000], [true, false])
  func aToneKeepsItsPitch(rate: Int, compress: Bool) {
    let tone = Synthetic.tone(440, seconds: 1, rate: rate)
    let (sound, changes) = scaled(tone, rate: rate, compress: compress)
    #expect(changes == 50)
    let ratio = Double(sound.count) / Double(tone.count)
    #expect(compress ? (0.49...0.9).contains(ratio) : (1.1...1.51).contains(ratio))
    let stretch = sound[(sound.count / 4)..<(sound.count / 4 + rate / 5)]
    #expect(Synthetic.amplitude(of: 440, in: stretch, rate: rate) > 6_500)
    #expect(Synthetic.amplitude(of: 490, in: stretch, rate: rate) < 1_500)
    #expect(Synthetic.amplitude(of: 390, in: stretch, rate: rate) < 1_500)
  }

  @Test(arguments: [true, false])
  func speechIsChangedWithoutSteps(compress: Bool) {
    let speech = Synthetic.speech(seconds: 3, rate: 48_000, seed: 8)
    let (sound, changes) = scaled(speech, rate: 48_000, compress: compress)
    #expect(changes > 60)
    let steepest = zip(speech, speech.dropFirst()).map { abs(Int($0) - Int($1)) }.max() ?? 0
    let steepestAfter = zip(sound, sound.dropFirst()).map { abs(Int($0) - Int($1)) }.max() ?? 0
    #expect(Double(steepestAfter) < Double(steepest) * 1.3)
  }

  @Test func silenceMayAlwaysBeCut() {
    let (sound, changes) = scaled([Int16](repeating: 0, count: 8_000), rate: 8_000, compress: true, effort: .relaxed)
    #expect(changes == 50 && sound.count < 8_000)
  }

  @Test func loudNoiseIsLeftAloneUnlessItIsUrgent() {
    var state: UInt32 = 1
    let noise = (0..<8_000).map { _ -> Int16 in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Int16(truncatingIfNeeded: Int(state >> 16) - 32_768) / 4
    }
    #expect(scaled(noise, rate: 8_000, compress: true, effort: .relaxed).changes == 0)
    #expect(scaled(noise, rate: 8_000, compress: false, effort: .urgent).changes == 50)
  }

  @Test func tooShortAStretchIsLeftAlone() {
    let scaler = TimeScaler(sampleRate: 48_000, maximumCount: 4_800)
    var few = [Int16](repeating: 5, count: 100)
    few.withUnsafeMutableBufferPointer { samples in
      #expect(scaler.compress(samples, limit: 100, effort: .urgent) == 0)
      #expect(scaler.expand(samples, count: 60, effort: .urgent) == 0)
      #expect(scaler.expand(samples, count: 0, effort: .urgent) == 0)
    }
  }
}
