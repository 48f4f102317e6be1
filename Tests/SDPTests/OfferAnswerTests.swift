import Testing
import WireSupport

@testable import SDP

@Suite("RFC 3264 offer and answer")
struct OfferAnswerTests {
  private let h261 = SDPCodec("H261", clockRate: 90000, payloadType: 31)
  private let mpv = SDPCodec("MPV", clockRate: 90000, payloadType: 32)

  private func video(_ port: UInt16, _ codecs: [SDPCodec], _ host: String = "192.0.2.1") throws -> SDPLocalMedia {
    SDPLocalMedia(
      .video, address: TransportAddress(ip: try #require(IPAddress(host)), port: port), rtp: SDPLocalRTP(codecs: codecs)
    )
  }

  @Test("§10.1 audio and two videos, one of them refused; then a new stream of events")
  func basicExchange() throws {
    let offer = try parse(
      """
      v=0
      o=alice 2890844526 2890844526 IN IP4 host.anywhere.com
      s=
      c=IN IP4 host.anywhere.com
      t=0 0
      m=audio 49170 RTP/AVP 0
      a=rtpmap:0 PCMU/8000
      m=video 51372 RTP/AVP 31
      a=rtpmap:31 H261/90000
      m=video 53000 RTP/AVP 32
      a=rtpmap:32 MPV/90000
      """)
    var bob = try negotiator("192.0.2.2")
    try bob.receiveOffer(offer)
    let answer = try bob.makeAnswer([
      try audio(49920, [pcmu], host: "192.0.2.2"), nil, try video(53000, [mpv], "192.0.2.2"),
    ])
    #expect(
      try text(answer.local) == """
        v=0
        o=- 7 1 IN IP4 192.0.2.2
        s=-
        c=IN IP4 192.0.2.2
        t=0 0
        m=audio 49920 RTP/AVP 0
        a=rtpmap:0 PCMU/8000
        a=sendrecv
        m=video 0 RTP/AVP 31
        m=video 53000 RTP/AVP 32
        a=rtpmap:32 MPV/90000
        a=sendrecv

        """)
    #expect(answer.media.map(\.rejection) == [nil, .declinedLocally, nil])
    #expect(answer.media[0].remoteHost == "host.anywhere.com")
    #expect(answer.media[0].remoteAddress == nil)
    #expect(answer.media[0].remotePort == 49170)
    // Bob moves his audio and adds a stream of events that he only receives.
    let events = SDPCodec("telephone-events", clockRate: 8000, payloadType: 110)
    let reoffer = try bob.makeOffer([
      try audio(65422, [pcmu], host: "192.0.2.2"), nil, bob.streams[2],
      try audio(51434, [events], host: "192.0.2.2", direction: .receiveOnly),
    ])
    #expect(reoffer.origin.sessionVersion == "2")
    #expect(reoffer.media.map(\.port) == [65422, 0, 53000, 51434])
    let theirs = try parse(
      """
      v=0
      o=alice 2890844526 2890844527 IN IP4 192.0.2.1
      s=
      c=IN IP4 192.0.2.1
      t=0 0
      m=audio 49170 RTP/AVP 0
      m=video 0 RTP/AVP 31
      m=video 53000 RTP/AVP 32
      m=audio 53122 RTP/AVP 110
      a=rtpmap:110 telephone-events/8000
      a=sendonly
      """)
    let agreement = try bob.receiveAnswer(theirs)
    #expect(agreement.media.map(\.rejection) == [nil, .disabled, nil, nil])
    #expect(agreement.media[0].changes == [.remoteAddress, .localAddress])
    #expect(agreement.media[3].changes == .added)
    #expect(agreement.media[3].direction == .receiveOnly)
  }

  @Test("§10.2 one of several codecs: the answer narrows, and a second offer settles on one")
  func oneOfMany() throws {
    var pair = try Pair()
    let g723 = SDPCodec("G723", clockRate: 8000, payloadType: 4)
    let g729 = SDPCodec("G729", clockRate: 8000, payloadType: 18)
    var mine = try audio(62986, [pcmu, g723, g729], direction: .inactive)
    var theirs = try audio(54344, [g723, pcmu], host: "192.0.2.2")
    let first = try pair.exchange([mine], [theirs])
    #expect(first.alice.local.media[0].formatList == "0 4 18")
    #expect(first.bob.local.media[0].formatList == "0 4")
    #expect(first.alice.media[0].direction == .inactive)
    #expect(first.bob.local.media[0].statedDirection == .inactive)
    mine.rtp?.codecs = [g723]
    mine.direction = .sendReceive
    theirs.rtp?.codecs = [g723]
    let second = try pair.exchange([mine], [theirs])
    #expect(second.alice.media[0].codecs.map(\.name) == ["G723"])
    #expect(second.alice.media[0].direction == .sendReceive)
    #expect(second.alice.media[0].changes == [.codecs, .direction])
  }

