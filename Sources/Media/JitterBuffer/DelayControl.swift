/// Decides when the delay is to change: at once when it is too short, patiently when it is longer than needed.
struct DelayControl: Sendable {
  /// What is judged before the delay is taken for too long: this many fetches (a third of a second).
  private static let window = 8

  // The least delay and the least left-over sound in the running window and in the one before.
  private var delay = Int64.max
  private var delayBefore = Int64.max
  private var leftover = Int64.max
  private var leftoverBefore = Int64.max
  private var fetches = 0
  private var hasWholeWindow = false

  mutating func restart() { self = DelayControl() }

  /// After a change of length, what was seen before says nothing.
  mutating func adjusted() { self = DelayControl() }

  /// Judges one fetch.
  ///
  /// - Parameters:
  ///   - delay: how long after the fastest packets' arrival this packet is fetched.
  ///   - leftover: how much sound was still there: delay that does not help any packet to come in time.
  ///   - target: what `delay` should be.
  ///   - tick: the step in which `delay` can change.
  ///   - step: the shortest change of length worth making (2.5 ms).
  mutating func judge(
    delay now: Int64, leftover rest: Int64, target: Int64, tick: Int64, step: Int64
  ) -> JitterBufferAdjustment {
    delay = min(delay, now)
    leftover = min(leftover, rest)
    fetches += 1
    if fetches >= Self.window {
      hasWholeWindow = true
      delayBefore = delay
      leftoverBefore = leftover
      delay = .max
      leftover = .max
      fetches = 0
    }
    if now < target - step {
      let lack = target - now
      return .expand(effort: lack > 2 * tick ? .urgent : lack > tick / 2 ? .normal : .relaxed)
    }
    guard hasWholeWindow else { return .none }
    let least = min(delay, delayBefore)
    let excess = least - tick - target
    // Half a tick more than needed is no reason to touch the sound.
    if excess >= tick / 2 {
      return .compress(
        limit: Int(tick), effort: excess > 4 * tick ? .urgent : excess > tick * 3 / 2 ? .normal : .relaxed)
    }
    let spare = min(leftover, leftoverBefore)
    // Left-over sound was made by an earlier change of length; what is left of it is pure delay.
    return spare >= step ? .compress(limit: Int(spare), effort: .relaxed) : .none
  }
}
