import SIPParser
import SIPTransaction
import Testing
import WireSupport

@Suite("RFC 3261 §8.2, §9.2, §17.2, §18.2: requests that the endpoint receives")
struct EndpointServerTests {
  typealias Harness = EndpointHarness

  @Test(
    "§18.2.1, RFC 3581 §4: received and rport say where the request came from",
    arguments: [
      ("SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bK1", nil, nil),
      ("SIP/2.0/UDP pc.example:5070;branch=z9hG4bK1", "192.0.2.2", nil),
      ("SIP/2.0/UDP 10.0.0.1:9999;branch=z9hG4bK1", "192.0.2.2", nil),
      ("SIP/2.0/UDP 10.0.0.1:9999;rport;branch=z9hG4bK1", "192.0.2.2", 5070),
      ("SIP/2.0/UDP 192.0.2.2:5070;rport;branch=z9hG4bK1", "192.0.2.2", 5070),
    ] as [(String, String?, UInt16?)])
  func source(via: String, received: String?, port: UInt16?) throws {
    var harness = Harness()
    harness.receive(Harness.head("OPTIONS", via: via))
    let top = try #require(try harness.received.first?.request.value(.via))
    #expect(top.received.map(\.description) == received)
    #expect(top.responsePort == port)
  }

  @Test("§18.2.2, RFC 3581 §4: the response goes to the source port with rport, else to the Via's port")
  func responseRoute() throws {
    for (via, port) in [
      ("SIP/2.0/UDP 10.0.0.1:9999;rport;branch=z9hG4bK1", 5070), ("SIP/2.0/UDP 10.0.0.1:9999;branch=z9hG4bK1", 9999),
      ("SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1", 5060),
      ("SIP/2.0/UDP 10.0.0.1:9999;maddr=192.0.2.99;branch=z9hG4bK1", 9999),
    ] as [(String, UInt16)] {
      var harness = Harness()
      harness.receive(Harness.head("OPTIONS", via: via))
      let (request, id) = try #require(harness.received.first)
      try harness.act { try $0.respond(SIPResponse(to: request, status: .ok, toTag: "t"), to: id, at: $1, into: &$2) }
      #expect(harness.sent.last?.target.remote == TransportAddress(ip: Harness.remote.ip, port: port))
    }
  }

  @Test("§18.2.2: a response goes back on its connection, or to the Via's address when that has closed")
  func streamResponse() throws {
    var harness = Harness()
    harness.act { $0.flowOpened(Harness.tcp, into: &$2) }
    harness.receive(Harness.head("INVITE", via: "SIP/2.0/TCP 192.0.2.2:5099;branch=z9hG4bK1"), on: Harness.tcp)
    let (request, id) = try #require(harness.received.first)
    try harness.act {
      try $0.respond(SIPResponse(to: request, status: .ringing, toTag: "t"), to: id, at: $1, into: &$2)
    }
    #expect(harness.sent.last?.target == .flow(Harness.tcp))
    harness.act { $0.flowClosed(Harness.tcp, reason: nil, at: $1, into: &$2) }
    try harness.act { try $0.respond(SIPResponse(to: request, status: .ok, toTag: "t"), to: id, at: $1, into: &$2) }
    let back = SIPDestination(transport: .tcp, address: TransportAddress(ip: Harness.remote.ip, port: 5099))
    #expect(harness.sent.last?.target == .destination(back))
  }

  @Test("§18.2.2: a connection that fails while the response is written: the response goes to the Via's address")
  func streamResponseFails() throws {
    var harness = Harness()
    harness.receive(Harness.head("INVITE", via: "SIP/2.0/TCP 192.0.2.2:5099;branch=z9hG4bK1"), on: Harness.tcp)
    let (request, id) = try #require(harness.received.first)
    try harness.act { try $0.respond(SIPResponse(to: request, status: .ok, toTag: "t"), to: id, at: $1, into: &$2) }
    let first = try #require(harness.sent.last)
    harness.act { $0.transmissionFailed(first.id, reason: "reset", at: $1, into: &$2) }
    #expect(harness.sent.count == 2)
    #expect(harness.sent[1].bytes == first.bytes && harness.sent[1].target != first.target)
    harness.act { $0.transmissionFailed(first.id, reason: "refused", at: $1, into: &$2) }
    guard case .responseFailed(id, .transport("refused"))? = harness.events.last else {
      Issue.record("no failure")
      return
    }
  }

  @Test("§17.2.3: a retransmission is absorbed; another branch, sent-by or method is another transaction")
  func matching() {
    var harness = Harness()
    harness.receive(Harness.head("INFO"))
    harness.receive(Harness.head("INFO"))
    #expect(harness.received.count == 1)
    #expect(harness.endpoint.counters.retransmittedRequests == 1)
    harness.receive(Harness.head("INFO", via: "SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bK2", callID: "c2"))
    harness.receive(Harness.head("INFO", via: "SIP/2.0/UDP 192.0.2.2:5071;branch=z9hG4bK1", callID: "c3"))
    harness.receive(Harness.head("MESSAGE"))
    #expect(harness.received.count == 4)
  }

