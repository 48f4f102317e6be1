import WireSupport

/// The moment `milliseconds` after the virtual clock's start.
func ms(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

/// One thing that a machine did by itself, and when.
struct Moment<Action: Hashable & Sendable>: Hashable, Sendable {
  var milliseconds: Int64
  var action: Action
  init(_ milliseconds: Int64, _ action: Action) {
    self.milliseconds = milliseconds
    self.action = action
  }
}

/// Lets a virtual clock jump from deadline to deadline and notes what the machine does at each.
func run<Action>(
  until limit: Int64, deadline: () -> Instant?, advance: (Instant) -> Action?
) -> [Moment<Action>] {
  var timeline: [Moment<Action>] = []
  while let next = deadline(), next <= ms(limit), timeline.count < 1000 {
    if let action = advance(next) { timeline.append(Moment(next.nanoseconds / 1_000_000, action)) }
  }
  return timeline
}
