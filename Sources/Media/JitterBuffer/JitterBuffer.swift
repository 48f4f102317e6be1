import WireSupport

/// Packets in, a decision each frame out: what to play, what to conceal, when to stretch and when to shorten.
///
/// It is told everything: when a packet came and when sound is wanted. It does not decode. The delay that it aims at is a
/// quantile of the delays that the network itself shows, measured against its fastest packets; it is compared with the
/// delay at which packets are in fact fetched, to a fraction of a millisecond, and not with a number of packets.
///
/// Sound is fetched in ticks (the mixer's frame of 20 ms), so the delay that decides whether a packet comes in time can
/// only move by whole ticks: the buffer asks for enough stretching or shortening to gain or lose one, and for no more.
///
/// ```swift
/// var buffer = JitterBuffer(.init(), clockRate: 8000, maximumPayloadSize: 960, tick: 160)
/// buffer.put(payload.span, sequence: 1, timestamp: 160, marker: false, duration: 160, at: now)
/// switch buffer.next(at: now, buffered: 0) {
/// case .packet(let packet, _): buffer.withPayload(of: packet) { decode($0) }
/// …
/// }
/// ```
///
/// A put and a fetch take a few tens of nanoseconds and allocate nothing. No sequence of calls traps or grows it.
public struct JitterBuffer: Sendable {
  /// How many packets it can hold: more than a second of 20 ms.
  public static let capacity = 64

  struct Slot: Sendable {
    var sequence: Int64 = 0
    var timestamp: Int64 = 0
    var duration: Int64 = 0
    var length = 0
    var tag: UInt8 = 0
    var marker = false
  }

  enum Phase: Sendable {
    /// Nothing came yet, or all began anew.
    case empty
    /// The first packets lie and wait until the delay is reached.
    case filling
    /// Sound is played.
    case playing
    /// The packet that is due is not there, and it is not known whether it will come.
    case stalled
  }

  /// The bounds of the delay.
  public let configuration: JitterBufferConfiguration
  /// The longest payload that is accepted, in bytes.
  public private(set) var maximumPayloadSize: Int
  /// Whether lost packets can be restored from the ones after them. Told by whoever knows the codec.
  public var hasForwardErrorCorrection = false

  // Shared by the extensions in this folder.
  var clockRate: Int64 { didSet { updateScale() } }
  var tick: Int64
  /// What follows from the clock rate and the configuration, worked out once.
  var step: Int64 = 1
  var minimumTarget: Int64 = 0
  var maximumTarget: Int64 = 0
  var millisecondsPerTick = 0.0
  /// The delay that is aimed at, in ticks; as of the last packet that came.
  var targetDelay: Int64 = 0
  var phase = Phase.empty
  var slots: [Slot]
  var storage: [UInt8]
  /// A bit for each slot that holds a packet.
  var occupied: UInt64 = 0
  /// A bit for each sequence number, modulo 64, that is due and known to be of a packet that is not sound.
  var foreign: UInt64 = 0
  /// A bit for each of the 64 sequence numbers before `nextSequence` that was played.
  var playedBefore: UInt64 = 0
  /// What is due: the number and time that the next packet has when nothing is lost.
  var nextSequence: Int64 = 0
  var nextTimestamp: Int64 = 0
  /// The packet that was accepted last, which numbers are unwrapped against.
  var newestSequence: Int64 = 0
  var newestTimestamp: Int64 = 0
  var newestTransit: Int64 = 0
  /// A packet that fits nothing, and may be the first of a new order.
  var candidate: (sequence: UInt16, timestamp: UInt32, transit: Int64)?
  var consecutiveStale = 0
  var nominalDuration: Int64 = 0
  var baseline: TransitBaseline
  var histogram: DelayHistogram
  var control: DelayControl
  var stalledTicks: Int64 = 0
  var delayBeforeStall: Int64 = 0
  var lossEstimate = 0.0
  var counters = Counters()

  /// An empty buffer.
  ///
  /// - Parameters:
  ///   - configuration: the bounds of its delay.
  ///   - clockRate: the rate of RTP timestamps in Hz, 1000 to 192000.
  ///   - maximumPayloadSize: the longest payload that it keeps, in bytes; 64 times this much is allocated.
  ///   - tick: how much sound is fetched at a time, in ticks of the RTP clock.
  public init(
    _ configuration: JitterBufferConfiguration = .init(), clockRate: Int, maximumPayloadSize: Int, tick: Int
  ) {
    self.configuration = configuration
    self.maximumPayloadSize = max(1, min(maximumPayloadSize, 65_535))
    self.clockRate = Int64(max(1_000, min(clockRate, 192_000)))
    self.tick = Int64(max(1, min(tick, 192_000)))
    slots = [Slot](repeating: Slot(), count: Self.capacity)
    storage = [UInt8](repeating: 0, count: Self.capacity * self.maximumPayloadSize)
    baseline = TransitBaseline(transit: 0, arrival: 0, clockRate: self.clockRate)
    histogram = DelayHistogram(
      initialDelay: Double(configuration.initialDelay), onTimeShare: configuration.onTimeShare)
    control = DelayControl()
    updateScale()
  }

