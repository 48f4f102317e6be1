import Foundation

/// Our own `sip` command, as an operator runs it, from the build that the tests come from.
struct SIPCommand: Sendable {
  enum SRTP: String, Sendable { case disabled, optional, mandatory }
  enum Transport: String, Sendable { case udp, tcp, tls }

  /// What `--json` prints at the end.
  struct Outcome: Decodable, Sendable {
    var outcome: String
    var exitStatus: Int
    var sipStatus: Int?
    var transport: String?
    var codec: String?
    var srtpSuite: String?
    var packetsSent: Int
    var packetsReceived: Int
    var packetsLost: Int
    var packetsRejected: Int
    var dtmfReceived: String
    var tlsVersion: String?
    var sipMalformed: Int
    var calls: Int
    var callsSucceeded: Int
    var callsFailed: Int
    var setupMsMedian: Double?
  }

  let port: UInt16
  let folder: ScratchFolder
  let process: PeerProcess
  private let recordingPath: String

  /// Where the build put it: beside the tests, or where `SIPSIMPLE_SIP` says.
  static var path: String {
    if let path = ProcessInfo.processInfo.environment["SIPSIMPLE_SIP"] { return path }
    let tests = URL(fileURLWithPath: CommandLine.arguments.first ?? "").deletingLastPathComponent()
    let beside = tests.appendingPathComponent("sip").path
    if FileManager.default.isExecutableFile(atPath: beside) { return beside }
    return Repository.root.appendingPathComponent(".build/debug/sip").path
  }

  /// `sip audio-session`: calls `target`, or waits for `calls` calls and answers them. It plays a tone, records what it
  /// hears, and takes keys at its standard input.
  ///
  /// - Parameters:
  ///   - tone: what it plays, Hz; nil to play and record nothing.
  ///   - answers: whether it answers by itself.
  ///   - more: further options.
  static func audioSession(
    calling target: String? = nil, tone: Double? = 660, codecs: String = "opus,PCMU", srtp: SRTP = .optional,
    transport: Transport = .udp, calls: Int = 1, answers: Bool = true, more: [String] = [], lifetime: Int = 120
  ) async throws -> SIPCommand {
    let folder = try ScratchFolder("sip")
    let (port, rtp) = (try LoopbackPorts.take(), try LoopbackPorts.take(100))
    var arguments = [
      "audio-session", "--address", "127.0.0.1", "--port", "\(port)", "--rtp-ports", "\(rtp)-\(rtp + 99)",
    ]
    arguments += ["--transport", transport.rawValue, "--srtp", srtp.rawValue, "--codecs", codecs, "--disable-sound"]
    arguments += ["--calls", "\(calls)", "--json"]
    if let tone {
      try Tone.write(frequency: tone, seconds: 5, rate: 48000, to: folder.path("tone.wav"))
      arguments += ["--play", "tone.wav", "--record", "heard.wav", "--record-content", "received"]
    }
    if let target { arguments.append(target) } else if answers { arguments.append("--auto-answer") }
    let process = try PeerProcess("sip", path, arguments + more, in: folder, lifetime: lifetime)
    try await process.line(containing: "Listening on")
    return SIPCommand(port: port, folder: folder, process: process, recordingPath: folder.path("heard.wav"))
  }

  /// `sip:USER@127.0.0.1:PORT`.
  var uri: String { "sip:sip@127.0.0.1:\(port)" }

  /// Presses keys.
  func press(_ keys: String) throws { try process.type(keys) }

  /// Waits until its call is up.
  func established() async throws { try await process.line(containing: "Audio session established") }

  /// Waits until it has printed a sentence this many times.
  func said(_ sentence: String, times: Int) async throws {
    _ = try await eventually("\"\(sentence)\" the \(times). time") {
      process.log.components(separatedBy: sentence).count > times ? true : nil
    }
  }

  /// The port on which it receives the RTP of its call.
  func rtpPort() async throws -> UInt16 {
    let line = try await process.line(containing: "Audio RTP endpoints")
    let local = line.split(separator: " ").first { $0.contains(":") }
    guard let port = local?.split(separator: ":").last.flatMap({ UInt16($0) }) else {
      throw InteropError("no RTP port in \"\(line)\"")
    }
    return port
  }

  /// Waits until it has ended, and gives what it printed about the last call.
  func outcome(within limit: Duration = .seconds(20)) async throws -> Outcome {
    let code = try await process.exitCode(within: limit)
    let log = process.log
    guard let start = log.range(of: "{", options: .backwards), let end = log.range(of: "}", options: .backwards) else {
      throw InteropError("sip ended with \(code) and printed no outcome: \(log.suffix(1500))")
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let outcome = try decoder.decode(Outcome.self, from: Data(log[start.lowerBound..<end.upperBound].utf8))
    guard outcome.exitStatus == Int(code) else {
      throw InteropError("sip ended with \(code) and says \(outcome.exitStatus)")
    }
    return outcome
  }

  /// What it heard.
  func recording() throws -> Recording { try Recording(path: recordingPath) }
}
