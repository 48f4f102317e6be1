/// Connects ports that speak and listen, and gives each listener the sum of those that it is connected to.
///
/// A mixer has one clock rate and works in frames of 20 ms. Whoever owns the clock (a device's period, by way of
/// ``AudioEngine``) calls `tick()` once per frame. What a port hears is decided connection by connection, in one direction
/// each; a port does not hear itself unless it is connected to itself. When all hear all, a tick costs one addition and
/// one subtraction per port, so it grows with the ports and not with their square.
///
/// Sums are kept in 32 bits and folded into 16 by a soft curve above -2.5 dBFS: they never wrap. A port that hears a single
/// other at 100 % gets that port's samples unchanged, bit for bit.
///
/// The mixer is confined to one executor. `tick()` allocates nothing; the first tick after a change of ports or connections
/// also makes the new plan, in storage reserved by that change. Ports and connections may be changed from inside a port's
/// callbacks: the change takes full effect with the next tick.
public final class AudioMixer {
  /// The rates that a mixer can run at, in Hz; multiples of 50.
  public static let sampleRates = 8_000...48_000
  /// The loudest setting of a volume, in percent.
  public static let maximumVolume = 1_000
  /// The most ports that a mixer takes.
  public static let maximumPortCount = 4_096

  /// The mixer's clock rate in Hz.
  public let sampleRate: Int
  /// Samples in a frame: 20 ms.
  public let frameCount: Int
  /// How many times `tick()` ran.
  public private(set) var tickCount: UInt64 = 0
  /// Whether levels are gathered; that is about half of a tick's cost where all hear all.
  public var isMetering = true
  /// How many ports there are.
  public private(set) var portCount = 0

  private var slots: [MixerSlot?] = []
  private var generation: UInt32 = 0
  private var topology = MixingTopology()
  private var plan = MixingPlan()
  private var planIsCurrent = true
  /// The slots that speak in this tick, as a set.
  private var speaking: [UInt64] = []
  /// The first group's sum, and that of the group being served.
  private let baseTotal: UnsafeMutablePointer<Int32>
  private let total: UnsafeMutablePointer<Int32>
  /// What is handed to a listener, when it is no port's own samples; and silence.
  private let heard: UnsafeMutablePointer<Int16>
  private let silence: UnsafeMutablePointer<Int16>

  /// A mixer without ports.
  ///
  /// - Parameter sampleRate: 8000 to 48000 Hz, a multiple of 50.
  /// - Throws: `MediaError` with code `.invalidArgument` for any other rate.
  public init(sampleRate: Int = 48_000) throws(MediaError) {
    guard Self.sampleRates.contains(sampleRate), sampleRate % 50 == 0 else {
      throw MediaError(
        .invalidArgument, "a mixer cannot run at \(sampleRate) Hz, expected a multiple of 50 in 8000 to 48000 Hz")
    }
    self.sampleRate = sampleRate
    self.frameCount = sampleRate / 50
    baseTotal = .allocate(capacity: frameCount)
    baseTotal.initialize(repeating: 0, count: frameCount)
    total = .allocate(capacity: frameCount)
    total.initialize(repeating: 0, count: frameCount)
    heard = .allocate(capacity: frameCount)
    heard.initialize(repeating: 0, count: frameCount)
    silence = .allocate(capacity: frameCount)
    silence.initialize(repeating: 0, count: frameCount)
  }

  deinit {
    baseTotal.deallocate()
    total.deallocate()
    heard.deallocate()
    silence.deallocate()
  }

  // MARK: Ports

  /// Adds a port, connected to nobody. The mixer keeps a strong reference until `remove(_:)`.
  ///
  /// - Throws: `MediaError` with code `.resourceUnavailable` beyond `maximumPortCount` ports.
  public func add(_ port: any AudioPort) throws(MediaError) -> AudioPortID {
    let index = slots.firstIndex { $0 == nil } ?? slots.count
    guard index < Self.maximumPortCount else {
      throw MediaError(.resourceUnavailable, "the mixer has \(Self.maximumPortCount) ports already")
    }
    generation &+= 1
    let slot = MixerSlot(port: port, generation: generation, frameCount: frameCount)
    if index == slots.count { slots.append(slot) } else { slots[index] = slot }
    topology.reserve(slots.count)
    plan.reserve(for: topology)
    while speaking.count < topology.words { speaking.append(0) }
    portCount += 1
    planIsCurrent = false
    return AudioPortID(index: UInt32(index), generation: generation)
  }

  /// Removes a port with all its connections; false when it was removed before.
  @discardableResult
  public func remove(_ id: AudioPortID) -> Bool {
    guard slot(id) != nil else { return false }
    topology.disconnectAll(id.slotIndex)
    slots[id.slotIndex] = nil
    portCount -= 1
    planIsCurrent = false
    return true
  }

  /// Whether `id` is a port of this mixer.
  public func contains(_ id: AudioPortID) -> Bool { slot(id) != nil }

  // MARK: Connections

