import WireSupport

/// What is heard of a peer: RTP payloads in, sound at the mixer's rate out.
///
/// A jitter buffer orders and times the packets; the codec decodes them and makes up for the lost ones; the length of
/// speech is changed where the jitter buffer wants another delay; a resampler brings it to the mixer's rate. Once made,
/// nothing is allocated, whatever comes.
///
/// Before each tick of the mixer tell it the time by `advance(to:)`.
public final class AudioReceivePath {
  /// The mixer's rate in Hz.
  public let sampleRate: Int
  /// When false, packets are counted by nobody and nothing is heard: the call is on hold.
  public var isEnabled = true {
    didSet { if !isEnabled, oldValue { flush() } }
  }

  /// The codecs that may come and what decodes them.
  private struct Entry {
    let payloadType: UInt8
    let codec: AudioCodec
    let decoder: any AudioDecoder
    let resampler: AudioResampler
    let scaler: TimeScaler
  }

  private var entries: [Entry] = []
  /// The index in `entries` of what is played now.
  private var current = 0
  private var jitterBuffer: JitterBuffer
  private let configuration: JitterBufferConfiguration
  /// Samples at the codec's rate, and at the mixer's.
  private let decoded: SampleQueue
  private let ready: SampleQueue
  private let frameSampleCount: Int
  private let tickNanoseconds: Int64
  private var clock = Instant.zero
  private var wasTold = false
  private var source: UInt32?
  /// Packets since one repeated the frame before it; 250 (5 s) means that it is not to be expected.
  private var packetsWithoutCopy = 250
  private var meter = AudioMeter()
  private var metered = 0
  /// Whether the tick has anything to hear, and whether what is left for the next has.
  private var hasSounded = false
  private var restHasSound = false

  /// Payloads that their codec could not decode.
  public private(set) var decodingFailures = 0

  /// A path for these payload types.
  ///
  /// - Parameters:
  ///   - formats: what the peer may send, the most preferred first. Not empty.
  ///   - sampleRate: the mixer's rate in Hz.
  ///   - frameSampleCount: how many samples the mixer takes in a tick; nil for 20 ms.
  ///   - configuration: the bounds of the jitter buffer.
  /// - Throws: `MediaError` with code `.invalidArgument` without formats or for a rate that cannot be resampled to,
  ///   `.codecFailed` when a codec's library refuses.
  public init(
    formats: [AudioStreamFormat], sampleRate: Int, frameSampleCount: Int? = nil,
    configuration: JitterBufferConfiguration = .init()
  ) throws(MediaError) {
    guard sampleRate >= 8000, let first = formats.first else {
      throw MediaError(.invalidArgument, "a stream needs a format and a mixer's rate of at least 8000 Hz")
    }
    self.sampleRate = sampleRate
    self.frameSampleCount = max(1, frameSampleCount ?? sampleRate / 50)
    self.configuration = configuration
    tickNanoseconds = Int64(self.frameSampleCount) * 1_000_000_000 / Int64(sampleRate)
    // Room for the longest packet (120 ms), what is left of the one before, and what stretching adds.
    decoded = SampleQueue(capacity: 48_000 / 4)
    ready = SampleQueue(capacity: sampleRate / 4)
    jitterBuffer = JitterBuffer(
      configuration, clockRate: first.codec.clockRate,
      maximumPayloadSize: formats.map(\.codec.maximumPayloadSize).max() ?? 1,
      tick: first.codec.clockRate * self.frameSampleCount / sampleRate)
    try setFormats(formats)
  }

  /// Replaces the payload types after a new offer and answer. The payload types that stay as they are play on
  /// without a gap.
  ///
  /// - Throws: as `init` does, and then all is as before.
  public func setFormats(_ formats: [AudioStreamFormat]) throws(MediaError) {
    guard !formats.isEmpty, formats.count <= 64 else {
      throw MediaError(.invalidArgument, "a stream has 1 to 64 formats")
    }
    guard formats.allSatisfy({ $0.codec.maximumPayloadSize <= 65_535 }) else {
      throw MediaError(.invalidArgument, "a payload does not exceed 65535 bytes")
    }
    let playing = entries.isEmpty ? nil : entries[current]
    var made: [Entry] = []
    for format in formats {
      if let known = entries.first(where: {
        $0.payloadType == format.payloadType && $0.codec.rtpmap == format.codec.rtpmap
      }) {
        made.append(known)
        continue
      }
      made.append(
        Entry(
          payloadType: format.payloadType, codec: format.codec, decoder: try format.codec.makeDecoder(),
          resampler: try AudioResampler(from: format.codec.sampleRate, to: sampleRate),
          scaler: TimeScaler(sampleRate: format.codec.sampleRate, maximumCount: decoded.capacity)))
    }
    let longest = formats.map(\.codec.maximumPayloadSize).max() ?? 1
    let kept = made.firstIndex { $0.payloadType == playing?.payloadType && $0.codec.rtpmap == playing?.codec.rtpmap }
    // Packets that wait carry the index of their format, which must mean the same as before.
    let isSameOrder =
      made.count >= entries.count
      && zip(entries, made).allSatisfy { $0.payloadType == $1.payloadType && $0.codec.rtpmap == $1.codec.rtpmap }
    entries = made
    if !isSameOrder, playing != nil { jitterBuffer.restart() }
    jitterBuffer.reserve(maximumPayloadSize: longest)
    select(kept ?? 0, isFirst: kept == nil)
  }

