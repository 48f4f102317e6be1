import WireSupport

extension JitterBuffer {
  /// How far a sequence number may jump (RFC 3550 appendix A.1, MAX_DROPOUT).
  private static let maximumJump = 3_000
  /// The longest packet, in seconds: more than any codec makes.
  private static let maximumDuration: Int64 = 1

  /// Takes a packet as it came from the network.
  ///
  /// - Parameters:
  ///   - payload: the payload; it is copied. Empty ones, and those longer than `maximumPayloadSize`, are discarded.
  ///   - sequence: the RTP sequence number.
  ///   - timestamp: the RTP timestamp.
  ///   - marker: the RTP marker bit.
  ///   - duration: how much sound the payload holds, in ticks of the RTP clock.
  ///   - tag: what the caller wants to know again when the packet is played.
  ///   - arrival: when it came.
  /// - Returns: what became of it. All of that is counted.
  @discardableResult
  public mutating func put(
    _ payload: Span<UInt8>, sequence: UInt16, timestamp: UInt32, marker: Bool = false, duration: Int, tag: UInt8 = 0,
    at arrival: Instant
  ) -> JitterBufferVerdict {
    counters.received &+= 1
    guard !payload.isEmpty, payload.count <= maximumPayloadSize, duration > 0,
      Int64(duration) <= clockRate * Self.maximumDuration
    else {
      counters.discarded &+= 1
      return .discarded
    }
    let now = ticks(arrival)
    let place: (sequence: Int64, timestamp: Int64)
    if phase == .empty {
      place = begin(sequence: sequence, timestamp: timestamp, now: now)
    } else if let found = locate(sequence: sequence, timestamp: timestamp, now: now) {
      place = found
    } else {
      counters.discarded &+= 1
      return .discarded
    }

    let transit = now &- place.timestamp
    baseline.add(transit: transit, arrival: now)
    newestTransit = transit
    let isStale = place.sequence < nextSequence || (phase != .filling && place.timestamp < nextTimestamp)
    let isRepeated = isDuplicate(place.sequence)
    // The newest number with a time that is over is not late: the sender set its timestamps back (see `stale`).
    let isSetBack = isStale && place.sequence > newestSequence
    if !isRepeated, !isSetBack {
      histogram.add(
        milliseconds(transit &- baseline.value),
        wasLate: isStale || (phase == .stalled && place.timestamp == nextTimestamp))
      updateTarget()
    }
    if place.sequence > newestSequence {
      newestSequence = place.sequence
      newestTimestamp = place.timestamp
    } else if !isRepeated, place.sequence < newestSequence {
      counters.reordered &+= 1
    }
    if isRepeated {
      counters.duplicates &+= 1
      return .duplicate
    }
    if isStale {
      return stale(payload, place, marker: marker, duration: Int64(duration), tag: tag, now: now)
    }
    consecutiveStale = 0
    store(payload, place, marker: marker, duration: Int64(duration), tag: tag)
    return .accepted
  }

  /// The first packet of all.
  private mutating func begin(sequence: UInt16, timestamp: UInt32, now: Int64) -> (sequence: Int64, timestamp: Int64) {
    // Far from zero, so that earlier packets that come later have positive numbers too.
    let place = (sequence: Int64(sequence) + 1 << 32, timestamp: Int64(timestamp) + 1 << 40)
    phase = .filling
    occupied = 0
    foreign = 0
    playedBefore = 0
    candidate = nil
    consecutiveStale = 0
    nextSequence = place.sequence
    nextTimestamp = place.timestamp
    newestSequence = place.sequence
    newestTimestamp = place.timestamp
    baseline = TransitBaseline(transit: now &- place.timestamp, arrival: now, clockRate: clockRate)
    return place
  }

  /// Unwraps a packet's numbers against the newest, or finds that it belongs to another order.
  private mutating func locate(
    sequence: UInt16, timestamp: UInt32, now: Int64
  ) -> (sequence: Int64, timestamp: Int64)? {
    let step = Int16(truncatingIfNeeded: Int(sequence) - Int(UInt16(truncatingIfNeeded: newestSequence)))
    let span = Int32(bitPattern: timestamp &- UInt32(truncatingIfNeeded: newestTimestamp))
    let place = (sequence: newestSequence + Int64(step), timestamp: newestTimestamp + Int64(span))
    let transit = now &- place.timestamp
    // Silence that is left out moves timestamp and arrival alike. Where they part by more than a second, either the
    // sender's clock was set, or this packet is not of this stream.
    let isContinuous = abs(transit &- newestTransit) <= clockRate && abs(Int(step)) <= Self.maximumJump
    guard isContinuous else {
      let raw = now &- Int64(timestamp)
      if let candidate, (1...16).contains(sequence &- candidate.sequence),
        abs(raw &- candidate.transit) <= clockRate / 4
      {
        restart()
        return begin(sequence: sequence, timestamp: timestamp, now: now)
      }
      candidate = (sequence, timestamp, raw)
      return nil
    }
    candidate = nil
    if place.sequence - nextSequence >= Int64(Self.capacity) { makeWindow(for: place.sequence) }
    return place
  }

