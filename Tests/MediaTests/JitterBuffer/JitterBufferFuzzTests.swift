import Testing
import WireSupport

@testable import Media

@Suite("Jitter buffer: any sequence of calls")
struct JitterBufferFuzzTests {
  /// 50 000 calls with numbers near and far, times forward and back: no trap, no growth, and the sums add up.
  @Test(arguments: [1, 2, 3, 4] as [UInt64])
  func noSequenceOfCallsTrapsOrGrows(seed: UInt64) {
    var ids = IDSource.seeded(seed)
    var buffer = JitterBuffer(.init(), clockRate: 48_000, maximumPayloadSize: 64, tick: 960)
    var sequence: UInt16 = 0
    var timestamp: UInt32 = 0
    var now: Int64 = 1_000_000_000
    var rate: UInt32 = 48_000
    var verdicts: [JitterBufferVerdict: Int] = [:]
    for _ in 0..<50_000 {
      switch ids.next(in: 0...99) {
      case 0...54:
        sequence &+= 1
        timestamp &+= rate / 50
        let isOdd = ids.next(in: 0...9) == 0
        let wild = ids.next(in: 0...49) == 0
        let isOld = ids.next(in: 0...7) == 0
        let back = isOld ? UInt16(ids.next(in: 0...6)) : 0
        let number = wild ? UInt16(truncatingIfNeeded: ids.next()) : sequence &- back &+ (isOdd ? 70 : 0)
        let time =
          wild
          ? UInt32(truncatingIfNeeded: ids.next())
          : timestamp &- UInt32(back) &* (rate / 50) &+ (isOdd ? UInt32(ids.next(in: 0...50_000)) : 0)
        let payload = ids.bytes(Int(ids.next(in: 0...80)))
        let duration = isOdd ? Int(truncatingIfNeeded: ids.next()) : Int(rate / 50)
        let verdict = buffer.put(
          payload.span, sequence: number, timestamp: time, duration: duration, at: Instant(nanoseconds: now))
        verdicts[verdict, default: 0] += 1
      case 55...94:
        let buffered = Int(ids.next(in: 0...1_200))
        if case .packet(let packet, _) = buffer.next(at: Instant(nanoseconds: now), buffered: buffered) {
          #expect(buffer.withPayload(of: packet) { $0.count } <= 64)
          if ids.next(in: 0...5) == 0 { buffer.adjusted(by: Int(ids.next(in: 0...960)) - 480) }
        }
      case 95: buffer.recovered(Int(truncatingIfNeeded: ids.next()))
      case 96: buffer.skip(sequence: UInt16(truncatingIfNeeded: ids.next()))
      case 97: now &+= Int64(ids.next(in: 0...5_000_000_000)) - 500_000_000
      case 98: if ids.next(in: 0...20) == 0 { buffer.restart() }
      default:
        guard ids.next(in: 0...20) == 0 else { break }
        rate = 8_000 << UInt32(ids.next(in: 0...2))
        buffer.restart(clockRate: Int(rate), tick: Int(rate / 50))
      }
      now &+= Int64(ids.next(in: 0...22_000_000))
      #expect(buffer.count <= JitterBuffer.capacity)
      #expect(buffer.targetDelay >= 0 && buffer.milliseconds(buffer.targetDelay) <= 400)
    }
    let statistics = buffer.statistics
    #expect(statistics.received == verdicts.values.reduce(0, +))
    #expect(verdicts.count == 4)
    #expect(statistics.played > 1_000)
    #expect(statistics.duplicates == verdicts[.duplicate])
  }

  @Test(arguments: [Int64.min, -1, 0, Int64.max - 1])
  func momentsAtTheEndsOfTime(nanoseconds: Int64) {
    var buffer = JitterBuffer(.init(), clockRate: 192_000, maximumPayloadSize: 10, tick: 3_840)
    let payload: [UInt8] = [1]
    for index in 0..<10 as Range<UInt16> {
      buffer.put(
        payload.span, sequence: index &* 30_000, timestamp: UInt32(index) &* 0x7FFF_0000, duration: 3_840,
        at: Instant(nanoseconds: index % 2 == 0 ? nanoseconds : 0))
      _ = buffer.next(at: Instant(nanoseconds: index % 3 == 0 ? nanoseconds : .max), buffered: Int(index) * 1_000)
    }
    #expect(buffer.count <= JitterBuffer.capacity)
  }
}
