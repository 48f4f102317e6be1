import Testing
import WireSupport

@testable import SDP

@Suite("RFC 4568 §5.1 §7.1 SRTP by policy")
struct SRTPPolicyTests {
  private let head = "\(GrammarTests.head)c=IN IP4 192.0.2.9\nt=0 0\n"
  private let peerKey = "inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR"

  private func local(_ policy: SRTPPolicy) throws -> SDPLocalMedia {
    try audio(5000, srtp: policy, cryptos: [key(1, tag: 1), key(100, .aesCM128HMACSHA1_32, tag: 2)])
  }

  /// Every policy against every other: the transport, whether it is encrypted, or why not.
  static let matrix: [(SRTPPolicy, SRTPPolicy, String, SDPRejection?)] = [
    (.disabled, .disabled, "clear", nil), (.disabled, .optional, "clear", nil),
    (.disabled, .mandatory, "RTP/AVP", .encryptionRequired), (.optional, .disabled, "clear", nil),
    (.optional, .optional, "keyed", nil), (.optional, .mandatory, "keyed", nil),
    (.mandatory, .disabled, "RTP/SAVP", .encryptionUnavailable), (.mandatory, .optional, "keyed", nil),
    (.mandatory, .mandatory, "keyed", nil),
  ]

  @Test("Offerer's policy against answerer's", arguments: matrix)
  func policies(_ offering: SRTPPolicy, _ answering: SRTPPolicy, _ outcome: String, _ rejection: SDPRejection?) throws {
    var pair = try Pair()
    let result = try pair.exchange(
      [try audio(4000, srtp: offering, cryptos: [key(1)])],
      [try audio(5000, host: "192.0.2.2", srtp: answering, cryptos: [key(2)])])
    #expect(result.bob.media[0].rejection == rejection)
    #expect(result.alice.media[0].rejection == (rejection == nil ? nil : .declinedByPeer))
    #expect(result.alice.local.media[0].proto == (offering == .mandatory ? "RTP/SAVP" : "RTP/AVP"))
    #expect(result.bob.local.media[0].proto == result.alice.local.media[0].proto)
    #expect((result.alice.media[0].srtp != nil) == (outcome == "keyed"))
    if outcome == "keyed" {
      #expect(result.alice.media[0].srtp?.local == key(1).keys[0])
      #expect(result.alice.media[0].srtp?.remote == key(2).keys[0])
      #expect(result.bob.media[0].srtp?.local == key(2).keys[0])
      #expect(result.bob.media[0].srtp?.remote == key(1).keys[0])
    } else {
      #expect(!result.bob.local.media[0].has(.crypto))
    }
  }

  @Test("§5.1.2 the answer has one suite, of our preference, with the offer's tag")
  func suiteByPreference() throws {
    var bob = try negotiator("192.0.2.2")
    try bob.receiveOffer(
      try parse(
        head
          + "m=audio 1 RTP/SAVP 0\na=crypto:4 AES_CM_128_HMAC_SHA1_32 \(peerKey)\na=crypto:7 AES_CM_128_HMAC_SHA1_80 \(peerKey)"
      ))
    let answer = try bob.makeAnswer([try local(.mandatory)])
    let lines = try answer.local.media[0].values(.crypto)
    #expect(lines.map(\.tag) == [7])
    #expect(lines[0].suite == .aesCM128HMACSHA1_80)
    #expect(lines[0].keys == key(1).keys)
    #expect(answer.media[0].srtp?.suite == .aesCM128HMACSHA1_80)
  }

  static let unusable = [
    "a=crypto:1 F8_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR",
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:AAAA",
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|1:4",
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR UNENCRYPTED_SRTP",
    "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR KDR=1",
    "a=crypto:nonsense",
    "a=x",
  ]

  @Test("§6.3 a line that cannot be used counts as none", arguments: unusable)
  func unusableLines(_ line: String) throws {
    for (proto, policy, rejection) in [
      ("RTP/SAVP", SRTPPolicy.optional, SDPRejection.encryptionUnavailable), ("RTP/AVP", .optional, nil),
      ("RTP/AVP", .mandatory, .encryptionRequired),
    ] as [(String, SRTPPolicy, SDPRejection?)] {
      var bob = try negotiator("192.0.2.2")
      try bob.receiveOffer(try parse(head + "m=audio 1 \(proto) 0\n\(line)"))
      let answer = try bob.makeAnswer([try local(policy)])
      #expect(answer.media[0].rejection == rejection)
      #expect(answer.media[0].srtp == nil)
    }
  }

  @Test("§6.3.7 hints and ignorable parameters do no harm; an MKI is taken by who can")
  func hints() throws {
    var bob = try negotiator("192.0.2.2")
    try bob.receiveOffer(
      try parse(
        head + "m=audio 1 RTP/SAVPF 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 \(peerKey)|2^20|1:4 WSH=64 -X=1 KDR=0"))
    var mine = try local(.mandatory)
    mine.rtp?.acceptsMKI = true
    let answer = try bob.makeAnswer([mine])
    #expect(answer.media[0].srtp?.remote.mki?.byteCount == 4)
    #expect(answer.media[0].srtp?.remote.lifetime == 1 << 20)
    #expect(answer.local.media[0].proto == "RTP/SAVPF")
  }

  @Test("§5.1.3 an answer must pair with a tag and suite that we offered")
  func answerPairing() throws {
    for (line, accepted) in [
      ("a=crypto:2 AES_CM_128_HMAC_SHA1_32 \(peerKey)", true), ("a=crypto:3 AES_CM_128_HMAC_SHA1_80 \(peerKey)", false),
      ("a=crypto:1 AES_CM_128_HMAC_SHA1_32 \(peerKey)", false), ("a=x", false),
    ] {
      var alice = try negotiator("192.0.2.1")
      _ = try alice.makeOffer([try local(.mandatory)])
      let agreement = try alice.receiveAnswer(try parse(head + "m=audio 1 RTP/SAVP 0\n\(line)"))
      #expect(agreement.media[0].rejection == (accepted ? nil : .encryptionRequired))
      #expect(agreement.media[0].srtp?.local == (accepted ? key(100, .aesCM128HMACSHA1_32).keys[0] : nil))
    }
  }

  @Test("§7.1.4 a re-offer keeps transport, suite and keys; a new key shows as a change")
  func reoffer() throws {
    var bob = try negotiator("192.0.2.2")
    let lines = head + "m=audio 1 RTP/SAVP 0\na=crypto:3 AES_CM_128_HMAC_SHA1_32 \(peerKey)"
    try bob.receiveOffer(try parse(lines))
    let first = try bob.makeAnswer([try local(.optional)])
    let offer = try bob.makeOffer(bob.streams)
    #expect(offer.media[0].proto == "RTP/SAVP")
    #expect(try offer.media[0].values(.crypto).map(\.suite) == [.aesCM128HMACSHA1_32])
    #expect(try offer.media[0].value(.crypto)?.keys[0] == first.media[0].srtp?.local)
    let same = try bob.receiveAnswer(
      try parse(head + "m=audio 1 RTP/SAVP 0\na=crypto:2 AES_CM_128_HMAC_SHA1_32 \(peerKey)"))
    #expect(same.media[0].srtp == first.media[0].srtp)
    #expect(!same.media[0].changes.contains(.srtp))
    try bob.receiveOffer(try parse(lines.replacing("inline:PS", with: "inline:QS")))
    let rekeyed = try bob.makeAnswer(bob.streams)
    #expect(rekeyed.media[0].changes == .srtp)
  }
}
