/// The targets of a Package.swift and what each depends on, read from its text.
struct Manifest {
  struct Target {
    var name: String
    /// `target`, `executableTarget`, `testTarget`, `systemLibrary`, …
    var kind: String
    /// The names of the targets and products it depends on.
    var dependencies: [String]
    var line: Int
  }

  var targets: [Target] = []

  init(_ text: String) {
    let kinds = ["target", "executableTarget", "testTarget", "systemLibrary", "macro", "plugin"]
    let bytes = Array(text.utf8)
    for kind in kinds {
      let opening = Array(".\(kind)(".utf8)
      var search = 0
      while let start = Self.find(opening, in: bytes, from: search) {
        search = start + opening.count
        let body = Self.balanced(bytes, from: search)
        let content = String(decoding: bytes[search..<body], as: UTF8.self)
        guard let name = Self.firstString(after: "name:", in: content) else { continue }
        let line = 1 + bytes[..<start].count { $0 == UInt8(ascii: "\n") }
        targets.append(
          Target(name: name, kind: kind, dependencies: Self.dependencies(in: content), line: line))
      }
    }
  }

  func target(_ name: String) -> Target? { targets.first { $0.name == name } }

  private static func find(_ needle: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
    guard bytes.count >= needle.count else { return nil }
    var i = start
    while i + needle.count <= bytes.count {
      if bytes[i] == needle[0], bytes[i..<(i + needle.count)].elementsEqual(needle) { return i }
      i += 1
    }
    return nil
  }

  /// The offset of the parenthesis that closes the one before `start`.
  private static func balanced(_ bytes: [UInt8], from start: Int) -> Int {
    var depth = 1
    var i = start
    while i < bytes.count {
      if bytes[i] == UInt8(ascii: "(") || bytes[i] == UInt8(ascii: "[") { depth += 1 }
      if bytes[i] == UInt8(ascii: ")") || bytes[i] == UInt8(ascii: "]") { depth -= 1 }
      if depth == 0 { return i }
      i += 1
    }
    return i
  }

  /// The string literal that follows `label`, where it follows at once.
  private static func firstString(after label: String, in text: String) -> String? {
    let bytes = Array(text.utf8)
    guard let start = find(Array(label.utf8), in: bytes, from: 0) else { return nil }
    let parts = String(decoding: bytes[start...], as: UTF8.self).split(
      separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].trimming() == label else { return nil }
    return String(parts[1])
  }

  /// The names in `dependencies: […]`: plain strings, and the `name:` of `.product(…)` and `.target(…)`.
  private static func dependencies(in content: String) -> [String] {
    let bytes = Array(content.utf8)
    let label = Array("dependencies:".utf8)
    guard let start = find(label, in: bytes, from: 0),
      let bracket = bytes[start...].firstIndex(of: UInt8(ascii: "["))
    else { return [] }
    let list = String(decoding: bytes[(bracket + 1)..<balanced(bytes, from: bracket + 1)], as: UTF8.self)
    var names: [String] = []
    var previous = ""
    for (index, part) in list.split(separator: "\"", omittingEmptySubsequences: false).enumerated() {
      if index.isMultiple(of: 2) {
        previous = part.trimming()
      } else if !previous.hasSuffix("package:") {
        names.append(String(part))
      }
    }
    return names
  }
}
