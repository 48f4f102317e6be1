import SIPSimple

/// How the demo's call went.
struct DemoResult: Sendable {
  /// What was found of the other's speech in a recording.
  struct Heard: Sendable {
    /// From the speaker's mixer to the listener's.
    var milliseconds: Double
    /// How alike the two are, 0 to 1.
    var confidence: Double
    /// How alike their courses of loudness are, 0 to 1.
    var loudness: Double
  }

  /// One party's side.
  struct Side: Sendable {
    var statistics = AudioStreamStatistics()
    var heard: Heard?
    var recording = ""

    /// The other's words stand in the recording.
    var heardTheOther: Bool {
      guard let heard, statistics.packetsReceived > 0 else { return false }
      // A starved machine moves parts of the sound; the words are heard all the same.
      return heard.confidence > 0.5 || heard.loudness > 0.5
    }
  }

  let codec: String
  let folder: String
  var transport = ""
  var tlsVersion = ""
  var setupMilliseconds = 0.0
  var parameters: AudioStreamParameters?
  var alice = Side()
  var bob = Side()

  init(codec: String, folder: String) {
    self.codec = codec
    self.folder = folder
  }

  var bothHeard: Bool { alice.heardTheOther && bob.heardTheOther }

  private var mouthToEar: Double? {
    let measured = [alice.heard?.milliseconds, bob.heard?.milliseconds].compactMap { $0 }
    return measured.max()
  }

  private var roundTrip: Double? {
    let measured = [alice.statistics.roundTripMilliseconds, bob.statistics.roundTripMilliseconds].compactMap { $0 }
    return measured.max()
  }

  /// The lesser of the two sides' MOS, from measured loss and the measured delay from mouth to ear.
  private func score(_ side: Side) -> Double {
    var model = EModel(codec: codec.lowercased() == "opus" ? .opus : .g711)
    let expected = Double(side.statistics.packetsReceived) + Double(max(0, side.statistics.packetsLost))
    let missing = Double(max(0, side.statistics.packetsLost)) + Double(side.statistics.packetsLate)
    model.packetLoss = expected > 0 ? min(100, 100 * missing / expected) : 100
    model.absoluteDelay = side.heard?.milliseconds ?? side.statistics.oneWayMilliseconds
    return model.conversationalScore
  }

  var json: JSONText {
    func side(_ side: Side) -> JSONText {
      .object([
        ("packets_sent", .integer(Int64(side.statistics.packetsSent))),
        ("packets_received", .integer(Int64(side.statistics.packetsReceived))),
        ("packets_lost", .integer(side.statistics.packetsLost)),
        ("packets_late", .integer(Int64(side.statistics.packetsLate))),
        ("jitter_ms", .number(side.statistics.jitterMilliseconds, decimals: 3)),
        ("rtt_ms", .optional(side.statistics.roundTripMilliseconds, decimals: 3)),
        ("mouth_to_ear_ms", .optional(side.heard?.milliseconds, decimals: 1)),
        ("speech_match", .optional(side.heard?.confidence, decimals: 3)),
        ("mos", .number(score(side), decimals: 2)),
        ("heard_the_other", .boolean(side.heardTheOther)),
      ])
    }
    let sent = alice.statistics.packetsSent + bob.statistics.packetsSent
    let received = alice.statistics.packetsReceived + bob.statistics.packetsReceived
    return .object([
      ("setup_ms", .number(setupMilliseconds, decimals: 2)),
      ("transport", .string(transport)),
      ("tls_version", .string(tlsVersion)),
      ("codec", .string(parameters?.codec ?? codec)),
      ("srtp_suite", .optional(parameters?.srtpSuite)),
      ("packets_sent", .integer(Int64(sent))),
      ("packets_received", .integer(Int64(received))),
      ("packets_lost", .integer(alice.statistics.packetsLost + bob.statistics.packetsLost)),
      ("jitter_ms", .number(max(alice.statistics.jitterMilliseconds, bob.statistics.jitterMilliseconds), decimals: 3)),
      ("rtt_ms", .optional(roundTrip, decimals: 3)),
      ("mouth_to_ear_ms", .optional(mouthToEar, decimals: 1)),
      ("mos", .number(min(score(alice), score(bob)), decimals: 2)),
      ("recordings", .array([.string(bob.recording), .string(alice.recording)])),
      ("alice", side(alice)),
      ("bob", side(bob)),
    ])
  }

  var table: [String] {
    let style = Style()
    var lines = [""]
    func row(_ name: String, _ value: String) { lines.append("  " + padRight(name, 18) + value) }
    func pair(_ name: String, _ value: (Side) -> String) {
      lines.append("  " + padRight(name, 18) + padRight(value(alice), 16) + value(bob))
    }
    row("Call", "alice -> bob")
    row("Signalling", "SIP over \(transport), \(tlsVersion)")
    row(
      "Audio",
      "\(parameters?.codec ?? codec) at \((parameters?.sampleRate ?? 0) / 1000) kHz, \(parameters?.packetMilliseconds ?? 0) ms a packet"
    )
    row("Encryption", "SRTP \(parameters?.srtpSuite ?? "off")")
    row("Set-up", "\(decimal(setupMilliseconds, 1)) ms, INVITE to ACK")
    lines.append("")
    lines.append(
      "  " + padRight("", 18) + padRight(style.bold("alice"), style.isTerminal ? 24 : 16) + style.bold("bob"))
    pair("Packets sent") { "\($0.statistics.packetsSent)" }
    pair("received") { "\($0.statistics.packetsReceived)" }
    pair("lost") { "\($0.statistics.packetsLost)" }
    pair("late") { "\($0.statistics.packetsLate)" }
    pair("Jitter") { decimal($0.statistics.jitterMilliseconds, 2) + " ms" }
    pair("Round trip") { ($0.statistics.roundTripMilliseconds.map { decimal($0, 2) } ?? "–") + " ms" }
    pair("Mouth to ear") { ($0.heard.map { decimal($0.milliseconds, 1) } ?? "–") + " ms" }
    pair("MOS (G.107)") { decimal(score($0), 2) }
    lines.append("")
    row("Bob heard", bob.recording)
    row("Alice heard", alice.recording)
    lines.append("")
    lines.append(
      bothHeard
        ? style.green("  Both heard each other.") : style.red("  They did not both hear each other."))
    return lines
  }
}
