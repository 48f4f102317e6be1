import Foundation
import Testing

/// Speech through two `sip audio-session` processes, scored against what the codec alone makes of it.
@Suite(
  "PESQ: what the callee records is as good as the codec alone", .serialized,
  .enabled(
    if: [Program.sox, .opusenc, .opusdec].allSatisfy(\.isInstalled)
      && FileManager.default.isExecutableFile(atPath: Repository.python),
    "sox, opus-tools or PESQ is not installed: run Scripts/bootstrap --interop"))
struct PESQTests {
  /// A codec, and how its peers' tools make the same of a file.
  struct Case: Sendable, CustomTestStringConvertible {
    var codec: String
    /// P.862's mode: wide band at 16 kHz, narrow band at 8 kHz.
    var mode: String
    var rate: Int
    var testDescription: String { codec }
    static let all = [Case(codec: "opus", mode: "wb", rate: 16000), Case(codec: "PCMU", mode: "nb", rate: 8000)]
  }

  @Test("Within 0.1 of the codec alone", arguments: Case.all)
  func quality(_ one: Case) async throws {
    try await InteropMatrix.record(.pesq, "\(one.codec), within 0.1 of the codec alone") {
      let folder = try ScratchFolder("pesq")
      let speech = Repository.assets.appendingPathComponent("alice.wav").path
      let seconds = try Recording(path: speech).seconds
      let callee = try await SIPCommand.audioSession(
        tone: nil, codecs: one.codec, more: ["--batch", "--record", "heard.wav", "--record-content", "received"])
      // Twice and a bit: whatever is cut off at either end, it is heard once in whole.
      let caller = try await SIPCommand.audioSession(
        calling: callee.uri, tone: nil, codecs: one.codec,
        more: ["--batch", "--play", speech, "--auto-hangup", "\(2 * seconds + 1)"])
      let sent = try await caller.outcome(within: .seconds(40))
      let received = try await callee.outcome()
      try #require(sent.exitStatus == 0 && received.exitStatus == 0 && received.packetsLost == 0, "\(received)")

      let played = folder.path("played.wav")
      try await run("sox", [speech, "-r", "\(one.rate)", played], in: folder)
      let heard = try await score(callee.folder.path("heard.wav"), one, played, in: folder)
      let alone = try await score(codecAlone(one, speech, in: folder), one, played, in: folder)
      print("PESQ \(one.codec) \(one.mode): the call \(heard), the codec alone \(alone)")
      try #require(heard > alone - 0.1, "the call \(heard), the codec alone \(alone)")
    }
  }

  private func codecAlone(_ one: Case, _ speech: String, in folder: ScratchFolder) async throws -> String {
    let (coded, decoded) = (folder.path("coded"), folder.path("alone.wav"))
    if one.codec == "opus" {
      try await run("opusenc", ["--quiet", "--bitrate", "40", "--framesize", "20", speech, coded], in: folder)
      try await run("opusdec", ["--quiet", "--rate", "48000", coded, decoded], in: folder)
    } else {
      try await run("sox", [speech, "-r", "8000", "-t", "ul", coded], in: folder)
      try await run(
        "sox", ["-t", "ul", "-r", "8000", "-c", "1", coded, "-e", "signed", "-b", "16", decoded], in: folder)
    }
    return decoded
  }

  private func score(_ file: String, _ one: Case, _ played: String, in folder: ScratchFolder) async throws -> Double {
    let resampled = folder.path("resampled.wav")
    try await run("sox", [file, "-r", "\(one.rate)", resampled], in: folder)
    let script = Repository.root.appendingPathComponent("Tests/Interop/pesq/score.py").path
    let log = try await run(Repository.python, [script, played, resampled, one.mode], in: folder)
    guard let score = Double(log.trimmingCharacters(in: .whitespacesAndNewlines)) else {
      throw InteropError("PESQ said \(log)")
    }
    return score
  }

  /// Runs a program to its end and gives what it printed.
  @discardableResult
  private func run(_ program: String, _ arguments: [String], in folder: ScratchFolder) async throws -> String {
    let process = try PeerProcess(
      "tool-\(UInt32.random(in: 0...UInt32.max))", program, arguments, in: folder, lifetime: 60)
    guard try await process.exitCode(within: .seconds(60)) == 0 else {
      throw InteropError("\(program) failed: \(process.log)")
    }
    return process.log
  }
}