  @Test("RFC 4317 §2.1 codecs in common, with a dynamic one")
  func rfc4317_2_1() throws {
    let ilbc = SDPCodec("iLBC", clockRate: 8000, payloadType: 97)
    let offer = try parse(
      """
      v=0
      o=alice 2890844526 2890844526 IN IP4 198.51.100.1
      s=
      c=IN IP4 198.51.100.1
      t=0 0
      m=audio 49170 RTP/AVP 0 8 97
      a=rtpmap:0 PCMU/8000
      a=rtpmap:8 PCMA/8000
      a=rtpmap:97 iLBC/8000
      m=video 51372 RTP/AVP 31 32
      a=rtpmap:31 H261/90000
      a=rtpmap:32 MPV/90000
      """)
    var bob = try negotiator("192.0.2.2")
    try bob.receiveOffer(offer)
    let answer = try bob.makeAnswer([
      try audio(49174, [pcmu, ilbc], host: "192.0.2.2"), try video(49170, [mpv], "192.0.2.2"),
    ])
    #expect(answer.local.media.map(\.formatList.string) == ["0 97", "32"])
    #expect(answer.media[0].remoteAddress == TransportAddress("198.51.100.1:49170"))
    #expect(answer.media[0].remoteRTCPAddress == TransportAddress("198.51.100.1:49171"))
  }

  @Test("§8.4, RFC 4317 §3.1 hold and resume by direction, from either side and from both")
  func hold() throws {
    var pair = try Pair()
    let mine = try audio(4000)
    let theirs = try audio(5000, host: "192.0.2.2")
    try pair.exchange([mine], [theirs])
    var held = mine
    held.direction = mine.direction.onHold
    let hold = try pair.exchange([held], pair.bob.streams)
    #expect(hold.alice.local.media[0].statedDirection == .sendOnly)
    #expect(hold.bob.local.media[0].statedDirection == .receiveOnly)
    #expect(hold.alice.media[0].direction == .sendOnly)
    #expect(hold.bob.media[0].direction == .receiveOnly)
    #expect(hold.bob.media[0].isHeldByPeer)
    #expect(!hold.alice.media[0].isHeldByPeer)
    #expect(hold.bob.media[0].changes == .direction)
    #expect(hold.alice.local.origin.sessionVersion == "2")
    // Bob holds too, with an offer of his own: inactive on both sides, and Alice still is who she was.
    var bobs = theirs
    bobs.direction = .sendOnly
    let both = try Pair.exchange(&pair.bob, [bobs], &pair.alice, pair.alice.streams)
    #expect(both.alice.media[0].direction == .inactive)
    #expect(both.bob.media[0].direction == .inactive)
    #expect(both.bob.local.media[0].statedDirection == .inactive)
    // Alice resumes, Bob does not.
    let half = try pair.exchange([mine], [bobs])
    #expect(half.alice.media[0].direction == .receiveOnly)
    #expect(half.alice.media[0].isHeldByPeer)
    let resumed = try Pair.exchange(&pair.bob, [theirs], &pair.alice, [mine])
    #expect(resumed.alice.media[0].direction == .sendReceive)
    #expect(resumed.bob.media[0].direction == .sendReceive)
    #expect(resumed.bob.media[0].changes == .direction)
  }

  static let directions: [(SDPDirection, SDPDirection, SDPDirection)] = [
    (.sendReceive, .sendReceive, .sendReceive), (.sendReceive, .sendOnly, .sendOnly),
    (.sendReceive, .receiveOnly, .receiveOnly), (.sendReceive, .inactive, .inactive),
    (.sendOnly, .sendReceive, .receiveOnly), (.sendOnly, .sendOnly, .inactive),
    (.sendOnly, .receiveOnly, .receiveOnly), (.receiveOnly, .sendReceive, .sendOnly),
    (.receiveOnly, .receiveOnly, .inactive), (.inactive, .sendReceive, .inactive),
  ]

  @Test("§6.1 the answer's direction follows from the offer's and the wish", arguments: directions)
  func answerDirection(_ offered: SDPDirection, _ wish: SDPDirection, _ expected: SDPDirection) throws {
    var pair = try Pair()
    let result = try pair.exchange(
      [try audio(4000, direction: offered)], [try audio(5000, host: "192.0.2.2", direction: wish)])
    #expect(result.bob.local.media[0].statedDirection == expected)
    #expect(result.bob.media[0].direction == expected)
    #expect(result.alice.media[0].direction == expected.reversed)
  }

