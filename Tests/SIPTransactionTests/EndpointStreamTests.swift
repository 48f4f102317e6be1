import SIPParser
import SIPTransaction
import Testing
import WireSupport

@Suite("RFC 3261 §18.3, RFC 5626 §4.4.1: streams, keep-alives and caps on connections")
struct EndpointStreamTests {
  typealias Harness = EndpointHarness

  private func bytes(_ number: Int) -> [UInt8] {
    let lines =
      Harness.head("OPTIONS", via: "SIP/2.0/TCP 192.0.2.2:5070;branch=z9hG4bKs\(number)", callID: "c\(number)")
      + ["Content-Length: 4", "", "body"]
    return Array(lines.joined(separator: "\r\n").utf8)
  }

  @Test("Three messages in pieces of every size")
  func pieces() {
    let stream = bytes(1) + bytes(2) + bytes(3)
    for size in [1, 2, 3, 7, 64, 500, 10_000] {
      var harness = Harness()
      var rest = stream[...]
      while !rest.isEmpty {
        harness.receive(Array(rest.prefix(size)), on: Harness.tcp)
        rest = rest.dropFirst(size)
      }
      #expect(harness.received.count == 3)
      #expect(harness.received.allSatisfy { $0.request.body == Array("body".utf8) })
    }
  }

  @Test("A double CRLF is answered with a CRLF on a stream and ignored on UDP")
  func keepAlive() {
    var harness = Harness()
    harness.receive([13, 10, 13, 10], on: Harness.tcp)
    #expect(harness.sent.map(\.bytes) == [[13, 10]])
    #expect(harness.sent.first?.target == .flow(Harness.tcp))
    harness.receive([13, 10, 13, 10])
    harness.receive([])
    harness.receive([0, 0, 0, 0])
    #expect(harness.sent.count == 1)
    #expect(harness.endpoint.counters.keepAlives >= 4)
    #expect(harness.endpoint.counters.malformed == 0)
  }

  @Test("A stream that cannot be framed is closed, and what was answered before stays")
  func garbage() {
    var harness = Harness()
    harness.receive(bytes(1), on: Harness.tcp)
    harness.receive(Array("\u{1}\u{2}garbage\r\n\r\n".utf8), on: Harness.tcp)
    #expect(harness.received.count == 1)
    #expect(harness.closed == [Harness.tcp])
    #expect(harness.endpoint.counters.malformed == 1)
    #expect(!harness.endpoint.isOpen(Harness.tcp))
  }

  @Test("An endless header is cut off at the limit")
  func endless() {
    var harness = Harness { $0.limits = SIPLimits(startLineBytes: 1000, headerBytes: 2000) }
    for _ in 0..<100 where harness.closed.isEmpty {
      harness.receive(Array("X-Filler: 0123456789012345678901234567890123456789\r\n".utf8), on: Harness.tcp)
    }
    #expect(harness.closed == [Harness.tcp])
  }

  @Test("Connections beyond the cap are closed, and a closed one makes room")
  func flowCap() {
    var harness = Harness { $0.maximumFlows = 2 }
    let flows = (0..<3).map { id in
      SIPFlow(id: UInt64(id) + 10, transport: .tcp, local: Harness.local, remote: Harness.remote)
    }
    for flow in flows { harness.act { $0.flowOpened(flow, into: &$2) } }
    #expect(harness.closed == [flows[2]])
    harness.act { $0.flowClosed(flows[0], reason: nil, at: $1, into: &$2) }
    harness.act { $0.flowOpened(flows[2], into: &$2) }
    #expect(harness.endpoint.isOpen(flows[2]))
    #expect(harness.endpoint.counters.flowsClosed == 1)
  }

  @Test("Over a reliable transport nothing is retransmitted and nothing lingers")
  func reliable() throws {
    var harness = Harness()
    harness.receive(bytes(1), on: Harness.tcp)
    let (request, id) = try #require(harness.received.first)
    try harness.act { try $0.respond(SIPResponse(to: request, status: .ok, toTag: "t"), to: id, at: $1, into: &$2) }
    #expect(harness.endpoint.transactionCount == 0)
    #expect(harness.endpoint.nextDeadline == nil)
  }
}
