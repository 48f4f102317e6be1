/// What several calls came to together.
struct CallTotals {
  private(set) var results: [ExitStatus: Int] = [:]
  private var setUps: [Double] = []
  /// Enough for any percentile; a service that waits for calls for months does not grow.
  private static let mostSetUps = 100_000

  mutating func add(_ status: ExitStatus, setupMilliseconds: Double?) {
    results[status, default: 0] += 1
    if let setupMilliseconds, setUps.count < Self.mostSetUps { setUps.append(setupMilliseconds) }
  }

  var count: Int { results.values.reduce(0, +) }
  var succeeded: Int { results[.success, default: 0] }
  var failed: Int { count - succeeded }

  /// The set-up time that this share of the calls did not exceed, ms; nil without any.
  func setupMilliseconds(share: Double) -> Double? {
    guard !setUps.isEmpty else { return nil }
    let sorted = setUps.sorted()
    let rank = (share * Double(sorted.count)).rounded(.up)
    return sorted[min(max(Int(rank) - 1, 0), sorted.count - 1)]
  }

  /// One line for a person.
  var line: String {
    var text = "\(count) calls: \(succeeded) succeeded, \(failed) failed"
    let failures = results.filter { $0.key != .success }.sorted { $0.key.rawValue < $1.key.rawValue }
    if !failures.isEmpty { text += " (" + failures.map { "\($0.key) \($0.value)" }.joined(separator: ", ") + ")" }
    if let median = setupMilliseconds(share: 0.5), let most = setupMilliseconds(share: 0.95) {
      text += "; set-up \(decimal(median, 1)) ms median, \(decimal(most, 1)) ms for 95 %"
    }
    return text
  }

  /// For `--json`, after the figures of the last call.
  var json: [(String, JSONText)] {
    [
      ("calls", .integer(Int64(count))), ("calls_succeeded", .integer(Int64(succeeded))),
      ("calls_failed", .integer(Int64(failed))),
      ("setup_ms_median", .optional(setupMilliseconds(share: 0.5), decimals: 2)),
      ("setup_ms_p95", .optional(setupMilliseconds(share: 0.95), decimals: 2)),
    ]
  }
}
