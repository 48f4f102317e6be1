import Testing
import WireSupport

@testable import SDP

@Suite("Attributes are read and written as their RFCs say")
struct AttributeTests {
  private func media(_ attributes: String...) throws -> SDPMedia {
    let lines = attributes.map { "a=\($0)" }.joined(separator: "\n")
    let session = try parse("\(GrammarTests.head)c=IN IP4 192.0.2.1\nt=0 0\nm=audio 1 RTP/AVP 96 0\n\(lines)")
    return session.media[0]
  }

  @Test("RFC 8866 §6.6 rtpmap")
  func rtpmap() throws {
    let part = try media("rtpmap:96 opus/48000/2", "rtpmap:0 PCMU/8000")
    #expect(
      try part.values(.rtpmap) == [
        SDPRTPMap(payloadType: 96, name: "opus", clockRate: 48000, channels: 2),
        SDPRTPMap(payloadType: 0, name: "PCMU", clockRate: 8000),
      ])
    var copy = part
    copy.removeAll(.rtpmap)
    for value in try part.values(.rtpmap) { copy.append(.rtpmap, value) }
    #expect(copy == part)
  }

  @Test(
    "RFC 8866 §6.6 a broken rtpmap is an error with its line, and only that format is lost",
    arguments: [
      "128 x/8000", "96", "96 opus", "96 opus/", "96 opus/0", "96 /8000", "x opus/8000", "96 a/99999999999", "",
    ])
  func badRTPMap(_ value: String) throws {
    let part = try media("x", "rtpmap:\(value)")
    let error = try #require(throws: SDPError.self) { try part.value(.rtpmap) }
    #expect(error.code == .invalidAttribute)
    #expect(error.line == 8)
    #expect(part.codecs.map(\.name) == ["PCMU"])
  }

  @Test("RFC 8866 §6.15 fmtp parameters")
  func fmtp() throws {
    let part = try media("fmtp:96 minptime=10; useinbandfec=1;cbr ; X=", "fmtp:101 0-16")
    let values = try part.values(.fmtp)
    #expect(values[0].format == "96")
    #expect(values[0].parameters.number("useinbandfec") == 1)
    #expect(values[0].parameters["MINPTIME"] == "10")
    #expect(values[0].parameters["cbr"] == "")
    #expect(values[0].parameters["x"] == "")
    #expect(values[0].parameters["none"] == nil)
    #expect(values[1].parameters.text == "0-16")
    #expect(throws: SDPError.self) { try media("fmtp:96").value(.fmtp) }
  }

  @Test("RFC 8866 §6.4 §6.5 ptime and maxptime, fractions included")
  func ptime() throws {
    #expect(try media("ptime:20").value(.ptime) == .milliseconds(20))
    #expect(try media("ptime:0.125").value(.ptime) == .microseconds(125))
    #expect(try media("maxptime:120").value(.maxptime) == .milliseconds(120))
    for bad in ["0", "x", "-20", "60001", "1.2.3", "", "0.0000001"] {
      #expect(throws: SDPError.self) { try media("ptime:\(bad)").value(.ptime) }
    }
    #expect(SDPAttributeKey.ptime.attribute(.microseconds(2_500)).text == "ptime:2.5")
    #expect(SDPAttributeKey.ptime.attribute(.milliseconds(20)).text == "ptime:20")
  }

  @Test("RFC 8866 §6.7 direction: the media's, else the session's, else sendrecv")
  func direction() throws {
    let head = "\(GrammarTests.head)c=IN IP4 192.0.2.1\nt=0 0\n"
    let session = try parse(head + "a=recvonly\nm=audio 1 RTP/AVP 0\na=sendonly\nm=audio 1 RTP/AVP 0")
    #expect(session.media.map { session.direction(of: $0) } == [.sendOnly, .receiveOnly])
    let silent = try parse(head + "m=audio 1 RTP/AVP 0")
    #expect(silent.direction(of: silent.media[0]) == .sendReceive)
    var part = session.media[0]
    part.attributes = [SDPAttribute("x"), SDPAttribute(.sendonly), SDPAttribute("y"), SDPAttribute(.inactive)]
    part.statedDirection = .receiveOnly
    #expect(part.attributes.map(\.text.string) == ["x", "recvonly", "y"])
  }

  @Test("RFC 3605 §2.1 rtcp")
  func rtcp() throws {
    #expect(try media("rtcp:53020").value(.rtcp) == SDPRTCPAddress(port: 53020))
    let full = try media("rtcp:53020 IN IP6 2001:2345:6789:abcd::1")
    #expect(try full.value(.rtcp)?.connection?.ip == IPAddress("2001:2345:6789:abcd::1"))
    for bad in ["", "x", "70000", "1 IN", "1 IN IP4", "1 IN IP4 1.1.1.1 x"] {
      #expect(throws: SDPError.self) { try media("rtcp:\(bad)").value(.rtcp) }
    }
  }

  @Test("RFC 4585, 5576, 5888, 4574, 4145, 8122: rtcp-fb, ssrc, group, mid, label, setup, fingerprint")
  func others() throws {
    let lines = [
      "rtcp-fb:98 nack pli", "rtcp-fb:* nack", "ssrc:2754920552 cname:abc:d", "ssrc:1 x", "group:BUNDLE a b", "mid:a",
      "label:1", "setup:actpass", "fingerprint:sha-1 42:89:C5:0A", "candidate:0 1 UDP 1 192.0.2.1 1 typ host",
      "rtcp-mux",
    ]
    let session = try parse(
      "\(GrammarTests.head)c=IN IP4 192.0.2.1\nt=0 0\nm=audio 1 RTP/AVP 0\n"
        + lines.map { "a=\($0)" }.joined(separator: "\n"))
    let part = session.media[0]
    let feedback = try part.values(.rtcpFeedback)
    #expect(
      feedback == [
        SDPRTCPFeedback(format: "98", type: "nack", parameters: "pli"), SDPRTCPFeedback(format: "*", type: "nack"),
      ])
    let sources = try part.values(.ssrc)
    #expect(
      sources == [
        SDPSourceAttribute(ssrc: 2_754_920_552, name: "cname", value: "abc:d"), SDPSourceAttribute(ssrc: 1, name: "x"),
      ])
    let group = try #require(try part.value(.group))
    #expect(group.members == ["a", "b"])
    let fingerprint = try #require(try part.value(.fingerprint))
    #expect(fingerprint.digest == [0x42, 0x89, 0xc5, 0x0a])
    #expect(try part.value(.mid) == "a")
    #expect(try part.value(.label) == "1")
    #expect(try part.value(.setup) == .actpass)
    #expect(try part.value(.candidate) == "0 1 UDP 1 192.0.2.1 1 typ host")
    #expect(part.has(.rtcpMux))
    let printed = [
      SDPAttributeKey.rtcpFeedback.attribute(feedback[0]), SDPAttributeKey.rtcpFeedback.attribute(feedback[1]),
      SDPAttributeKey.ssrc.attribute(sources[0]), SDPAttributeKey.ssrc.attribute(sources[1]),
      SDPAttributeKey.group.attribute(group), SDPAttributeKey.mid.attribute("a"), SDPAttributeKey.label.attribute("1"),
      SDPAttributeKey.setup.attribute(.actpass), SDPAttributeKey.fingerprint.attribute(fingerprint),
    ]
    #expect(printed.map(\.text.string) == Array(lines[..<9]))
    for bad in [
      "rtcp-fb:98", "ssrc:x y", "ssrc:1", "ssrc:4294967296 x", "group", "mid:", "label:a b", "setup:x",
      "fingerprint:sha-1 4:5",
    ] {
      let part = try media(bad)
      #expect(part.readableValues(.rtcpFeedback).isEmpty && part.readableValues(.ssrc).isEmpty)
      #expect(part.readableValues(.group).isEmpty && part.readableValues(.mid).isEmpty)
      #expect(part.readableValues(.label).isEmpty && part.readableValues(.setup).isEmpty)
      #expect(part.readableValues(.fingerprint).isEmpty)
    }
  }

  @Test("A key of one's own reads an attribute that this module does not know")
  func ownKey() throws {
    let key = SDPAttributeKey<Int>("x-level", expected: "a number") {
      $0.decimal.flatMap { Int(exactly: $0) }
    } print: {
      SDPText(String($0))
    }
    var part = try media("x-level:7")
    #expect(try part.value(key) == 7)
    part.set(key, 8)
    #expect(part.attributes.map(\.text) == ["x-level:8"])
    part.set(key, nil)
    #expect(part.attributes.isEmpty)
  }

  @Test("RFC 3551 §6 static payload types need no rtpmap")
  func staticTypes() throws {
    let session = try parse("\(GrammarTests.head)c=IN IP4 192.0.2.1\nt=0 0\nm=audio 1 RTP/AVP 0 8 9 3 18 13 97 x 200 0")
    #expect(session.media[0].codecs.map(\.name) == ["PCMU", "PCMA", "G722", "GSM", "G729", "CN"])
  }
}

