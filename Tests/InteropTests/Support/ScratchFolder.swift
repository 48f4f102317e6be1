import Foundation

/// A folder of a test's own, removed with it.
final class ScratchFolder: Sendable {
  let url: URL

  init(_ name: String) throws {
    url = FileManager.default.temporaryDirectory.appendingPathComponent(
      "interop-\(name)-\(UInt32.random(in: 0...UInt32.max))")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: url) }

  func path(_ name: String) -> String { url.appendingPathComponent(name).path }

  /// Writes a peer's file here with each `@NAME@` replaced.
  func render(_ template: URL, as name: String, _ values: [String: String]) throws {
    var text = try String(contentsOf: template, encoding: .utf8)
    for (key, value) in values { text = text.replacingOccurrences(of: "@\(key)@", with: value) }
    try text.write(to: url.appendingPathComponent(name), atomically: true, encoding: .utf8)
  }

  /// The files here whose names end so, sorted.
  func files(suffix: String) -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    return names.filter { $0.hasSuffix(suffix) }.sorted().map { path($0) }
  }
}
