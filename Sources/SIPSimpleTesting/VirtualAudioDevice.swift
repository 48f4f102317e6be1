import Media
import Synchronization
import WireSupport

/// A microphone and loudspeaker on a virtual network's clock: it hears the samples that it was given and keeps what it
/// was told to play.
public final class VirtualAudioDevice: AudioDevice {
  private let device: VirtualClockDevice
  private let loop: VirtualLoop
  private let generation = Mutex<UInt64>(0)

  init(loop: VirtualLoop, name: String, capturing samples: [Int16], loops: Bool) {
    self.loop = loop
    device = VirtualClockDevice(name: name, capturing: samples, loops: loops)
  }

  public var name: String { device.name }

  public func start(_ io: AudioDeviceIO) throws(MediaError) {
    try device.start(io)
    let mine = generation.withLock { generation in
      generation += 1
      return generation
    }
    schedule(mine, at: loop.now + .milliseconds(20))
  }

  private func schedule(_ mine: UInt64, at time: Instant) {
    loop.schedule(at: time) { [weak self] in
      guard let self, generation.withLock({ $0 }) == mine else { return }
      device.period()
      schedule(mine, at: time + .milliseconds(20))
    }
  }

  public func stop() {
    generation.withLock { $0 += 1 }
    device.stop()
  }

  /// What was played so far, mono, at the mixer's rate.
  public var played: [Int16] { device.played }

  /// Lets the microphone hear `samples` from the next period on.
  public func setCapture(_ samples: [Int16], loops: Bool = false) { device.setCapture(samples, loops: loops) }
}

extension VirtualHost {
  /// A sound device that runs on the network's clock.
  ///
  /// - Parameters:
  ///   - samples: what its microphone hears, mono, at the rate of the application's mixer; then silence.
  ///   - loops: whether that begins again at its end.
  public func audioDevice(capturing samples: [Int16] = [], loops: Bool = false) -> VirtualAudioDevice {
    VirtualAudioDevice(loop: network.loop, name: "virtual device of \(ip)", capturing: samples, loops: loops)
  }
}