@Suite("RFC 4568 keys in SDP")
struct CryptoTests {
  private let example =
    "1 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4 FEC_ORDER=FEC_SRTP"
  private let twoKeys =
    "2 F8_128_HMAC_SHA1_80 inline:MTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5QUJjZGVm|2^20|1:4;"
    + "inline:QUJjZGVmMTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5|2^20|2:4 FEC_ORDER=FEC_SRTP"

  @Test("RFC 4568 §6.1 the RFC's example of an offer is read and printed the same")
  func examples() throws {
    let first = try SDPAttributeKey.crypto.read(SDPAttribute(.crypto, SDPText(example)))
    #expect(first.tag == 1)
    #expect(first.suite == .aesCM128HMACSHA1_80)
    #expect(first.keys[0].keyAndSalt == Array("YS___semctl () {\t220;}\n}\nunles".utf8))
    #expect(first.keys[0].lifetime == 1 << 20)
    #expect(first.keys[0].mki == SDPCryptoKey.MKI(value: 1, byteCount: 4))
    #expect(first.sessionParameters == ["FEC_ORDER=FEC_SRTP"])
    #expect(SDPAttributeKey.crypto.attribute(first).value == SDPText(example))
    let second = try SDPAttributeKey.crypto.read(SDPAttribute(.crypto, SDPText(twoKeys)))
    #expect(second.keys.count == 2)
    #expect(SDPAttributeKey.crypto.attribute(second).value == SDPText(twoKeys))
  }

