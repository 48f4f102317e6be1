/// Why an interop test could not go on, in a sentence that says what was waited for and what came instead.
struct InteropError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// Asks `condition` until it gives a value, every 10 ms, for at most `limit`.
///
/// The peers are other processes on real clocks, so waiting is by polling; each wait has a limit and says what it was for.
func eventually<Value: Sendable>(
  _ what: String, within limit: Duration = .seconds(10), _ condition: () async throws -> Value?
) async throws -> Value {
  let clock = ContinuousClock()
  let end = clock.now + limit
  while true {
    if let value = try await condition() { return value }
    guard clock.now < end else { throw InteropError("waited \(limit) for \(what)") }
    try await clock.sleep(for: .milliseconds(10))
  }
}
