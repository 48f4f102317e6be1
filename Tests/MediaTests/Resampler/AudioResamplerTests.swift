import Glibc
import Media
import Testing

@Suite("AudioResampler: the same sound at another rate")
struct AudioResamplerTests {
  static let pairs: [(Int, Int)] = {
    let rates = [8_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]
    return rates.flatMap { from in rates.filter { $0 != from }.map { (from, $0) } }
  }()

  @Test("a tone stays pure: over 60 dB above everything else, at every pair of rates", arguments: pairs)
  func purity(from: Int, to: Int) throws {
    let resampler = try AudioResampler(from: from, to: to)
    let input = sine(1_000, amplitude: 16_000, rate: from, count: from)
    var output = [Int16](repeating: 0, count: resampler.maximumOutputCount(forInput: from))
    var span = output.mutableSpan
    let count = resampler.process(input.span, into: &span)
    #expect(abs(count - to) <= 1)
    let ratio = signalToNoise(output[(to / 5)..<(to * 4 / 5)], frequency: 1_000, rate: to)
    #expect(ratio > 60, "\(from) to \(to): \(ratio) dB")
  }

  @Test("20 ms in give 20 ms out, every time", arguments: pairs)
  func exactFrames(from: Int, to: Int) throws {
    let resampler = try AudioResampler(from: from, to: to)
    let input = [Int16](repeating: 1_000, count: from / 50)
    var output = [Int16](repeating: 0, count: to / 50 + 2)
    for _ in 0..<500 {
      var span = output.mutableSpan
      #expect(resampler.process(input.span, into: &span) == to / 50)
    }
    // And fits into exactly that much room, with nothing left over.
    var exact = [Int16](repeating: 0, count: to / 50)
    var span = exact.mutableSpan
    let result = resampler.convert(input.span, into: &span)
    #expect(result == (from / 50, to / 50))
  }

  @Test("a sound arrives after the latency that it states")
  func latency() throws {
    let resampler = try AudioResampler(from: 48_000, to: 8_000)
    var input = [Int16](repeating: 0, count: 4_800)
    input[600] = 30_000
    var output = [Int16](repeating: 0, count: 800)
    var span = output.mutableSpan
    _ = resampler.process(input.span, into: &span)
    let loudest = output.indices.max { abs(Int(output[$0])) < abs(Int(output[$1])) } ?? 0
    #expect(abs(loudest - (100 + resampler.latency)) <= 1)
    #expect(resampler.latency > 0 && resampler.inputLatency >= resampler.latency)
  }

  @Test("equal rates pass samples unchanged, without delay")
  func equalRates() throws {
    let resampler = try AudioResampler(from: 16_000, to: 16_000)
    let input = sine(440, amplitude: 20_000, rate: 16_000, count: 320)
    var output = [Int16](repeating: 0, count: 320)
    var span = output.mutableSpan
    #expect(resampler.process(input.span, into: &span) == 320)
    #expect(output == input && resampler.latency == 0)
  }

  @Test("after a reset it is as new")
  func reset() throws {
    let resampler = try AudioResampler(from: 8_000, to: 48_000)
    let input = sine(440, amplitude: 20_000, rate: 8_000, count: 173)
    var first = [Int16](repeating: 0, count: 2_000)
    var second = first
    var span = first.mutableSpan
    let count = resampler.process(input.span, into: &span)
    resampler.reset()
    var again = second.mutableSpan
    #expect(resampler.process(input.span, into: &again) == count)
    #expect(first == second)
  }

  @Test("processing allocates nothing")
  func noAllocation() throws {
    let resampler = try AudioResampler(from: 44_100, to: 48_000)
    let input = [Int16](repeating: 5, count: 882)
    var output = [Int16](repeating: 0, count: 960)
    let count = allocations {
      for _ in 0..<100 {
        var span = output.mutableSpan
        _ = resampler.process(input.span, into: &span)
      }
    }
    #expect(count ?? 0 == 0)
  }

  @Test("rates and qualities out of range are refused")
  func refusals() {
    for (from, to, quality) in [
      (0, 8_000, 5), (8_000, 200_000, 5), (-1, -1, 5), (8_000, 16_000, 11), (8_000, 16_000, -1),
    ] {
      #expect(throws: MediaError(.invalidArgument, "")) {
        try AudioResampler(from: from, to: to, quality: .init(rawValue: quality))
      }
    }
  }
}
