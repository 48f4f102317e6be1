import NIOCore
import NIOPosix
import NetworkIO
import SIPTransaction
import Synchronization
import Testing
import WireSupport

/// Lives on the network's executor, as the driver of an endpoint does.
private actor Counter {
  nonisolated let network: any Network
  private(set) var count = 0
  init(_ network: any Network) { self.network = network }
  nonisolated var unownedExecutor: UnownedSerialExecutor { network.unownedExecutor }
  func increment() { count += 1 }
}

@Suite("The executor, timers and look-ups of SystemNetwork")
struct SystemNetworkTests {
  @Test("an actor on the network's executor handles a packet without a hop")
  func actorOnLoop() async throws {
    try await withNetwork { (network) async throws in
      let counter = Counter(network)
      let recorder = Recorder<SIPTransportEvent>(network)
      let layer = try await network.makeSIPTransport(
        .init(listen: [SIPListenAddress(.udp, TransportAddress(ip: .loopback, port: 0))])
      ) { event in
        counter.assumeIsolated { $0.increment() }
        recorder.record(event)
      }
      let address = try #require(layer.localAddress(for: .udp))
      network.execute {
        counter.assumeIsolated { $0.increment() }
        let target = SIPTransmissionTarget.destination(SIPDestination(transport: .udp, address: address))
        layer.send(SIPTransmission(id: .none, target: target, bytes: [1]))
      }
      _ = try await recorder.wait(for: "datagram") { $0.first }
      #expect(await counter.count == 2)
      let timer = network.makeTimer {
        counter.assumeIsolated { $0.increment() }
        recorder.record(.received([], SIPFlow(id: 0, transport: .udp, local: address, remote: address), network.now()))
      }
      await network.run { timer.arm(at: network.now()) }
      _ = try await recorder.wait(for: "timer") { $0.count == 2 ? true : nil }
      #expect(await counter.count == 3)
    }
  }

  @Test("timers fire in the order of their deadlines, not before them, and again when armed again")
  func order() async throws {
    try await withNetwork { (network) async throws in
      let recorder = Recorder<(Int, Instant)>(network)
      let timers = (0..<5).map { number in network.makeTimer { recorder.record((number, network.now())) } }
      let start = network.now()
      let offsets = [40, 10, 30, 0, 20]
      await network.run {
        for (timer, offset) in zip(timers, offsets) { timer.arm(at: start + .milliseconds(offset)) }
      }
      let fired = try await recorder.wait(for: "five") { $0.count == 5 ? $0 : nil }
      #expect(fired.map(\.0) == [3, 1, 4, 2, 0])
      for (number, time) in fired { #expect(time >= start + .milliseconds(offsets[number])) }
      await network.run { timers[2].arm(at: network.now()) }
      let again = try await recorder.wait(for: "sixth") { $0.count == 6 ? $0[5] : nil }
      #expect(again.0 == 2)
      withExtendedLifetime(timers) {}
    }
  }

  @Test("re-arming later, earlier and not at all: only the last word counts")
  func rearm() async throws {
    try await withNetwork { (network) async throws in
      let recorder = Recorder<(String, Instant)>(network)
      let later = network.makeTimer { recorder.record(("later", network.now())) }
      let earlier = network.makeTimer { recorder.record(("earlier", network.now())) }
      let never = network.makeTimer { recorder.record(("never", network.now())) }
      let back = network.makeTimer { recorder.record(("back", network.now())) }
      let start = network.now()
      await network.run {
        for step in 1...100 { later.arm(at: start + .milliseconds(step)) }
        earlier.arm(at: start + .seconds(3600))
        earlier.arm(at: start + .milliseconds(50))
        never.arm(at: start + .milliseconds(5))
        never.disarm()
        back.arm(at: start + .milliseconds(5))
        back.disarm()
        back.arm(at: Instant?.some(start + .milliseconds(20)))
        never.arm(at: nil)
      }
      let fired = try await recorder.wait(for: "three") { $0.count == 3 ? $0 : nil }
      #expect(fired.map(\.0) == ["back", "earlier", "later"])
      #expect(fired[0].1 >= start + .milliseconds(20))
      #expect(fired[1].1 >= start + .milliseconds(50))
      #expect(fired[2].1 >= start + .milliseconds(100))
      withExtendedLifetime((later, earlier, never, back)) {}
    }
  }

  @Test("a deadline that has passed fires at once, but not within the call; a far one does not overflow")
  func past() async throws {
    try await withNetwork { (network) async throws in
      let recorder = Recorder<Bool>(network)
      let arming = Mutex(false)
      let timer = network.makeTimer { recorder.record(arming.withLock { $0 }) }
      let far = network.makeTimer { recorder.record(true) }
      await network.run {
        arming.withLock { $0 = true }
        timer.arm(at: Instant(nanoseconds: -5))
        far.arm(at: .distantFuture)
        arming.withLock { $0 = false }
      }
      #expect(try await recorder.wait(for: "fire") { $0.first } == false)
      withExtendedLifetime((timer, far)) {}
    }
  }

  @Test("names: numbers, localhost, and a name that does not exist")
  func lookUp() async throws {
    try await withNetwork { (network) async throws in
      #expect(try await network.resolve(host: "192.0.2.7") == [.v4(0xc000_0207)])
      #expect(try await network.resolve(host: "[2001:db8::1]").first?.isV6 == true)
      #expect(try await network.resolve(host: "localhost").allSatisfy { $0.isLoopback })
      for name in ["nobody.invalid", "", "a\0b", String(repeating: "a", count: 300)] {
        await #expect(throws: NetworkError(.nameNotFound, "")) { _ = try await network.resolve(host: name) }
      }
    }
  }

  @Test("the address towards a peer on this machine is the loopback address")
  func localAddress() async throws {
    try await withNetwork { (network) async throws in
      #expect(try network.localAddress(toward: TransportAddress(ip: .loopback, port: 5060)) == .loopback)
      #expect(try network.localAddress(toward: TransportAddress(ip: .loopback, port: 0)) == .loopback)
    }
  }

  @Test("clocks: monotonic does not go back, wall is after 2025, ids differ")
  func clocks() async throws {
    try await withNetwork { (network) async throws in
      let first = network.now()
      #expect(network.now() >= first)
      #expect(network.wallClock() > 1_735_689_600_000_000_000)
      var (one, other) = (network.makeIDSource(), network.makeIDSource())
      #expect(one.next() != other.next())
    }
  }

  @Test("on a loop of the caller's: shutdown closes what is open, leaves the loop, and refuses what comes after")
  func borrowedLoop() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let network = SystemNetwork(eventLoop: group.next())
    let bob = try await Endpoint(network, [.udp, .tcp])
    let address = try bob.address(.tcp)
    await network.shutdown()
    await network.shutdown()
    await #expect(throws: NetworkError(.shutDown, "")) {
      _ = try await network.makeSIPTransport(.init(listen: [])) { _ in }
    }
    let next = SystemNetwork(eventLoop: group.next())
    _ = try await next.makeSIPTransport(.init(listen: [SIPListenAddress(.tcp, address)])) { _ in }
    await next.shutdown()
    try await group.shutdownGracefully()
  }
}
