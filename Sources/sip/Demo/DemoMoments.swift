import SIPSimple

/// When things happened in the demo, so that the two recordings can be laid on one time line.
actor DemoMoments {
  private var began: Instant?
  private var playbacks: [String: Instant] = [:]
  private var recordings: [String: Instant] = [:]

  func begin(_ now: Instant) { began = now }
  func second(_ now: Instant) -> Double { began.map { now.milliseconds(since: $0) / 1000 } ?? 0 }

  func note(_ event: AudioStreamEvent, by party: String) {
    switch event {
    case .playbackStarted(_, let moment): playbacks[party] = moment
    case .recordingStarted(_, let moment): recordings[party] = moment
    default: break
    }
  }

  /// How long a word took from the speaker's mixer to the listener's, measured by finding what was played in what was
  /// recorded. Nil when it cannot be found there: it was not heard.
  func delay(
    from spoken: String, spokenBy speaker: String, to recording: String, heardBy listener: String, seconds: Double
  ) throws -> DemoResult.Heard? {
    guard let played = playbacks[speaker], let recorded = recordings[listener] else { return nil }
    // What was said in the time that the speaker had: at most once, the file's repetitions are not looked for.
    let reference = Array(try Self.samples(spoken, rate: 16_000).prefix(Int(seconds * 16_000)))
    var heard = try Self.samples(recording, rate: 16_000)
    // The recording from the moment at which the first word left the speaker.
    let offset = played.milliseconds(since: recorded)
    let skipped = Int(offset * 16)
    if skipped >= 0 {
      heard.removeFirst(min(heard.count, skipped))
    } else {
      heard.insert(contentsOf: [Int16](repeating: 0, count: -skipped), at: 0)
    }
    heard = Array(heard.prefix(reference.count + 16_000))
    guard let delay = SpeechAlignment.delay(of: reference, in: heard, rate: 16_000) else { return nil }
    return DemoResult.Heard(
      milliseconds: delay.milliseconds + Double(skipped) / 16 - offset, confidence: delay.confidence,
      loudness: delay.loudnessLikeness)
  }

  private static func samples(_ path: String, rate: Int) throws -> [Int16] {
    let reader = try WaveReader(path: path)
    let resampler = try AudioResampler(from: reader.format.sampleRate, to: rate)
    var result: [Int16] = []
    var input = [Int16](repeating: 0, count: reader.format.sampleRate / 50)
    var output = [Int16](repeating: 0, count: rate / 50 + 64)
    while true {
      var span = input.mutableSpan
      let count = try reader.read(into: &span)
      if count == 0 { break }
      var room = output.mutableSpan
      let made = resampler.process(input.span.extracting(0..<count), into: &room)
      result.append(contentsOf: output[..<made])
    }
    return result
  }
}
