import NetworkIO
import SIPParser
import SIPSimple
import SIPSimpleTesting
import Synchronization
import Testing
import WireSupport

@Suite("Bad input during a call: the call goes on, the counters tell, nothing grows")
struct HostileInputTests {
  /// What crossed the wire of a call, to be cut and replayed.
  private final class Recorder: Sendable {
    private let storage = Mutex<[VirtualDatagram]>([])
    private let paused = Mutex(false)
    var isPaused: Bool {
      get { paused.withLock { $0 } }
      set { paused.withLock { $0 = newValue } }
    }
    var all: [VirtualDatagram] { storage.withLock { $0 } }
    func add(_ datagram: VirtualDatagram) {
      if !isPaused { storage.withLock { $0.append(datagram) } }
    }
  }

  private func sipAddress(_ host: VirtualHost) -> TransportAddress { TransportAddress(ip: host.ip, port: 5060) }

  @Test("10 000 datagrams of noise, of messages cut anywhere and of messages with wrong bytes at the SIP port")
  func signallingNoise() async throws {
    let network = VirtualNetwork(seed: 1)
    try await network.run {
      let pair = Pair(network)
      let recorder = Recorder()
      network.observeDatagrams { if $0.traffic == .signalling { recorder.add($0) } }
      try await pair.start()
      let call = try await pair.establish()
      try await call.alice.hold()
      try await call.alice.unhold()
      network.observeDatagrams(nil)
      let messages = recorder.all.map(\.bytes)
      #expect(messages.count >= 10)
      await network.sleep(for: .seconds(70))  // the transactions of the call so far are over
      #expect(await pair.bob.signalling.transactions == 0)

      var random = IDSource.seeded(99)
      let attacker = TransportAddress(ip: .v4(0xc000_0263), port: 5060)
      let sources = [attacker, sipAddress(pair.aliceHost)]
      var most = 0
      for number in 0..<10_000 {
        var bytes: [UInt8]
        let message = messages[Int(random.next(in: 0...UInt64(messages.count - 1)))]
        switch number % 3 {
        case 0: bytes = random.bytes(Int(random.next(in: 0...1500)))
        case 1: bytes = Array(message.prefix(Int(random.next(in: 0...UInt64(message.count - 1)))))
        default:
          bytes = message
          for _ in 0..<random.next(in: 1...8) {
            bytes[Int(random.next(in: 0...UInt64(bytes.count - 1)))] = UInt8(truncatingIfNeeded: random.next())
          }
        }
        network.inject(bytes, from: sources[number / 3 % 2], to: sipAddress(pair.bobHost))
        if number % 10 == 0 {
          await network.sleep(for: .milliseconds(5))
          most = max(most, await pair.bob.signalling.transactions)
        }
      }
      await network.sleep(for: .milliseconds(100))
      let signalling = await pair.bob.signalling
      print(
        "figures of 10 000 bad datagrams in 5 s: malformed \(signalling.endpoint.malformed), answered "
          + "\(signalling.endpoint.malformedAnswered), keep-alives \(signalling.endpoint.keepAlives), stray responses "
          + "\(signalling.endpoint.strayResponses), unknown dialogs \(signalling.userAgent.unknownDialogs), at most \(most) "
          + "transactions")
      #expect(signalling.endpoint.malformed > 6_000)
      #expect(await call.bob.state == .connected)
      #expect(await call.alice.state == .connected)
      #expect(Signal.dominant(pair.bobDevice.played.suffix(8000), rate: Pair.rate) == 440)
      // The calls that damaged INVITEs make ring here; nobody answers them.
      #expect(await pair.bob.sessions.count == signalling.liveInvitations)
      #expect(signalling.transactions < 1_500)
      let statistics = await call.bobStream.statistics
      #expect(statistics.packetsLost == 0 && statistics.packetsRejected == 0)

      try await call.bob.hold()
      try await call.bob.unhold()
      await call.alice.end()
      #expect(try await call.bob.outcome() == .ended(SessionEnd(originator: .remote, reason: .hangup)))
      await network.sleep(for: .seconds(400))  // ringing and its transactions end
      let after = await pair.bob.signalling
      #expect(after.invitations == 0 && after.transactions == 0)
      #expect(await pair.bob.sessions.isEmpty)
      await pair.stop()
      #expect(network.boundAddresses.isEmpty)
    }
  }

