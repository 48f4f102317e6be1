import NetworkIO
import SIPParser
import SIPTransaction
import Synchronization
import Testing
import WireSupport

@Suite("SIP over TCP on real sockets (RFC 3261 §18)")
struct SIPStreamTests {
  @Test(
    "a connection opens once for a destination, carries both ways, and closes in order",
    arguments: [IPAddress.loopback, .loopbackV6])
  func exchange(_ ip: IPAddress) async throws {
    try await withNetwork { (network) async throws in
      let bob: Endpoint
      do {
        bob = try await Endpoint(network, [.tcp], at: ip) { bytes, _ in bytes.map { $0 + 1 } }
      } catch let error as NetworkError where error.code == .addressNotAvailable && ip.isV6 {
        print("skipped, because \(error)")
        return
      }
      let alice = try await Endpoint(network)
      let address = try bob.address(.tcp)
      for byte in [UInt8](1...3) { alice.send([byte], .tcp, address, name: "ignored.example") }
      #expect(try await alice.received(count: 3) == [2, 3, 4])
      alice.send([4], .tcp, address)
      #expect(try await alice.received(count: 4) == [2, 3, 4, 5])
      let flow = try await alice.opened().flow
      let peer = try await bob.opened().flow
      #expect(flow.remote == address && flow.local == peer.remote && peer.local == address)
      alice.close(flow)
      #expect(try await alice.closed() == nil)
      #expect(try await bob.closed() == nil)
      alice.send([9], .flow(flow), id: 4)
      let error = try await alice.failed(4)
      #expect(error.code == .flowClosed)
      alice.send([6], .tcp, address)
      #expect(try await alice.received(count: 5).last == 7)
      #expect(alice.openedCount == 2 && bob.openedCount == 2)
    }
  }

  @Test("nobody listening: each waiting transmission fails with a plain reason, and no flow was opened")
  func refused() async throws {
    try await withNetwork { (network) async throws in
      let gone = try await Endpoint(network, [.tcp])
      let address = try gone.address(.tcp)
      await gone.layer.shutdown()
      let alice = try await Endpoint(network)
      for id in 1...3 as ClosedRange<UInt64> { alice.send([1], .tcp, address, id: id) }
      for id in 1...3 as ClosedRange<UInt64> {
        let error = try await alice.failed(id)
        #expect(error.code == .refused)
        #expect(error.message == "nobody listens at \(address)")
      }
      #expect(alice.recorder.events.count == 3)
    }
  }

  @Test("no answer to a connection attempt ends it in time")
  func connectTimeout() async throws {
    // A full backlog: Linux drops the handshakes of those who come after.
    let full = try RawSocket(listening: ())
    var holders: [RawSocket] = []
    try await withNetwork { (network) async throws in
      var limits = SIPTransportLimits()
      limits.connect = .milliseconds(300)
      let alice = try await Endpoint(network, limits: limits)
      let address = TransportAddress(ip: .loopback, port: full.port)
      for _ in 0..<9 { holders.append(try RawSocket(to: full.port)) }
      for id in 1...8 as ClosedRange<UInt64> {
        alice.send([1], .destination(SIPDestination(transport: .tcp, address: address)), id: id)
      }
      let error = try await alice.failed(1)
      #expect(error.code == .timedOut, "\(error)")
    }
  }

