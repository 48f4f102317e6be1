import Testing
import WireSupport

@testable import RTP

@Suite("RTP session: whose packets are the talker's (RFC 3550 §8.2, §A.1; RFC 4961)")
struct RTPSourceTests {
  private func listener(_ configure: (inout RTPSessionConfiguration) -> Void = { _ in }) -> Peer {
    Peer(bob, seed: 1) {
      $0.remoteRTP = alice
      configure(&$0)
    }
  }

  @Test("from the signalled address the first packet counts; from another only after two in sequence")
  func firstSource() throws {
    let peer = listener()
    #expect(peer.hear(try packet(5), from: mallory, at: ms(0)) == .dropped(.probation))
    guard case .media = peer.hear(try packet(9, ssrc: 1), from: alice, at: ms(1)) else { return #expect(Bool(false)) }
    #expect(peer.session.remoteAddress == alice)
    let behindNAT = listener()
    #expect(behindNAT.hear(try packet(5), from: mallory, at: ms(0)) == .dropped(.probation))
    guard case .media(let first) = behindNAT.hear(try packet(6), from: mallory, at: ms(20)) else {
      return #expect(Bool(false))
    }
    #expect(first.startsSource)
    #expect(behindNAT.session.rtpDestination == mallory)
    let strict = listener { $0.sourcePolicy.learnsAddress = false }
    for number in 0..<50 {
      #expect(strict.hear(try packet(UInt16(number)), from: mallory, at: ms(Double(number) * 20)) == .dropped(.foreign))
    }
    #expect(strict.session.rtpDestination == alice)
  }

  @Test("a third party cannot steal a stream that flows, with the talker's SSRC or another", arguments: [true, false])
  func thief(_ sameSSRC: Bool) throws {
    let peer = listener()
    for number in 0..<500 {
      let now = ms(Double(number) * 20)
      peer.hear(try packet(UInt16(number)), from: alice, at: now)
      for extra in 0..<3 {
        let stolen = try packet(UInt16(3 * number + extra), ssrc: sameSSRC ? 0x1234_5678 : 0x666)
        #expect(peer.hear(stolen, from: mallory, at: now) == .dropped(.foreign))
      }
    }
    #expect(peer.session.remoteAddress == alice)
    #expect(peer.session.statistics.packetsReceived == 500)
    #expect(peer.session.statistics.packetsLost == 0)
    #expect(peer.session.statistics.foreign == 1500)
  }

  @Test("a talker that moved (new NAT binding) is followed once the old address is silent and the run sustained")
  func movedPlain() throws {
    let peer = listener()
    for number in 0..<50 { peer.hear(try packet(UInt16(number)), from: alice, at: ms(Double(number) * 20)) }
    var accepted: Int?
    for number in 50..<150 where accepted == nil {
      if case .media = peer.hear(try packet(UInt16(number)), from: mallory, at: ms(Double(number) * 20)) {
        accepted = number
      }
    }
    #expect(accepted == 99, "one second after the last packet, 980 ms")
    #expect(peer.events.contains(.remoteAddressChanged(mallory)))
    #expect(peer.session.rtpDestination == mallory)
  }

  @Test("with SRTP a new address is followed at once, but not for an old packet sent again or late")
  func movedProtected() throws {
    let peer = listener()
    let key = try masterKey()
    try peer.session.setKeys(inbound: [key], outbound: try masterKey(seed: 2))
    let sender = try SRTPSender(key: key)
    let packets = try (0..<30).map { try sender.protect(try packet(UInt16($0))) }
    for number in 0..<10 { peer.hear(packets[number], from: alice, at: ms(Double(number) * 20)) }
    peer.hear(packets[12], from: alice, at: ms(260))
    #expect(peer.hear(packets[3], from: mallory, at: ms(270)) == .dropped(.replayed))
    guard case .media = peer.hear(packets[11], from: mallory, at: ms(271)) else { return #expect(Bool(false)) }
    #expect(peer.session.remoteAddress == alice, "a late copy by another way moves nothing")
    peer.hear(packets[13], from: mallory, at: ms(280))
    #expect(peer.session.remoteAddress == mallory)
  }

  @Test("a re-INVITE to another address: believed from its first packet")
  func signalledMove() throws {
    let peer = listener()
    for number in 0..<50 { peer.hear(try packet(UInt16(number)), from: alice, at: ms(Double(number) * 20)) }
    peer.session.setRemote(rtp: mallory)
    #expect(peer.session.rtpDestination == mallory)
    guard case .media = peer.hear(try packet(50), from: mallory, at: ms(1000)) else { return #expect(Bool(false)) }
    let other = listener()
    for number in 0..<50 { other.hear(try packet(UInt16(number)), from: alice, at: ms(Double(number) * 20)) }
    other.session.setRemote(rtp: mallory)
    #expect(other.hear(try packet(7, ssrc: 3), from: mallory, at: ms(1000)) == .dropped(.probation))
    guard case .media(let first) = other.hear(try packet(8, ssrc: 3), from: mallory, at: ms(1010)) else {
      return #expect(Bool(false))
    }
    #expect(first.startsSource)
  }

  @Test("an SSRC change by the talker: accepted after two packets once the old one is silent; statistics go on")
  func ssrcChange() throws {
    let peer = listener()
    for number in 0..<100 where number != 50 {
      peer.hear(try packet(UInt16(number)), from: alice, at: ms(Double(number) * 20))
    }
    var firsts = 0
    for number in 0..<100 {
      let now = ms(2000 + Double(number) * 20)
      if case .media(let packet) = peer.hear(try packet(UInt16(40_000 + number), ssrc: 9), from: alice, at: now) {
        if packet.startsSource { firsts += 1 }
      }
    }
    #expect(firsts == 1)
    #expect(peer.session.remoteSSRC == 9)
    let statistics = peer.session.statistics
    #expect(statistics.packetsReceived >= 99 + 95)
    #expect(statistics.packetsLost == 1)
    #expect(statistics.sourceChanges == 1)
    #expect(peer.events.contains(.sourceChanged(ssrc: 9, from: alice)))
  }

  @Test("two SSRCs at once from one address do not take turns", arguments: [false, true])
  func twoSSRCs(_ isProtected: Bool) throws {
    let peer = listener()
    let key = try masterKey()
    if isProtected { try peer.session.setKeys(inbound: [key], outbound: try masterKey(seed: 2)) }
    let sender = try SRTPSender(key: key)
    for number in 0..<200 {
      for ssrc in [1, 2] as [UInt32] {
        let plain = try packet(UInt16(number), ssrc: ssrc)
        peer.hear(isProtected ? try sender.protect(plain) : plain, from: alice, at: ms(Double(number) * 20))
      }
    }
    #expect(peer.session.remoteSSRC == 1)
    #expect(peer.session.statistics.packetsReceived == 200)
    #expect(peer.session.statistics.sourceChanges == 0)
  }

  @Test("after BYE the next source takes over as soon as it is valid")
  func afterGoodbye() throws {
    let peer = listener()
    for number in 0..<50 { peer.hear(try packet(UInt16(number)), from: alice, at: ms(Double(number) * 20)) }
    var builder = RTCPBuilder()
    builder.appendReceiverReport(ssrc: 0x1234_5678)
    builder.appendGoodbye(ssrc: 0x1234_5678)
    #expect(peer.hear(builder.bytes, from: mallory, at: ms(1000)) == .dropped(.foreign), "a stranger ends no call")
    #expect(peer.hear(builder.bytes, from: alice, at: ms(1000)) == .control)
    peer.hear(try packet(7, ssrc: 3), from: alice, at: ms(1001))
    guard case .media = peer.hear(try packet(8, ssrc: 3), from: alice, at: ms(1002)) else {
      return #expect(Bool(false))
    }
  }

  @Test("§8.2 collision: BYE for the old SSRC, a new one; a loop afterwards is only counted; strangers do nothing")
  func collision() throws {
    let peer = listener { $0.ssrc = 0xabc }
    _ = try peer.talk(at: ms(0))
    #expect(peer.hear(try packet(1, ssrc: 0xabc), from: mallory, at: ms(1)) == .dropped(.ownSSRC))
    #expect(peer.session.ssrc == 0xabc)
    #expect(peer.hear(try packet(1, ssrc: 0xabc), from: alice, at: ms(1)) == .dropped(.ownSSRC))
    let fresh = peer.session.ssrc
    #expect(fresh != 0xabc)
    #expect(peer.events == [.ssrcCollision(old: 0xabc, new: fresh)])
    let control = try #require(peer.outputs.controlPackets.first)
    var compound = try RTCPCompound(parsing: control.span)
    var last: UInt32?
    while let part = compound.next() { if part.type == .goodbye { last = part.goodbyeSource(0) } }
    #expect(last == 0xabc)
    #expect(peer.hear(try packet(2, ssrc: fresh), from: alice, at: ms(2)) == .dropped(.ownSSRC))
    #expect(peer.session.ssrc == fresh, "the same address again: a loop")
    let next = try peer.talk(at: ms(3))
    #expect(Array(next[8..<12]) == [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: fresh >> $0) })
  }

  @Test("keys that a re-INVITE repeats keep rollover and replay state; new ones begin anew")
  func rekeying() throws {
    let peer = listener()
    let key = try masterKey()
    let own = try masterKey(seed: 2)
    try peer.session.setKeys(inbound: [key], outbound: own)
    let sender = try SRTPSender(key: key)
    let first = try sender.protect(try packet(1))
    peer.hear(first, from: alice, at: ms(0))
    try peer.session.setKeys(inbound: [try masterKey()], outbound: try masterKey(seed: 2))
    #expect(peer.hear(first, from: alice, at: ms(1)) == .dropped(.replayed))
    let next = try masterKey(seed: 3)
    try peer.session.setKeys(inbound: [next], outbound: own)
    #expect(peer.hear(try sender.protect(try packet(2)), from: alice, at: ms(2)) == .dropped(.unauthenticated))
    guard case .media = peer.hear(try SRTPSender(key: next).protect(try packet(3)), from: alice, at: ms(3)) else {
      return #expect(Bool(false))
    }
    #expect(peer.session.isProtected)
    #expect(peer.session.suite == .aesCM128HMACSHA1_80)
  }

  @Test("a new key after rollovers, the peer's counter back at 0: the stream goes on without a gap or a reset")
  func rekeyingAfterRollover() throws {
    let peer = listener()
    let key = try masterKey()
    try peer.session.setKeys(inbound: [key], outbound: try masterKey(seed: 2))
    let sender = try SRTPSender(key: key)
    for number in 65_000..<66_000 {
      peer.hear(try sender.protect(try packet(UInt16(truncatingIfNeeded: number))), from: alice, at: ms(Double(number)))
    }
    let next = try masterKey(seed: 3)
    try peer.session.setKeys(inbound: [next], outbound: try masterKey(seed: 2))
    let second = try SRTPSender(key: next)
    for number in 66_000..<66_500 {
      peer.hear(try second.protect(try packet(UInt16(truncatingIfNeeded: number))), from: alice, at: ms(Double(number)))
    }
    #expect(peer.received.map(\.extendedSequence) == Array(65_000..<66_500))
    #expect(peer.session.statistics.packetsLost == 0)
    #expect(peer.received.filter(\.startsSource).count == 1)
  }

  @Test("an outage of more than 32 768 packets: the rollover counter is found again")
  func longOutage() throws {
    let peer = listener()
    let key = try masterKey()
    try peer.session.setKeys(inbound: [key], outbound: try masterKey(seed: 2))
    let sender = try SRTPSender(key: key)
    for number in 0..<100 { peer.hear(try sender.protect(try packet(UInt16(number))), from: alice, at: ms(0)) }
    for number in 100..<120_000 where number % 1000 == 0 {
      _ = try sender.protect(try packet(UInt16(truncatingIfNeeded: number)))
    }
    let before = peer.received.count
    for number in 120_000..<120_200 {
      peer.hear(try sender.protect(try packet(UInt16(truncatingIfNeeded: number))), from: alice, at: ms(Double(number)))
    }
    #expect(peer.received.count - before > 150)
    #expect(peer.session.srtpReceiver?.rollover(of: 0x1234_5678) == 1)
  }
}

@Suite("RTP session under attack: the talker is still heard")
struct RTPStormTests {
  @Test("10 000 datagrams of noise, truncation, replay and foreign SSRCs in a call", arguments: [false, true])
  func storm(_ isProtected: Bool) throws {
    var call = Call(seed: 6)
    if isProtected { try call.protect() }
    try call.run(1000)
    var ids = IDSource.seeded(66)
    var old: [[UInt8]] = []
    for _ in 0..<1000 {
      let good = try call.left.talk(at: call.now)
      if old.isEmpty { old.append([0x80, 0]) }
      for _ in 0..<10 {
        var bad: [UInt8]
        var source = mallory
        switch ids.next(in: 0...5) {
        case 0: bad = ids.bytes(Int(ids.next(in: 0...200)))
        case 1:
          bad = good
          bad.removeLast(Int(ids.next(in: 1...UInt64(good.count))))
        case 2: bad = old[Int(ids.next(in: 0...UInt64(old.count - 1)))]
        case 3:
          bad = try packet(UInt16(truncatingIfNeeded: ids.next()), ssrc: UInt32(truncatingIfNeeded: ids.next()))
          source = alice
        case 4:
          bad = hex("80c90001") + ids.bytes(4) + hex("81cb0001") + ids.bytes(4)
          source = TransportAddress(ip: mallory.ip, port: UInt16(truncatingIfNeeded: ids.next()))
        default:
          bad = ids.bytes(60)
          bad[0] = 0x80 | bad[0] & 0x3f
          bad[1] = 200 + bad[1] & 7
        }
        // Truncated talk and replays come from the talker's own address half of the time.
        if ids.next(in: 0...1) == 0, isProtected { source = alice }
        call.right.hear(bad, from: source, at: call.now)
      }
      let before = call.right.received.count
      call.right.hear(good, from: alice, at: call.now)
      #expect(call.right.received.count == before + 1)
      old.append(good)
      try call.run(20, leftTalks: false)
    }
    let statistics = call.right.session.statistics
    #expect(statistics.packetsReceived >= 1045)
    #expect(statistics.packetsLost == 0)
    #expect(statistics.malformed > 1000)
    #expect(statistics.sourceChanges == 0)
    #expect(call.right.session.remoteSSRC == call.left.session.ssrc)
    if isProtected {
      #expect(statistics.replays > 1000)
      #expect(statistics.authenticationFailures > 1000)
      #expect(call.right.session.srtpReceiver?.sourceCount == 1)
    } else {
      #expect(statistics.foreign > 3000)
    }
  }

  @Test("20 000 mutated datagrams of a protected and a plain call, both components", arguments: [false, true])
  func mutations(_ isProtected: Bool) throws {
    var ids = IDSource.seeded(10)
    let peer = Peer(bob, seed: 1) { $0.remoteRTP = alice }
    let sender = try SRTPSender(key: try masterKey())
    if isProtected { try peer.session.setKeys(inbound: [try masterKey()], outbound: try masterKey(seed: 2)) }
    var builder = RTCPBuilder()
    builder.appendSenderReport(
      ssrc: 0x1234_5678, RTCPSenderInfo(ntp: NTPTime(bits: 1), rtpTimestamp: 2, packetCount: 3, octetCount: 4),
      blocks: [
        RTCPReportBlock(
          ssrc: peer.session.ssrc, fractionLost: 1, cumulativeLost: 2, highestSequence: 3, jitter: 4,
          lastSenderReport: 5, delaySinceLastSenderReport: 6)
      ])
    builder.appendDescription(ssrc: 0x1234_5678, items: [(.cname, "a@b")])
    builder.appendGoodbye(ssrc: 0x1234_5678, reason: "why")
    for number in 0..<20_000 {
      let isControl = number % 3 == 0
      let plain = isControl ? builder.bytes : try packet(UInt16(truncatingIfNeeded: number), payload: [1, 2, 3, 4])
      var bytes = isProtected ? try sender.protect(plain, control: isControl) : plain
      for _ in 0..<Int(ids.next(in: 0...4)) {
        bytes[Int(ids.next(in: 0...UInt64(bytes.count - 1)))] = UInt8(truncatingIfNeeded: ids.next())
      }
      bytes.removeLast(Int(ids.next(in: 0...5)))
      let now = ms(Double(number))
      peer.hear(bytes, isControl ? .rtcp : .rtp, from: ids.next(in: 0...3) == 0 ? mallory : alice, at: now)
      _ = peer.tick(at: now)
      _ = peer.session.statistics
    }
    #expect(peer.session.statistics.packetsReceived > 300)
  }

  @Test("reordered by 1000 packets: heard all along, nothing grows", arguments: [false, true])
  func deepReordering(_ isProtected: Bool) throws {
    let peer = Peer(bob, seed: 1) { $0.remoteRTP = alice }
    let sender = try SRTPSender(key: try masterKey())
    if isProtected { try peer.session.setKeys(inbound: [try masterKey()], outbound: try masterKey(seed: 2)) }
    let packets = try (0..<5000).map { number in
      let plain = try packet(UInt16(number))
      return isProtected ? try sender.protect(plain) : plain
    }
    // Every tenth packet a thousand places late.
    for number in 0..<5000 {
      if number % 10 != 0 { peer.hear(packets[number], from: alice, at: ms(Double(number) * 20)) }
      if number >= 1000, number % 10 == 0 {
        peer.hear(packets[number - 1000], from: alice, at: ms(Double(number) * 20))
      }
    }
    #expect(peer.session.statistics.packetsReceived >= 4490)
  }
}
