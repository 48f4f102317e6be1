import Testing

/// What happens to a call with baresip besides talk: hold, cancel, refusal, an end by a signal.
@Suite(
  "baresip: hold, cancel and refusal", .serialized,
  .enabled(if: Program.baresip.isInstalled, "\(Program.baresip.whySkipped)"))
struct BaresipCallControlTests {
  @Test("It holds and resumes twice: we are told, nothing is sent meanwhile, and then both hear again")
  func heldByPeer() async throws {
    try await InteropMatrix.record(.baresip, "It holds and resumes") {
      let sip = try await SIPCommand.audioSession(codecs: "opus")
      let baresip = try await BaresipPeer.start(tone: 440, codec: .opus)
      try await baresip.dial(sip.uri)
      try await baresip.established()
      try await baresip.receives(packets: 50)
      for round in 1...2 {
        try await baresip.control.command("hold")
        try await sip.said("Remote party has put the audio session on hold", times: round)
        try await stillness(at: baresip)
        try await baresip.control.command("resume")
        try await sip.said("Remote party has resumed the audio session", times: round)
        try await baresip.receives(packets: 50)
      }
      try await baresip.hangUp()
      let outcome = try await sip.outcome()
      try #require(outcome.exitStatus == 0)
      let heard = try sip.recording()
      try #require(heard.seconds(of: 440) > 2, "we heard \(heard.tonality(440))")
      try #require(heard.silentSeconds >= 0.4, "there was no pause: \(heard.tonality(440))")
    }
  }

  @Test("We hold and resume twice: it is offered the change, hears nothing meanwhile, and then both hear again")
  func heldByUs() async throws {
    try await InteropMatrix.record(.baresip, "We hold and resume") {
      let baresip = try await BaresipPeer.start(tone: 440, codec: .pcmu, encryption: .sdes)
      let sip = try await SIPCommand.audioSession(calling: baresip.uri, codecs: "PCMU", srtp: .mandatory)
      try await sip.established()
      try await baresip.established()
      try await baresip.receives(packets: 50)
      for round in 1...2 {
        let mark = baresip.control.mark
        try sip.press(" ")
        try await baresip.control.event("CALL_REMOTE_SDP", "offer", since: mark)
        try await sip.said("Audio session is put on hold", times: round)
        try await stillness(at: baresip)
        try sip.press(" ")
        try await sip.said("Audio session is resumed", times: round)
        try await baresip.receives(packets: 50)
      }
      try sip.press("h")
      let outcome = try await sip.outcome()
      try #require(outcome.exitStatus == 0)
      let heard = try sip.recording()
      try #require(heard.seconds(of: 440) > 2, "we heard \(heard.tonality(440))")
    }
  }

  /// Looks for half a second whether RTP still comes. Two packets may have been on their way.
  private func stillness(at baresip: BaresipPeer) async throws {
    try await Task.sleep(for: .milliseconds(100))
    let before = try await baresip.receivedPackets()
    try await Task.sleep(for: .milliseconds(500))
    let after = try await baresip.receivedPackets()
    try #require(after - before <= 2, "\(after - before) packets came during hold")
  }

  @Test("We call and take it back while it rings")
  func cancelledByUs() async throws {
    try await InteropMatrix.record(.baresip, "We cancel while it rings") {
      let baresip = try await BaresipPeer.start(tone: 440, codec: .opus, answers: false)
      let sip = try await SIPCommand.audioSession(calling: baresip.uri)
      try await sip.process.line(containing: "Ringing...")
      let mark = baresip.control.mark
      try sip.press("h")
      try await baresip.control.event("CALL_CLOSED", since: mark)
      let outcome = try await sip.outcome()
      try #require(outcome.exitStatus == 25 && outcome.sipStatus == 487, "\(outcome)")
    }
  }