  /// The payload type and codec that are played now.
  public var format: (payloadType: UInt8, codec: AudioCodec) { (entries[current].payloadType, entries[current].codec) }

  /// What the jitter buffer did.
  public var statistics: JitterBufferStatistics { jitterBuffer.statistics }

  /// How loud it was in the last 200 ms.
  public var level: AudioLevel { meter.level(frameCount: frameSampleCount) }

  /// Takes a packet.
  ///
  /// - Parameters:
  ///   - payload: the decrypted payload without padding.
  ///   - payloadType: the RTP payload type; a packet of one that is not among the formats is left out.
  ///   - sequence: the RTP sequence number.
  ///   - timestamp: the RTP timestamp.
  ///   - marker: the RTP marker bit.
  ///   - source: the SSRC; another one than before begins anew.
  ///   - arrival: when it came.
  /// - Returns: whether it is one of the formats.
  @discardableResult
  public func receive(
    _ payload: Span<UInt8>, payloadType: UInt8, sequence: UInt16, timestamp: UInt32, marker: Bool, source: UInt32,
    at arrival: Instant
  ) -> Bool {
    guard isEnabled, let index = index(of: payloadType) else {
      // telephone-event and comfort noise share the sequence numbers.
      if isEnabled, source == self.source { jitterBuffer.skip(sequence: sequence) }
      return false
    }
    if source != self.source {
      if self.source != nil { jitterBuffer.restart() }
      self.source = source
    }
    let entry = entries[index]
    if Int64(entry.codec.clockRate) != jitterBuffer.clockRate {
      jitterBuffer.restart(clockRate: entry.codec.clockRate, tick: tick(of: entry))
    }
    let samples = entry.decoder.sampleCount(of: payload) ?? 0
    jitterBuffer.put(
      payload, sequence: sequence, timestamp: timestamp, marker: marker,
      duration: samples * entry.codec.clockRate / entry.codec.sampleRate, tag: UInt8(truncatingIfNeeded: index),
      at: arrival)
    // Waiting for copies costs a packet's time, and is worth it while they are sent: in most packets of speech, in none
    // of silence.
    packetsWithoutCopy = entry.decoder.repeatsPreviousFrame(payload) ? 0 : min(packetsWithoutCopy + 1, 250)
    jitterBuffer.hasForwardErrorCorrection = packetsWithoutCopy < 250
    if !wasTold, arrival > clock, clock == .zero { clock = arrival }
    return true
  }

  /// A plain loop: the generic search allocates in a build without optimisation.
  private func index(of payloadType: UInt8) -> Int? {
    for index in 0..<entries.count where entries[index].payloadType == payloadType { return index }
    return nil
  }

  /// Tells the time of the tick that follows.
  public func advance(to now: Instant) {
    clock = now
    wasTold = true
  }

  /// Writes what is heard in this tick, at the mixer's rate.
  ///
  /// - Returns: false when there is nothing to hear.
  public func produce(into frame: inout MutableSpan<Int16>) -> Bool {
    if !wasTold { clock = clock.adding(nanoseconds: tickNanoseconds) }
    wasTold = false
    guard isEnabled else { return false }
    hasSounded = restHasSound && decoded.count + ready.count > 0
    // Each round adds a tick or more.
    var rounds = 0
    while ready.count < frame.count, rounds < 64 {
      rounds += 1
      fill()
      let entry = entries[current]
      let amount = codecTick(of: entry)
      decoded.take(min(amount, decoded.count)) { samples in
        _ = ready.append { (room: inout MutableSpan<Int16>) -> Int in entry.resampler.process(samples, into: &room) }
      }
    }
    let given = min(ready.count, frame.count)
    ready.take(given) { samples in
      for index in 0..<samples.count { frame[index] = samples[index] }
    }
    for index in given..<frame.count { frame[index] = 0 }
    measure(frame)
    return hasSounded
  }

  /// How much later a sound leaves than its packet was fetched, in ms: what the resampler adds.
  public var resamplerDelay: Double { Double(entries[current].resampler.latency) * 1000 / Double(sampleRate) }

  /// Forgets what waits to be played.
  private func flush() {
    jitterBuffer.restart()
    decoded.removeAll()
    ready.removeAll()
    source = nil
    entries[current].decoder.reset()
    entries[current].resampler.reset()
  }

