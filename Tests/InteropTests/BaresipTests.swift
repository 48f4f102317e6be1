import Testing

/// baresip and `sip audio-session`, each playing a tone that the other must have heard.
@Suite(
  "baresip: calls", .serialized, .enabled(if: Program.baresip.isInstalled, "\(Program.baresip.whySkipped)"))
struct BaresipTests {
  /// A way to talk: a codec, what each side says about SRTP, and what carries the signalling.
  struct Way: Sendable, CustomTestStringConvertible {
    var codec: BaresipPeer.Codec
    var ours: SIPCommand.SRTP
    var theirs: BaresipPeer.Encryption
    var transport = SIPCommand.Transport.udp

    var codecName: String { codec == .opus ? "opus" : codec == .pcmu ? "PCMU" : "PCMA" }
    var isEncrypted: Bool { ours != .disabled && theirs != .none }
    var suite: String? { isEncrypted ? "AES_CM_128_HMAC_SHA1_80" : nil }

    var testDescription: String {
      let srtp =
        switch (ours, theirs) {
        case (.mandatory, .sdes): "SRTP"
        case (.disabled, .none): "no SRTP"
        default: "SRTP \(ours.rawValue) with us, \(Self.word(theirs)) with it"
        }
      return "\(codecName), \(srtp), \(transport.rawValue.uppercased())"
    }

    private static func word(_ encryption: BaresipPeer.Encryption) -> String {
      switch encryption {
      case .none: "none"
      case .sdes: "mandatory"
      case .optionalSDES: "optional"
      }
    }

    static let all = [
      Way(codec: .opus, ours: .mandatory, theirs: .sdes),
      Way(codec: .opus, ours: .disabled, theirs: .none),
      Way(codec: .opus, ours: .optional, theirs: .optionalSDES),
      Way(codec: .opus, ours: .mandatory, theirs: .sdes, transport: .tcp),
      Way(codec: .pcmu, ours: .mandatory, theirs: .sdes),
      Way(codec: .pcmu, ours: .disabled, theirs: .none),
      Way(codec: .pcmu, ours: .optional, theirs: .none),
      Way(codec: .pcmu, ours: .disabled, theirs: .none, transport: .tcp),
      Way(codec: .pcma, ours: .disabled, theirs: .none),
    ]
    /// An offer of `RTP/AVP` with `a=crypto` is what it calls optional; its mandatory refuses that, and sends `RTP/SAVP`.
    static let incoming = all + [Way(codec: .pcma, ours: .optional, theirs: .sdes)]
    static let outgoing = all + [Way(codec: .pcma, ours: .mandatory, theirs: .optionalSDES)]
  }

  @Test("It calls us, both hear the other's tone and a digit, and it hangs up", arguments: Way.incoming)
  func incoming(_ way: Way) async throws {
    try await InteropMatrix.record(.baresip, "It calls us: \(way.testDescription)") {
      let sip = try await SIPCommand.audioSession(codecs: way.codecName, srtp: way.ours, transport: way.transport)
      let baresip = try await BaresipPeer.start(tone: 440, codec: way.codec, encryption: way.theirs)
      try await baresip.dial(sip.uri + (way.transport == .tcp ? ";transport=tcp" : ""))
      try await talk(sip, baresip)
      try await baresip.hangUp()
      try await check(way, sip, baresip)
    }
  }

  @Test("We call it, both hear the other's tone and a digit, and we hang up", arguments: Way.outgoing)
  func outgoing(_ way: Way) async throws {
    try await InteropMatrix.record(.baresip, "We call it: \(way.testDescription)") {
      let baresip = try await BaresipPeer.start(tone: 440, codec: way.codec, encryption: way.theirs)
      let sip = try await SIPCommand.audioSession(
        calling: baresip.uri + (way.transport == .tcp ? ";transport=tcp" : ""), codecs: way.codecName, srtp: way.ours)
      try await talk(sip, baresip)
      let mark = baresip.control.mark
      try sip.press("h")
      try await baresip.control.event("CALL_CLOSED", since: mark)
      try await check(way, sip, baresip)
    }
  }

