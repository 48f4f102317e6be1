import Foundation

/// The rule that a `known-failures.txt` only shrinks: each line was there when the list was first committed.
enum KnownFailures {
  static func violations(in project: Project) -> [Violation] {
    var found: [Violation] = []
    for path in project.files(under: "Tests", suffix: "known-failures.txt") {
      // Without history (an archive, a shallow clone that lacks the first version) there is nothing to compare with.
      guard let first = firstVersion(of: path, in: project) else { continue }
      let original = Set(entries(first))
      for entry in entries(project.text(path) ?? "") where !original.contains(entry) {
        found.append(Violation(path: path, line: nil, message: "gained \"\(entry)\": the list only shrinks"))
      }
    }
    return found
  }

  /// The lines that name a case: not blank, not a comment, without a trailing comment.
  static func entries(_ text: String) -> [String] {
    text.split(separator: "\n").map { $0.prefix { $0 != "#" }.trimming() }.filter { !$0.isEmpty }
  }

  private static func firstVersion(of path: String, in project: Project) -> String? {
    guard let log = git(["log", "--diff-filter=A", "--format=%H", "--", path], in: project),
      let commit = log.split(separator: "\n").last
    else { return nil }
    return git(["show", "\(commit):\(path)"], in: project)
  }

  private static func git(_ arguments: [String], in project: Project) -> String? {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = ["git", "-C", project.root.path] + arguments
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? String(data: data, encoding: .utf8) : nil
  }
}
