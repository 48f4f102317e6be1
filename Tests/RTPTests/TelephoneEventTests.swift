import Testing
import WireSupport

@testable import RTP

@Suite("RFC 4733 telephone events")
struct TelephoneEventTests {
  /// The packets of a run of ticks, with the tick's time.
  private func packets(_ digits: String, rate: Int = 8000, duration: Duration = .milliseconds(100), ticks: Int = 400)
    throws -> [(packet: TelephoneEventPacket, at: Instant)]
  {
    var sender = TelephoneEventSender(clockRate: rate)
    for digit in digits {
      let event = try #require(TelephoneEvent(digit: digit))
      #expect(sender.send(event, for: duration) == true)
    }
    let interval = UInt32(rate / 50)
    var result: [(TelephoneEventPacket, Instant)] = []
    for tick in 0..<ticks {
      let timestamp = 0xffff_f000 &+ UInt32(tick) &* interval
      if let packet = sender.next(timestamp: timestamp, interval: interval) {
        result.append((packet, ms(Double(tick) * 20)))
      }
    }
    #expect(sender.isIdle)
    return result
  }

  private func receive(_ packets: some Sequence<(packet: TelephoneEventPacket, at: Instant)>, rate: Int = 8000) throws
    -> [TelephoneEventReport]
  {
    var receiver = TelephoneEventReceiver(clockRate: rate)
    var reports: [TelephoneEventReport] = []
    for (packet, at) in packets {
      let bytes = packet.payload.bytes
      try receiver.receive(bytes.span, timestamp: packet.timestamp, at: at) { reports.append($0) }
    }
    receiver.advance(to: ms(1e9)) { reports.append($0) }
    return reports
  }

  private func digits(_ reports: [TelephoneEventReport]) -> String {
    var began = ""
    var ended = ""
    for report in reports {
      switch report {
      case .began(let event): began += event.description
      case .ended(let event, _): ended += event.description
      }
    }
    #expect(began == ended)
    return began
  }

