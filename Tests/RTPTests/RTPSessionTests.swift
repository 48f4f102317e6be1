import Testing
import WireSupport

@testable import RTP

@Suite("RTP session: two ends over a virtual wire")
struct RTPSessionTests {
  @Test("a minute without loss: everything arrives, RTT and jitter are the wire's", arguments: [false, true])
  func clean(_ isProtected: Bool) throws {
    var call = Call(delay: 35)
    if isProtected { try call.protect() }
    try call.run(60_000)
    for peer in [call.left, call.right] {
      let statistics = peer.session.statistics
      #expect(statistics.packetsSent == 3000)
      #expect(statistics.packetsReceived >= 2998)
      #expect(statistics.packetsLost == 0)
      #expect(statistics.jitter < 0.1)
      let roundTrip = try #require(statistics.roundTrip)
      #expect(abs(roundTrip.mean - 70) < 1)
      #expect(abs(roundTrip.last - 70) < 1)
      #expect(statistics.remote?.packetsLost == 0)
      #expect(statistics.reportsSent >= 8 && statistics.reportsSent <= 25)
      #expect(statistics.reportsReceived >= 8)
      #expect(peer.drops.isEmpty)
      #expect(peer.events.filter { if case .mediaStarted = $0 { true } else { false } }.count == 1)
      #expect(peer.events.contains { if case .cname(_, let name) = $0 { name.hasPrefix("peer") } else { false } })
    }
    #expect(call.left.session.remoteSSRC == call.right.session.ssrc)
    #expect(call.left.session.rtpDestination == bob)
    #expect(call.left.session.rtcpDestination == bob)
  }

  @Test("loss, duplication and jitter: the counters are the wire's own", arguments: [1, 2, 3] as [UInt64])
  func lossy(_ seed: UInt64) throws {
    var call = Call(seed: seed)
    call.toRight.loss = 0.05
    call.toRight.duplication = 0.02
    call.toRight.jitter = 40
    try call.run(60_000)
    try call.run(200, leftTalks: false)
    let statistics = call.right.session.statistics
    // The first packets and those lost after the last one received are not countable.
    #expect(abs(statistics.packetsLost - Int64(call.toRight.lost)) <= 8)
    #expect(statistics.packetsReceived + statistics.packetsLost <= 3000)
    #expect(statistics.duplicates > 30)
    #expect(statistics.reordered > 150)
    #expect(statistics.jitter > 8 && statistics.jitter < 20)
    #expect(statistics.lossBursts > 80)
    // The other side knows by report blocks.
    let remote = try #require(call.left.session.statistics.remote)
    #expect(abs(remote.jitter - 13) < 8)
    #expect(remote.maximumFractionLost > 0.01 && remote.maximumFractionLost < 0.2)
    // Extended numbers are exact: sorted, they rise without a repetition.
    let numbers = call.right.received.map(\.extendedSequence)
    #expect(Set(numbers).count == numbers.count)
  }

  @Test("protected, through 65 535 with loss and reordering, for every suite", arguments: SRTPSuite.all)
  func rollover(_ suite: SRTPSuite) throws {
    var call = Call(seed: 9)
    try call.protect(suite)
    call.toRight.loss = 0.05
    call.toRight.jitter = 50
    call.left.session.outbound.setNextSequence(65_300)
    try call.run(20_000, rightTalks: false)
    let statistics = call.right.session.statistics
    #expect(statistics.authenticationFailures == 0)
    #expect(statistics.replays == 0)
    #expect(statistics.packetsReceived + statistics.packetsLost >= 985)
    #expect(call.right.received.last?.extendedSequence ?? 0 > 65_536)
  }

  @Test("RTCP interval statistics: the fraction lost of each interval is the wire's")
  func intervals() throws {
    var call = Call(seed: 4)
    try call.run(30_000)
    call.toRight.loss = 0.5
    try call.run(30_000)
    let during = try #require(call.left.session.statistics.remote)
    #expect(during.fractionLost > 0.3 && during.fractionLost < 0.7)
    call.toRight.loss = 0
    try call.run(30_000)
    let after = try #require(call.left.session.statistics.remote)
    #expect(after.fractionLost == 0)
    #expect(after.maximumFractionLost > 0.3)
    #expect(after.packetsLost > 600)
  }

