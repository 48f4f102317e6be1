import Testing

/// sipp's built-in scenarios, and peers that do not behave.
@Suite("sipp", .serialized, .enabled(if: Program.sipp.isInstalled, "\(Program.sipp.whySkipped)"))
struct SippTests {
  @Test("Its uac calls us a hundred times, none fails", arguments: [false, true])
  func uac(tcp: Bool) async throws {
    try await InteropMatrix.record(.sipp, "uac calls us 100 times over \(tcp ? "TCP" : "UDP")") {
      // One call at a time, as the command takes them; that many at once are SIPSimple's own tests.
      let sip = try await SIPCommand.audioSession(
        codecs: "PCMU", transport: tcp ? .tcp : .udp, calls: 100, more: ["--batch"])
      let sipp = try SippPeer(.uac, calling: sip.port, calls: 100, rate: 50, holding: 20, atOnce: 1, tcp: tcp)
      let result = try await sipp.result()
      try #require(result.exitCode == 0 && result.successful == 100 && result.failed == 0, "\(sipp.errors)")
      try await sip.process.stop()
    }
  }

  @Test("We call its uas, and hang up")
  func uas() async throws {
    try await InteropMatrix.record(.sipp, "We call its uas") {
      let sipp = try SippPeer(.uas, calls: 1)
      let sip = try await SIPCommand.audioSession(
        calling: "sip:service@127.0.0.1:\(sipp.port)", codecs: "PCMU", srtp: .disabled)
      try await sip.established()
      try sip.press("h")
      let result = try await sipp.result()
      try #require(result.exitCode == 0 && result.successful == 1, "\(sipp.errors)")
      _ = try await sip.outcome()
    }
  }

  @Test(
    "A peer refuses: the caller is told the status, and the exit code differs",
    arguments: [("busy", 486, 14), ("decline", 603, 16), ("redirect", 302, 13)])
  func refusal(scenario: String, status: Int, exitCode: Int) async throws {
    try await InteropMatrix.record(.sipp, "It answers \(status)") {
      let sipp = try SippPeer(.file(scenario), calls: 1)
      let sip = try await SIPCommand.audioSession(calling: "sip:bob@127.0.0.1:\(sipp.port)")
      let outcome = try await sip.outcome()
      try #require(outcome.sipStatus == status && outcome.exitStatus == exitCode, "\(sip.process.log)")
      let result = try await sipp.result()
      try #require(result.exitCode == 0, "\(sipp.errors)")
    }
  }

  @Test("A peer rings and never answers: the caller gives up with CANCEL")
  func noAnswer() async throws {
    try await InteropMatrix.record(.sipp, "It rings and never answers") {
      let sipp = try SippPeer(.noAnswer, calls: 1)
      let sip = try await SIPCommand.audioSession(
        calling: "sip:bob@127.0.0.1:\(sipp.port)", more: ["--answer-timeout", "2"])
      let outcome = try await sip.outcome()
      try #require(outcome.exitStatus == 20, "\(sip.process.log)")
      let result = try await sipp.result()
      try #require(result.exitCode == 0, "\(sipp.errors)")
    }
  }

  @Test("A caller never ACKs: the callee ends the call with a BYE after 64 × T1")
  func neverACKs() async throws {
    try await InteropMatrix.record(.sipp, "It never ACKs") {
      let sip = try await SIPCommand.audioSession(codecs: "PCMU", srtp: .disabled)
      let sipp = try SippPeer(.neverACK, calling: sip.port, calls: 1)
      let outcome = try await sip.outcome(within: .seconds(50))
      try #require(outcome.exitStatus == 21, "\(sip.process.log)")
      let result = try await sipp.result()
      try #require(result.exitCode == 0, "\(sipp.errors)")
    }
  }
}