  @Test(
    "10 000 packets of noise, replayed, of foreign sources and forged, at the RTP and RTCP ports",
    arguments: [SRTPEncryption.mandatory, .disabled])
  func mediaNoise(_ encryption: SRTPEncryption) async throws {
    let network = VirtualNetwork(seed: 2)
    try await network.run {
      let pair = Pair(network) { $0.encryption = encryption }
      try await pair.start()
      let recorder = Recorder()
      let call = try await pair.establish()
      let target = try #require(await call.bobStream.parameters?.localAddress)
      let source = try #require(await call.aliceStream.parameters?.localAddress)
      network.observeDatagrams { if $0.destination == target { recorder.add($0) } }
      await network.sleep(for: .seconds(3))
      #expect(recorder.all.count >= 145)
      let before = await call.bobStream.statistics

      var random = IDSource.seeded(98)
      let stranger = TransportAddress(ip: .v4(0xc000_0263), port: 4000)
      let control = TransportAddress(ip: target.ip, port: target.port + 1)
      for number in 0..<10_000 {
        let packets = recorder.all.map(\.bytes)
        let recorded = packets[Int(random.next(in: 0...UInt64(packets.count - 1)))]
        var (bytes, from) = (recorded, source)
        switch number % 4 {
        case 0: (bytes, from) = (random.bytes(Int(random.next(in: 0...400))), stranger)
        case 1 where encryption == .mandatory: break  // replayed as it was
        case 1 where number % 8 == 1: from = stranger
        case 1:
          // Without SRTP nothing tells an old packet from the sender's own address from that of a sender that restarted
          // (RFC 3550 appendix A.1): only what is not older than 100 packets is known to be a copy.
          bytes = packets[packets.count - 1 - Int(random.next(in: 0...60))]
        case 2:
          // Another source: a foreign SSRC from a foreign address, claiming the same stream.
          let made = RTPRobot.packet(
            sequence: Int(random.next(in: 0...65_535)), ssrc: UInt32(truncatingIfNeeded: random.next()),
            random.bytes(160))
          (bytes, from) = (made, stranger)
        default:
          // The right header with a payload that is not the sender's (SRTP) or that is cut short (plain).
          bytes =
            encryption == .mandatory
            ? Array(recorded.prefix(12)) + random.bytes(recorded.count - 12) : Array(recorded.prefix(11))
        }
        recorder.isPaused = true
        network.inject(bytes, from: from, to: number % 10 == 9 ? control : target, as: .media)
        recorder.isPaused = false
        if number % 20 == 0 { await network.sleep(for: .milliseconds(10)) }
      }
      await network.sleep(for: .milliseconds(500))
      let after = await call.bobStream.statistics
      let rejected = after.packetsRejected - before.packetsRejected
      print(
        "figures of 10 000 bad RTP packets, SRTP \(encryption): rejected \(rejected), duplicates "
          + "\(after.packetsDuplicated), lost \(after.packetsLost), late \(after.packetsLate), received \(after.packetsReceived)"
      )
      #expect(rejected + (after.packetsDuplicated - before.packetsDuplicated) > 6_500)
      #expect(await call.bob.state == .connected)
      #expect(after.packetsLost <= 2)
      #expect((270...280).contains(after.packetsReceived - before.packetsReceived), "copies are not counted")
      let heard = pair.bobDevice.played.suffix(3 * Pair.rate)
      #expect(Signal.dominant(heard, rate: Pair.rate) == 440)
      #expect(Signal.amplitude(of: 440, in: heard.suffix(8000), rate: Pair.rate) > 7000)
      #expect(Signal.peak(heard) < 9_000, "no noise is heard")
      #expect(after.bufferMilliseconds < before.bufferMilliseconds + 40)
      await call.alice.end()
      await pair.stop()
    }
  }

  @Test("500 INVITEs at once during a call: they ring without a port opened, the call does not suffer, stop() ends all")
  func inviteFlood() async throws {
    let network = VirtualNetwork(seed: 3)
    try await network.run {
      let pair = Pair(network) { $0.encryption = .optional }
      let peer = ScriptedPeer(network.host("10.0.0.9"))
      try await pair.start()
      let call = try await pair.establish()
      for _ in 0..<500 {
        let invite = peer.makeRequest(.invite, to: "sip:bob@10.0.0.2", body: peer.audioSDP())
        peer.send(.request(invite), to: sipAddress(pair.bobHost))
      }
      await network.sleep(for: .seconds(1))
      #expect(await pair.bob.sessions.count == 501)
      // A session that only rings has no ports: nothing was opened for what nobody answered.
      #expect(network.boundAddresses.count == 6 + 4 + 1)
      #expect(await call.bobStream.statistics.packetsLost == 0)
      let began = network.now
      await pair.stop()
      #expect(network.now - began < .seconds(3))
      #expect(network.boundAddresses == [peer.address])
    }
  }
}
