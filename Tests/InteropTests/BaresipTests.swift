import Testing

/// baresip and `sip audio-session`, each playing a tone that the other must have heard.
@Suite(
  "baresip", .serialized, .enabled(if: Program.baresip.isInstalled, "\(Program.baresip.whySkipped)"))
struct BaresipTests {
  /// A way to talk: a codec, and whether SRTP is mandatory on both sides or off.
  struct Media: Sendable, CustomTestStringConvertible {
    var codec: BaresipPeer.Codec
    var encrypted: Bool

    var name: String { codec == .opus ? "Opus" : "PCMU" }
    var testDescription: String { "\(name), SRTP \(encrypted ? "mandatory" : "off")" }
    var ours: String { codec == .opus ? "opus" : "PCMU" }
    var encryption: BaresipPeer.Encryption { encrypted ? .sdes : .none }
    var srtp: SIPCommand.SRTP { encrypted ? .mandatory : .disabled }
    var suite: String? { encrypted ? "AES_CM_128_HMAC_SHA1_80" : nil }

    static let all = [
      Media(codec: .opus, encrypted: true), Media(codec: .opus, encrypted: false),
      Media(codec: .pcmu, encrypted: true), Media(codec: .pcmu, encrypted: false),
    ]
  }

  @Test("It calls us, both hear the other's tone and digits, and it hangs up", arguments: Media.all)
  func incoming(_ media: Media) async throws {
    try await InteropMatrix.record(.baresip, "It calls us: \(media.testDescription)") {
      let sip = try await SIPCommand.audioSession(codecs: media.ours, srtp: media.srtp)
      let baresip = try await BaresipPeer.start(tone: 440, codec: media.codec, encryption: media.encryption)
      try await baresip.dial(sip.uri)
      try await baresip.established()
      try await sip.established()
      try await baresip.receives(packets: 100)
      try await baresip.sendDigits("12#")
      try await sip.process.line(containing: "Got DTMF #")
      try sip.press("45")
      _ = try await eventually("baresip to hear 45") { baresip.receivedDigits() == "45" ? true : nil }
      try await baresip.hangUp()
      try await check(media, sip, baresip, digits: "12#")
    }
  }

  @Test("We call it, both hear the other's tone and digits, and we hang up", arguments: Media.all)
  func outgoing(_ media: Media) async throws {
    try await InteropMatrix.record(.baresip, "We call it: \(media.testDescription)") {
      let baresip = try await BaresipPeer.start(tone: 440, codec: media.codec, encryption: media.encryption)
      let sip = try await SIPCommand.audioSession(calling: baresip.uri, codecs: media.ours, srtp: media.srtp)
      try await sip.established()
      try await baresip.established()
      try await baresip.receives(packets: 100)
      try sip.press("7*")
      _ = try await eventually("baresip to hear 7*") { baresip.receivedDigits() == "7*" ? true : nil }
      try await baresip.sendDigits("0")
      try await sip.process.line(containing: "Got DTMF 0")
      let mark = baresip.control.mark
      try sip.press("h")
      try await baresip.control.event("CALL_CLOSED", since: mark)
      try await check(media, sip, baresip, digits: "0")
    }
  }

  /// What both sides say about the call when it is over.
  private func check(_ media: Media, _ sip: SIPCommand, _ baresip: BaresipPeer, digits: String) async throws {
    let outcome = try await sip.outcome()
    try #require(outcome.exitStatus == 0)
    try #require(outcome.codec?.lowercased() == media.ours.lowercased())
    try #require(outcome.srtpSuite == media.suite)
    try #require(outcome.dtmfReceived == digits)
    let (theirs, ours) = (try await baresip.stopAndReadRecording(), try sip.recording())
    try #require(theirs.seconds(of: 660) > 1, "baresip heard \(theirs.seconds) s: \(theirs.tonality(660))")
    try #require(ours.seconds(of: 440) > 1, "we heard \(ours.seconds) s: \(ours.tonality(440))")
  }

