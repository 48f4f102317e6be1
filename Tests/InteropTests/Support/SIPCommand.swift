import Foundation

/// Our own `sip` command, as an operator would run it, from the build that the tests come from.
struct SIPCommand: Sendable {
  let folder: ScratchFolder
  let process: PeerProcess

  /// Where the build put it: beside the tests.
  static var path: String {
    if let path = ProcessInfo.processInfo.environment["SIPSIMPLE_SIP"] { return path }
    let tests = URL(fileURLWithPath: CommandLine.arguments.first ?? "").deletingLastPathComponent()
    let beside = tests.appendingPathComponent("sip").path
    if FileManager.default.isExecutableFile(atPath: beside) { return beside }
    return Repository.root.appendingPathComponent(".build/debug/sip").path
  }

  static var isBuilt: Bool { FileManager.default.isExecutableFile(atPath: path) }

  /// Starts `sip SUBCOMMAND ARGUMENTS`.
  init(_ arguments: [String], in folder: ScratchFolder? = nil, lifetime: Int = 120) throws {
    self.folder = try folder ?? ScratchFolder("sip")
    process = try PeerProcess("sip", Self.path, arguments, in: self.folder, lifetime: lifetime)
  }
}
