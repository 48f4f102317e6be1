import Testing
import WireSupport

@testable import RTP

@Suite("RFC 3550 §6.4–6.7, §A.2 RTCP packets")
struct RTCPPacketTests {
  private let info = RTCPSenderInfo(
    ntp: NTPTime(bits: 0x1122_3344_5566_7788), rtpTimestamp: 0x99aa_bbcc, packetCount: 7, octetCount: 1120)
  private let block = RTCPReportBlock(
    ssrc: 0xcafe_babe, fractionLost: 64, cumulativeLost: -5, highestSequence: 0x0002_0100, jitter: 33,
    lastSenderReport: 0x3344_5566, delaySinceLastSenderReport: 65_536)

  private func compound() -> [UInt8] {
    var builder = RTCPBuilder()
    builder.appendSenderReport(ssrc: 1, info, blocks: [block, block])
    builder.appendDescription(ssrc: 1, items: [(.cname, "alice@192.0.2.1"), (.tool, "SIPSimple"), (.note, "")])
    builder.appendApplication(ssrc: 1, subtype: 3, name: 0x5445_5354, data: ([1, 2, 3] as [UInt8]).span)
    builder.appendGoodbye(ssrc: 1, reason: "done")
    return builder.bytes
  }

  @Test("a compound of every kind comes back as it was built")
  func roundTrip() throws {
    let bytes = compound()
    #expect(bytes.count % 4 == 0)
    var parsed = try RTCPCompound(parsing: bytes.span)
    var kinds: [RTCPPacketType] = []
    while let packet = parsed.next() {
      kinds.append(packet.type)
      switch packet.type {
      case .senderReport:
        #expect(packet.ssrc == 1)
        #expect(packet.senderInfo == info)
        #expect(packet.report(0) == block)
        #expect(packet.report(1) == block)
        #expect(packet.report(2) == nil)
      case .sourceDescription:
        var items: [String] = []
        packet.forEachDescription { ssrc, item, text in
          items.append("\(ssrc) \(item.rawValue) \(String(decoding: text.array, as: UTF8.self))")
        }
        #expect(items == ["1 1 alice@192.0.2.1", "1 6 SIPSimple", "1 7 "])
      case .application:
        #expect(packet.applicationName == 0x5445_5354)
        let data = packet.applicationData?.array
        #expect(data == [1, 2, 3, 0])
      case .goodbye:
        #expect(packet.goodbyeSource(0) == 1)
        #expect(packet.goodbyeSource(1) == nil)
        let reason = packet.goodbyeReason?.array
        #expect(reason == Array("done".utf8))
      default: Issue.record("an unexpected kind")
      }
    }
    #expect(kinds == [.senderReport, .sourceDescription, .application, .goodbye])
  }

  @Test("unknown kinds are skipped by their length")
  func unknown() throws {
    let bytes = hex("80c90001 00000007 8fd30002 0000000011111111 80fe0000 81cb0001 00000007")
    var parsed = try RTCPCompound(parsing: bytes.span)
    var kinds: [UInt8] = []
    while let packet = parsed.next() { kinds.append(packet.type.rawValue) }
    #expect(kinds == [201, 211, 254, 203])
  }

  @Test(
    "§A.2 validity",
    arguments: [
      ("80c90001 00000007", nil), ("80ca0001 00000007", RTPError.Code.payloadType), ("40c90001 00000007", .version),
      ("80c90002 00000007", .length), ("81c90001 00000007", .length), ("80c80001 00000007", .length),
      ("80c90001 00000007 80cb", .length), ("80c90001 00000007 82cb0001 00000007", .length),
      ("a0c90002 00000007 00000004 80cb0000", .padding), ("a0c90002 00000007 00000004", nil),
      ("a0c90002 00000007 00000003", .padding), ("a0c90002 00000007 00000000", .padding),
      ("a0c90002 00000007 00000008", .length), ("a0c90002 00000007 00000010", .padding), ("80c900", .truncated),
    ] as [(String, RTPError.Code?)])
  func validity(_ text: String, _ expected: RTPError.Code?) {
    let bytes = hex(text)
    #expect(code { _ = try RTCPCompound(parsing: bytes.span) } == expected)
  }