  @Test("It holds and resumes: we are told, nothing is sent meanwhile, and then both hear again")
  func heldByPeer() async throws {
    try await InteropMatrix.record(.baresip, "It holds and resumes") {
      let sip = try await SIPCommand.audioSession(codecs: "opus")
      let baresip = try await BaresipPeer.start(tone: 440, codec: .opus)
      try await baresip.dial(sip.uri)
      try await baresip.established()
      try await baresip.receives(packets: 50)
      try await baresip.control.command("hold")
      try await sip.process.line(containing: "Remote party has put the audio session on hold")
      try await stillness(at: baresip)
      try await baresip.control.command("resume")
      try await sip.process.line(containing: "Remote party has resumed the audio session")
      try await baresip.receives(packets: 75)
      try await baresip.hangUp()
      let outcome = try await sip.outcome()
      try #require(outcome.exitStatus == 0)
      let heard = try sip.recording()
      try #require(heard.seconds(of: 440) > 2, "we heard \(heard.tonality(440))")
      try #require(heard.silentSeconds >= 0.3, "there was no pause: \(heard.tonality(440))")
    }
  }

  @Test("We hold and resume: it is offered the change, hears nothing meanwhile, and then both hear again")
  func heldByUs() async throws {
    try await InteropMatrix.record(.baresip, "We hold and resume") {
      let baresip = try await BaresipPeer.start(tone: 440, codec: .pcmu)
      let sip = try await SIPCommand.audioSession(calling: baresip.uri, codecs: "PCMU")
      try await sip.established()
      try await baresip.established()
      try await baresip.receives(packets: 50)
      let mark = baresip.control.mark
      try sip.press(" ")
      try await baresip.control.event("CALL_REMOTE_SDP", "offer", since: mark)
      try await sip.process.line(containing: "Audio session is put on hold")
      try await stillness(at: baresip)
      try sip.press(" ")
      try await sip.process.line(containing: "Audio session is resumed")
      try await baresip.receives(packets: 75)
      try sip.press("h")
      let outcome = try await sip.outcome()
      try #require(outcome.exitStatus == 0)
      let heard = try sip.recording()
      try #require(heard.seconds(of: 440) > 2, "we heard \(heard.tonality(440))")
    }
  }

  /// Looks for a second whether RTP still comes. Two packets may have been on their way.
  private func stillness(at baresip: BaresipPeer) async throws {
    try await Task.sleep(for: .milliseconds(100))
    let before = try await baresip.receivedPackets()
    try await Task.sleep(for: .seconds(1))
    let after = try await baresip.receivedPackets()
    try #require(after - before <= 2, "\(after - before) packets came during hold")
  }

  @Test("Calls over TCP, both ways")
  func tcp() async throws {
    try await InteropMatrix.record(.baresip, "Calls over TCP, both ways") {
      let baresip = try await BaresipPeer.start(tone: 440, codec: .opus)
      let calling = try await SIPCommand.audioSession(calling: baresip.uri, transport: .tcp)
      try await baresip.established()
      try await baresip.receives(packets: 25)
      try calling.press("h")
      let first = try await calling.outcome()
      try #require(first.exitStatus == 0 && first.transport?.lowercased() == "tcp")

      let waiting = try await SIPCommand.audioSession(transport: .tcp)
      let mark = baresip.control.mark
      try await baresip.dial(waiting.uri + ";transport=tcp")
      try await baresip.established(since: mark)
      try await baresip.receives(packets: 25)
      try await baresip.hangUp()
      let second = try await waiting.outcome()
      try #require(second.exitStatus == 0 && second.transport?.lowercased() == "tcp")
    }
  }

  @Test("SRTP mandatory against none: the call is refused, and both are told")
  func encryptionMismatch() async throws {
    try await InteropMatrix.record(.baresip, "SRTP mandatory against none is refused") {
      let sip = try await SIPCommand.audioSession(srtp: .mandatory)
      let baresip = try await BaresipPeer.start(tone: 440, codec: .opus, encryption: .none)
      try await baresip.dial(sip.uri)
      let closed = try await baresip.control.event("CALL_CLOSED")
      try #require(closed.param?.hasPrefix("488") == true, "\(closed)")
      try await sip.process.stop()
    }
  }
}