  @Test("RFC 4568 §6.1 lifetime and MKI are optional, each alone too")
  func optionalParts() throws {
    let key = "inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR"
    for (text, lifetime, mki) in [("", nil, nil), ("|2^31", 1 << 31, nil), ("|1000", 1000, nil), ("|1:1", nil, 1)]
      as [(String, UInt64?, UInt64?)]
    {
      let line = "1 AES_CM_128_HMAC_SHA1_32 \(key)\(text)"
      let crypto = try SDPAttributeKey.crypto.read(SDPAttribute(.crypto, SDPText(line)))
      #expect(crypto.keys[0].lifetime == lifetime)
      #expect(crypto.keys[0].mki?.value == mki)
      #expect(SDPAttributeKey.crypto.attribute(crypto).value == SDPText(line))
    }
  }

  @Test(
    "RFC 4568 §9.1 what breaks the grammar is no key",
    arguments: [
      "", "1", "1 AES", "x AES inline:AAAA", "1 AES inline:", "1 AES inline:A", "1 AES inline:****", "1 AES other:AAAA",
      "1 AES inline:AAAA|2^64", "1 AES inline:AAAA|0", "1 AES inline:AAAA|2^20|1:0", "1 AES inline:AAAA|2^20|1:129",
      "1 AES inline:AAAA|2^20|1:4|x", "1 AES inline:AAAA|1:4|2^20", "1234567890 AES inline:AAAA", "1 AES inline:AA=",
    ])
  func bad(_ text: String) {
    #expect(throws: SDPError.self) { try SDPAttributeKey.crypto.read(SDPAttribute(.crypto, SDPText(text))) }
  }

  @Test("No description shows a key")
  func hidden() throws {
    let session = try parse(
      "\(GrammarTests.head)c=IN IP4 192.0.2.1\nt=0 0\nk=clear:WVNfX19\na=crypto:\(example)\nm=audio 1 RTP/SAVP 0\n"
        + "a=crypto:\(example)\na=ice-pwd:WVNfX19")
    let crypto = try #require(try session.media[0].value(.crypto))
    let error = SDPError.attribute("crypto", in: session.media[0].attributes[0].text, expected: "x")
    for text in [
      "\(session)", "\(session.media[0])", "\(session.media[0].attributes)", "\(crypto)", "\(crypto.keys[0])",
      "\(error)",
    ] {
      #expect(!text.contains("WVNfX19"))
    }
    #expect("\(session)".contains("a=crypto:<hidden>"))
  }

  @Test("RFC 4648 §10 base64 vectors")
  func base64() {
    for (plain, coded) in [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ] {
      #expect(Base64.encode(Array(plain.utf8)) == Array(coded.utf8))
      #expect(Base64.decode(Array(coded.utf8).span) == Array(plain.utf8))
    }
    #expect(Base64.decode(Array("Zh==".utf8).span) == nil)
  }
}