  /// Lets `listener` hear `speaker`, from the next tick on. Connecting twice is the same as once.
  ///
  /// - Returns: false when either port was removed.
  @discardableResult
  public func connect(_ speaker: AudioPortID, to listener: AudioPortID) -> Bool {
    setConnected(speaker, listener, true)
  }

  /// Ends what `connect(_:to:)` began; the other direction is untouched.
  ///
  /// - Returns: false when either port was removed.
  @discardableResult
  public func disconnect(_ speaker: AudioPortID, from listener: AudioPortID) -> Bool {
    setConnected(speaker, listener, false)
  }

  /// Whether `listener` hears `speaker`.
  public func isConnected(_ speaker: AudioPortID, to listener: AudioPortID) -> Bool {
    guard slot(speaker) != nil, slot(listener) != nil else { return false }
    return topology.isHeard(speaker.slotIndex, by: listener.slotIndex)
  }

  /// Every connection, by speaker, then by listener. Allocates; for displays and tests.
  public var connections: [(speaker: AudioPortID, listener: AudioPortID)] {
    var result: [(speaker: AudioPortID, listener: AudioPortID)] = []
    for (source, speaker) in slots.enumerated() {
      guard let speaker else { continue }
      for (target, listener) in slots.enumerated() {
        guard let listener, topology.isHeard(source, by: target) else { continue }
        result.append(
          (
            AudioPortID(index: UInt32(source), generation: speaker.generation),
            AudioPortID(index: UInt32(target), generation: listener.generation)
          ))
      }
    }
    return result
  }

  private func setConnected(_ speaker: AudioPortID, _ listener: AudioPortID, _ connected: Bool) -> Bool {
    guard slot(speaker) != nil, slot(listener) != nil else { return false }
    if topology.set(speaker.slotIndex, heardBy: listener.slotIndex, connected) { planIsCurrent = false }
    return true
  }

  // MARK: Volumes

  /// How loud the others hear this port, in percent: 0 is silence, 100 unchanged, 200 is +6 dB; limited to
  /// 0...`maximumVolume`. A change fades over one frame, so that it does not click.
  @discardableResult
  public func setInputVolume(_ percent: Int, of id: AudioPortID) -> Bool {
    guard let slot = slot(id) else { return false }
    slot.inputVolume = min(max(0, percent), Self.maximumVolume)
    return true
  }

  /// How loud this port hears the others, in percent, as in `setInputVolume(_:of:)`.
  @discardableResult
  public func setOutputVolume(_ percent: Int, of id: AudioPortID) -> Bool {
    guard let slot = slot(id) else { return false }
    slot.outputVolume = min(max(0, percent), Self.maximumVolume)
    return true
  }

  /// Silences what the port says, keeping its volume; what it hears is not changed. Fades over one frame.
  @discardableResult
  public func setMuted(_ muted: Bool, _ id: AudioPortID) -> Bool {
    guard let slot = slot(id) else { return false }
    slot.isMuted = muted
    return true
  }

  /// How loud the others hear the port, in percent; nil when it was removed.
  public func inputVolume(of id: AudioPortID) -> Int? { slot(id)?.inputVolume }
  /// How loud the port hears the others, in percent; nil when it was removed.
  public func outputVolume(of id: AudioPortID) -> Int? { slot(id)?.outputVolume }
  /// Whether the port is muted; nil when it was removed.
  public func isMuted(_ id: AudioPortID) -> Bool? { slot(id)?.isMuted }

  // MARK: Levels

  /// How loud the port's voice was in the last whole window of 200 ms, after its volume; nil when it was removed.
  public func inputLevel(of id: AudioPortID) -> AudioLevel? { slot(id)?.inputMeter.level(frameCount: frameCount) }

  /// How loud it was for the port in the last whole window of 200 ms; nil when it was removed.
  public func outputLevel(of id: AudioPortID) -> AudioLevel? { slot(id)?.outputMeter.level(frameCount: frameCount) }

  private func slot(_ id: AudioPortID) -> MixerSlot? {
    guard id.slotIndex < slots.count, let slot = slots[id.slotIndex], slot.generation == id.generation else {
      return nil
    }
    return slot
  }

  // MARK: The tick

  /// Moves one frame (20 ms) of sound from every port that speaks to every port that listens.
  public func tick() {
    if !planIsCurrent {
      plan.rebuild(from: topology)
      planIsCurrent = true
    }
    tickCount &+= 1
    let count = slots.count
    gather(count)
    serveConnected()
    serveOthers(count)
    if isMetering, tickCount % UInt64(AudioMeter.windowTicks) == 0 {
      for index in 0..<slots.count {
        slots[index]?.inputMeter.closeWindow()
        slots[index]?.outputMeter.closeWindow()
      }
    }
  }