  /// After a long outage: gives up what is older than the window that ends with `sequence`.
  private mutating func makeWindow(for sequence: Int64) {
    let first = sequence - Int64(Self.capacity) + 1
    for index in 0..<Self.capacity where occupied >> UInt64(index) & 1 == 1 && slots[index].sequence < first {
      occupied &= ~(1 << UInt64(index))
      counters.discarded &+= 1
    }
    advance(to: first, played: false)
  }

  private func isDuplicate(_ sequence: Int64) -> Bool {
    if sequence < nextSequence {
      let back = nextSequence - 1 - sequence
      return back < 64 && playedBefore >> UInt64(back) & 1 == 1
    }
    let index = Int(sequence & Int64(Self.capacity - 1))
    return occupied >> UInt64(index) & 1 == 1 && slots[index].sequence == sequence
  }

  /// A packet whose time is over. When several come in their right order, it is the timestamps that were set back.
  private mutating func stale(
    _ payload: Span<UInt8>, _ place: (sequence: Int64, timestamp: Int64), marker: Bool, duration: Int64, tag: UInt8,
    now: Int64
  ) -> JitterBufferVerdict {
    if phase == .filling, nextSequence - place.sequence < 16, isNearFront(place.sequence) {
      // Nothing was played yet: an earlier packet that came second goes first.
      nextSequence = place.sequence
      nextTimestamp = min(nextTimestamp, place.timestamp)
      store(payload, place, marker: marker, duration: duration, tag: tag)
      return .accepted
    }
    consecutiveStale = place.sequence == newestSequence && place.sequence >= nextSequence ? consecutiveStale + 1 : 0
    if consecutiveStale >= 3 {
      restart()
      let first = begin(
        sequence: UInt16(truncatingIfNeeded: place.sequence), timestamp: UInt32(truncatingIfNeeded: place.timestamp),
        now: now)
      newestTransit = now &- first.timestamp
      store(payload, first, marker: marker, duration: duration, tag: tag)
      return .accepted
    }
    counters.late &+= 1
    return .late
  }

  /// Whether all that waits stays within one window when `sequence` is its first.
  private func isNearFront(_ sequence: Int64) -> Bool { newestSequence - sequence < Int64(Self.capacity) }

  private mutating func store(
    _ payload: Span<UInt8>, _ place: (sequence: Int64, timestamp: Int64), marker: Bool, duration: Int64, tag: UInt8
  ) {
    let index = Int(place.sequence & Int64(Self.capacity - 1))
    slots[index] = Slot(
      sequence: place.sequence, timestamp: place.timestamp, duration: duration, length: payload.count, tag: tag,
      marker: marker)
    occupied |= 1 << UInt64(index)
    if nominalDuration == 0 { nominalDuration = duration }
    let start = index * maximumPayloadSize
    payload.withUnsafeBufferPointer { source in
      storage.withUnsafeMutableBufferPointer { target in
        guard let from = source.baseAddress, let to = target.baseAddress else { return }
        // Within bounds: the payload is at most `maximumPayloadSize` long, and there is this much for each slot.
        (to + start).update(from: from, count: source.count)
      }
    }
  }

  /// Moves what is due to `sequence`; `played` tells about the packet directly before it.
  mutating func advance(to sequence: Int64, played: Bool) {
    let step = sequence - nextSequence
    guard step > 0 else { return }
    playedBefore = step >= 64 ? 0 : playedBefore << UInt64(step)
    if played { playedBefore |= 1 }
    nextSequence = sequence
    while foreign != 0, foreign >> UInt64(nextSequence & 63) & 1 == 1 {
      foreign &= ~(1 << UInt64(nextSequence & 63))
      playedBefore <<= 1
      nextSequence += 1
    }
  }

  /// Tells of a packet of the same source that is not sound (telephone-event), so that its number is not taken for a loss.
  public mutating func skip(sequence: UInt16) {
    guard phase != .empty else { return }
    let step = Int16(truncatingIfNeeded: Int(sequence) - Int(UInt16(truncatingIfNeeded: newestSequence)))
    let number = newestSequence + Int64(step)
    guard number >= nextSequence, number - nextSequence < Int64(Self.capacity) else { return }
    if number == nextSequence {
      advance(to: number + 1, played: false)
    } else {
      foreign |= 1 << UInt64(number & 63)
    }
  }
}