  @Test("RFC 5506: reduced-size compounds only where they are allowed")
  func reducedSize() {
    let bytes = hex("80ce0002 00000007 00000008")
    #expect(code { _ = try RTCPCompound(parsing: bytes.span) } == .payloadType)
    #expect(code { _ = try RTCPCompound(parsing: bytes.span, reducedSize: true) } == nil)
  }

  @Test("truncated at every offset: refused, or whole packets only")
  func truncation() {
    let bytes = compound()
    for end in 0..<bytes.count {
      let piece = Array(bytes[..<end])
      guard var parsed = try? RTCPCompound(parsing: piece.span) else { continue }
      var total = 0
      while let packet = parsed.next() { total += 4 + packet.body.count }
      #expect(total == end)
    }
  }

  @Test("20 000 mutated compounds: every accessor stays inside")
  func mutations() {
    var ids = IDSource.seeded(8)
    let good = compound()
    for _ in 0..<20_000 {
      var bytes = good
      for _ in 0...Int(ids.next(in: 0...5)) {
        bytes[Int(ids.next(in: 0...UInt64(bytes.count - 1)))] = UInt8(truncatingIfNeeded: ids.next())
      }
      if ids.next(in: 0...3) == 0 { bytes.removeLast(4 * Int(ids.next(in: 0...10))) }
      guard var parsed = try? RTCPCompound(parsing: bytes.span, reducedSize: true) else { continue }
      while let packet = parsed.next() {
        _ = packet.ssrc
        _ = packet.senderInfo
        for index in -1...32 {
          _ = packet.report(index)
          _ = packet.goodbyeSource(index)
        }
        _ = packet.goodbyeReason?.count
        _ = packet.applicationData?.count
        packet.forEachDescription { _, _, text in _ = text.count }
      }
    }
  }

  @Test("texts are cut to 255 bytes between characters, counts to 31")
  func limits() throws {
    var builder = RTCPBuilder()
    builder.appendReceiverReport(ssrc: 1, blocks: Array(repeating: block, count: 40))
    builder.appendDescription(ssrc: 1, items: [(.cname, String(repeating: "ü", count: 200))])
    let bytes = builder.bytes
    var parsed = try RTCPCompound(parsing: bytes.span)
    let reports = parsed.next()?.reportCount
    #expect(reports == 31)
    var text: [UInt8] = []
    parsed.next()?.forEachDescription { _, _, item in text = item.array }
    #expect(String(decoding: text, as: UTF8.self) == String(repeating: "ü", count: 127))
  }

  @Test("RFC 5761 §4: RTCP on a shared port is told by its second byte")
  func demultiplexing() {
    for byte in UInt8.min...UInt8.max {
      let isControl = (64...95).contains(byte & 0x7f)
      let bytes = [0x80, byte]
      let found = RTCPPacketType.isControl(bytes.span)
      #expect(found == isControl)
    }
    for type in 200...207 as ClosedRange<UInt8> { #expect((64...95).contains(type & 0x7f)) }
    let short: [UInt8] = [0x80]
    let found = RTCPPacketType.isControl(short.span)
    #expect(!found)
  }
}

@Suite("RFC 3550 §4 NTP time")
struct NTPTimeTests {
  @Test(
    "known moments",
    arguments: [
      (0, 2_208_988_800 << 32), (1_500_000_000, 2_208_988_801 << 32 | 0x8000_0000),
      (-500_000_000, 2_208_988_799 << 32 | 0x8000_0000),
    ] as [(Int64, UInt64)])
  func known(_ nanoseconds: Int64, _ bits: UInt64) {
    #expect(NTPTime(unixNanoseconds: nanoseconds).bits == bits)
    #expect(NTPTime(bits: bits).unixNanoseconds == nanoseconds)
  }