  /// Asks each port for its frame.
  private func gather(_ count: Int) {
    for word in speaking.indices { speaking[word] = 0 }
    for index in 0..<count {
      guard let slot = slots[index] else { continue }
      let spoke = slot.produce()
      let gain: Float = slot.isMuted ? 0 : Float(slot.inputVolume) / 100
      let before = slot.appliedInputGain ?? gain
      slot.appliedInputGain = gain
      guard spoke, before != 0 || gain != 0 else { continue }
      if before != 1 || gain != 1 { AudioKernels.scale(slot.voice, from: before, to: gain, frameCount) }
      if isMetering { slot.inputMeter.add(slot.voice, frameCount) }
      speaking[index >> 6] |= 1 << UInt64(index & 63)
    }
  }

  /// Gives each port that is connected to others what it hears, group by group.
  ///
  /// A callback may add and remove ports meanwhile: slots are looked up each time, and the plan stays until the next tick.
  private func serveConnected() {
    var baseIsReady = false
    for group in 0..<plan.groupCount {
      var totalIsReady = false
      for position in plan.groupStarts[group]..<plan.groupStarts[group + 1] {
        let index = plan.listeners[position]
        guard let slot = slots[index] else { continue }
        slot.servedTick = tickCount
        let gain = Float(slot.outputVolume) / 100
        let before = slot.appliedOutputGain ?? gain
        slot.appliedOutputGain = gain

        let (speakers, last) = speakers(heardBy: index)
        if speakers == 0 || (before == 0 && gain == 0) {
          slot.consume(silence)
          continue
        }
        let unity = before == 1 && gain == 1
        if speakers == 1, let speaker = slots[last] {
          // A lone voice is handed on as it is.
          if unity {
            deliver(speaker.voice, to: slot)
          } else {
            heard.update(from: speaker.voice, count: frameCount)
            AudioKernels.scale(heard, from: before, to: gain, frameCount)
            deliver(heard, to: slot)
          }
          continue
        }
        if group == 0 || plan.groupUsesBase[group], !baseIsReady {
          sum(0, into: baseTotal)
          baseIsReady = true
        }
        if group != 0, !totalIsReady {
          if plan.groupUsesBase[group] { sumFromBase(group) } else { sum(group, into: total) }
          totalIsReady = true
        }
        let source = group == 0 ? baseTotal : total
        let takesOut = plan.subtractsSelf[index] && speaking[index >> 6] & 1 << UInt64(index & 63) != 0
        if !unity {
          AudioKernels.narrow(
            source, without: takesOut ? UnsafePointer(slot.voice) : nil, from: before, to: gain, into: heard,
            frameCount)
        } else if takesOut {
          AudioKernels.narrow(source, without: slot.voice, into: heard, frameCount)
        } else {
          AudioKernels.narrow(source, into: heard, frameCount)
        }
        deliver(heard, to: slot)
      }
    }
  }

  /// Gives silence to the ports that nobody is connected to.
  private func serveOthers(_ count: Int) {
    for index in 0..<count {
      guard let slot = slots[index], slot.servedTick != tickCount else { continue }
      slot.consume(silence)
    }
  }

  private func deliver(_ samples: UnsafeMutablePointer<Int16>, to slot: MixerSlot) {
    if isMetering { slot.outputMeter.add(samples, frameCount) }
    slot.consume(samples)
  }

  /// How many of those that `listener` hears speak in this tick, and one of them.
  private func speakers(heardBy listener: Int) -> (count: Int, last: Int) {
    var count = 0
    var last = 0
    for word in 0..<topology.words {
      let set = topology.heard(by: listener, word: word) & speaking[word]
      guard set != 0 else { continue }
      count += set.nonzeroBitCount
      last = word << 6 + set.trailingZeroBitCount
    }
    return (count, last)
  }

  /// `total` = the sum of the group's members that speak.
  private func sum(_ group: Int, into total: UnsafeMutablePointer<Int32>) {
    var isFirst = true
    for word in 0..<plan.words {
      var set = plan.groupSets[group * plan.words + word] & speaking[word]
      while set != 0 {
        let index = word << 6 + set.trailingZeroBitCount
        set &= set &- 1
        guard let slot = slots[index] else { continue }
        if isFirst {
          AudioKernels.load(total, slot.voice, frameCount)
          isFirst = false
        } else {
          AudioKernels.add(total, slot.voice, frameCount)
        }
      }
    }
    if isFirst { total.update(repeating: 0, count: frameCount) }
  }

  /// `total` = the first group's sum, corrected by the members in which this group differs from it.
  private func sumFromBase(_ group: Int) {
    total.update(from: baseTotal, count: frameCount)
    for word in 0..<plan.words {
      let own = plan.groupSets[group * plan.words + word]
      var difference = (own ^ plan.groupSets[word]) & speaking[word]
      while difference != 0 {
        let bit = difference & (0 &- difference)
        let index = word << 6 + difference.trailingZeroBitCount
        difference ^= bit
        guard let slot = slots[index] else { continue }
        if own & bit != 0 {
          AudioKernels.add(total, slot.voice, frameCount)
        } else {
          AudioKernels.subtract(total, slot.voice, frameCount)
        }
      }
    }
  }
}
