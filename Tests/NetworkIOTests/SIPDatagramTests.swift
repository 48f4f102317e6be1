import NetworkIO
import SIPParser
import SIPTransaction
import Testing
import WireSupport

@Suite("SIP over UDP on real sockets (RFC 3261 §18)")
struct SIPDatagramTests {
  @Test("a datagram comes back, on the same flow", arguments: [IPAddress.loopback, .loopbackV6])
  func echo(_ ip: IPAddress) async throws {
    try await withNetwork { (network) async throws in
      let bob: Endpoint
      do {
        bob = try await Endpoint(network, [.udp], at: ip) { bytes, _ in bytes.reversed() }
      } catch let error as NetworkError where error.code == .addressNotAvailable && ip.isV6 {
        print("skipped, because \(error)")
        return
      }
      let alice = try await Endpoint(network, [.udp], at: ip)
      alice.send([1, 2, 3], .udp, try bob.address(.udp))
      #expect(try await alice.received(count: 3) == [3, 2, 1])
      guard case .received(_, let flow, let time)? = alice.recorder.events.first else { return }
      #expect(flow.local == (try alice.address(.udp)))
      #expect(flow.remote == (try bob.address(.udp)))
      #expect(time <= network.now() && time > network.now() - .seconds(30))
      #expect(alice.recorder.events.count == 1)
    }
  }

  @Test("a port where nobody listens, and the ICMP error about it, do not end the socket")
  func closedPort() async throws {
    try await withNetwork { (network) async throws in
      let gone = try await Endpoint(network, [.udp])
      let address = try gone.address(.udp)
      await gone.layer.shutdown()
      let alice = try await Endpoint(network, [.udp])
      let bob = try await Endpoint(network, [.udp]) { bytes, _ in bytes }
      for _ in 0..<100 { alice.send([0], .udp, address) }
      alice.send([7], .udp, try bob.address(.udp))
      #expect(try await alice.received(count: 1) == [7])
    }
  }

  @Test("65507 bytes arrive whole, one more is refused with the reason")
  func largest() async throws {
    try await withNetwork { (network) async throws in
      let alice = try await Endpoint(network, [.udp])
      let bob = try await Endpoint(network, [.udp])
      let message = (0..<65_507).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      alice.send(message, .udp, try bob.address(.udp))
      #expect(try await bob.received(count: message.count) == message)
      alice.send(message + [0], .udp, try bob.address(.udp), id: 5)
      let error = try await alice.failed(5)
      #expect(error.code == .messageTooLarge)
    }
  }

  @Test("a destination of a family that is not bound is refused in a sentence")
  func unboundFamily() async throws {
    try await withNetwork { (network) async throws in
      let alice = try await Endpoint(network, [.udp])
      alice.send([1], .udp, TransportAddress(ip: .loopbackV6, port: 9), id: 2)
      let error = try await alice.failed(2)
      #expect(error.code == .flowClosed)
      #expect(error.message.contains("IPv6"))
    }
  }

  @Test("a port that is taken is an error that says so, and nothing stays bound")
  func portTaken() async throws {
    try await withNetwork { (network) async throws in
      let bob = try await Endpoint(network, [.udp, .tcp])
      for transport in [SIPTransport.udp, .tcp] {
        let taken = try bob.address(transport)
        let free = TransportAddress(ip: .loopback, port: 0)
        let error = try await networkError("bound twice") {
          _ = try await network.makeSIPTransport(
            SIPTransportConfiguration(listen: [SIPListenAddress(.udp, free), SIPListenAddress(transport, taken)])
          ) { _ in }
        }
        #expect(error.code == .addressInUse)
        #expect(error.message.contains("port \(taken.port) of 127.0.0.1 is taken"), "\(error)")
        #expect(error.address == taken)
      }
    }
  }

  @Test("an address of another machine cannot be bound, and the error says so")
  func foreignAddress() async throws {
    try await withNetwork { (network) async throws in
      let foreign = TransportAddress(ip: .v4(0xc000_0201), port: 0)
      let error = try await networkError("bound 192.0.2.1") {
        _ = try await network.makeSIPTransport(.init(listen: [SIPListenAddress(.udp, foreign)])) { _ in }
      }
      #expect(error.code == .addressNotAvailable, "\(error)")
    }
  }

  @Test("10 000 datagrams in bursts of 50, each answered")
  func throughput() async throws {
    try await withNetwork { (network) async throws in
      let bob = try await Endpoint(network, [.udp]) { bytes, _ in bytes }
      let alice = try await Endpoint(network, [.udp])
      let address = try bob.address(.udp)
      let message = [UInt8](repeating: 0x41, count: 500)
      let start = network.now()
      for burst in 1...200 {
        for _ in 0..<50 { alice.send(message, .udp, address) }
        _ = try await alice.recorder.wait(for: "burst \(burst)") { $0.count >= burst * 50 ? true : nil }
      }
      print("10 000 SIP datagrams there and back: \(network.now() - start)")
    }
  }
}
