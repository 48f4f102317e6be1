/// A source and sink of sound with a clock of its own: a sound card, a file, nothing, or a test.
///
/// To support another platform's devices, write one type that conforms. Once started, a device's thread repeats, every
/// 20 ms of its own clock: `io.takePlayback(into:)` and play it, `io.deliverCapture(_:)` what was captured, and then
/// `io.finishPeriod()`. Those three neither allocate nor lock.
public protocol AudioDevice: AnyObject, Sendable {
  /// What a person would call the device.
  var name: String { get }
  /// Whether it has a microphone; the engine waits for no capture from a device without.
  var capturesSound: Bool { get }
  /// Whether it has a loudspeaker.
  var playsSound: Bool { get }

  /// Begins to play and capture, mono, 16 bits, at `io.sampleRate`, in periods of `io.frameCount` samples.
  ///
  /// - Throws: `MediaError`: `.deviceNotFound`, `.deviceBusy`, `.deviceRejectedFormat`, `.wrongState` when it is running
  ///   already, `.cannotOpenFile`, `.resourceUnavailable`. After an error the device is stopped and may be started again.
  func start(_ io: AudioDeviceIO) throws(MediaError)

  /// Ends it. When this returns, the device's thread has ended and no callback comes any more; may take a period (20 ms).
  /// A device that is not running stays so.
  func stop()
}

extension AudioDevice {
  public var capturesSound: Bool { true }
  public var playsSound: Bool { true }
}