  @Test("RTCP on a port of its own")
  func separatePorts() throws {
    let left = Peer(alice, seed: 1) {
      $0.rtcp = .separate
      $0.remoteRTP = bob
    }
    #expect(left.session.rtcpDestination == TransportAddress(ip: bob.ip, port: 5001))
    var builder = RTCPBuilder()
    builder.appendReceiverReport(ssrc: 4)
    builder.appendGoodbye(ssrc: 4)
    let learned = TransportAddress(ip: bob.ip, port: 7777)
    #expect(left.hear(builder.bytes, .rtcp, from: learned, at: ms(1)) == .control)
    #expect(left.session.rtcpDestination == learned)
    #expect(left.hear(builder.bytes, .rtcp, from: mallory, at: ms(2)) == .dropped(.foreign))
  }

  @Test("BYE at the end: the peer is told; nothing goes on after it")
  func goodbye() throws {
    var call = Call()
    try call.protect()
    try call.run(1000)
    var outputs = RTPSessionOutputs()
    call.left.session.close(reason: "over", at: call.now, wallClock: 0, into: &outputs)
    #expect(outputs.controlPackets.count == 1)
    call.right.hear(outputs.controlPackets[0], from: alice, at: call.now)
    #expect(call.right.events.contains(.goodbye(ssrc: call.left.session.ssrc, reason: "over")))
    #expect(call.left.session.nextDeadline == nil)
    #expect(code { _ = try call.left.talk(at: call.now) } == .closed)
    #expect(call.left.hear([0x80, 0, 0], from: bob, at: call.now) == .dropped(.unexpected))
    outputs.removeAll()
    call.left.session.close(at: call.now, wallClock: 0, into: &outputs)
    #expect(outputs.controlPackets.isEmpty)
  }

  @Test("§6.3.7 who never sent says no BYE")
  func silentGoodbye() {
    let peer = Peer(alice, seed: 1)
    peer.session.close(at: ms(10), wallClock: 0, into: &peer.outputs)
    #expect(peer.outputs.controlPackets.isEmpty)
  }

  @Test("no media at the start, in mid-call, and again; none while on hold")
  func noMedia() throws {
    var call = Call {
      $0.startTimeout = .seconds(3)
      $0.silenceTimeout = .seconds(2)
    }
    func missed(_ peer: Peer) -> [RTPSessionEvent] {
      peer.events.filter {
        switch $0 {
        case .noMedia, .mediaResumed: true
        default: false
        }
      }
    }
    try call.run(4000, rightTalks: false)
    #expect(missed(call.left) == [.noMedia(.atStart)])
    #expect(missed(call.right) == [])
    try call.run(3000)
    #expect(missed(call.left) == [.noMedia(.atStart), .mediaResumed])
    try call.run(5000, rightTalks: false)
    #expect(missed(call.left) == [.noMedia(.atStart), .mediaResumed, .noMedia(.inMidCall)])
    try call.run(100)
    call.left.session.expectMedia(false, at: call.now)
    try call.run(5000, rightTalks: false)
    #expect(missed(call.left).count == 4)
    call.left.session.expectMedia(true, at: call.now)
    try call.run(2100, rightTalks: false)
    #expect(missed(call.left).last == .noMedia(.inMidCall))
    #expect(missed(call.left).count == 5)
  }

  @Test("sender reports only while we send: SR, then RR two intervals after the last packet")
  func reportKinds() throws {
    var call = Call()
    try call.run(15_000, leftTalks: true, rightTalks: false)
    var kinds: [UInt8] = []
    for step in 0..<120_000 {
      let now = call.now.adding(nanoseconds: Int64(step) * 1_000_000)
      for report in call.left.tick(at: now) { kinds.append(report[1]) }
    }
    #expect(kinds.first == 200)
    #expect(kinds.last == 201)
    #expect(kinds.filter { $0 == 200 }.count <= 2)
  }

