import Media
import Testing

@Suite("Tones: generated, and heard again by Goertzel")
struct ToneTests {
  /// What a generator plays in `frames` frames; silence where it says nothing.
  private func play(_ generator: ToneGenerator, frames: Int) -> [Int16] {
    var result: [Int16] = []
    var frame = [Int16](repeating: 0, count: generator.sampleRate / 50)
    for _ in 0..<frames {
      var span = frame.mutableSpan
      if !generator.produce(into: &span) { for index in frame.indices { frame[index] = 0 } }
      result += frame
    }
    return result
  }

  @Test("a tone has the frequency, the level and the length asked for", arguments: [8_000, 16_000, 48_000])
  func tone(rate: Int) {
    let generator = ToneGenerator(mixerRate: rate)
    generator.play([ToneSegment(440, 480, for: .milliseconds(210)), .silence(for: .milliseconds(50))])
    let sound = play(generator, frames: 20)
    let middle = Array(sound[(rate / 50)..<(rate / 5)])
    // 20 to 200 ms: not whole periods of both, so a little of one leaks into the other.
    for frequency in [440.0, 480.0] {
      let amplitude = GoertzelDetector(frequency: frequency, sampleRate: rate).amplitude(in: middle.span)
      #expect(abs(amplitude / 10_362 - 1) < 0.1)
    }
    #expect(GoertzelDetector(frequency: 1_000, sampleRate: rate).amplitude(in: middle.span) < 300)
    let last = sound.lastIndex { $0 != 0 } ?? 0
    #expect(abs(last - rate * 210 / 1_000) <= rate / 500)
    #expect(!generator.isBusy)
  }

  @Test("a cadence repeats, sample-exact, until it is stopped")
  func cadence() {
    let generator = ToneGenerator(mixerRate: 8_000)
    generator.play(.busy, repeating: true)
    let sound = play(generator, frames: 250)
    for period in 0..<5 {
      let on = Array(sound[(period * 8_000 + 100)..<(period * 8_000 + 3_900)])
      let off = sound[(period * 8_000 + 4_000)..<(period * 8_000 + 8_000)]
      #expect(GoertzelDetector(frequency: 425, sampleRate: 8_000).amplitude(in: on.span) > 10_000)
      #expect(off.allSatisfy { $0 == 0 })
    }
    #expect(generator.isBusy)
    generator.stop()
    #expect(!generator.isBusy)
  }

  @Test("every DTMF digit that is played is heard, once", arguments: [8_000, 16_000, 48_000])
  func digits(rate: Int) throws {
    let generator = ToneGenerator(mixerRate: rate)
    var finished = 0
    generator.onFinished = { finished += 1 }
    try generator.playDigits("147*2580369#ABCD1122", on: .milliseconds(70), off: .milliseconds(45))
    let sound = play(generator, frames: 120)
    #expect(DTMFDetector.digits(in: sound, sampleRate: rate) == "147*2580369#ABCD1122")
    #expect(finished == 1)
    #expect(throws: MediaError(.invalidArgument, "")) { try generator.playDigits("12x") }
    #expect(!generator.isBusy)
  }

  @Test("neither one tone, nor noise, nor speech-like sound is a digit")
  func noFalseDigits() {
    #expect(DTMFDetector.digits(in: sine(697, amplitude: 20_000, rate: 8_000, count: 8_000), sampleRate: 8_000) == "")
    var seed: UInt32 = 1
    let noise = (0..<80_000).map { _ -> Int16 in
      seed = seed &* 1_664_525 &+ 1_013_904_223
      return Int16(truncatingIfNeeded: Int32(bitPattern: seed) >> 16)
    }
    #expect(DTMFDetector.digits(in: noise, sampleRate: 8_000) == "")
    let voice = zip(
      sine(770, amplitude: 8_000, rate: 8_000, count: 8_000), sine(1_540, amplitude: 8_000, rate: 8_000, count: 8_000)
    )
    .map { $0 &+ $1 }
    #expect(DTMFDetector.digits(in: voice, sampleRate: 8_000) == "")
  }

  @Test("volume scales a tone, and an absurd segment does no harm")
  func volumeAndAbsurdity() {
    let generator = ToneGenerator(mixerRate: 8_000)
    generator.volume = 50
    generator.play([ToneSegment(1_000, for: .milliseconds(400))])
    let sound = Array(play(generator, frames: 20)[200..<3_000])
    #expect(abs(GoertzelDetector(frequency: 1_000, sampleRate: 8_000).amplitude(in: sound.span) - 5_181) < 60)
    generator.play([ToneSegment(.nan, for: .seconds(-5)), ToneSegment(1e300, .infinity, for: .zero)], repeating: true)
    _ = play(generator, frames: 10)
    generator.stop()
    generator.play([ToneSegment(9_000, for: .seconds(Int64.max / 2))])
    #expect(play(generator, frames: 3).allSatisfy { $0 == 0 })
  }

  @Test("playing allocates nothing")
  func noAllocation() {
    let generator = ToneGenerator(mixerRate: 48_000)
    generator.play(.ringback, repeating: true)
    var frame = [Int16](repeating: 0, count: 960)
    let count = allocations {
      for _ in 0..<600 {
        var span = frame.mutableSpan
        _ = generator.produce(into: &span)
      }
    }
    #expect(count ?? 0 == 0)
  }
}
