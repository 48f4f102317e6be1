/// The rule that arrows point down only: what each target may import, from the table in docs/architecture.md.
struct Arrows {
  static let page = "docs/architecture.md"

  struct Row {
    var target: String
    /// `core`, `library`, `command` or `system`.
    var kind: String
    var ours: Set<String>
    var elsewhere: Set<String>
    var line: Int

    func allows(_ module: String) -> Bool {
      if ours.contains(module) || elsewhere.contains(module) { return true }
      // `libc` allows all of it, and so the one function that a scoped import names.
      guard let dot = module.firstIndex(of: ".") else { return false }
      return elsewhere.contains(String(module[..<dot]))
    }
  }

  var rows: [Row]

  /// - Returns: nil where the page has no table between its `arrows` markers.
  init?(_ project: Project) {
    guard let text = project.text(Self.page), let table = MarkdownTable.rows(in: text, between: "arrows") else {
      return nil
    }
    self.init(table: table)
  }

  init(table: [(line: Int, cells: [String])]) {
    rows = table.compactMap { line, cells in
      guard cells.count >= 4 else { return nil }
      return Row(
        target: cells[0], kind: cells[1], ours: Set(cells[2].commaSeparated()),
        elsewhere: Set(cells[3].commaSeparated()), line: line)
    }
  }

  func row(_ target: String) -> Row? { rows.first { $0.target == target } }

  /// Every arrow that the table does not have, in `Sources` and in Package.swift.
  func violations(in project: Project) -> [Violation] {
    guard let manifestText = project.text("Package.swift") else {
      return [Violation(path: "Package.swift", line: nil, message: "is missing")]
    }
    let manifest = Manifest(manifestText)
    var found = tableViolations(project)
    for target in project.folders(in: "Sources") {
      guard let row = row(target) else {
        found.append(Violation(path: "Sources/\(target)", line: nil, message: "has no row in \(Self.page)"))
        continue
      }
      var imported: Set<String> = []
      for (path, text) in project.sources(of: target) {
        for (line, module) in Self.imports(of: text) {
          imported.insert(module)
          if module != target, !row.allows(module) {
            found.append(
              Violation(path: path, line: line, message: "\(target) may not import \(module) (\(Self.page))"))
          }
        }
      }
      found += manifestViolations(row, imported: imported, manifest: manifest)
    }
    return found
  }

  /// A table must be a table of this house, without cycles.
  private func tableViolations(_ project: Project) -> [Violation] {
    var found: [Violation] = []
    let names = Set(rows.map(\.target))
    for row in rows {
      if !project.isDirectory("Sources/\(row.target)") {
        found.append(Violation(path: Self.page, line: row.line, message: "there is no Sources/\(row.target)"))
      }
      for other in row.ours.subtracting(names).sorted() {
        found.append(Violation(path: Self.page, line: row.line, message: "\(other) has no row of its own"))
      }
      if reaches(row.target, from: row.ours) {
        found.append(Violation(path: Self.page, line: row.line, message: "\(row.target) imports itself in a circle"))
      }
    }
    return found
  }

  private func reaches(_ target: String, from start: Set<String>) -> Bool {
    var seen: Set<String> = []
    var open = Array(start)
    while let next = open.popLast() {
      if next == target { return true }
      if seen.insert(next).inserted { open += row(next)?.ours ?? [] }
    }
    return false
  }

  /// Package.swift may declare no more than the table allows, and no less than the sources import.
  private func manifestViolations(_ row: Row, imported: Set<String>, manifest: Manifest) -> [Violation] {
    guard let target = manifest.target(row.target) else {
      return [Violation(path: "Package.swift", line: nil, message: "does not declare the target \(row.target)")]
    }
    guard target.kind != "systemLibrary" else { return [] }
    func problem(_ text: String) -> Violation { Violation(path: "Package.swift", line: target.line, message: text) }
    var found: [Violation] = []
    let declared = Set(target.dependencies)
    for name in declared.sorted() where !row.allows(name) {
      found.append(problem("\(row.target) may not depend on \(name) (\(Self.page))"))
    }
    for name in declared.sorted() where row.allows(name) && !imported.contains(name) {
      found.append(problem("\(row.target) depends on \(name) and imports it nowhere"))
    }
    let declarable = Set(manifest.targets.map(\.name)).union(declared)
    for name in imported.sorted() where name != row.target && declarable.contains(name) && !declared.contains(name) {
      found.append(problem("\(row.target) imports \(name) and does not declare the dependency"))
    }
    return found
  }

  /// The modules that a file imports. The C library counts as `libc` whatever the platform calls it, and a scoped import
  /// (`import func Glibc.memchr`) as `libc.memchr`.
  static func imports(of text: SourceText) -> [(line: Int, module: String)] {
    let scopes: Set = ["func", "struct", "class", "enum", "protocol", "typealias", "var", "let"]
    var found: [(Int, String)] = []
    for (index, line) in text.code.enumerated() where line.contains("import ") {
      var words = line.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == ";" }).map(String.init)
      while let first = words.first,
        first.hasPrefix("@") || ["public", "package", "internal", "private", "fileprivate"].contains(first)
      {
        words.removeFirst()
      }
      guard words.count >= 2, words[0] == "import" else { continue }
      let scoped = scopes.contains(words[1]) && words.count >= 3
      var path = (scoped ? words[2] : words[1]).split(separator: ".").map(String.init)
      guard !path.isEmpty else { continue }
      if ["Glibc", "Musl", "Darwin", "Bionic"].contains(path[0]) { path[0] = "libc" }
      found.append((index + 1, scoped && path[0] == "libc" ? path.joined(separator: ".") : path[0]))
    }
    return found
  }
}
