import WireSupport

/// What happens to an audio stream.
public enum AudioStreamEvent: DeliverableEvent {
  /// The stream runs: its codec, its addresses and its protection are known.
  case didStart(AudioStreamParameters)
  /// The codec, the peer's address or the protection changed in mid-call.
  case parametersChanged(AudioStreamParameters)
  /// One side put the stream on hold or resumed it.
  case holdChanged(originator: Originator, onHold: Bool)
  /// A DTMF digit came from the peer: `0`–`9`, `*`, `#`, `A`–`D`.
  case dtmf(Character)
  /// A recording to this file began; its first sample was heard at this moment.
  case recordingStarted(path: String, at: Instant)
  /// The recording to this file ended; the file is complete.
  case recordingStopped(path: String)
  /// A file is being played to the peer; its first sample entered the mixer at this moment.
  case playbackStarted(path: String, at: Instant)
  /// The file that was being played to the peer has ended.
  case playbackFinished(path: String)
  /// No RTP came for this long. `sinceStart`: none ever came.
  case mediaTimeout(after: Duration, sinceStart: Bool)
  /// RTP came again after a timeout.
  case mediaResumed
  /// The figures of the stream, once a second.
  case statistics(AudioStreamStatistics)
  /// The stream has ended; these are its last figures.
  case didEnd(AudioStreamStatistics)

  public var delivery: EventDelivery {
    switch self {
    case .didStart, .parametersChanged: .state("parameters")
    case .holdChanged(let originator, _): .state("hold-\(originator.rawValue)")
    case .recordingStarted, .recordingStopped: .state("recording")
    case .mediaTimeout, .mediaResumed: .state("media")
    case .didEnd: .state("end")
    case .dtmf, .playbackStarted, .playbackFinished: .moment
    case .statistics: .statistics("statistics")
    }
  }
}