  @Test("messages large and small arrive in order, however they are cut and joined")
  func splitAndJoined() async throws {
    try await withNetwork { (network) async throws in
      let bob = try await Endpoint(network, [.tcp])
      let alice = try await Endpoint(network)
      let address = try bob.address(.tcp)
      var all: [UInt8] = []
      for index in 0..<300 {
        let size = index % 100 == 99 ? 300_000 : 1 + index * 7
        let message = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 17 &+ index) }
        all += message
        alice.send(message, .tcp, address)
        if index % 100 == 99 { _ = try await bob.received(count: all.count) }
      }
      let received = try await bob.received(count: all.count)
      #expect(received == all)
      #expect(bob.openedCount == 1)
    }
  }

  @Test("what was sent before a close is delivered before the close")
  func closeAfterFlush() async throws {
    try await withNetwork { (network) async throws in
      let bob = try await Endpoint(network, [.tcp])
      let alice = try await Endpoint(network)
      alice.send([0], .tcp, try bob.address(.tcp))
      let flow = try await alice.opened().flow
      let message = [UInt8](repeating: 7, count: 900_000)
      network.execute {
        alice.layer.send(SIPTransmission(id: .none, target: .flow(flow), bytes: message))
        alice.layer.close(flow)
      }
      #expect(try await bob.received(count: 900_001).count == 900_001)
      #expect(try await bob.closed() == nil)
      #expect(try await alice.closed() == nil)
    }
  }

  @Test("a peer that has sent its last byte is still answered, and let go after the limit")
  func halfClose() async throws {
    try await withNetwork { (network) async throws in
      // The answer is written when the second byte comes, for the limit is short and the test's own thread may be late.
      let bob = try await Endpoint(network, [.tcp]) { bytes, _ in bytes.last == 2 ? [3, 4] : nil }
      let raw = try RawSocket(to: bob.address(.tcp).port)
      raw.write([1])
      _ = try await bob.received(count: 1)
      raw.write([2])
      raw.endOutput()
      #expect(raw.read() == [3, 4])
      #expect(try await bob.closed() == nil)
      #expect(raw.read() == [])
    }
  }

  @Test("connections above the cap are closed at once, and the place of one that ends is free again")
  func inboundCap() async throws {
    try await withNetwork { (network) async throws in
      var limits = SIPTransportLimits()
      limits.inboundConnections = 2
      let bob = try await Endpoint(network, [.tcp], limits: limits) { bytes, _ in bytes }
      let port = try bob.address(.tcp).port
      let first = try RawSocket(to: port)
      let second = try RawSocket(to: port)
      first.write([1])
      second.write([2])
      #expect(first.read() == [1])
      #expect(second.read() == [2])
      let third = try RawSocket(to: port)
      let answer = third.read()
      #expect(answer == nil || answer == [])
      first.endOutput()
      bob.close(try await bob.opened().flow)
      _ = try await bob.closed()
      let fourth = try RawSocket(to: port)
      fourth.write([4])
      #expect(fourth.read() == [4])
      second.write([5])
      #expect(second.read() == [5])
    }
  }

  @Test("an accepted connection that is silent is closed after the limit, one that we opened is not")
  func idle() async throws {
    try await withNetwork { (network) async throws in
      var limits = SIPTransportLimits()
      limits.idle = .milliseconds(150)
      let bob = try await Endpoint(network, [.tcp], limits: limits)
      let carol = try await Endpoint(network, [.tcp])
      let alice = try await Endpoint(network, limits: limits)
      alice.send([1], .tcp, try carol.address(.tcp))
      _ = try await alice.opened()
      let raw = try RawSocket(to: bob.address(.tcp).port)
      let error = try await bob.closed()
      #expect(error?.code == .limitReached)
      #expect(raw.read() == [])
      #expect(alice.recorder.events.count == 1)
    }
  }

  @Test("a peer that does not read fails the flow at the cap, and the loop goes on")
  func backPressure() async throws {
    try await withNetwork { (network) async throws in
      var limits = SIPTransportLimits()
      limits.outboundBufferedBytes = 200_000
      let deaf = try RawSocket(listening: ())
      let alice = try await Endpoint(network, limits: limits)
      let address = TransportAddress(ip: .loopback, port: deaf.port)
      alice.send([0], .tcp, address)
      let flow = try await alice.opened().flow
      let message = [UInt8](repeating: 0, count: 100_000)
      for _ in 0..<500 { alice.send(message, .flow(flow), id: 3) }
      let first = try await alice.failed(3)
      let error = try await alice.closed()
      #expect(first.code == .backPressure)
      #expect(error?.code == .backPressure)
      #expect(error?.message.contains("does not read") == true, "\(String(describing: error))")
    }
  }

  @Test("a reset is told as one")
  func reset() async throws {
    try await withNetwork { (network) async throws in
      let bob = try await Endpoint(network, [.tcp])
      var raw: RawSocket? = try RawSocket(to: bob.address(.tcp).port)
      raw?.write([1])
      let flow = try await bob.opened().flow
      _ = try await bob.received(count: 1)
      bob.send([1, 2, 3], .flow(flow))
      // Closing with bytes unread makes Linux send a reset.
      #expect(raw?.isReadable() == true)
      raw = nil
      let error = try await bob.closed()
      #expect(error?.code == .connectionReset, "\(String(describing: error))")
    }
  }

  @Test("no event is delivered from within a call")
  func notReentrant() async throws {
    try await withNetwork { (network) async throws in
      let calling = Mutex(false)
      let violations = Mutex(0)
      let recorder = Recorder<SIPTransportEvent>(network)
      let layer = try await network.makeSIPTransport(SIPTransportConfiguration(listen: [])) { event in
        if calling.withLock({ $0 }) { violations.withLock { $0 += 1 } }
        recorder.record(event)
      }
      let nowhere = SIPFlow(
        id: 99, transport: .tcp, local: TransportAddress(ip: .loopback, port: 1),
        remote: TransportAddress(ip: .loopback, port: 1))
      let targets: [SIPTransmissionTarget] = [
        .flow(nowhere), .destination(SIPDestination(transport: .udp, address: nowhere.remote)),
        .destination(SIPDestination(transport: .tcp, address: nowhere.remote)),
        .destination(SIPDestination(transport: .tls, address: nowhere.remote)),
        .destination(SIPDestination(transport: .ws, address: nowhere.remote)),
      ]
      network.execute {
        for (index, target) in targets.enumerated() {
          calling.withLock { $0 = true }
          layer.send(SIPTransmission(id: SIPTransmissionID(rawValue: UInt64(index + 1)), target: target, bytes: [1]))
          calling.withLock { $0 = false }
        }
      }
      _ = try await recorder.wait(for: "five failures") { $0.count == targets.count ? true : nil }
      #expect(violations.withLock { $0 } == 0)
    }
  }

  @Test("shutdown waits for a connection that is being made, with what waits for it")
  func shutdownWhileOpening() async throws {
    try await withNetwork { (network) async throws in
      let bob = try await Endpoint(network, [.tcp])
      let alice = try await Endpoint(network)
      alice.send([1, 2, 3], .tcp, try bob.address(.tcp))
      await alice.layer.shutdown()
      #expect(try await bob.received(count: 3) == [1, 2, 3])
    }
  }

  @Test("shutdown delivers what was sent, ends every flow, and nothing comes afterwards")
  func shutdown() async throws {
    try await withNetwork { (network) async throws in
      let bob = try await Endpoint(network, [.udp, .tcp])
      let alice = try await Endpoint(network)
      alice.send([1], .tcp, try bob.address(.tcp))
      _ = try await alice.opened()
      alice.send([UInt8](repeating: 2, count: 500_000), .tcp, try bob.address(.tcp))
      await alice.layer.shutdown()
      await alice.layer.shutdown()
      #expect(try await bob.received(count: 500_001).count == 500_001)
      #expect(try await alice.closed() == nil)
      let address = try bob.address(.tcp)
      await bob.layer.shutdown()
      let count = bob.recorder.events.count
      // The ports are free again.
      _ = try await network.makeSIPTransport(.init(listen: [SIPListenAddress(.tcp, address)])) { _ in }
      #expect(bob.recorder.events.count == count)
    }
  }
}