  private func measure(_ frame: borrowing MutableSpan<Int16>) {
    frame.withUnsafeBufferPointer { samples in
      if hasSounded, let base = samples.baseAddress { meter.add(base, samples.count) }
    }
    metered += 1
    if metered >= AudioMeter.windowTicks {
      metered = 0
      meter.closeWindow()
    }
  }

  private func tick(of entry: Entry) -> Int { entry.codec.clockRate * frameSampleCount / sampleRate }
  private func codecTick(of entry: Entry) -> Int { max(1, entry.codec.sampleRate * frameSampleCount / sampleRate) }

  /// Makes `index` the format that is played.
  private func select(_ index: Int, isFirst: Bool) {
    guard index != current || isFirst else { return }
    if !isFirst, decoded.count > 0 {
      // What is left of the codec before is played to its end.
      let before = entries[current]
      decoded.take(decoded.count) { samples in
        _ = ready.append { (room: inout MutableSpan<Int16>) -> Int in before.resampler.process(samples, into: &room) }
      }
    } else {
      decoded.removeAll()
    }
    current = index
    let entry = entries[index]
    entry.decoder.reset()
    if Int64(entry.codec.clockRate) != jitterBuffer.clockRate {
      jitterBuffer.restart(clockRate: entry.codec.clockRate, tick: tick(of: entry))
    }
    jitterBuffer.hasForwardErrorCorrection = false
    packetsWithoutCopy = 250
  }

  /// Decodes until there is sound for a tick.
  private func fill() {
    var rounds = 0
    while decoded.count < codecTick(of: entries[current]), rounds < 128 {
      rounds += 1
      let codec = entries[current].codec
      let buffered = decoded.count * codec.clockRate / codec.sampleRate
      switch jitterBuffer.next(at: clock, buffered: buffered) {
      case .packet(let packet, let adjustment):
        play(packet, adjustment)
      case .lost(let duration, let next):
        restore(duration, from: next)
      case .silence(let duration), .wait(let duration, _):
        conceal(samples(duration))
      case .idle:
        restHasSound = false
        decoded.appendSilence(codecTick(of: entries[current]) - decoded.count)
      }
    }
  }

  private func sound() {
    hasSounded = true
    restHasSound = true
  }

  private func samples(_ ticks: Int) -> Int {
    ticks * entries[current].codec.sampleRate / entries[current].codec.clockRate
  }

  private func play(_ packet: JitterBufferPacket, _ adjustment: JitterBufferAdjustment) {
    if Int(packet.tag) != current, Int(packet.tag) < entries.count { select(Int(packet.tag), isFirst: false) }
    let decoder = entries[current].decoder
    do throws(MediaError) {
      _ = try jitterBuffer.withPayload(of: packet) { (payload) throws(MediaError) -> Int in
        try decoded.append { (room: inout MutableSpan<Int16>) throws(MediaError) -> Int in
          try decoder.decode(payload, into: &room)
        }
      }
      sound()
    } catch {
      decodingFailures += 1
      conceal(samples(packet.duration))
      return
    }
    adjust(adjustment)
  }

  private func restore(_ duration: Int, from next: JitterBufferPacket?) {
    let wanted = samples(duration)
    if let next, Int(next.tag) == current {
      let decoder = entries[current].decoder
      do throws(MediaError) {
        let restored = try jitterBuffer.withPayload(of: next) { (payload) throws(MediaError) -> Int in
          try decoded.append { (room: inout MutableSpan<Int16>) throws(MediaError) -> Int in
            try decoder.recover(from: payload, count: wanted, into: &room)
          }
        }
        if restored > 0 {
          sound()
          jitterBuffer.recovered(duration)
          return
        }
      } catch {
        decodingFailures += 1
      }
    }
    conceal(wanted)
  }

  private func conceal(_ amount: Int) {
    let decoder = entries[current].decoder
    if decoder.hasFadedOut {
      decoded.appendSilence(amount)
      restHasSound = false
      return
    }
    sound()
    let made = decoded.append { (room: inout MutableSpan<Int16>) -> Int in decoder.conceal(count: amount, into: &room) }
    if made < amount { decoded.appendSilence(amount - made) }
  }

  private func adjust(_ adjustment: JitterBufferAdjustment) {
    let codec = entries[current].codec
    let scaler = entries[current].scaler
    var change = 0
    decoded.edit { samples, count in
      guard let base = samples.baseAddress else { return count }
      scaler.heard(UnsafeBufferPointer(start: base, count: count))
      switch adjustment {
      case .none:
        break
      case .compress(let limit, let effort):
        change = -scaler.compress(
          UnsafeMutableBufferPointer(start: base, count: count),
          limit: limit * codec.sampleRate / codec.clockRate, effort: effort)
      case .expand(let effort):
        change = scaler.expand(samples, count: count, effort: effort)
      }
      return count + change
    }
    jitterBuffer.adjusted(by: change * codec.clockRate / codec.sampleRate)
  }
}
