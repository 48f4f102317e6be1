import SIPSimple

/// What the demo shows while it runs: the messages as a ladder, then two meters.
actor DemoShow {
  nonisolated let style = Style()
  private let ladder: MessageLadder
  private let levels: LevelMeter
  private var hasHeader = false
  private var hasMeter = false

  init() {
    ladder = MessageLadder(left: "alice", right: "bob", style: style)
    levels = LevelMeter(style: style)
  }

  func message(_ record: TraceRecord, since start: Instant) {
    clearMeter()
    if !hasHeader {
      say(style.dim("SIP over \(record.transport) on loopback"))
      say(ladder.header)
      hasHeader = true
    }
    say(ladder.line(record, fromLeft: record.direction == .sent, milliseconds: record.time.milliseconds(since: start)))
  }

  func meter(alice: AudioStreamStatistics, bob: AudioStreamStatistics, second: Double) {
    let lines = [line("alice hears", alice, second), line("bob hears  ", bob, second)]
    if style.isTerminal {
      if hasMeter { sayPart("\u{1B}[2A") }
      for line in lines { say("\r\u{1B}[2K" + line) }
      hasMeter = true
    } else {
      for line in lines { say(line) }
    }
  }

  /// Leaves the last meters where they are; what is said next goes below them.
  func endMeter() { hasMeter = false }

  private func clearMeter() {
    if hasMeter { sayPart("\u{1B}[2A\u{1B}[J") }
    hasMeter = false
  }

  private func line(_ name: String, _ statistics: AudioStreamStatistics, _ second: Double) -> String {
    let rtt = statistics.roundTripMilliseconds.map { decimal($0, 2) } ?? "–"
    return "\(decimal(second, 1, width: 5)) s  \(name) [\(levels.bar(statistics.levelReceived))]"
      + "\(decimal(max(-99, statistics.levelReceived), 0, width: 5)) dB"
      + "  lost \(statistics.packetsLost)  jitter \(decimal(statistics.jitterMilliseconds, 2)) ms  RTT \(rtt) ms"
  }
}
