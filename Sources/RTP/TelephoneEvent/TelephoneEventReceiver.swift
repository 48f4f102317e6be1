import WireSupport

/// Something that happened to a received telephone event.
public enum TelephoneEventReport: Hashable, Sendable {
  /// The event began: reported once, whichever of its packets came first.
  case began(TelephoneEvent)
  /// The event ended after this long: reported once, by an end packet, by the next event, or by silence.
  case ended(TelephoneEvent, duration: Duration)
}

/// Makes one event out of its many packets (RFC 4733 §2.5.2), whichever of them are lost, repeated or out of order.
///
/// Packets of one event share their timestamp; a segment of a long event continues the one before it (§2.5.1.3). A packet
/// that is the only one to arrive gives both reports.
public struct TelephoneEventReceiver: Sendable {
  private struct Active: Sendable {
    var event: TelephoneEvent
    /// The current segment's timestamp, and the units of the segments before it.
    var timestamp: UInt32
    var before: UInt64
    var duration: UInt16
    var lastHeard: Instant
  }

  /// An active event without packets for this long has ended; RFC 4733 §2.5.2.2 asks for three packet intervals or more.
  public static let silence: Duration = .milliseconds(150)
  private static let remembered = 8

  private let clockRate: Int
  private var active: Active?
  /// Timestamps of events that have ended, so that late copies do not begin them again.
  private var past = InlineArray<8, UInt32>(repeating: 0)
  private var pastCount = 0
  private var nextPast = 0

  /// A receiver for one stream, whose payload type has `clockRate` Hz.
  public init(clockRate: Int) { self.clockRate = max(1, clockRate) }

  /// When `advance` must be called; nil while no event is active.
  public var nextDeadline: Instant? { active.map { $0.lastHeard + Self.silence } }

  /// Takes one packet of the telephone-event payload type.
  /// - Parameter report: called 0 to 3 times: the previous event's end, this one's beginning, this one's end.
  /// - Throws: `.truncated` for a payload below four bytes.
  public mutating func receive(
    _ payload: Span<UInt8>, timestamp: UInt32, at now: Instant, _ report: (TelephoneEventReport) -> Void
  ) throws(RTPError) {
    let payload = try TelephoneEventPayload(parsing: payload)
    advance(to: now, report)
    if var current = active {
      if current.timestamp == timestamp, current.event == payload.event {
        current.duration = max(current.duration, payload.duration)
        current.lastHeard = now
        active = current
        if payload.isEnd { end(report) }
        return
      }
      let step = timestamp &- current.timestamp
      if current.event == payload.event, step == 0xffff {
        current.before += UInt64(step)
        current.timestamp = timestamp
        current.duration = payload.duration
        current.lastHeard = now
        active = current
        if payload.isEnd { end(report) }
        return
      }
      // Older than the active event: a straggler of one that ended, or one whose every other packet was lost; the
      // former is remembered below.
      if isPast(timestamp) || Int32(bitPattern: step) <= 0 { return }
      end(report)
    } else if isPast(timestamp) {
      return
    }
    active = Active(event: payload.event, timestamp: timestamp, before: 0, duration: payload.duration, lastHeard: now)
    report(.began(payload.event))
    if payload.isEnd { end(report) }
  }

  /// Ends an event whose packets have stopped coming.
  public mutating func advance(to now: Instant, _ report: (TelephoneEventReport) -> Void) {
    if let deadline = nextDeadline, deadline <= now { end(report) }
  }

  /// Forgets everything: the stream's source changed.
  public mutating func reset(_ report: (TelephoneEventReport) -> Void) {
    if active != nil { end(report) }
    pastCount = 0
    nextPast = 0
  }

  private mutating func end(_ report: (TelephoneEventReport) -> Void) {
    guard let current = active else { return }
    active = nil
    past[nextPast] = current.timestamp
    nextPast = (nextPast + 1) % Self.remembered
    pastCount = min(Self.remembered, pastCount + 1)
    let units = current.before &+ UInt64(current.duration)
    // Exact to the microsecond, and far from overflow: 2^44 units are 70 years at 8 kHz.
    let microseconds = Int64(clamping: min(units, 1 << 43) * 1_000_000 / UInt64(clockRate))
    report(.ended(current.event, duration: .microseconds(microseconds)))
  }

  private func isPast(_ timestamp: UInt32) -> Bool {
    for index in 0..<pastCount where past[index] == timestamp { return true }
    return false
  }
}