  @Test("§17.2.3: a peer of RFC 2543, whose branch names nothing, is matched by its headers")
  func rfc2543() throws {
    var harness = Harness()
    let via = "SIP/2.0/UDP 192.0.2.2:5070"
    harness.receive(Harness.head("INVITE", via: via))
    harness.receive(Harness.head("INVITE", via: via))
    #expect(harness.received.count == 1)
    let (request, id) = try #require(harness.received.first)
    try harness.act {
      try $0.respond(SIPResponse(to: request, status: .busyHere, toTag: "t"), to: id, at: $1, into: &$2)
    }
    harness.receive(Harness.head("ACK", via: via, to: "<sip:b@192.0.2.1>;tag=t"))
    harness.run(until: ms(4000))
    #expect(harness.responses.map(\.status) == [.trying, .busyHere])
    harness.receive(Harness.head("INVITE", via: via, cseq: 2, callID: "call2"))
    #expect(harness.received.count == 2)
    harness.run(until: ms(6000))
    #expect(harness.endpoint.transactionCount == 1)
  }

  @Test("§17.2.1: the ACK to a failure ends its retransmission; the ACK to a 2xx is handed up")
  func acknowledgements() throws {
    var harness = Harness()
    harness.receive(Harness.head("INVITE"))
    let (request, id) = try #require(harness.received.first)
    try harness.act {
      try $0.respond(SIPResponse(to: request, status: .busyHere, toTag: "t"), to: id, at: $1, into: &$2)
    }
    harness.run(until: ms(1600))
    #expect(harness.responses.count == 3)
    harness.receive(Harness.head("ACK", to: "<sip:b@192.0.2.1>;tag=t"))
    harness.run(until: ms(20_000))
    #expect(harness.responses.count == 3)
    #expect(harness.endpoint.transactionCount == 0)
    harness.receive(
      Harness.head("ACK", via: "SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bK9", to: "<sip:b@192.0.2.1>;tag=t"))
    guard case .ack(let ack, Harness.udp)? = harness.events.last else {
      Issue.record("no ACK")
      return
    }
    #expect(ack.method == .ack)
    #expect(harness.responses.count == 3)
  }

  @Test("Timer H: a failure that nobody acknowledges is reported and forgotten")
  func unacknowledged() throws {
    var harness = Harness()
    harness.receive(Harness.head("INVITE"))
    let (request, id) = try #require(harness.received.first)
    try harness.act {
      try $0.respond(SIPResponse(to: request, status: .busyHere, toTag: "t"), to: id, at: $1, into: &$2)
    }
    harness.run(until: ms(33_000))
    #expect(harness.endpoint.counters.unacknowledged == 1)
    #expect(harness.endpoint.transactionCount == 0)
  }

  @Test("§13.3.1.4: a 2xx is repeated when the user says so, until it is released")
  func repeatSuccess() throws {
    var harness = Harness()
    harness.receive(Harness.head("INVITE"))
    let (request, id) = try #require(harness.received.first)
    try harness.act { try $0.respond(SIPResponse(to: request, status: .ok, toTag: "t"), to: id, at: $1, into: &$2) }
    let repeated = harness.act { $0.repeatSuccess(id, into: &$2) }
    #expect(repeated)
    #expect(harness.sent.count == 2 && harness.sent[0].bytes == harness.sent[1].bytes)
    harness.act { agent, _, _ in agent.releaseSuccess(id) }
    let late = harness.act { $0.repeatSuccess(id, into: &$2) }
    #expect(!late)
    harness.run(until: ms(33_000))
    #expect(harness.endpoint.transactionCount == 0)
  }

  @Test("§9.2: CANCEL is answered with 200 and reported once; without its INVITE it gets 481")
  func cancel() throws {
    var harness = Harness()
    harness.receive(Harness.head("CANCEL"))
    #expect(harness.responses.map(\.status) == [.callDoesNotExist])
    #expect(harness.endpoint.counters.strayCancels == 1)
    harness.receive(Harness.head("INVITE"))
    let (request, id) = try #require(harness.received.first)
    try harness.act {
      try $0.respond(SIPResponse(to: request, status: .ringing, toTag: "mine"), to: id, at: $1, into: &$2)
    }
    harness.receive(Harness.head("CANCEL"))
    harness.receive(Harness.head("CANCEL"))
    #expect(harness.responses.map(\.status) == [.callDoesNotExist, .ringing, .ok, .ok])
    #expect(try harness.responses[2].value(.to)?.tag == "mine")
    let cancels = harness.events.filter { if case .cancelled(id) = $0 { true } else { false } }
    #expect(cancels.count == 1)
    try harness.act { try $0.respond(SIPResponse(to: request, status: .ok, toTag: "mine"), to: id, at: $1, into: &$2) }
    harness.receive(Harness.head("CANCEL"))
    #expect(harness.responses.last?.status == .ok)
  }

