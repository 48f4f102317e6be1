import Testing
import WireSupport

@testable import SDP

@Suite("RFC 3264 §5.1 §6.1 §8.3.2 formats and their payload type numbers")
struct FormatTests {
  private let head = "\(GrammarTests.head)c=IN IP4 192.0.2.9\nt=0 0\n"

  private func answer(
    _ media: String, _ mine: SDPLocalMedia, order: SDPNegotiator.AnswerOrder = .offer
  ) throws -> SDPAgreement {
    var bob = try negotiator("192.0.2.2")
    bob.answerOrder = order
    try bob.receiveOffer(try parse(head + media))
    return try bob.makeAnswer([mine])
  }

  @Test("Names match without regard to case, with rate and channels; the offer's numbers are used")
  func matching() throws {
    let agreement = try answer(
      """
      m=audio 1 RTP/AVP 111 110 109 0 8
      a=rtpmap:111 OPUS/48000/2
      a=rtpmap:110 opus/16000/2
      a=rtpmap:109 L16/8000/2
      a=fmtp:111 maxaveragebitrate=20000
      """, try audio(5000, [pcma, opus, SDPCodec("L16", clockRate: 8000, payloadType: 98)]))
    let formats = agreement.media[0].formats
    #expect(formats.map(\.name) == ["opus", "PCMA"])
    #expect(formats.map(\.sendPayloadType) == [111, 8])
    #expect(formats.map(\.receivePayloadType) == [111, 8])
    #expect(formats[0].localParameters?.number("useinbandfec") == 1)
    #expect(formats[0].remoteParameters?.number("maxaveragebitrate") == 20000)
    #expect(agreement.local.media[0].formatList == "111 8")
  }

  @Test("Opus without /2 is Opus")
  func lazyOpus() throws {
    let agreement = try answer("m=audio 1 RTP/AVP 96\na=rtpmap:96 opus/48000", try audio(5000))
    #expect(agreement.media[0].codecs.map(\.name) == ["opus"])
    #expect(agreement.media[0].codecs[0].channels == 2)
  }

  @Test("The answer's order is the offer's, or ours if so wished")
  func order() throws {
    let media = "m=audio 1 RTP/AVP 0 8 96\na=rtpmap:96 opus/48000/2"
    let mine = try audio(5000, [opus, pcma, pcmu])
    #expect(try answer(media, mine).media[0].codecs.map(\.name) == ["PCMU", "PCMA", "opus"])
    #expect(try answer(media, mine, order: .local).media[0].codecs.map(\.name) == ["opus", "PCMA", "PCMU"])
  }

  @Test("An answer may number differently: we send with its numbers and receive with ours")
  func differentNumbers() throws {
    var alice = try negotiator("192.0.2.1")
    _ = try alice.makeOffer([try audio(4000)])
    let agreement = try alice.receiveAnswer(
      try parse(
        head
          + "m=audio 1 RTP/AVP 120 121\na=rtpmap:120 opus/48000/2\na=rtpmap:121 telephone-event/8000\na=fmtp:121 0-15"))
    let formats = agreement.media[0].formats
    #expect(formats.map(\.sendPayloadType) == [120, 121])
    #expect(formats.map(\.receivePayloadType) == [96, 101])
    #expect(formats[1].remoteParameters?.text == "0-15")
  }

  @Test("An answer without rtpmap means what the offer said")
  func noMaps() throws {
    var alice = try negotiator("192.0.2.1")
    _ = try alice.makeOffer([try audio(4000)])
    let agreement = try alice.receiveAnswer(try parse(head + "m=audio 1 RTP/AVP 96 101"))
    #expect(agreement.media[0].formats.map(\.name) == ["opus", "telephone-event"])
  }

  @Test("A number once given keeps its meaning, and a codec its number, for as long as the stream lives")
  func stability() throws {
    var bob = try negotiator("192.0.2.2")
    try bob.receiveOffer(try parse(head + "m=audio 1 RTP/AVP 111 0\na=rtpmap:111 opus/48000/2"))
    let mine = try audio(5000)
    _ = try bob.makeAnswer([mine])
    // Our own offer goes on with the peer's 111 for Opus, though the wish was 96.
    let ilbc = SDPCodec("iLBC", clockRate: 8000, payloadType: 111)
    var more = mine
    more.rtp?.codecs = [opus, pcmu, ilbc]
    let offer = try bob.makeOffer([more])
    let numbers = Dictionary(uniqueKeysWithValues: offer.media[0].codecs.map { ($0.name, $0.payloadType) })
    #expect(numbers["opus"] == 111)
    #expect(numbers["iLBC"] == 96)
    _ = try bob.receiveAnswer(try parse(head + "m=audio 1 RTP/AVP 111 0\na=rtpmap:111 opus/48000/2"))
    // A peer that gives 111 to another codec gets an answer with another number of ours.
    try bob.receiveOffer(try parse(head + "m=audio 1 RTP/AVP 111\na=rtpmap:111 iLBC/8000"))
    let agreement = try bob.makeAnswer([more])
    #expect(agreement.media[0].formats[0].sendPayloadType == 111)
    #expect(agreement.media[0].formats[0].receivePayloadType == 96)
  }