  @Test("any clock value is taken, 2036 included")
  func extremes() {
    for value in [Int64.min, -1, 0, 1, 2_085_978_496_000_000_000, Int64.max] {
      _ = NTPTime(unixNanoseconds: value).middle
    }
    #expect(NTPTime(bits: 0x0123_4567_89ab_cdef).middle == 0x4567_89ab)
  }
}

@Suite("RFC 3550 §6.2, §6.3, §A.7 report schedule")
struct RTCPSchedulerTests {
  private let two = RTCPScheduler.Population(members: 2, senders: 2, weSent: true)

  @Test("§6.2 five seconds at least, half of it at first, times 0.5 to 1.5, over e − 3/2")
  func interval() {
    for random in [0, 0.25, 0.5, 0.999] {
      var scheduler = RTCPScheduler(sessionBandwidth: 80_000)
      scheduler.start(at: .zero, two, random: random)
      let expected = 2.5 * (random + 0.5) / 1.21828
      #expect(abs((scheduler.nextDeadline?.milliseconds(since: .zero) ?? 0) / 1000 - expected) < 0.001)
      let due = scheduler.nextDeadline ?? .zero
      #expect(scheduler.expire(at: due, two, random: 0, redraw: random) == true)
      let next = (scheduler.nextDeadline ?? .zero).milliseconds(since: due) / 1000
      #expect(abs(next - 5 * (random + 0.5) / 1.21828) < 0.001)
    }
  }

  @Test("§6.2 reduced minimum: 360 over the bandwidth in kbit/s")
  func reduced() {
    let scheduler = RTCPScheduler(sessionBandwidth: 720_000, minimum: .reduced)
    #expect(abs(scheduler.deterministicInterval(two) - 0.25) < 1e-9, "half of 0.5 s at first")
  }

  @Test("§6.3.1 senders share a quarter of the bandwidth, receivers the rest")
  func shares() {
    let scheduler = RTCPScheduler(sessionBandwidth: 8000, expectedSize: 72)
    // 50 bytes a second; 100-byte packets.
    let sender = scheduler.deterministicInterval(.init(members: 1000, senders: 10, weSent: true))
    #expect(abs(sender - 100 * 10 / 12.5) < 1e-6)
    let receiver = scheduler.deterministicInterval(.init(members: 1000, senders: 10, weSent: false))
    #expect(abs(receiver - 100 * 990 / 37.5) < 1e-6)
    let all = scheduler.deterministicInterval(.init(members: 100, senders: 50, weSent: false))
    #expect(abs(all - 100 * 100 / 50) < 1e-6)
  }

  @Test("§6.3.6 timer reconsideration: a session that grew postpones the report")
  func reconsideration() {
    var scheduler = RTCPScheduler(sessionBandwidth: 8000, expectedSize: 72)
    scheduler.start(at: .zero, two, random: 0.5)
    let due = scheduler.nextDeadline ?? .zero
    let crowd = RTCPScheduler.Population(members: 1000, senders: 1000, weSent: true)
    #expect(scheduler.expire(at: due, crowd, random: 0.5, redraw: 0.5) == false)
    #expect((scheduler.nextDeadline ?? .zero) > due + .seconds(60))
    #expect(scheduler.expire(at: due, crowd, random: 0.5, redraw: 0.5) == false, "not due any more")
  }

  @Test("§6.3.4 reverse reconsideration: a session that shrank brings it nearer")
  func reverse() {
    var scheduler = RTCPScheduler(sessionBandwidth: 8000, expectedSize: 72)
    let crowd = RTCPScheduler.Population(members: 1000, senders: 1000, weSent: true)
    scheduler.start(at: .zero, crowd, random: 0.5)
    let due = (scheduler.nextDeadline ?? .zero).nanoseconds
    scheduler.membersLeft(.init(members: 100, senders: 100, weSent: true), at: .zero)
    #expect(abs((scheduler.nextDeadline ?? .zero).nanoseconds - due / 10) < 1000)
  }

