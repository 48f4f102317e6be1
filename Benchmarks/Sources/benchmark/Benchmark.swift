/// One measurement: a piece of our own work, and the same work by each peer that is installed.
struct Benchmark {
  /// A peer's loop: does the work `iterations` times and gives how often it succeeded.
  struct Peer {
    let name: String
    let run: (_ iterations: UInt64) -> UInt64
  }

  /// `sip`, `srtp`, `mixer` or `media`.
  let area: String
  /// `operation-scenario-N`.
  let name: String
  let peers: [Peer]
  /// Does the work `iterations` times and gives how often it succeeded.
  let run: (_ iterations: UInt64) throws -> UInt64

  init(_ area: String, _ name: String, peers: [Peer] = [], run: @escaping (UInt64) throws -> UInt64) {
    self.area = area
    self.name = name
    self.peers = peers
    self.run = run
  }
}

/// A row of the table: ours beside one peer, or ours alone.
struct Row {
  let name: String
  /// Nanoseconds an operation, the fastest of all rounds.
  let ours: Double
  let peer: (name: String, nanoseconds: Double)?
  /// Heap allocations an operation.
  let allocations: Double
}
