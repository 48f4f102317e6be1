import Testing

@testable import SIPParser
import WireSupport

@Test func smoke() throws {
  let text = "INVITE sip:bob@example.com;transport=tcp SIP/2.0\r\nv: SIP/2.0/UDP host:5062;branch=z9hG4bKx;rport\r\nTo: \"Bob\" <sip:bob@b>\r\nFrom: <sip:a@b>;tag=1\r\nCall-ID: 1@2\r\nCSeq: 1 INVITE\r\nX-Foo : a\r\n b\r\n\r\nbody"
  let message = try SIPMessage(parsing: Array(text.utf8))
  guard case .request(var request) = message else { Issue.record("no request"); return }
  #expect(request.method == .invite)
  #expect(request.uri.transport == .tcp)
  try request.checkMandatoryHeaders()
  try request.checkHeaders()
  #expect(String(decoding: try request.serialized(), as: UTF8.self) == text)
  let via = try #require(try request.value(.via))
  #expect(via.branch == "z9hG4bKx" && via.host == .name("host") && via.port == 5062 && via.hasMagicCookie)
  try request.headers.updateFirst(.via) { $0.received = IPAddress("1.2.3.4"); $0.responsePort = 99 }
  request.set(.contact, SIPContact(SIPURI(user: "me there", host: .ip(.loopback), port: 5060)))
  request.set(.supported, "timer")
  print(String(decoding: try request.serialized(), as: UTF8.self))
  let response = SIPResponse(to: request, status: .ok, toTag: "abc")
  print(String(decoding: try response.serialized(), as: UTF8.self))
  #expect(request.headers.text(SIPHeaderName("x-foo")) == "a b")
  #expect("\(try response.value(.to)!)" == "\"Bob\" <sip:bob@b>;tag=abc")
}
