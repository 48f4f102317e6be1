import WireSupport

extension JitterBuffer {
  /// Decides what to play, when the caller has less sound than the tick that is due.
  ///
  /// - Parameters:
  ///   - moment: now.
  ///   - buffered: how much decoded sound the caller still has, in ticks of the RTP clock; less than a tick.
  public mutating func next(at moment: Instant, buffered: Int) -> JitterBufferDecision {
    let now = ticks(moment)
    let leftover = max(0, min(Int64(buffered), tick))
    // Each round takes a packet out or returns.
    for _ in 0...Self.capacity {
      guard phase != .empty else { return .idle }
      guard let index = earliest else {
        return phase == .filling ? .idle : stall(now, leftover)
      }
      let slot = slots[index]
      let delay = now &- baseline.value &- slot.timestamp
      if phase == .filling {
        guard delay >= targetDelay - step else { return .idle }
        phase = .playing
        nextTimestamp = slot.timestamp
      }
      let gap = slot.timestamp - nextTimestamp
      if gap < 0 {
        // Its sound overlaps what was played.
        remove(index, played: false)
        counters.late &+= 1
        continue
      }
      if gap == 0 {
        if isTooOld(delay) {
          remove(index, played: false)
          nextTimestamp = slot.timestamp + slot.duration
          counters.discarded &+= 1
          continue
        }
        return play(index, slot, delay: delay, leftover: leftover)
      }
      if phase == .stalled {
        if let decision = resume(slot, delay: delay, now: now, leftover: leftover) { return decision }
        continue
      }
      if let decision = bridge(index, slot, gap: gap, now: now, leftover: leftover) { return decision }
    }
    return .idle
  }

  /// The slot of the packet with the lowest sequence number.
  private var earliest: Int? {
    guard occupied != 0 else { return nil }
    let first = UInt64(nextSequence & Int64(Self.capacity - 1))
    let rotated = first == 0 ? occupied : occupied >> first | occupied << (64 - first)
    return Int((first &+ UInt64(rotated.trailingZeroBitCount)) & 63)
  }

  /// Whether a packet has waited so long that it is better left out: after a stall when there are newer ones, and always
  /// beyond the longest delay that is allowed.
  private func isTooOld(_ delay: Int64) -> Bool {
    if delay > maximumTarget + tick { return true }
    return phase == .stalled && occupied & (occupied &- 1) != 0 && delay > targetDelay + 3 * tick
  }

  private mutating func play(
    _ index: Int, _ slot: Slot, delay: Int64, leftover: Int64
  ) -> JitterBufferDecision {
    if phase == .stalled {
      // What was missing came after all: the time that was bridged has become delay.
      counters.concealed &+= stalledTicks
      stalledTicks = 0
      phase = .playing
      control.adjusted()
    }
    remove(index, played: true)
    nextTimestamp = slot.timestamp + slot.duration
    nominalDuration = slot.duration
    noteLoss(false)
    counters.played &+= 1
    counters.delay = delay &+ leftover
    counters.maximumDelay = max(counters.maximumDelay, counters.delay)
    counters.delaySum &+= counters.delay
    let adjustment = control.judge(delay: delay, leftover: leftover, target: targetDelay, tick: tick, step: step)
    return .packet(ticket(index, slot), adjustment: adjustment)
  }

  /// Nothing is there.
  private mutating func stall(_ now: Int64, _ leftover: Int64) -> JitterBufferDecision {
    if phase == .playing {
      phase = .stalled
      stalledTicks = 0
      counters.underruns &+= 1
      delayBeforeStall = now &- baseline.value &- nextTimestamp
    }
    let duration = max(1, tick - leftover)
    stalledTicks = min(stalledTicks &+ duration, clockRate * 3600)
    return .wait(duration: Int(duration), elapsed: Int(stalledTicks))
  }

  /// After a stall something is there, but not what was due. Nil when playing goes on with it.
  private mutating func resume(
    _ slot: Slot, delay: Int64, now: Int64, leftover: Int64
  ) -> JitterBufferDecision? {
    let wasSilence = slot.sequence == nextSequence
    let needed = wasSilence ? targetDelay : min(targetDelay, delayBeforeStall)
    if delay < needed - step { return stall(now, leftover) }
    if wasSilence {
      counters.silence &+= stalledTicks
      counters.underruns &-= 1
    } else {
      counters.concealed &+= stalledTicks
      let frames = min(50, max(1, (slot.timestamp - nextTimestamp) / max(1, nominalDuration)))
      for _ in 0..<frames { noteLoss(true) }
    }
    stalledTicks = 0
    phase = .playing
    nextTimestamp = slot.timestamp
    control.adjusted()
    return nil
  }

  /// While playing, the packet that is due is missing and a later one is there. Nil to look again.
  private mutating func bridge(
    _ index: Int, _ slot: Slot, gap: Int64, now: Int64, leftover: Int64
  ) -> JitterBufferDecision? {
    let delay = now &- baseline.value &- nextTimestamp
    let target = targetDelay
    let isSilence = slot.sequence == nextSequence
    if isSilence {
      // Silence is the one sound whose length nobody knows: the delay is set right here, for free.
      if gap > 2 * tick, delay - tick > target + tick / 2 {
        nextTimestamp += min(gap, delay - tick - target)
        counters.compressed &+= min(gap, delay - tick - target)
        return nil
      }
      if delay < target - tick / 2 {
        counters.expanded &+= tick
        return .silence(duration: Int(tick))
      }
      let duration = min(gap, tick)
      nextTimestamp += duration
      counters.silence &+= duration
      return .silence(duration: Int(duration))
    }
    // It may only be late, and there is time: wait, which makes the delay longer, as it should be.
    if delay + tick <= target { return stall(now, leftover) }
    // There is too much delay anyhow: a lost frame is the best one to leave out.
    if delay > target + 3 * tick {
      let skipped = min(gap, delay - target - 2 * tick)
      nextTimestamp += skipped
      counters.compressed &+= skipped
      noteLoss(true)
      return nil
    }
    let frame = nominalDuration > 0 ? nominalDuration : slot.duration
    let duration = min(gap, frame)
    nextTimestamp += duration
    counters.concealed &+= duration
    noteLoss(true)
    return .lost(duration: Int(duration), next: gap == duration ? ticket(index, slot) : nil)
  }

  private mutating func noteLoss(_ lost: Bool) { lossEstimate += ((lost ? 1 : 0) - lossEstimate) / 128 }

  private mutating func remove(_ index: Int, played: Bool) {
    occupied &= ~(1 << UInt64(index))
    advance(to: slots[index].sequence + 1, played: played)
  }

  private func ticket(_ index: Int, _ slot: Slot) -> JitterBufferPacket {
    JitterBufferPacket(
      slot: index, sequence: UInt16(truncatingIfNeeded: slot.sequence),
      timestamp: UInt32(truncatingIfNeeded: slot.timestamp), duration: Int(slot.duration), tag: slot.tag,
      marker: slot.marker)
  }
}