  @Test("the mean of 2000 intervals is the nominal one (§A.7's compensation for two members)")
  func mean() {
    var ids = IDSource.seeded(3)
    var scheduler = RTCPScheduler(sessionBandwidth: 80_000)
    scheduler.start(at: .zero, two, random: ids.nextUnit())
    var sent = 0
    var now = Instant.zero
    while sent < 2000, let due = scheduler.nextDeadline {
      now = due
      if scheduler.expire(at: due, two, random: ids.nextUnit(), redraw: ids.nextUnit()) { sent += 1 }
    }
    let mean = now.milliseconds(since: .zero) / 1000 / 2000
    // Reconsideration keeps the mean between (e − 3/2)⁻¹ · 5 s and 5 s with a stable group.
    #expect(mean > 4.0 && mean < 5.3, "\(mean)")
  }

  @Test("§6.3.3 average size: a sixteenth of each compound, headers included")
  func averageSize() {
    var scheduler = RTCPScheduler(sessionBandwidth: 8000, expectedSize: 72)
    let before = scheduler.deterministicInterval(.init(members: 100, senders: 100, weSent: true))
    scheduler.note(size: 72 + 1600)
    let after = scheduler.deterministicInterval(.init(members: 100, senders: 100, weSent: true))
    #expect(abs(after - before * 2) < 1e-6)
  }

  @Test("absurd inputs keep the timer in range")
  func absurd() {
    var scheduler = RTCPScheduler(sessionBandwidth: -5, expectedSize: .max / 4)
    scheduler.start(at: Instant(nanoseconds: .max - 5), .init(members: .max, senders: .max, weSent: true), random: 9)
    #expect(scheduler.nextDeadline == .distantFuture)
    scheduler.membersLeft(.init(members: -3, senders: -3, weSent: false), at: Instant(nanoseconds: .min))
    #expect(scheduler.memberTimeout(.init(members: .max, senders: 0, weSent: false)) > 0)
  }
}

@Suite("RFC 3550 §6.4.1 round-trip time from LSR and DLSR")
struct RTCPRoundTripTests {
  private func block(_ middle: UInt32, _ delay: UInt32) -> RTCPReportBlock {
    RTCPReportBlock(
      ssrc: 1, fractionLost: 0, cumulativeLost: 0, highestSequence: 0, jitter: 0, lastSenderReport: middle,
      delaySinceLastSenderReport: delay)
  }

  @Test("the RFC's figure 2: 46853.125 − 46845.…: A − LSR − DLSR")
  func figure() {
    var roundTrip = RTCPRoundTrip()
    // [10 Nov 1995 11:33:25.125 UTC] LSR 0xb705:2000 = 46853.125 s, DLSR 0x0005:4000 = 5.250 s,
    // A 0xb710:8000 = 46864.500 s: 6.125 s.
    roundTrip.sent(middle: 0xb705_2000, at: ms(46_853_125))
    roundTrip.received(block(0xb705_2000, 0x0005_4000), at: ms(46_864_500))
    #expect(roundTrip.last == 6_125_000_000)
  }

  @Test("last, least, mean, greatest; unknown reports and silence are ignored; a lying delay gives 0")
  func summary() {
    var roundTrip = RTCPRoundTrip()
    roundTrip.received(block(0, 0), at: ms(5))
    roundTrip.received(block(77, 0), at: ms(5))
    #expect(roundTrip.last == nil)
    for (index, delay) in [30.0, 10, 50].enumerated() {
      roundTrip.sent(middle: UInt32(index + 1), at: ms(Double(index) * 1000))
      roundTrip.received(block(UInt32(index + 1), 32_768), at: ms(Double(index) * 1000 + 500 + delay))
    }
    #expect(roundTrip.last == 50_000_000)
    #expect(roundTrip.minimum == 10_000_000)
    #expect(roundTrip.maximum == 50_000_000)
    #expect(abs((roundTrip.mean ?? 0) - 30_000_000) < 1)
    roundTrip.received(block(3, .max), at: ms(2600))
    #expect(roundTrip.last == 0)
  }

  @Test("only the last eight sender reports are remembered")
  func memory() {
    var roundTrip = RTCPRoundTrip()
    for index in 1...9 { roundTrip.sent(middle: UInt32(index), at: ms(0)) }
    roundTrip.received(block(1, 0), at: ms(1))
    #expect(roundTrip.count == 0)
    roundTrip.received(block(2, 0), at: ms(1))
    #expect(roundTrip.count == 1)
  }
}
