import Foundation
import SIPParser
import SIPTransaction
import Testing

@Suite("RFC 3261 §8.2, §10.3, §16.3: what is refused above the parser, and with which status")
struct RequestRulesTests {
  /// A torture message with the verdict of its expectation file.
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let bytes: [UInt8]
    /// `above STATUS`, `above discard`, `accept`, …
    let verdict: [String]
    /// The status of `proxy STATUS`: what a proxy answers, where the RFC tells it apart.
    let proxyStatus: String?
    var testDescription: String { name }
  }

  static let corpus: [Case] = {
    let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Corpus/sip-rfc4475")
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    return names.sorted().filter { $0.hasSuffix(".dat") }.compactMap { file in
      let name = String(file.dropLast(4))
      guard let bytes = try? Data(contentsOf: directory.appendingPathComponent(file)),
        let text = try? String(contentsOf: directory.appendingPathComponent(name + ".expect"), encoding: .utf8)
      else { return nil }
      let lines = text.split(separator: "\n").map { $0.split(separator: " ").map { String($0) } }
      guard let verdict = lines.first(where: { ["accept", "above", "reject", "discard"].contains($0[0]) }) else {
        return nil
      }
      let proxy = lines.first { $0[0] == "proxy" }
      return Case(name: name, bytes: Array(bytes), verdict: verdict, proxyStatus: proxy?.last)
    }
  }()

  static func rules(_ role: SIPRequestRules.Role) -> SIPRequestRules {
    var rules = SIPRequestRules(role)
    rules.allowedMethods += [.register, .message]
    rules.acceptedContentTypes += ["multipart/mixed", "text/plain", "application/octet-stream"]
    return rules
  }

  @Test("RFC 4475: the messages to refuse above the parser are", arguments: corpus.filter { $0.verdict[0] == "above" })
  func above(_ testCase: Case) throws {
    switch try SIPMessage(parsing: testCase.bytes) {
    case .response(let response):
      #expect(testCase.verdict[1] == "discard" && Self.rules(.userAgent).discards(response))
      #expect(!Self.rules(.proxy).discards(response))
    case .request(let request):
      var rules = Self.rules(request.method == .register ? .registrar : .userAgent)
      if testCase.verdict[1] == "401" {
        rules.challenge = SIPAuthentication(scheme: "Digest", parameters: [("realm", "example.com"), ("nonce", "n")])
      }
      let refusal = try #require(rules.refusal(of: request), "accepted")
      #expect("\(refusal.status)" == testCase.verdict[1])
      let answer = try SIPMessage(parsing: try refusal.response(to: request, tag: "t").serialized())
      try answer.checkMandatoryHeaders()
      try answer.checkHeaders()
      #expect(try answer.value(.to)?.tag == "t")
      switch refusal.status {
      case .badExtension: #expect(try answer.values(.unsupported) == request.values(.require))
      case .unsupportedMediaType: #expect(try answer.values(.accept).first?.matches(.sdp) == true)
      case .unauthorized: #expect(try answer.value(.wwwAuthenticate)?.realm == "example.com")
      default: break
      }
    }
  }

  @Test(
    "RFC 4475: every message to accept is accepted above, too", arguments: corpus.filter { $0.verdict == ["accept"] })
  func accepted(_ testCase: Case) throws {
    switch try SIPMessage(parsing: testCase.bytes) {
    case .response(let response): #expect(!Self.rules(.userAgent).discards(response))
    case .request(let request):
      var rules = Self.rules(request.method == .register ? .registrar : .userAgent)
      rules.allowedMethods.append(request.method)
      let refusal = rules.refusal(of: request)
      #expect(refusal == nil, "\(refusal.map { "\($0.status) \($0.reason)" } ?? "")")
    }
  }

  @Test("RFC 4475: what a proxy refuses", arguments: corpus.filter { $0.proxyStatus != nil })
  func proxy(_ testCase: Case) throws {
    guard case .request(let request) = try SIPMessage(parsing: testCase.bytes) else { return }
    #expect(Self.rules(.proxy).refusal(of: request).map { "\($0.status)" } == testCase.proxyStatus)
  }

  @Test func everyCaseIsThere() {
    #expect(Self.corpus.count == 49)
    #expect(Self.corpus.filter { $0.verdict[0] == "above" }.count == 8)
    #expect(Self.corpus.filter { $0.proxyStatus != nil }.count == 2)
  }

  @Test(
    "RFC 3261 §8.1.3.3: the endpoint drops a response with two Vias", arguments: corpus.filter { $0.name == "bcast" })
  func endpointDiscards(_ testCase: Case) {
    var harness = EndpointHarness()
    harness.receive(testCase.bytes)
    #expect(harness.endpoint.counters.misroutedResponses == 1 && harness.events.isEmpty && harness.sent.isEmpty)
  }

  @Test(
    "RFC 3261 §8.2.2.1: the endpoint answers 416 itself", arguments: corpus.filter { $0.verdict == ["above", "416"] })
  func endpointRefuses(_ testCase: Case) {
    var harness = EndpointHarness()
    harness.receive(testCase.bytes)
    #expect(harness.responses.map(\.status) == [.unsupportedURIScheme] && harness.received.isEmpty)
  }

  private static func request(_ lines: String, method: String = "INVITE", uri: String = "sip:b@c", body: String = "")
    throws
    -> SIPRequest
  {
    let head =
      "\(method) \(uri) SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:b@c>\r\n"
      + "Call-ID: 1\r\nCSeq: 1 \(method)\r\n" + lines.replacingOccurrences(of: "\n", with: "\r\n")
    guard case .request(let request) = try SIPMessage(parsing: Array((head + "\r\n" + body).utf8)) else {
      throw SIPParseError(.startLine, expected: "a request")
    }
    return request
  }

  @Test(
    "RFC 3261 §8.2: each rule",
    arguments: [
      ("INVITE", "sip:b@c", "", nil), ("BYE", "sip:b@c", "", nil), ("SUBSCRIBE", "sip:b@c", "", 405),
      ("ACK", "x:y", "", nil),
      ("INVITE", "tel:+1", "", nil), ("INVITE", "im:a@b", "", 416), ("INVITE", "x:y", "Require: a\n", 416),
      ("INVITE", "sip:b@c", "Require: x\n", 420), ("INVITE", "sip:b@c", "Require: TIMER\n", nil),
      ("CANCEL", "sip:b@c", "Require: x\n", nil),
      ("INVITE", "sip:b@c", "Require: a b\n", 400), ("INVITE", "sip:b@c", "Max-Forwards: 0\n", nil),
      ("INVITE", "sip:b@c", "Max-Forwards: 256\n", 400), ("INVITE", "sip:b@c", "Accept: text/plain\n", 406),
      ("INVITE", "sip:b@c", "Accept:\n", 406), ("INVITE", "sip:b@c", "Accept: application/*\n", nil),
      ("INVITE", "sip:b@c", "Accept: text/x, */*;q=0.1\n", nil),
      ("INVITE", "sip:b@c", "Accept: application/sdp;q=0.000\n", 406),
      ("INVITE", "sip:b@c", "Accept: application\n", 400), ("OPTIONS", "sip:b@c", "Accept: text/plain\n", nil),
    ] as [(String, String, String, UInt16?)])
  func rule(method: String, uri: String, lines: String, status: UInt16?) throws {
    var rules = SIPRequestRules()
    rules.supportedOptions = ["timer"]
    #expect(rules.refusal(of: try Self.request(lines, method: method, uri: uri))?.status.code == status)
  }

  @Test(
    "RFC 3261 §8.2.3, RFC 5621 §8: bodies",
    arguments: [
      ("Content-Type: application/sdp\n", "v=0", nil), ("Content-Type: Application/SDP;x=y\n", "v=0", nil),
      ("", "v=0", 415),
      ("Content-Type: text/plain\n", "x", 415),
      ("Content-Type: text/plain\nContent-Disposition: icon;handling=optional\n", "x", nil),
      ("Content-Type: application/sdp\nContent-Encoding: gzip\n", "x", nil),
      ("Content-Type: application/sdp\nContent-Encoding: tar\n", "x", 415),
      ("Content-Type: application/sdp\nContent-Encoding: identity\n", "x", nil),
      ("Content-Type: text/plain\n", "", nil),
      ("Content-Type: multipart/mixed;boundary=b\n", "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n--b--", nil),
      ("Content-Type: multipart/mixed;boundary=b\n", "--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--", 415),
      (
        "Content-Type: multipart/mixed;boundary=b\n",
        "--b\r\nContent-Type: text/plain\r\nContent-Disposition: x;handling=optional\r\n\r\nx\r\n--b--", nil
      ),
      (
        "Content-Type: multipart/alternative;boundary=b\n",
        "--b\r\n\r\nx\r\n--b\r\nContent-Type: application/sdp\r\n\r\nx\r\n--b--", nil
      ),
      ("Content-Type: multipart/alternative;boundary=b\n", "--b\r\n\r\nx\r\n--b--", 415),
      ("Content-Type: multipart/related;boundary=b\n", "--b\r\n\r\nx\r\n--b--", 415),
      ("Content-Type: multipart/mixed;boundary=b\n", "--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n", 400),
      ("Content-Type: multipart/mixed\n", "--b", 400),
      (
        "Content-Type: multipart/mixed;boundary=b\n",
        "--b\r\nContent-Type: multipart/mixed;boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n--b--", 415
      ),
    ] as [(String, String, UInt16?)])
  func body(lines: String, body: String, status: UInt16?) throws {
    var rules = SIPRequestRules()
    rules.acceptedContentTypes += ["multipart/mixed", "multipart/alternative"]
    rules.acceptedEncodings = ["gzip"]
    let refusal = rules.refusal(of: try Self.request(lines, body: body))
    #expect(refusal?.status.code == status, "\(refusal?.reason ?? "")")
    if status == 415 { #expect(refusal?.headers.contains(.accept) == true) }
    if lines.contains("tar") { #expect(refusal?.headers.text(.acceptEncoding) == "identity, gzip") }
  }

  @Test("RFC 3261 §16.3: a proxy looks at hops and Proxy-Require; RFC 5630: sip and sips; RFC 3261 §22: challenges")
  func others() throws {
    var proxy = SIPRequestRules(.proxy)
    #expect(proxy.refusal(of: try Self.request("Max-Forwards: 0\n"))?.status == .tooManyHops)
    #expect(proxy.refusal(of: try Self.request("Require: x\n", method: "FOO", body: "x")) == nil)
    #expect(proxy.refusal(of: try Self.request("Proxy-Require: x\n"))?.headers.text(.unsupported) == "x")
    proxy.challenge = SIPAuthentication(scheme: "Digest", parameters: [("realm", "r")])
    #expect(proxy.refusal(of: try Self.request(""))?.status == .proxyAuthenticationRequired)
    #expect(proxy.refusal(of: try Self.request("Proxy-Authorization: Digest a=b\n")) == nil)
    #expect(proxy.refusal(of: try Self.request("", method: "CANCEL")) == nil)
    var rules = SIPRequestRules()
    rules.schemes = [.sip]
    let refusal = rules.refusal(of: try Self.request("", uri: "sips:b@c"))
    #expect(try refusal?.status == .temporarilyUnavailable && refusal?.headers.value(.warning)?.code == 380)
    rules.schemes = [.sips]
    #expect(try rules.refusal(of: try Self.request(""))?.headers.value(.warning)?.code == 381)
    rules.schemes = [.tel]
    #expect(rules.refusal(of: try Self.request(""))?.status == .unsupportedURIScheme)
    let registrar = Self.rules(.registrar)
    #expect(registrar.refusal(of: try Self.request("", method: "REGISTER")) == nil)
  }
}