  @Test("Two local codecs that wish for one number get two")
  func collision() throws {
    var alice = try negotiator("192.0.2.1")
    let other = SDPCodec("speex", clockRate: 16000, payloadType: 96)
    let offer = try alice.makeOffer([try audio(4000, [opus, other, SDPCodec("G722", clockRate: 8000, payloadType: 9)])])
    #expect(offer.media[0].formatList == "96 97 9")
  }

  @Test("RFC 4733 §2.2 telephone-event by clock rate, else what there is")
  func telephoneEvents() throws {
    let mine = try audio(5000, [opus, pcmu, events48, events8])
    let both = try answer(
      "m=audio 1 RTP/AVP 111 0 126 110\na=rtpmap:111 opus/48000/2\na=rtpmap:126 telephone-event/8000\n"
        + "a=rtpmap:110 telephone-event/48000", mine
    ).media[0]
    #expect(both.telephoneEvent(for: both.codecs[0])?.sendPayloadType == 110)
    #expect(both.telephoneEvent(for: both.codecs[1])?.sendPayloadType == 126)
    let one = try answer(
      "m=audio 1 RTP/AVP 111 101\na=rtpmap:111 opus/48000/2\na=rtpmap:101 telephone-event/8000", mine
    ).media[0]
    #expect(one.codecs.map(\.name) == ["opus"])
    #expect(one.telephoneEvent(for: one.codecs[0])?.sendPayloadType == 101)
    let none = try answer("m=audio 1 RTP/AVP 0", mine).media[0]
    #expect(none.telephoneEvent(for: none.codecs[0]) == nil)
  }

  @Test("ptime and maxptime: ours are stated, the peer's are given")
  func packetTimes() throws {
    var mine = try audio(5000)
    mine.rtp?.packetTime = .milliseconds(20)
    mine.rtp?.maximumPacketTime = .milliseconds(60)
    let agreement = try answer("m=audio 1 RTP/AVP 0\na=ptime:40\na=maxptime:30", mine)
    #expect(agreement.media[0].packetTime == .milliseconds(30))
    #expect(agreement.media[0].maximumPacketTime == .milliseconds(30))
    #expect(try agreement.local.media[0].value(.ptime) == .milliseconds(20))
    #expect(try agreement.local.media[0].value(.maxptime) == .milliseconds(60))
  }

  @Test("RFC 3605, RFC 5761 where RTCP goes")
  func rtcp() throws {
    var mine = try audio(5000)
    mine.rtp?.rtcpMux = true
    mine.rtp?.rtcp = try address("192.0.2.1:6001")
    for (extra, expected, mux) in [
      ("", "192.0.2.9:4001", false), ("\na=rtcp:7000", "192.0.2.9:7000", false),
      ("\na=rtcp:7000 IN IP4 192.0.2.8", "192.0.2.8:7000", false), ("\na=rtcp-mux", "192.0.2.9:4000", true),
    ] {
      let agreement = try answer("m=audio 4000 RTP/AVP 0\(extra)", mine)
      #expect(agreement.media[0].remoteRTCPAddress == TransportAddress(expected))
      #expect(agreement.media[0].usesRTCPMux == mux)
      #expect(agreement.local.media[0].has(.rtcpMux) == mux)
      #expect(try agreement.local.media[0].value(.rtcp)?.port == 6001)
    }
    let last = try answer("m=audio 65535 RTP/AVP 0", mine)
    #expect(last.media[0].remoteRTCPAddress == nil)
  }

  @Test("A stream on another interface has its own c= line, and IPv6 is named so")
  func ownConnection() throws {
    var alice = try negotiator("192.0.2.1")
    let offer = try alice.makeOffer([try audio(4000), try audio(4002, host: "2001:db8::5")])
    #expect(offer.media[0].connection == nil)
    #expect(offer.media[1].connection?.text == "IN IP6 2001:db8::5")
    #expect(offer.connection?.text == "IN IP4 192.0.2.1")
  }

  @Test("A stream with nothing to offer is a local fault and changes nothing")
  func incomplete() throws {
    var alice = try negotiator("192.0.2.1")
    for stream in [try audio(4000, []), try audio(0), try audio(4000, srtp: .mandatory)] {
      let error = try #require(throws: SDPError.self) { try alice.makeOffer([stream]) }
      #expect(error.code == .incompleteMedia && error.fault == .local)
      #expect(alice.isStable && alice.streams.isEmpty)
    }
  }
}