  @Test("It calls and takes it back while we ring")
  func cancelledByPeer() async throws {
    try await InteropMatrix.record(.baresip, "It cancels while we ring") {
      let sip = try await SIPCommand.audioSession(answers: false)
      let baresip = try await BaresipPeer.start(tone: 440, codec: .opus)
      try await baresip.dial(sip.uri)
      try await baresip.control.event("CALL_RINGING")
      try await sip.process.line(containing: "do you want to accept?")
      try await baresip.hangUp()
      let outcome = try await sip.outcome()
      try #require(outcome.exitStatus == 25, "\(outcome)")
    }
  }

  @Test("It is busy: we are told 486")
  func refusedByPeer() async throws {
    try await InteropMatrix.record(.baresip, "It answers 486") {
      let baresip = try await BaresipPeer.start(tone: 440, codec: .opus, answers: false)
      let sip = try await SIPCommand.audioSession(calling: baresip.uri)
      try await sip.process.line(containing: "Ringing...")
      try await baresip.hangUp()
      let outcome = try await sip.outcome()
      try #require(outcome.exitStatus == 14 && outcome.sipStatus == 486, "\(outcome)")
      try await sip.process.line(containing: "The peer refused the call with 486")
    }
  }

  @Test("We refuse: by the key n with 603, by --reject, and by being in a call with 486")
  func refusedByUs() async throws {
    try await InteropMatrix.record(.baresip, "We refuse it: 603, 480, 486") {
      let baresip = try await BaresipPeer.start(tone: 440, codec: .opus)
      let asking = try await SIPCommand.audioSession(answers: false)
      var mark = baresip.control.mark
      try await baresip.dial(asking.uri)
      try await asking.process.line(containing: "do you want to accept?")
      try asking.press("n")
      let declined = try await baresip.control.event("CALL_CLOSED", since: mark)
      try #require(declined.param?.hasPrefix("603") == true, "\(declined)")

      let refusing = try await SIPCommand.audioSession(more: ["--reject", "480"])
      mark = baresip.control.mark
      try await baresip.dial(refusing.uri)
      let refused = try await baresip.control.event("CALL_CLOSED", since: mark)
      try #require(refused.param?.hasPrefix("480") == true, "\(refused)")

      let talking = try await SIPCommand.audioSession(calls: 2)
      try await baresip.dial(talking.uri)
      try await baresip.established()
      let second = try await SIPCommand.audioSession(calling: talking.uri)
      let outcome = try await second.outcome()
      try #require(outcome.exitStatus == 14 && outcome.sipStatus == 486, "\(outcome)")
      try await talking.process.stop()
    }
  }

  @Test("SRTP mandatory against none is refused with 488, whoever calls")
  func encryptionMismatch() async throws {
    try await InteropMatrix.record(.baresip, "SRTP mandatory against none is refused") {
      let sip = try await SIPCommand.audioSession(srtp: .mandatory)
      let baresip = try await BaresipPeer.start(tone: 440, codec: .opus, encryption: .none)
      try await baresip.dial(sip.uri)
      let closed = try await baresip.control.event("CALL_CLOSED")
      try #require(closed.param?.hasPrefix("488") == true, "\(closed)")
      let refused = try await sip.outcome()
      try #require(refused.exitStatus == 24, "\(refused) \(sip.process.log)")

      let calling = try await SIPCommand.audioSession(calling: baresip.uri, srtp: .mandatory)
      let outcome = try await calling.outcome()
      try #require(outcome.exitStatus != 0, "\(outcome)")
    }
  }

  /// `timeout`, under which the command runs here, sends the signal twice.
  @Test("A signal ends our call with BYE")
  func signal() async throws {
    try await InteropMatrix.record(.baresip, "SIGTERM ends our call with BYE") {
      let baresip = try await BaresipPeer.start(tone: 440, codec: .opus)
      let sip = try await SIPCommand.audioSession(calling: baresip.uri)
      try await baresip.established()
      try await baresip.receives(packets: 25)
      let mark = baresip.control.mark
      try await sip.process.stop()
      try await baresip.control.event("CALL_CLOSED", since: mark, within: .seconds(3))
      let outcome = try await sip.outcome()
      try #require(outcome.exitStatus == 0, "\(outcome)")
    }
  }
}
