import SIPSimple
import SIPSimpleTesting
import Synchronization

/// What one reader of a sequence of events saw, as short lines.
final class EventLog: Sendable {
  private let entries = Mutex<[String]>([])
  var lines: [String] { entries.withLock { $0 } }

  func append(_ line: String) { entries.withLock { $0.append(line) } }
  func clear() { entries.withLock { $0.removeAll() } }

  /// Reads the events of a session from now on.
  init(_ session: Session, on network: VirtualNetwork) {
    let events = session.events
    _ = network.task { [self] in
      for try await event in events { append(Self.line(event)) }
      append("end of events")
    }
  }

  /// Reads the events of a stream from now on; statistics are left out.
  init(_ stream: AudioStream, on network: VirtualNetwork) {
    let events = stream.events
    _ = network.task { [self] in
      for try await event in events {
        if let line = Self.line(event) { append(line) }
      }
      append("end of events")
    }
  }

  static func line(_ event: SessionEvent) -> String {
    switch event {
    case .ringing: "ringing"
    case .provisional(let code, _): "provisional \(code)"
    case .willStart: "willStart"
    case .didStart(let streams): "didStart \(streams.map(\.kind.description).joined(separator: ","))"
    case .didFail(let failure): "didFail \(failure.reason) \(failure.code) \(failure.originator)"
    case .holdChanged(let by, let onHold, _): "hold \(by) \(onHold ? "on" : "off")"
    case .renegotiated(let by): "renegotiated \(by)"
    case .proposalRejected(let by, let code, _): "proposalRejected \(by) \(code)"
    case .willEnd(let by): "willEnd \(by)"
    case .didEnd(let end): "didEnd \(end.originator) \(end.reason.rawValue)"
    }
  }

  static func line(_ event: AudioStreamEvent) -> String? {
    switch event {
    case .didStart(let parameters): "didStart \(parameters.codec)"
    case .parametersChanged(let parameters): "parametersChanged \(parameters.codec) \(parameters.remoteAddress)"
    case .holdChanged(let by, let onHold): "hold \(by) \(onHold ? "on" : "off")"
    case .dtmf(let digit): "dtmf \(digit)"
    case .recordingStarted: "recordingStarted"
    case .recordingStopped: "recordingStopped"
    case .playbackStarted: "playbackStarted"
    case .playbackFinished: "playbackFinished"
    case .mediaTimeout(_, let sinceStart): "mediaTimeout \(sinceStart ? "at start" : "in mid-call")"
    case .mediaResumed: "mediaResumed"
    case .statistics: nil
    case .didEnd: "didEnd"
    }
  }
}

extension EventLog {
  /// What happened in a run, with the time of each.
  final class Story: Sendable {
    private let network: VirtualNetwork
    private let entries = Mutex<[String]>([])
    var lines: [String] { entries.withLock { $0 } }

    init(_ network: VirtualNetwork) { self.network = network }

    func add(_ line: String) {
      let time = network.now.nanoseconds / 1_000_000
      entries.withLock { $0.append("\(time) ms: \(line)") }
    }
  }
}
