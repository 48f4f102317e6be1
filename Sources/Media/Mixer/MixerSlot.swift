/// Names a port of an ``AudioMixer``: stays valid, and means the same port, until that port is removed; never reused.
public struct AudioPortID: Hashable, Sendable {
  /// The place in the mixer, which a later port may take over, and which of its occupants is meant.
  let index: UInt32
  let generation: UInt32

  var slotIndex: Int { Int(index) }
}

/// What the mixer keeps for a port. Its buffers are allocated here, once.
final class MixerSlot {
  let port: any AudioPort
  let generation: UInt32
  var inputVolume = 100
  var outputVolume = 100
  var isMuted = false
  /// The gains at the end of the last tick; nil before the first, which needs no fade.
  var appliedInputGain: Float?
  var appliedOutputGain: Float?
  var inputMeter = AudioMeter()
  var outputMeter = AudioMeter()
  /// The tick in which the port last got its frame.
  var servedTick: UInt64 = 0
  /// What the port says in this tick, after its volume.
  let voice: UnsafeMutablePointer<Int16>
  private let frameCount: Int

  init(port: any AudioPort, generation: UInt32, frameCount: Int) {
    self.port = port
    self.generation = generation
    self.frameCount = frameCount
    voice = .allocate(capacity: frameCount)
    voice.initialize(repeating: 0, count: frameCount)
  }

  deinit { voice.deallocate() }

  func produce() -> Bool {
    var frame = UnsafeMutableBufferPointer(start: voice, count: frameCount).mutableSpan
    return port.produce(into: &frame)
  }

  func consume(_ samples: UnsafeMutablePointer<Int16>) {
    port.consume(UnsafeBufferPointer(start: samples, count: frameCount).span)
  }
}
