import WireSupport

/// One telephone-event packet to send.
public struct TelephoneEventPacket: Hashable, Sendable {
  /// The payload.
  public let payload: TelephoneEventPayload
  /// The RTP timestamp: the beginning of the event (segment), the same for all its packets.
  public let timestamp: UInt32
  /// Whether to set the marker bit: on the first packet of an event (RFC 4733 §2.5.1.2).
  public let marker: Bool
}

/// Sends telephone events one after another (RFC 4733 §2.5.1): told the media timestamp every packet interval, it gives
/// the packet of that tick, or nil when the tick belongs to audio.
///
/// Events have a first packet with the marker bit, updates every tick, and three packets with the E bit; an event longer
/// than 65 535 timestamp units is sent in segments (§2.5.1.3).
public struct TelephoneEventSender: Sendable {
  private struct Queued: Sendable {
    var event: TelephoneEvent
    /// In timestamp units; nil until `stop()`.
    var duration: UInt32?
    var volume: UInt8
  }

  private struct Playing: Sendable {
    var event: TelephoneEvent
    var volume: UInt8
    /// Where the event began, and where its current segment did.
    var start: UInt32
    var segmentStart: UInt32
    var duration: UInt32?
    var isFirst = true
  }

  private enum Phase: Sendable {
    case idle
    case playing(Playing)
    /// The event is over; `left` more end packets are due.
    case ending(TelephoneEventPayload, timestamp: UInt32, left: Int)
    /// Silence between events until this timestamp.
    case pausing(until: UInt32)
  }

  /// How many events may wait.
  public static let maximumQueue = 128

  private let clockRate: Int
  private let pause: UInt32
  private var phase = Phase.idle
  private var queue: [Queued] = []

  /// A sender for one stream.
  /// - Parameters:
  ///   - clockRate: the payload type's clock rate in Hz.
  ///   - pause: the silence between two queued events.
  public init(clockRate: Int, pause: Duration = .milliseconds(60)) {
    self.clockRate = max(1, clockRate)
    self.pause = Self.units(pause, rate: self.clockRate)
  }

  /// Whether nothing is being sent and nothing waits: the audio has the line.
  public var isIdle: Bool {
    guard case .idle = phase else { return false }
    return queue.isEmpty
  }

  /// Puts an event at the end of the queue.
  /// - Parameters:
  ///   - duration: the tone's length, at least one packet interval in effect; nil to go on until `stop()`.
  ///   - volume: power below 0 dBm0 in dB, 0–63.
  /// - Returns: false, and nothing queued, when `maximumQueue` events wait.
  public mutating func send(_ event: TelephoneEvent, for duration: Duration? = .milliseconds(160), volume: UInt8 = 10)
    -> Bool
  {
    guard queue.count < Self.maximumQueue else { return false }
    let units = duration.map { max(1, Self.units($0, rate: clockRate)) }
    queue.append(Queued(event: event, duration: units, volume: min(63, volume)))
    return true
  }

  /// Ends the event that is being sent at the next tick (a key was let go), and lets go of keys that still wait.
  public mutating func stop() {
    if case .playing(var playing) = phase {
      playing.duration = 1
      phase = .playing(playing)
    }
    for index in queue.indices where queue[index].duration == nil { queue[index].duration = 1 }
  }

  /// Drops what waits and ends what plays.
  public mutating func cancel() {
    queue.removeAll()
    stop()
  }

  /// The packet of the tick at which the media clock shows `timestamp`, nil when none is due.
  ///
  /// Call it once a packet interval (usually 20 ms) with the timestamp that the interval's audio would have had. The
  /// first packet of an event tells a duration of one interval: it is sent when the interval has passed, as audio is.
  /// - Parameter interval: the packet interval in timestamp units.
  public mutating func next(timestamp: UInt32, interval: UInt32) -> TelephoneEventPacket? {
    if case .pausing(let until) = phase {
      guard Int32(bitPattern: timestamp &- until) >= 0 else { return nil }
      phase = .idle
    }
    if case .idle = phase, !queue.isEmpty {
      let next = queue.removeFirst()
      phase = .playing(
        Playing(
          event: next.event, volume: next.volume, start: timestamp, segmentStart: timestamp, duration: next.duration))
    }
    switch phase {
    case .idle, .pausing: return nil
    case .playing(let playing): return advance(playing, to: timestamp &+ max(1, min(interval, 0x7fff)))
    case .ending(let payload, let start, let left):
      phase = left > 1 ? .ending(payload, timestamp: start, left: left - 1) : .pausing(until: timestamp &+ pause)
      return TelephoneEventPacket(payload: payload, timestamp: start, marker: false)
    }
  }

  private mutating func advance(_ current: Playing, to end: UInt32) -> TelephoneEventPacket {
    var playing = current
    let marker = playing.isFirst
    playing.isFirst = false
    let inSegment = end &- playing.segmentStart
    var payload = TelephoneEventPayload(event: playing.event, isEnd: false, volume: playing.volume, duration: 0xffff)
    let start = playing.segmentStart
    if inSegment > 0xffff {
      // §2.5.1.3: the segment closes at the longest duration, without the E bit; the next begins where it ends.
      playing.segmentStart = start &+ 0xffff
      phase = .playing(playing)
      return TelephoneEventPacket(payload: payload, timestamp: start, marker: marker)
    }
    payload.duration = UInt16(inSegment)
    if let duration = playing.duration, end &- playing.start >= duration {
      payload.isEnd = true
      phase = .ending(payload, timestamp: start, left: 2)
    } else {
      phase = .playing(playing)
    }
    return TelephoneEventPacket(payload: payload, timestamp: start, marker: marker)
  }

  private static func units(_ duration: Duration, rate: Int) -> UInt32 {
    let milliseconds = max(0, min(86_400_000, duration.wholeNanoseconds / 1_000_000))
    return UInt32(clamping: milliseconds.multipliedReportingOverflow(by: Int64(rate)).partialValue / 1000)
  }
}
