import WireSupport

/// One call's place at the mixer: what the peer says goes in, what the others say goes out to it.
public final class AudioStreamPort: AudioPort {
  /// What is heard of the peer.
  public let receivePath: AudioReceivePath
  /// What is sent to it.
  public let sendPath: AudioSendPath

  /// A port of these two paths, which must have the mixer's rate.
  public init(receivePath: AudioReceivePath, sendPath: AudioSendPath) {
    self.receivePath = receivePath
    self.sendPath = sendPath
  }

  /// Tells the time of the tick that follows; to be called before the mixer's tick.
  public func advance(to now: Instant) { receivePath.advance(to: now) }

  /// What the peer says; false when there is nothing to hear.
  public func produce(into frame: inout MutableSpan<Int16>) -> Bool { receivePath.produce(into: &frame) }

  /// What is to be said to the peer.
  public func consume(_ frame: Span<Int16>) { sendPath.consume(frame) }
}