  @Test("§2.3 payload: every field")
  func payload() throws {
    let bytes = hex("0b 8a 0320")
    let parsed = try TelephoneEventPayload(parsing: bytes.span)
    #expect(
      parsed == TelephoneEventPayload(event: TelephoneEvent(code: 11), isEnd: true, volume: 10, duration: 800))
    let again = parsed.bytes
    #expect((0..<4).map { again[$0] } == bytes)
    for end in 0..<4 {
      let piece = Array(bytes[..<end])
      #expect(code { _ = try TelephoneEventPayload(parsing: piece.span) } == .truncated)
    }
    for character in "0123456789*#ABCD" {
      #expect(TelephoneEvent(digit: character)?.digit == character)
    }
    #expect(TelephoneEvent(digit: "x") == nil)
    #expect(TelephoneEvent(digit: "é") == nil)
  }

  @Test("§2.5.1 a 100 ms digit: marker once, one timestamp, growing durations, three equal end packets")
  func oneDigit() throws {
    let sent = try packets("5").map(\.packet)
    #expect(sent.map(\.marker) == [true] + Array(repeating: false, count: 6))
    #expect(Set(sent.map(\.timestamp)) == [0xffff_f000])
    #expect(sent.map(\.payload.duration) == [160, 320, 480, 640, 800, 800, 800])
    #expect(sent.map(\.payload.isEnd) == [false, false, false, false, true, true, true])
    let reports = try receive(try packets("5"))
    #expect(
      reports == [
        .began(TelephoneEvent(code: 5)), .ended(TelephoneEvent(code: 5), duration: .milliseconds(100)),
      ])
  }

  @Test("§2.5.2 every subset of a digit's seven packets but none gives it once")
  func anyLoss() throws {
    let sent = try packets("7")
    #expect(sent.count == 7)
    for mask in 1..<128 {
      let some = sent.enumerated().filter { mask & 1 << $0.offset != 0 }.map(\.element)
      #expect(digits(try receive(some)) == "7", "mask \(mask)")
    }
  }

  @Test("repeated digits stay apart under 40 % loss while one packet of each arrives", arguments: [1, 2, 3, 4])
  func repeated(_ seed: UInt64) throws {
    var ids = IDSource.seeded(seed)
    let all = "11223344*#AA"
    let sent = try packets(all)
    let stamps = Set(sent.map(\.packet.timestamp))
    #expect(stamps.count == all.count)
    var kept = sent.filter { _ in ids.nextUnit() > 0.4 }
    for stamp in stamps where !kept.contains(where: { $0.packet.timestamp == stamp }) {
      if let one = sent.first(where: { $0.packet.timestamp == stamp }) { kept.append(one) }
    }
    kept.sort { $0.at < $1.at }
    #expect(digits(try receive(kept)) == all)
  }

  @Test("duplicates and reordering within an event do not repeat it")
  func duplicates() throws {
    var ids = IDSource.seeded(2)
    for _ in 0..<200 {
      var sent = try packets("9") + packets("9")
      let last = sent.map(\.at).max() ?? .zero
      shuffle(&sent, &ids)
      // All at the end, in any order: late copies after the end packet are swallowed.
      #expect(digits(try receive(sent.map { ($0.packet, last) })) == "9")
    }
  }

  @Test("§2.5.1.3 an event of 20 s is sent in segments and received as one")
  func longEvent() throws {
    let sent = try packets("3", duration: .seconds(20), ticks: 1100)
    let stamps = Set(sent.map(\.packet.timestamp))
    #expect(stamps == [0xffff_f000, 0xffff_f000 &+ 0xffff, 0xffff_f000 &+ 0x1_fffe])
    #expect(sent.filter(\.packet.marker).count == 1)
    #expect(sent.filter(\.packet.payload.isEnd).count == 3)
    #expect(
      try receive(sent) == [
        .began(TelephoneEvent(code: 3)), .ended(TelephoneEvent(code: 3), duration: .seconds(20)),
      ])
    // The segment's last packet lost.
    #expect(try receive(sent.filter { $0.packet.payload.duration != 0xffff }).count == 2)
  }

  @Test("a held key ends when let go; other clock rates")
  func held() throws {
    var sender = TelephoneEventSender(clockRate: 48_000)
    #expect(sender.send(TelephoneEvent(code: 1), for: nil) == true)
    var last: TelephoneEventPacket?
    for tick in 0..<50 { last = sender.next(timestamp: UInt32(tick * 960), interval: 960) }
    #expect(last?.payload.isEnd == false)
    sender.stop()
    var ends = 0
    for tick in 50..<60 where sender.next(timestamp: UInt32(tick * 960), interval: 960)?.payload.isEnd == true {
      ends += 1
    }
    #expect(ends == 3)
    #expect(sender.isIdle)
    let reports = try receive(try packets("2", rate: 48_000), rate: 48_000)
    #expect(reports.last == .ended(TelephoneEvent(code: 2), duration: .milliseconds(100)))
  }

  @Test("the queue is bounded, and cancelled")
  func queue() {
    var sender = TelephoneEventSender(clockRate: 8000)
    for _ in 0..<TelephoneEventSender.maximumQueue { #expect(sender.send(.flash) == true) }
    #expect(sender.send(.flash) == false)
    _ = sender.next(timestamp: 0, interval: 160)
    sender.cancel()
    for tick in 1..<10 { _ = sender.next(timestamp: UInt32(tick * 160), interval: 160) }
    #expect(sender.isIdle)
  }

  @Test("20 000 random payloads neither trap nor report an end without a beginning")
  func noise() throws {
    var ids = IDSource.seeded(6)
    var receiver = TelephoneEventReceiver(clockRate: 8000)
    var open = 0
    for step in 0..<20_000 {
      let bytes = ids.bytes(Int(ids.next(in: 0...8)))
      let timestamp = UInt32(truncatingIfNeeded: ids.next() & (step % 2 == 0 ? 0xffff_ffff : 0x3))
      try? receiver.receive(bytes.span, timestamp: timestamp, at: ms(Double(step))) { report in
        switch report {
        case .began: open += 1
        case .ended: open -= 1
        }
        #expect(open == 0 || open == 1)
      }
    }
  }
}
