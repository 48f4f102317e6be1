import CAllocationCounter

/// How the time of one operation is taken.
///
/// Ours and every peer's run in turn, round after round, and the fastest round of each counts: whatever else the machine does
/// makes a round slower and never faster, and it hits all of them alike.
struct Measurement {
  /// A round lasts about this long, in nanoseconds.
  let roundDuration: Double
  let rounds: Int

  static let standard = Measurement(roundDuration: 20e6, rounds: 15)
  /// For CI: enough to see an allocation or a factor of two.
  static let quick = Measurement(roundDuration: 4e6, rounds: 5)

  func rows(of benchmark: Benchmark) throws -> [Row] {
    let ours = try contestant(benchmark.name, benchmark.run)
    guard let ours else { throw BenchmarkError(description: "\(benchmark.name) did not do its work") }
    var peers: [(name: String, contestant: Contestant)] = []
    for peer in benchmark.peers {
      if let contestant = try contestant(peer.name, peer.run) { peers.append((peer.name, contestant)) }
    }

    let before = allocation_counter_of_this_thread()
    _ = try benchmark.run(ours.iterations)
    let allocations = Double(allocation_counter_of_this_thread() - before) / Double(ours.iterations)

    for _ in 0..<rounds {
      try ours.round()
      for peer in peers { try peer.contestant.round() }
    }
    guard !peers.isEmpty else {
      return [Row(name: benchmark.name, ours: ours.best, peer: nil, allocations: allocations)]
    }
    return peers.map {
      Row(name: benchmark.name, ours: ours.best, peer: ($0.name, $0.contestant.best), allocations: allocations)
    }
  }

  /// Warms up, checks that the work is done, and finds how often it fits into a round. Nil where the peer is not there.
  private func contestant(_ name: String, _ run: @escaping (UInt64) throws -> UInt64) throws -> Contestant? {
    guard try run(1) == 1 else { return nil }
    let clock = ContinuousClock()
    var iterations: UInt64 = 1
    while true {
      var done: UInt64 = 0
      let took = try clock.measure { done = try run(iterations) }
      guard done == iterations else { throw BenchmarkError(description: "\(name): \(done) of \(iterations) succeeded") }
      let nanoseconds = took.nanoseconds
      if nanoseconds >= roundDuration / 4 || iterations >= 1 << 30 {
        let wanted = Double(iterations) * roundDuration / max(nanoseconds, 1)
        return Contestant(iterations: max(1, UInt64(wanted)), run: run)
      }
      iterations *= 4
    }
  }

  /// Someone who does the work.
  private final class Contestant {
    let iterations: UInt64
    /// Nanoseconds an operation in the fastest round.
    private(set) var best = Double.infinity
    private let run: (UInt64) throws -> UInt64

    init(iterations: UInt64, run: @escaping (UInt64) throws -> UInt64) {
      self.iterations = iterations
      self.run = run
    }

    func round() throws {
      let took = try ContinuousClock().measure { _ = try run(iterations) }
      best = min(best, took.nanoseconds / Double(iterations))
    }
  }
}

struct BenchmarkError: Error, CustomStringConvertible {
  let description: String
}

extension Duration {
  fileprivate var nanoseconds: Double {
    Double(components.seconds) * 1e9 + Double(components.attoseconds) / 1e9
  }
}