  @Test("a sender report's media time matches its wall time")
  func senderReportTime() throws {
    let peer = Peer(alice, seed: 3)
    let packet = try peer.talk(at: ms(1000))
    let stamp = packet.span.uint32(at: 4)
    var report: [UInt8] = []
    for step in 1000..<9000 where report.isEmpty {
      if let first = peer.tick(at: ms(Double(step))).first {
        report = first
        var compound = try RTCPCompound(parsing: report.span)
        let found = compound.next()?.senderInfo
        let info = try #require(found)
        #expect(info.rtpTimestamp == stamp &+ UInt32(step - 1000) * 8)
        #expect(info.ntp.unixNanoseconds / 1_000_000 - 1_700_000_000_000 - Int64(step) <= 1)
        #expect(info.packetCount == 1)
        #expect(info.octetCount == 160)
      }
    }
    #expect(!report.isEmpty)
  }

  @Test("payload types outside the negotiated ones are counted, and their numbers are no loss")
  func payloadTypes() throws {
    let peer = Peer(bob, seed: 1) { $0.remoteRTP = alice }
    for number in 0..<100 {
      peer.hear(
        try packet(UInt16(number), type: number % 10 == 5 ? 77 - 64 + 64 : 0), from: alice, at: ms(Double(number) * 20))
    }
    for number in 100..<200 {
      peer.hear(try packet(UInt16(number), type: number % 10 == 5 ? 13 : 0), from: alice, at: ms(Double(number) * 20))
    }
    #expect(peer.session.statistics.unknownPayloadType == 10)
    // Type 77 means RTCP on a shared port (RFC 5761), and is none: ten gaps.
    #expect(peer.session.statistics.malformed == 10)
    #expect(peer.session.statistics.packetsLost == 10)
    #expect(code { _ = try peer.talk(type: 72, at: ms(1)) } == .payloadType)
  }

  @Test("telephone events do not disturb jitter")
  func eventJitter() throws {
    let peer = Peer(bob, seed: 1) { $0.remoteRTP = alice }
    for number in 0..<200 {
      let isEvent = (50..<60).contains(number)
      peer.hear(
        try packet(
          UInt16(number), timestamp: isEvent ? 8000 : UInt32(number) * 160, type: isEvent ? 101 : 0,
          payload: [1, 2, 3, 4]), from: alice, at: ms(Double(number) * 20))
    }
    #expect(peer.session.statistics.maximumJitter < 0.1)
    #expect(peer.session.statistics.packetsReceived == 200)
  }

  @Test("payloads too large are refused; the largest one allowed is sent, protected with the longest MKI")
  func largestPayload() throws {
    let peer = Peer(alice, seed: 1) { $0.maximumPayload = 1920 }
    let key = try masterKey(.aeadAES256GCM, identifier: [UInt8](repeating: 7, count: 128))
    try peer.session.setKeys(inbound: [key], outbound: key)
    let packet = try peer.talk([UInt8](repeating: 0, count: 1920), at: ms(0))
    #expect(packet.count == 12 + 1920 + 16 + 128)
    #expect(code { _ = try peer.talk([UInt8](repeating: 0, count: 1921), at: ms(0)) } == .payloadTooLarge)
  }

  @Test("a datagram with an extension of nearly 64 KB is delivered, plain and protected", arguments: [false, true])
  func hugeExtension(_ isProtected: Bool) throws {
    let peer = Peer(bob, seed: 1) { $0.remoteRTP = alice }
    peer.keepsPayloads = true
    let key = try masterKey()
    if isProtected { try peer.session.setKeys(inbound: [key], outbound: try masterKey(seed: 2)) }
    let sender = try SRTPSender(key: key)
    let data = [UInt8](repeating: 0xab, count: 65_200)
    let none = [UInt32]()
    for number in 0..<3 as Range<UInt16> {
      var bytes = [UInt8](repeating: 0, count: 65_400)
      var span = bytes.mutableSpan
      let small: [UInt8] = [1, 2, 3]
      let count = try RTPPacket.write(
        RTPHeader(payloadType: 0, sequenceNumber: number, timestamp: 1, ssrc: 2), contributingSources: none.span,
        extensionProfile: 0x1000, extensionData: data.span, payload: small.span, padding: 0,
        into: &span)
      let plain = Array(bytes[..<count])
      peer.hear(isProtected ? try sender.protect(plain) : plain, from: alice, at: ms(Double(number)))
    }
    #expect(peer.payloads == [[1, 2, 3], [1, 2, 3], [1, 2, 3]])
    #expect(peer.hear([UInt8](repeating: 0x80, count: 65_536), from: alice, at: ms(9)) == .dropped(.malformed))
  }
}
