import Foundation

/// A program of the distribution that the tests talk to.
struct Program: Sendable {
  let name: String

  static let baresip = Program(name: "baresip")
  static let sipp = Program(name: "sipp")
  static let openssl = Program(name: "openssl")
  static let sox = Program(name: "sox")
  static let opusenc = Program(name: "opusenc")
  static let opusdec = Program(name: "opusdec")

  /// Where it lies, or nil where it is not installed.
  var path: String? {
    let folders = ProcessInfo.processInfo.environment["PATH", default: "/usr/bin:/bin"].split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  var isInstalled: Bool { path != nil }

  /// What a skipped test says.
  var whySkipped: String { "\(name) is not installed: run Scripts/bootstrap --interop" }
}

/// Folders of the repository, found from this file.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
  /// The peers' configurations.
  static let peers = root.appendingPathComponent("Tests/Interop/peers")
  /// Speech to send.
  static let assets = root.appendingPathComponent("Assets")
  /// The Python that has PESQ.
  static let python = root.appendingPathComponent(".interop/python/bin/python").path
}