  /// Whether anything is waiting to be played.
  public var isEmpty: Bool { occupied == 0 }

  /// How many packets wait.
  public var count: Int { occupied.nonzeroBitCount }

  /// Calls `body` with the payload of a packet that `next` gave and that no `put` has overwritten since.
  public func withPayload<Result, Failure: Error>(
    of packet: JitterBufferPacket, _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let start = packet.slot * maximumPayloadSize
    return try body(storage.span.extracting(start..<start + slots[packet.slot].length))
  }

  /// Begins anew with another source or after a change of the stream's timestamps; what was learned about the network's
  /// delay is kept.
  public mutating func restart() {
    if phase != .empty { counters.restarts += 1 }
    counters.discarded += occupied.nonzeroBitCount
    phase = .empty
    occupied = 0
    playedBefore = 0
    candidate = nil
    consecutiveStale = 0
    stalledTicks = 0
    control.restart()
  }

  /// Begins anew with another RTP clock.
  ///
  /// - Parameters:
  ///   - clockRate: the rate of RTP timestamps in Hz.
  ///   - tick: how much sound is fetched at a time, in ticks of that clock.
  public mutating func restart(clockRate: Int, tick: Int) {
    restart()
    counters.convert(from: self.clockRate)
    self.clockRate = Int64(max(1_000, min(clockRate, 192_000)))
    self.tick = Int64(max(1, min(tick, 192_000)))
    nominalDuration = 0
  }

  /// Makes room for payloads of this many bytes, which begins anew. Not for the path of a packet: it allocates.
  public mutating func reserve(maximumPayloadSize size: Int) {
    guard size > maximumPayloadSize else { return }
    restart()
    maximumPayloadSize = min(size, 65_535)
    storage = [UInt8](repeating: 0, count: Self.capacity * maximumPayloadSize)
  }

  /// Tells that the sound of the last packet was made `ticks` longer, or shorter when negative.
  public mutating func adjusted(by ticks: Int) {
    guard ticks != 0 else { return }
    if ticks > 0 { counters.expanded &+= Int64(ticks) } else { counters.compressed &-= Int64(ticks) }
    control.adjusted()
  }

  /// Tells that `ticks` of what `next` called lost were restored.
  public mutating func recovered(_ ticks: Int) {
    let ticks = Int64(max(0, ticks))
    counters.concealed &-= min(ticks, counters.concealed)
    counters.recovered &+= ticks
  }

  /// What was done so far, and the delay now.
  public var statistics: JitterBufferStatistics {
    var result = counters.statistics(clockRate: clockRate)
    result.waiting = count
    result.targetDelayMilliseconds = milliseconds(targetDelay)
    result.recentLoss = lossEstimate
    return result
  }

  private mutating func updateScale() {
    // 2.5 ms: the finest step of sound that is worth handling.
    step = max(1, clockRate / 400)
    minimumTarget = ticks(milliseconds: configuration.minimumDelay)
    maximumTarget = ticks(milliseconds: configuration.maximumDelay)
    millisecondsPerTick = 1000 / Double(clockRate)
    updateTarget()
  }

  mutating func updateTarget() {
    // Two milliseconds for the thread that fetches, which is not punctual to the microsecond either.
    var delay = Int64((histogram.delay + 2) * Double(clockRate) * 0.001)
    if hasForwardErrorCorrection, lossEstimate > 0.008, configuration.waitsForErrorCorrection {
      delay += nominalDuration
    }
    targetDelay = min(max(delay, minimumTarget), maximumTarget)
  }

  func milliseconds(_ ticks: Int64) -> Double { Double(ticks) * millisecondsPerTick }
  func ticks(milliseconds: Int) -> Int64 { Int64(milliseconds) * clockRate / 1000 }

  /// A moment in ticks of the RTP clock. Split, as nanoseconds times a clock rate overflow after two days.
  func ticks(_ instant: Instant) -> Int64 {
    let (seconds, rest) = instant.nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    return seconds &* clockRate &+ rest &* clockRate / 1_000_000_000
  }
}
