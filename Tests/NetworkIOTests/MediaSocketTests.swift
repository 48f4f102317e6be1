import NetworkIO
import Testing
import WireSupport

@Suite("RTP/RTCP socket pairs (RFC 3550 §11, RFC 5761)")
struct MediaSocketTests {
  struct Packet: Sendable, Equatable {
    var bytes: [UInt8]
    var component: MediaComponent
    var source: TransportAddress
    var time: Instant
  }

  final class Handler: MediaSocketHandler, Sendable {
    let recorder: Recorder<Packet>
    init(_ network: any Network) { recorder = Recorder(network) }
    func received(_ packet: Span<UInt8>, component: MediaComponent, from source: TransportAddress, at time: Instant) {
      recorder.record(
        Packet(bytes: packet.withUnsafeBufferPointer { Array($0) }, component: component, source: source, time: time))
    }
  }

  @Test("both components carry packets, and say who sent them", arguments: [IPAddress.loopback, .loopbackV6])
  func exchange(_ ip: IPAddress) async throws {
    try await withNetwork { (network) async throws in
      let (alice, bob) = (Handler(network), Handler(network))
      let sender: any MediaSocket
      do {
        sender = try await network.makeMediaSocket(address: ip, ports: 40_000...40_999, handler: alice)
      } catch let error as NetworkError where error.code == .addressNotAvailable && ip.isV6 {
        print("skipped, because \(error)")
        return
      }
      let receiver = try await network.makeMediaSocket(address: ip, ports: 40_000...40_999, handler: bob)
      await network.run {
        sender.send([1, 2].span, component: .rtp, to: receiver.localRTP)
        sender.send([3].span, component: .rtcp, to: receiver.localRTCP)
        let nothing: [UInt8] = []
        sender.send(nothing.span, component: .rtp, to: receiver.localRTP)
        sender.send([4].span, component: .rtcp, to: receiver.localRTP)
        sender.send([5].span, component: .rtp, to: TransportAddress(ip: ip.isV6 ? .loopback : .loopbackV6, port: 9))
      }
      let packets = try await bob.recorder.wait(for: "four packets") { $0.count == 4 ? $0 : nil }
      let rtp = packets.filter { $0.component == .rtp }
      #expect(rtp.map(\.bytes) == [[1, 2], [], [4]])
      #expect(rtp.map(\.source) == [sender.localRTP, sender.localRTP, sender.localRTCP])
      #expect(packets.first { $0.component == .rtcp }?.bytes == [3])
      #expect(await network.run { sender.refusedSends } == 1)
      await network.run {
        sender.close()
        sender.close()
        sender.send([1].span, component: .rtp, to: receiver.localRTP)
      }
      #expect(await network.run { sender.refusedSends } == 2)
    }
  }

  @Test("RTP is even, RTCP the next, the next pair is tried when one is taken, and a full range says so")
  func portRange() async throws {
    try await withNetwork { (network) async throws in
      let handler = Handler(network)
      let range: ClosedRange<UInt16> = 41_001...41_008
      var sockets: [any MediaSocket] = []
      for _ in 0..<3 {
        let socket = try await network.makeMediaSocket(address: .loopback, ports: range, handler: handler)
        #expect(socket.localRTP.port % 2 == 0)
        #expect(socket.localRTCP.port == socket.localRTP.port + 1)
        #expect(range.contains(socket.localRTP.port) && range.contains(socket.localRTCP.port))
        sockets.append(socket)
      }
      #expect(sockets.map(\.localRTP.port) == [41_002, 41_004, 41_006])
      let error = try await networkError("a fourth pair of three") {
        _ = try await network.makeMediaSocket(address: .loopback, ports: range, handler: handler)
      }
      #expect(error.code == .portsExhausted)
      #expect(error.message.contains("41001-41008"), "\(error)")
      let second = sockets[1]
      await network.run { second.close() }
      let again = try await network.makeMediaSocket(address: .loopback, ports: range, handler: handler)
      #expect(again.localRTP.port == 41_004)
      // Only one port of the pair is taken: the whole pair is skipped.
      await network.run { again.close() }
      let blocker = TransportAddress(ip: .loopback, port: 41_005)
      _ = try await network.makeSIPTransport(.init(listen: [SIPListenAddress(.udp, blocker)])) { _ in }
      await #expect(throws: NetworkError(.portsExhausted, "")) {
        _ = try await network.makeMediaSocket(address: .loopback, ports: range, handler: handler)
      }
    }
  }

  @Test(
    "a range without a pair, and an address that is not ours, are refused",
    arguments: [5001...5002, 0...0, 65_535...65_535] as [ClosedRange<UInt16>])
  func unusable(_ range: ClosedRange<UInt16>) async throws {
    try await withNetwork { (network) async throws in
      await #expect(throws: NetworkError(.invalidConfiguration, "")) {
        _ = try await network.makeMediaSocket(address: .loopback, ports: range, handler: Handler(network))
      }
      await #expect(throws: NetworkError(.addressNotAvailable, "")) {
        _ = try await network.makeMediaSocket(address: .v4(0xc000_0201), ports: 5000...5100, handler: Handler(network))
      }
    }
  }

  @Test("10 000 packets in bursts of 50 arrive in order")
  func throughput() async throws {
    try await withNetwork { (network) async throws in
      let handler = Handler(network)
      let sender = try await network.makeMediaSocket(address: .loopback, ports: 42_000...42_999, handler: handler)
      let receiver = try await network.makeMediaSocket(address: .loopback, ports: 42_000...42_999, handler: handler)
      let start = network.now()
      for burst in 0..<200 {
        await network.run {
          for index in 0..<50 {
            let number = UInt16(burst * 50 + index)
            var packet = [UInt8](repeating: 0, count: 172)
            packet[2] = UInt8(number >> 8)
            packet[3] = UInt8(number & 255)
            sender.send(packet.span, component: .rtp, to: receiver.localRTP)
          }
        }
        _ = try await handler.recorder.wait(for: "burst \(burst)") { $0.count >= (burst + 1) * 50 ? true : nil }
      }
      print("10 000 RTP packets: \(network.now() - start)")
      let numbers = handler.recorder.events.map { Int($0.bytes[2]) << 8 | Int($0.bytes[3]) }
      #expect(numbers == Array(0..<10_000))
    }
  }
}
