/// The messages to parse: what a phone on a provider's network sends and receives.
enum SIPMessages {
  static let invite = bytes(
    """
    INVITE sip:bob@biloxi.example.com SIP/2.0
    Via: SIP/2.0/TCP client.atlanta.example.com:5060;branch=z9hG4bK74bf9;rport
    Max-Forwards: 70
    From: "Alice" <sip:alice@atlanta.example.com>;tag=9fxced76sl
    To: "Bob" <sip:bob@biloxi.example.com>
    Call-ID: 3848276298220188511@atlanta.example.com
    CSeq: 1 INVITE
    Contact: <sip:alice@client.atlanta.example.com;transport=tcp>
    Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, REFER, NOTIFY, UPDATE, PRACK
    Supported: 100rel, replaces, timer
    User-Agent: Benchmark/1.0
    Content-Type: application/sdp
    """,
    body: """
      v=0
      o=alice 2890844526 2890844526 IN IP4 client.atlanta.example.com
      s=-
      c=IN IP4 192.0.2.101
      t=0 0
      m=audio 49172 RTP/AVP 0 101
      a=rtpmap:0 PCMU/8000
      a=rtpmap:101 telephone-event/8000
      """)

  static let response = bytes(
    """
    SIP/2.0 200 OK
    Via: SIP/2.0/UDP server10.biloxi.example.com:5060;branch=z9hG4bK4b43c2ff8.1;received=192.0.2.3
    Via: SIP/2.0/UDP bigbox3.site3.atlanta.example.com:5060;branch=z9hG4bK77ef4c2312983.1;received=192.0.2.2
    Via: SIP/2.0/UDP pc33.atlanta.example.com:5060;branch=z9hG4bKnashds8;received=192.0.2.1
    Record-Route: <sip:p4.domain.example.com;lr>
    Record-Route: <sip:p3.middle.example.com;lr>
    Record-Route: <sip:p2.example.com;lr>
    Record-Route: <sip:p1.example.com;lr>
    From: Alice <sip:alice@atlanta.example.com>;tag=1928301774
    To: Bob <sip:bob@biloxi.example.com>;tag=a6c85cf
    Call-ID: a84b4c76e66710@pc33.atlanta.example.com
    CSeq: 314159 INVITE
    Contact: <sip:bob@192.0.2.4>
    """)

  static let register = bytes(
    """
    REGISTER sip:example.com SIP/2.0
    Via: SIP/2.0/UDP 192.0.2.55:5060;branch=z9hG4bKnashd92;rport
    Max-Forwards: 70
    From: <sip:alice@example.com>;tag=ja743ks76zlflH
    To: <sip:alice@example.com>
    Call-ID: 1j9FpLxk3uxtm8tn@192.0.2.55
    CSeq: 2 REGISTER
    Contact: <sip:alice@192.0.2.55:5060;transport=udp>;expires=3600;q=0.8
    Authorization: Digest username="alice", realm="example.com", nonce="ea9c8e88df84f1cec4341ae6cbe5a359", \
    uri="sip:example.com", response="dfe56131d1958046689d83306477ecc", algorithm=MD5, cnonce="0a4f113b", qop=auth, \
    nc=00000001, opaque="5ccc069c403ebaf9f0171e9517f40e41"
    Supported: path, outbound, gruu
    Allow: INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE, SUBSCRIBE, NOTIFY
    User-Agent: Benchmark/1.0
    """)

  private static func bytes(_ headers: String, body: String = "") -> [UInt8] {
    let body = body.isEmpty ? "" : crlf(body) + "\r\n"
    // Content-Length is computed, so that the texts above can be changed.
    let lines = headers.split(separator: "\n")
    return Array((lines.joined(separator: "\r\n") + "\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body).utf8)
  }

  private static func crlf(_ text: String) -> String { text.split(separator: "\n").joined(separator: "\r\n") }
}
