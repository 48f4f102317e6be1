import Media

enum MixerBenchmarks {
  static func all() throws -> [Benchmark] {
    try [(16_000, 16), (16_000, 64), (48_000, 2), (48_000, 16)].map { rate, count in
      // Everyone hears everyone, and all speak.
      let mixer = try AudioMixer(sampleRate: rate)
      let ids = try (0..<count).map { try mixer.add(Speaker(phase: $0, frameCount: mixer.frameCount)) }
      for speaker in ids { for listener in ids where speaker != listener { mixer.connect(speaker, to: listener) } }
      return Benchmark("mixer", "mixer-tick-\(rate / 1000)k-\(count)") { iterations in
        for _ in 0..<iterations { mixer.tick() }
        return iterations
      }
    }
  }

  /// A port that always speaks.
  private final class Speaker: AudioPort {
    private let samples: [Int16]

    init(phase: Int, frameCount: Int) {
      samples = (0..<frameCount).map { Int16(truncatingIfNeeded: ($0 &* 37 &+ phase &* 101) % 4000 - 2000) }
    }

    func produce(into frame: inout MutableSpan<Int16>) -> Bool {
      for index in 0..<min(samples.count, frame.count) { frame[index] = samples[index] }
      return true
    }
  }
}