  @Test("§8.2.2.2: the same request by another way gets 482")
  func merged() {
    var harness = Harness()
    harness.receive(Harness.head("INVITE"))
    harness.receive(Harness.head("INVITE", via: "SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bKother;rport"))
    #expect(harness.received.count == 1)
    #expect(harness.responses.map(\.status) == [.loopDetected])
    #expect(harness.endpoint.counters.mergedRequests == 1)
    // In a dialog there is a To tag, and CSeq decides instead.
    harness.receive(Harness.head("INFO", to: "<sip:b@192.0.2.1>;tag=t", cseq: 2))
    harness.receive(
      Harness.head("INFO", via: "SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bKx", to: "<sip:b@192.0.2.1>;tag=t", cseq: 2))
    #expect(harness.received.count == 3)
  }

  @Test("§8.2.2.1: another URI scheme gets 416")
  func scheme() {
    var harness = Harness()
    var lines = Harness.head("OPTIONS")
    lines[0] = "OPTIONS http://example.com/ SIP/2.0"
    harness.receive(lines)
    #expect(harness.responses.map(\.status) == [.unsupportedURIScheme])
    #expect(harness.received.isEmpty)
  }

  @Test("§8.2: what can be recovered of a malformed request is answered with 400 and why; ACK and responses never")
  func malformed() throws {
    for remove in [3, 4, 5, 6] {
      var harness = Harness()
      var lines = Harness.head("OPTIONS")
      let name = String(lines[remove].prefix { $0 != ":" })
      lines.remove(at: remove)
      harness.receive(lines)
      let response = try #require(harness.responses.first)
      #expect(response.status == .badRequest)
      #expect(response.reason.contains(name))
      #expect(harness.endpoint.counters.malformedAnswered == 1)
      lines[0] = lines[0].replacing("OPTIONS", with: "ACK")
      harness.receive(lines)
      #expect(harness.responses.count == 1)
    }
    var harness = Harness()
    harness.receive(Harness.head("OPTIONS", cseqMethod: "INFO"))
    #expect(harness.responses.first?.status == .badRequest)
    harness.receive(["SIP/2.0 200 OK", "Via: SIP/2.0/UDP a;branch=z9hG4bK1"])
    #expect(harness.responses.count == 1)
    #expect(harness.endpoint.counters.malformed == 2)
  }

  @Test("§8.2.7: a stateless answer has the same To tag each time")
  func statelessTag() throws {
    var harness = Harness()
    harness.receive(Harness.head("CANCEL"))
    harness.receive(Harness.head("CANCEL"))
    let tags = try harness.responses.map { try $0.value(.to)?.tag?.description }
    #expect(tags.count == 2 && tags[0] != nil && tags[0] == tags[1])
  }

  @Test("Beyond the cap on transactions a request gets 503 with Retry-After, and no state")
  func overload() {
    var harness = Harness { $0.maximumTransactions = 3 }
    for number in 0..<10 {
      harness.receive(
        Harness.head("OPTIONS", via: "SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bKx\(number)", callID: "c\(number)"))
    }
    #expect(harness.received.count == 3)
    #expect(harness.responses.count == 7 && harness.responses.allSatisfy { $0.status == .serviceUnavailable })
    #expect(harness.responses[0].headers.contains(.retryAfter))
    #expect(harness.endpoint.transactionCount == 3)
    #expect(harness.endpoint.counters.overloaded == 7)
  }

  @Test("RFC 4320 §4.2: a request that the user leaves unanswered is given up")
  func abandoned() {
    var harness = Harness()
    harness.receive(Harness.head("INFO"))
    harness.run(until: ms(40_000))
    #expect(harness.responses.map(\.status) == [.trying])
    #expect(harness.endpoint.counters.abandonedRequests == 1)
    #expect(harness.endpoint.transactionCount == 0)
  }

  @Test("§8.2.6.1, §12.1.1: 100 repeats Timestamp and has no tag; a 180 repeats Record-Route")
  func responseHeaders() throws {
    var harness = Harness()
    let extra = ["Timestamp: 54", "Record-Route: <sip:p1;lr>", "Record-Route: <sip:p2;lr>"]
    harness.receive(Harness.head("INVITE") + extra)
    harness.run(until: ms(200))
    let trying = try #require(harness.responses.first)
    #expect(trying.status == .trying)
    #expect(trying.headers.text(.timestamp) == "54")
    #expect(try trying.value(.to)?.tag == nil)
    #expect(!trying.headers.contains(.recordRoute))
  }
}
