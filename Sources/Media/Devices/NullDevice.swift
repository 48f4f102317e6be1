import Synchronization

/// A device without sound that keeps time: for servers, for tests on a real clock, and for the guide's device "None".
public final class NullDevice: AudioDevice {
  public let name: String
  public let capturesSound = false
  public let playsSound = false
  private let thread = Mutex<PeriodThread?>(nil)

  /// A stopped device.
  public init(name: String = "None") { self.name = name }

  public func start(_ io: AudioDeviceIO) throws(MediaError) {
    try thread.withLock { (current) throws(MediaError) in
      guard current == nil else { throw MediaError(.wrongState, "the device is running already", subject: name) }
      current = try PeriodThread { isLate in
        if isLate { io.countLatePeriod() }
        io.finishPeriod()
      }
    }
  }

  public func stop() {
    let running = thread.withLock { current in
      let running = current
      current = nil
      return running
    }
    running?.stop()
  }
}