  /// Two seconds of tone, and a digit each way.
  private func talk(_ sip: SIPCommand, _ baresip: BaresipPeer) async throws {
    try await baresip.established()
    try await sip.established()
    try await baresip.receives(packets: 100)
    try await baresip.sendDigits("5")
    try await sip.process.line(containing: "Got DTMF 5")
    try sip.press("7")
    _ = try await eventually("baresip to hear 7") { baresip.receivedDigits() == "7" ? true : nil }
  }

  /// What both sides say about the call when it is over.
  private func check(_ way: Way, _ sip: SIPCommand, _ baresip: BaresipPeer) async throws {
    let outcome = try await sip.outcome()
    try #require(outcome.exitStatus == 0)
    try #require(outcome.codec?.lowercased() == way.codecName.lowercased())
    try #require(outcome.srtpSuite == way.suite)
    try #require(outcome.transport?.lowercased() == way.transport.rawValue)
    try #require(outcome.dtmfReceived == "5")
    try #require(
      outcome.packetsReceived > 100 && outcome.packetsLost == 0 && outcome.packetsRejected <= 1, "\(outcome)")
    let (theirs, ours) = (try await baresip.stopAndReadRecording(), try sip.recording())
    // What is missing is the digit, which takes the tone's place, and the beginning.
    try #require(theirs.seconds > 2 && theirs.seconds(of: 660) > 0.7 * theirs.seconds, "\(theirs.tonality(660))")
    try #require(ours.seconds > 2 && ours.seconds(of: 440) > 0.7 * ours.seconds, "\(ours.tonality(440))")
  }

  @Test("All sixteen digits arrive, both ways", arguments: [BaresipPeer.Codec.opus, .pcmu])
  func digits(codec: BaresipPeer.Codec) async throws {
    let name = codec == .opus ? "Opus" : "PCMU"
    try await InteropMatrix.record(.baresip, "All 16 DTMF digits both ways, beside \(name)") {
      let digits = "1234567890*#ABCD"
      let baresip = try await BaresipPeer.start(tone: 440, codec: codec)
      let sip = try await SIPCommand.audioSession(
        calling: baresip.uri, codecs: name, more: ["--dtmf", digits])
      try await baresip.established()
      _ = try await eventually("baresip to hear \(digits), not \(baresip.receivedDigits())", within: .seconds(15)) {
        baresip.receivedDigits() == digits ? true : nil
      }
      for digit in digits {
        try await baresip.sendDigits(String(digit))
        try await sip.process.line(containing: "Got DTMF \(digit)")
      }
      try sip.press("h")
      let outcome = try await sip.outcome()
      try #require(outcome.exitStatus == 0 && outcome.dtmfReceived == digits, "\(outcome)")
    }
  }

  @Test("A call over TLS: it calls us, and verifies nothing; we call it, and verify its certificate")
  func tls() async throws {
    try await InteropMatrix.record(.baresip, "Calls over TLS, both ways") {
      let folder = try ScratchFolder("identity")
      let identity = try await Identity.make("127.0.0.1", in: folder)
      let baresip = try await BaresipPeer.start(
        tone: 440, codec: .opus, encryption: .sdes, identity: identity.combined)
      let calling = try await SIPCommand.audioSession(
        calling: "sip:bob@127.0.0.1:\(baresip.port + 1);transport=tls", srtp: .mandatory,
        more: ["--tls-ca", identity.certificate])
      try await baresip.established()
      try await baresip.receives(packets: 50)
      try calling.press("h")
      let first = try await calling.outcome()
      try #require(
        first.exitStatus == 0 && first.transport?.lowercased() == "tls" && first.srtpSuite != nil, "\(first)")
      try #require(first.tlsVersion?.contains("1.3") == true, "\(first)")

      let waiting = try await SIPCommand.audioSession(
        srtp: .mandatory, transport: .tls,
        more: ["--tls-certificate", identity.certificate, "--tls-key", identity.key])
      let mark = baresip.control.mark
      try await baresip.dial(waiting.uri + ";transport=tls")
      try await baresip.established(since: mark)
      try await baresip.receives(packets: 50)
      try await baresip.hangUp()
      let second = try await waiting.outcome()
      try #require(second.exitStatus == 0 && second.transport?.lowercased() == "tls", "\(second)")
      try #require(try waiting.recording().seconds(of: 440) > 0.7)
    }
  }
}