  @Test("§8.4 the old hold: c=0.0.0.0 stops sending, but not with ICE")
  func oldHold() throws {
    for (extra, direction, held) in [
      ("", SDPDirection.receiveOnly, true), ("\na=inactive", .inactive, true), ("\na=ice-ufrag:x", .sendReceive, false),
    ] {
      var bob = try negotiator("192.0.2.2")
      let offer = try parse("\(GrammarTests.head)c=IN IP4 0.0.0.0\nt=0 0\nm=audio 4000 RTP/AVP 0\(extra)")
      try bob.receiveOffer(offer)
      let answer = try bob.makeAnswer([try audio(5000)])
      #expect(answer.media[0].direction == direction)
      #expect(answer.media[0].isHeldByPeer == held)
      #expect(answer.local.media[0].statedDirection == direction)
    }
  }

  @Test("§6 a stream that is not known, or has nothing in common, is refused with port 0 and mirrors the offer")
  func refused() throws {
    let offer = try parse(
      """
      \(GrammarTests.head)c=IN IP4 192.0.2.1
      t=0 0
      m=audio 4000 RTP/AVP 18 101
      a=rtpmap:101 telephone-event/8000
      m=foo 9/2 bar/baz one two
      a=x
      m=audio 4002 UDP/TLS/RTP/SAVPF 0
      m=message 2855 TCP/MSRP *
      a=path:msrp://x
      m=audio 0 RTP/AVP 0
      """)
    var bob = try negotiator("192.0.2.2")
    try bob.receiveOffer(offer)
    let mine = try audio(5000, [pcmu, events8])
    let answer = try bob.makeAnswer([mine, nil, mine, mine, mine])
    #expect(
      answer.media.map(\.rejection) == [
        .noCommonCodec, .declinedLocally, .unsupportedTransport, .unsupportedTransport, .disabled,
      ])
    #expect(!answer.hasMedia)
    #expect(
      try text(answer.local).contains(
        """
        m=audio 0 RTP/AVP 18 101
        m=foo 0 bar/baz one two
        m=audio 0 UDP/TLS/RTP/SAVPF 0
        m=message 0 TCP/MSRP *
        m=audio 0 RTP/AVP 0

        """))
    // The caller answers 488 and forgets the exchange.
    bob.rollback()
    #expect(bob.isStable && bob.agreement == nil && bob.streams.isEmpty)
  }

  @Test("§5.1 a stream without an address is refused, not the call")
  func noAddress() throws {
    var bob = try negotiator("192.0.2.2")
    try bob.receiveOffer(
      try parse("\(GrammarTests.head)t=0 0\nm=audio 4000 RTP/AVP 0\nm=audio 4002 RTP/AVP 0\nc=IN IP4 1.1.1.1"))
    let answer = try bob.makeAnswer([try audio(5000), try audio(5002)])
    #expect(answer.media.map(\.rejection) == [.noAddress, nil])
  }

  @Test("§8.1 §8.2 streams are added, removed, and a disabled slot is used again")
  func slots() throws {
    var pair = try Pair()
    let mine = try audio(4000)
    let theirs = try audio(5000, host: "192.0.2.2")
    let chat = SDPLocalMedia(
      .message, address: try address("192.0.2.1:2855"), proto: "TCP/MSRP", formats: ["*"],
      attributes: [SDPAttribute("path", "msrp://a")])
    var bobChat = chat
    bobChat.address = try address("192.0.2.2:2855")
    bobChat.attributes = [SDPAttribute("path", "msrp://b")]
    try pair.exchange([mine], [theirs])
    #expect(pair.alice.freeSlot == 1)
    let added = try pair.exchange([mine, chat], [theirs, bobChat])
    #expect(added.alice.media.map(\.changes) == [[], .added])
    #expect(added.alice.media[1].remote.first("path")?.value == "msrp://b")
    #expect(added.bob.media[1].remoteAddress == TransportAddress("192.0.2.1:2855"))
    let removed = try pair.exchange([nil, chat], pair.bob.streams)
    #expect(removed.alice.media.map(\.rejection) == [.disabled, nil])
    #expect(removed.alice.media.map(\.changes) == [.removed, []])
    #expect(removed.bob.media.map(\.changes) == [.removed, []])
    #expect(removed.bob.local.media[0].port == 0)
    #expect(pair.alice.freeSlot == 0)
    #expect(pair.alice.streams == [nil, chat])
    // The slot comes back as another kind; numbers of the old stream no longer bind.
    let vp8 = SDPCodec("VP8", clockRate: 90000, payloadType: 96)
    let reused = try pair.exchange([try video(6000, [vp8]), chat], [try video(6002, [vp8], "192.0.2.2"), bobChat])
    #expect(reused.bob.media[0].kind == .video)
    #expect(reused.bob.media[0].changes == .added)
    #expect(reused.alice.local.media[0].formatList == "96")
    #expect(reused.alice.local.media.count == 2)
  }

  @Test("§8 the version grows by one with each change, and only then")
  func versions() throws {
    var pair = try Pair()
    let mine = try audio(4000)
    let theirs = try audio(5000, host: "192.0.2.2")
    try pair.exchange([mine], [theirs])
    let again = try pair.exchange([mine], [theirs])
    #expect(again.alice.local.origin.sessionVersion == "1")
    #expect(again.bob.local.origin.sessionVersion == "1")
    #expect(again.alice.media[0].changes.isEmpty)
    // An offer that was refused has used its version up.
    _ = try pair.alice.makeOffer([try audio(4002)])
    pair.alice.rollback()
    #expect(pair.alice.agreement == again.alice)
    let back = try pair.exchange([mine], [theirs])
    #expect(back.alice.local.origin.sessionVersion == "3")
    #expect(back.alice.local.origin.isSameSession(as: again.alice.local.origin))
  }

  @Test("§4 one offer at a time")
  func states() throws {
    var alice = try negotiator("192.0.2.1")
    let mine = try audio(4000)
    let other = try parse("\(GrammarTests.head)c=IN IP4 192.0.2.9\nt=0 0\nm=audio 1 RTP/AVP 0")
    func refuses(_ status: UInt16, _ body: () throws -> Void) throws {
      let error = try #require(throws: SDPError.self) { try body() }
      #expect(error.code == .wrongState)
      #expect(error.status == status)
    }
    try refuses(400) { _ = try alice.receiveAnswer(other) }
    try refuses(500) { _ = try alice.makeAnswer([mine]) }
    _ = try alice.makeOffer([mine])
    #expect(alice.localOffer != nil && !alice.isStable)
    try refuses(500) { _ = try alice.makeOffer([mine]) }
    try refuses(491) { try alice.receiveOffer(other) }
    _ = try alice.receiveAnswer(other)
    try alice.receiveOffer(other)
    #expect(alice.remoteOffer != nil)
    try refuses(500) { try alice.receiveOffer(other) }
    try refuses(500) { _ = try alice.makeOffer([mine]) }
    alice.rollback()
    #expect(alice.isStable)
  }

  @Test("§6 §8 the number and the kinds of m= lines must fit")
  func mismatch() throws {
    var alice = try negotiator("192.0.2.1")
    _ = try alice.makeOffer([try audio(4000), try audio(4002)])
    let head = "\(GrammarTests.head)c=IN IP4 192.0.2.9\nt=0 0\nm=audio 1 RTP/AVP 0"
    for answer in [head, head + "\nm=video 1 RTP/AVP 0", head + "\nm=audio 1 RTP/AVP 0\nm=audio 1 RTP/AVP 0"] {
      let error = try #require(throws: SDPError.self) { try alice.receiveAnswer(try parse(answer)) }
      #expect(error.code == .mediaMismatch)
      #expect(error.status == 488)
    }
    #expect(alice.localOffer != nil)
    _ = try alice.receiveAnswer(try parse(head + "\nm=audio 0 RTP/AVP 0"))
    #expect(throws: SDPError(.mediaMismatch, expected: "")) { try alice.receiveOffer(try parse(head)) }
  }

  @Test("An answer that cannot be used tells so per stream")
  func unusableAnswers() throws {
    let head = "\(GrammarTests.head)c=IN IP4 192.0.2.9\nt=0 0\n"
    for (line, rejection) in [
      ("m=audio 0 RTP/AVP 0", SDPRejection.declinedByPeer), ("m=audio 1 RTP/AVP 18", .noCommonCodec),
      ("m=audio 1 TCP/MSRP 0", .unsupportedTransport), ("m=audio 1 RTP/SAVP 0", .encryptionUnavailable),
      ("m=audio 1 RTP/AVP 101\na=rtpmap:101 telephone-event/8000", .noCommonCodec),
    ] {
      var alice = try negotiator("192.0.2.1")
      _ = try alice.makeOffer([try audio(4000)])
      let agreement = try alice.receiveAnswer(try parse(head + line))
      #expect(agreement.media[0].rejection == rejection)
      #expect(!agreement.hasMedia)
    }
  }
}
