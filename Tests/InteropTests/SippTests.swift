import Testing

/// sipp's built-in scenarios against `sip audio-session`, and peers that do not behave.
@Suite("sipp", .serialized, .enabled(if: Program.sipp.isInstalled, "\(Program.sipp.whySkipped)"))
struct SippTests {
  private static let transports: [SIPCommand.Transport] = [.udp, .tcp]

  @Test("Its uac calls us a hundred times, ten at a time: none fails", arguments: transports)
  func uac(_ transport: SIPCommand.Transport) async throws {
    try await InteropMatrix.record(.sipp, "uac calls us 100 times, 10 at once, \(transport.rawValue.uppercased())") {
      // More may be on the line than sipp counts: a call is over for it before its BYE is answered.
      let sip = try await SIPCommand.audioSession(
        tone: nil, codecs: "PCMU", transport: transport, calls: 100, more: ["--batch", "--parallel", "20"])
      let sipp = try SippPeer(
        .uac, calling: sip.port, calls: 100, rate: 50, holding: 200, atOnce: 10, tcp: transport == .tcp)
      let result = try await sipp.result()
      try #require(result.exitCode == 0 && result.successful == 100 && result.failed == 0, "\(sipp.errors)")
      let outcome = try await sip.outcome()
      try #require(
        outcome.exitStatus == 0 && outcome.callsSucceeded == 100, "\(outcome) \(sip.process.log.suffix(3000))")
    }
  }

  @Test("We call its uas a hundred times, ten at a time: none fails", arguments: transports)
  func uas(_ transport: SIPCommand.Transport) async throws {
    try await InteropMatrix.record(.sipp, "We call uas 100 times, 10 at once, \(transport.rawValue.uppercased())") {
      let sipp = try SippPeer(.uas, calls: 100, tcp: transport == .tcp)
      let sip = try await SIPCommand.audioSession(
        calling: "sip:service@127.0.0.1:\(sipp.port);transport=\(transport.rawValue)", tone: nil, codecs: "PCMU",
        srtp: .disabled, calls: 100, more: ["--batch", "--parallel", "10", "--auto-hangup", "0.1"])
      let outcome = try await sip.outcome(within: .seconds(30))
      try #require(
        outcome.exitStatus == 0 && outcome.callsSucceeded == 100, "\(outcome) \(sip.process.log.suffix(3000))")
      try #require((outcome.setupMsMedian ?? 1000) < 200, "set-up took \(outcome.setupMsMedian ?? 0) ms")
      let result = try await sipp.result()
      try #require(result.exitCode == 0 && result.successful == 100 && result.failed == 0, "\(sipp.errors)")
    }
  }

  @Test(
    "A peer refuses: the caller is told the status in a sentence, and the exit code differs",
    arguments: [
      ("busy", 486, 14, "The peer refused the call with 486 Busy Here"),
      ("decline", 603, 16, "The peer refused the call with 603 Decline"),
      ("redirect", 302, 13, "The peer redirected the call with 302 Moved Temporarily to sip:elsewhere@127.0.0.1:9"),
    ])
  func refusal(scenario: String, status: Int, exitCode: Int, sentence: String) async throws {
    try await InteropMatrix.record(.sipp, "It answers \(status)") {
      let sipp = try SippPeer(.file(scenario), calls: 1)
      let sip = try await SIPCommand.audioSession(calling: "sip:bob@127.0.0.1:\(sipp.port)")
      let outcome = try await sip.outcome()
      try #require(outcome.sipStatus == status && outcome.exitStatus == exitCode, "\(sip.process.log)")
      try #require(sip.process.log.contains(sentence), "\(sip.process.log)")
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
      try #require(sip.process.log.contains("Nobody answered in time"), "\(sip.process.log)")
      let result = try await sipp.result()
      try #require(result.exitCode == 0, "\(sipp.errors)")
    }
  }

  /// Both take the protocol's own 32 seconds (64 × T1), so they take them together.
  @Test("A caller never ACKs: the callee sends BYE. A callee never says anything: the caller gives up")
  func silence() async throws {
    let nobody = try LoopbackSocket()
    let calling = try await SIPCommand.audioSession(calling: "sip:bob@127.0.0.1:\(nobody.port)")
    try await InteropMatrix.record(.sipp, "It never ACKs") {
      let sip = try await SIPCommand.audioSession(codecs: "PCMU", srtp: .disabled)
      let sipp = try SippPeer(.neverACK, calling: sip.port, calls: 1)
      let outcome = try await sip.outcome(within: .seconds(50))
      try #require(outcome.exitStatus == 21, "\(sip.process.log)")
      try #require(sip.process.log.contains("never"), "\(sip.process.log)")
      let result = try await sipp.result()
      try #require(result.exitCode == 0, "\(sipp.errors)")
    }
    let outcome = try await calling.outcome(within: .seconds(10))
    #expect(outcome.exitStatus == 20 && outcome.sipStatus == 408, "\(calling.process.log)")
    #expect(calling.process.log.contains("no response at all came to the INVITE"))
  }
}
