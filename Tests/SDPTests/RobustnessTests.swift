import Foundation
import Testing
import WireSupport

@_spi(Fuzzing) @testable import SDP

/// Everything that reads a peer's description, as a fuzz target would call it.
private func exercise(_ input: [UInt8]) { SDPFuzzing.exercise(input) }

@Suite("No description of a peer traps")
struct RobustnessTests {
  static let seeds: [[UInt8]] = {
    var result = [wire(seminar), wire(GrammarTests.everything)]
    for name in CorpusTests.names {
      if let input = try? bytes(corpus("sdp-transform").appendingPathComponent(name)) { result.append(input) }
    }
    return result
  }()

  @Test("Cut at every offset")
  func truncated() {
    for seed in Self.seeds {
      for count in 0...seed.count {
        _ = try? SDPSession(parsing: Array(seed[..<count]))
        _ = try? SDPSession(parsing: Array(seed[..<count]), tolerance: .strict)
      }
      for count in stride(from: 0, to: seed.count, by: 37) { exercise(Array(seed[..<count])) }
    }
  }

  @Test("20 000 seeded mutations: accepted ones print and read back the same")
  func mutated() throws {
    var ids = IDSource.seeded(20_260_731)
    let interesting: [UInt8] = Array("\r\n\0= :/|;^0123456789-2^64\u{7f}".utf8) + [0xff, 0x80]
    var accepted = 0
    for round in 0..<20_000 {
      var input = Self.seeds[Int(ids.next() % UInt64(Self.seeds.count))]
      for _ in 0...(ids.next() % 4) where !input.isEmpty {
        let at = Int(ids.next() % UInt64(input.count))
        switch ids.next() % 6 {
        case 0: input[at] = UInt8(truncatingIfNeeded: ids.next())
        case 1: input[at] = interesting[Int(ids.next() % UInt64(interesting.count))]
        case 2: input.remove(at: at)
        case 3: input.insert(interesting[Int(ids.next() % UInt64(interesting.count))], at: at)
        case 4: input.removeSubrange(at..<min(input.count, at + Int(ids.next() % 40)))
        default:
          let length = min(input.count - at, Int(ids.next() % 60))
          input.insert(contentsOf: Array(input[at..<at + length]), at: Int(ids.next() % UInt64(input.count)))
        }
      }
      if round % 8 == 0 { exercise(input) }
      guard let session = try? SDPSession(parsing: input) else { continue }
      accepted += 1
      let printed = try session.serialized()
      #expect(try SDPSession(parsing: printed) == session)
    }
    #expect(accepted > 4_000)
  }
}
