import Foundation
import Testing

/// The corpora under Tests/Corpus: every file of a directory, so that none can be forgotten.
struct Corpus {
  let name: String
  let directory: URL

  init(_ name: String) {
    self.name = name
    directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("Corpus").appendingPathComponent(name)
  }

  struct File: Sendable, CustomTestStringConvertible {
    let corpus: String
    let name: String
    let bytes: [UInt8]
    let expectation: String
    var testDescription: String { "\(corpus)/\(name)" }
  }

  /// Every input in order. An input without an expectation has an empty one, which fails.
  var files: [File] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
    return names.sorted().compactMap { name in
      if name.hasSuffix(".expect") || name.hasSuffix(".txt") || name.hasSuffix(".md") { return nil }
      let stem = name.hasSuffix(".dat") ? String(name.dropLast(4)) : name
      let expectation = try? String(contentsOf: directory.appendingPathComponent(stem + ".expect"), encoding: .utf8)
      guard let data = try? Data(contentsOf: directory.appendingPathComponent(name)) else { return nil }
      return File(corpus: self.name, name: stem, bytes: Array(data), expectation: expectation ?? "")
    }
  }

  /// The names in known-failures.txt.
  var knownFailures: Set<String> {
    let text = (try? String(contentsOf: directory.appendingPathComponent("known-failures.txt"), encoding: .utf8)) ?? ""
    return Set(text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { String($0) })
  }

  static let all = [Corpus("sip-rfc4475"), Corpus("sip-rfc5118")]
  static let allFiles = all.flatMap(\.files)
}
