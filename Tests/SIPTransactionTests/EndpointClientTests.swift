import SIPParser
import SIPTransaction
import Testing
import WireSupport

@Suite("RFC 3261 §8.1, §17.1, §18.1: requests that the endpoint sends")
struct EndpointClientTests {
  typealias Harness = EndpointHarness

  @Test("§8.1.1.7, RFC 3581 §3: Via with our address, a fresh branch and rport; Max-Forwards 70")
  func via() throws {
    var harness = Harness()
    for _ in 0..<2 {
      _ = try harness.act { try $0.send(try Harness.request(.options), to: Harness.destination, at: $1, into: &$2) }
    }
    let vias = try harness.requests.map { try #require(try $0.value(.via)) }
    #expect(vias.allSatisfy { $0.hasMagicCookie && $0.hasResponsePort && $0.responsePort == nil })
    #expect(vias[0].branch != vias[1].branch)
    #expect(vias[0].host == .ip(Harness.local.ip) && vias[0].port == 5060)
    #expect(try harness.requests[0].value(.maxForwards) == 70)
    #expect(harness.sent[0].target == Harness.destination)
  }

  @Test("ACK and CANCEL have their own ways, and an address must be known")
  func refused() throws {
    var harness = Harness()
    for method in [SIPMethod.ack, .cancel] {
      #expect(throws: SIPTransactionError(.method, expected: "")) {
        try harness.act { try $0.send(try Harness.request(method), to: Harness.destination, at: $1, into: &$2) }
      }
    }
    let tls = SIPTransmissionTarget.destination(SIPDestination(transport: .tls, address: Harness.remote))
    #expect(throws: SIPTransactionError(.noLocalAddress, expected: "")) {
      try harness.act { try $0.send(try Harness.request(.options), to: tls, at: $1, into: &$2) }
    }
    var broken = try Harness.request(.options)
    broken.headers.append(.subject, text: "a\r\nb: c")
    #expect(throws: SIPTransactionError(.unencodable, expected: "")) {
      try harness.act { try $0.send(broken, to: Harness.destination, at: $1, into: &$2) }
    }
    #expect(harness.sent.isEmpty && harness.endpoint.transactionCount == 0)
  }

  @Test("§17.1.3: a response finds its request by branch and method, and only then")
  func matching() throws {
    var harness = Harness()
    let id = try harness.act { try $0.send(try Harness.request(.options), to: Harness.destination, at: $1, into: &$2) }
    let request = try #require(harness.requests.first)
    var other = request
    try other.headers.updateFirst(.via) { $0.parameters["branch"] = "z9hG4bKother" }
    harness.receive(try SIPResponse(to: other, status: .ok, toTag: "t").serialized())
    other = request
    other.headers.set(.cseq, SIPCSeq(7, .info))
    harness.receive(try SIPResponse(to: other, status: .ok, toTag: "t").serialized())
    #expect(harness.events.isEmpty)
    #expect(harness.endpoint.counters.strayResponses == 2)
    var two = SIPResponse(to: request, status: .ok, toTag: "t")
    two.headers.append(.via, try SIPVia("SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK2"))
    harness.receive(try two.serialized())
    #expect(harness.endpoint.counters.misroutedResponses == 1)
    harness.receive(try SIPResponse(to: request, status: .ok, toTag: "t").serialized())
    guard case .response(let response, id, Harness.udp)? = harness.events.first else {
      Issue.record("not delivered")
      return
    }
    #expect(response.status == .ok)
  }

  @Test("§17.1.1.3: the ACK to a failure has the INVITE's Via and Route and the response's To")
  func acknowledgement() throws {
    var harness = Harness()
    var invite = try Harness.request(.invite)
    invite.headers.set(.route, [try SIPNameAddress("<sip:proxy.example;lr>")])
    _ = try harness.act { try $0.send(invite, to: Harness.destination, at: $1, into: &$2) }
    let sent = try #require(harness.requests.first)
    harness.receive(try SIPResponse(to: sent, status: .busyHere, toTag: "busy").serialized())
    let ack = try #require(harness.requests.last)
    #expect(ack.method == .ack)
    #expect(ack.uri == sent.uri)
    #expect(try ack.values(.via) == sent.values(.via))
    #expect(try ack.values(.route) == sent.values(.route))
    #expect(try ack.value(.to)?.tag == "busy")
    #expect(ack.headers.text(.from) == sent.headers.text(.from))
    #expect(try ack.value(.cseq) == SIPCSeq(7, .ack))
    // A repeated failure brings the same bytes again.
    let count = harness.sent.count
    harness.receive(try SIPResponse(to: sent, status: .busyHere, toTag: "busy").serialized())
    #expect(harness.sent.count == count + 1)
    #expect(harness.sent[count].bytes == harness.sent[count - 1].bytes)
    #expect(harness.events.count == 1)
    harness.run(until: ms(40_000))
    #expect(harness.endpoint.transactionCount == 0)
  }

  @Test("§17.1.1.2: retransmissions are byte for byte the same, then the user is told")
  func retransmissions() throws {
    var harness = Harness()
    let id = try harness.act { try $0.send(try Harness.request(.invite), to: Harness.destination, at: $1, into: &$2) }
    harness.run(until: ms(40_000))
    #expect(harness.sent.count == 7)
    #expect(Set(harness.sent.map(\.bytes)).count == 1)
    guard case .failed(id, .timedOut)? = harness.events.first else {
      Issue.record("no failure")
      return
    }
    #expect(harness.endpoint.transactionCount == 0 && harness.endpoint.nextDeadline == nil)
  }

  @Test("§18.4: a failure to send ends the transaction; one after the final response does not reach the user")
  func transportFailure() throws {
    var harness = Harness()
    let id = try harness.act { try $0.send(try Harness.request(.options), to: Harness.destination, at: $1, into: &$2) }
    let transmission = try #require(harness.sent.first).id
    harness.act { $0.transmissionFailed(transmission, reason: "unreachable", at: $1, into: &$2) }
    guard case .failed(id, .transport("unreachable"))? = harness.events.first else {
      Issue.record("no failure")
      return
    }
    harness.act { $0.transmissionFailed(transmission, reason: "again", at: $1, into: &$2) }
    #expect(harness.events.count == 1)
    #expect(harness.endpoint.transactionCount == 0)
  }

  @Test("A connection that closes fails the requests that wait on it, and those alone")
  func flowClosed() throws {
    var harness = Harness()
    harness.act { $0.flowOpened(Harness.tcp, into: &$2) }
    let onFlow = SIPTransmissionTarget.flow(Harness.tcp)
    let id = try harness.act { try $0.send(try Harness.request(.options), to: onFlow, at: $1, into: &$2) }
    _ = try harness.act { try $0.send(try Harness.request(.options), to: Harness.destination, at: $1, into: &$2) }
    harness.act { $0.flowClosed(Harness.tcp, reason: "reset", at: $1, into: &$2) }
    guard case .failed(id, .transport("reset"))? = harness.events.first else {
      Issue.record("no failure")
      return
    }
    #expect(harness.events.count == 1)
    #expect(harness.endpoint.transactionCount == 1)
    #expect(!harness.endpoint.isOpen(Harness.tcp) && harness.endpoint.isOpen(Harness.udp))
  }

  @Test("§9.1: CANCEL waits for a provisional response, shares the INVITE's Via, and its own answer is absorbed")
  func cancel() throws {
    var harness = Harness()
    let id = try harness.act { try $0.send(try Harness.request(.invite), to: Harness.destination, at: $1, into: &$2) }
    let accepted = harness.act { $0.cancel(id, at: $1, into: &$2) }
    #expect(accepted)
    #expect(harness.requests.map(\.method) == [.invite])
    let invite = harness.requests[0]
    harness.receive(try SIPResponse(to: invite, status: .ringing, toTag: "t").serialized())
    #expect(harness.requests.map(\.method) == [.invite, .cancel])
    #expect(try harness.requests[1].values(.via) == invite.values(.via))
    harness.receive(try SIPResponse(to: harness.requests[1], status: .ok, toTag: "t").serialized())
    harness.receive(try SIPResponse(to: invite, status: .requestTerminated, toTag: "t").serialized())
    let statuses = harness.events.compactMap {
      if case .response(let response, _, _) = $0 { response.status } else { nil }
    }
    #expect(statuses == [.ringing, .requestTerminated])
    let late = harness.act { $0.cancel(id, at: $1, into: &$2) }
    #expect(!late)
    harness.run(until: ms(40_000))
    #expect(harness.endpoint.transactionCount == 0)
  }

  @Test("§9.1: a CANCEL that nobody answers ends the INVITE after 64 T1")
  func cancelUnanswered() throws {
    var harness = Harness()
    let id = try harness.act { try $0.send(try Harness.request(.invite), to: Harness.destination, at: $1, into: &$2) }
    harness.receive(try SIPResponse(to: harness.requests[0], status: .ringing, toTag: "t").serialized())
    _ = harness.act { $0.cancel(id, at: $1, into: &$2) }
    harness.run(until: ms(32_000))
    guard case .failed(id, .timedOut)? = harness.events.last else {
      Issue.record("no failure")
      return
    }
    #expect(harness.endpoint.transactionCount == 0)
  }

  @Test("RFC 6026 §7.2: a 2xx is delivered each time until Timer M; after that it is a stray")
  func success() throws {
    var harness = Harness()
    _ = try harness.act { try $0.send(try Harness.request(.invite), to: Harness.destination, at: $1, into: &$2) }
    let success = try SIPResponse(to: harness.requests[0], status: .ok, toTag: "t").serialized()
    for _ in 0..<3 { harness.receive(success) }
    #expect(harness.events.count == 3)
    harness.run(until: ms(32_000))
    harness.receive(success)
    #expect(harness.endpoint.counters.strayResponses == 1)
    #expect(harness.endpoint.transactionCount == 0)
  }

  @Test("The cap on transactions refuses our own requests, too")
  func cap() throws {
    var harness = Harness { $0.maximumTransactions = 2 }
    for _ in 0..<2 {
      _ = try harness.act { try $0.send(try Harness.request(.options), to: Harness.destination, at: $1, into: &$2) }
    }
    #expect(throws: SIPTransactionError(.tooManyTransactions, expected: "")) {
      try harness.act { try $0.send(try Harness.request(.options), to: Harness.destination, at: $1, into: &$2) }
    }
  }
}
