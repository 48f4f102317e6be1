import SIPSimple
import SIPSimpleTesting
import Synchronization
import Testing
import WireSupport

@Suite("The same seed gives the same run, byte for byte")
struct DeterminismTests {
  /// Everything that crossed the wire in a run, with its time, and every event as it was read.
  private struct Trace: Equatable, Sendable {
    var datagrams: [[UInt8]] = []
    var times: [Instant] = []
    var lines: [String] = []
  }

  private func run(_ seed: UInt64) async throws -> Trace {
    let network = VirtualNetwork(seed: seed)
    let trace = Mutex(Trace())
    try await network.run {
      let pair = Pair(network) { $0.codecs = ["opus", "PCMU"] }
      network.observeDatagrams { datagram in
        trace.withLock {
          $0.datagrams.append(datagram.bytes)
          $0.times.append(datagram.time)
        }
      }
      network.setConditions(
        LinkConditions(
          delay: .milliseconds(20), jitter: .milliseconds(40), loss: 0.1, duplication: 0.05, reordering: 0.05))
      try await pair.start()
      let call = try await pair.establish()
      let logs = [
        EventLog(call.alice, on: network), EventLog(call.alice, on: network), EventLog(call.alice, on: network),
        EventLog(call.bob, on: network), EventLog(call.bob, on: network),
      ]
      let streams = [EventLog(call.aliceStream, on: network), EventLog(call.bobStream, on: network)]
      try await call.aliceStream.sendDTMF("7")
      async let first: Void = call.alice.hold()
      async let second: Void = call.bob.hold()
      _ = try await (first, second)
      try await call.alice.unhold()
      try await call.bob.unhold()
      await network.sleep(for: .seconds(3))
      await call.bob.end()
      let figures = await call.aliceStream.statistics
      await pair.stop()
      await network.sleep(for: .seconds(100))
      trace.withLock { trace in
        trace.lines = (logs + streams).flatMap(\.lines)
        trace.lines.append("\(figures)")
        trace.lines.append("\(network.counters)")
      }
    }
    return trace.withLock { $0 }
  }

  @Test("a call with loss, glare, DTMF and SRTP, played three times", arguments: [7, 8] as [UInt64])
  func same(_ seed: UInt64) async throws {
    let first = try await run(seed)
    let second = try await run(seed)
    let third = try await run(seed)
    #expect(first.datagrams.count > 400)
    #expect(first == second)
    #expect(first == third)
  }

  @Test("another seed gives another run")
  func different() async throws {
    #expect(try await run(7) != run(8))
  }
}
