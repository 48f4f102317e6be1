/// The rule that docs/conformance.md names only tests that exist.
///
/// In a row whose table has a column headed `test`, every piece of that cell in backticks names a test: a suite's type
/// (`InviteClientTransactionTests`), a function (`retransmitsUntilAnswered()`), both (`Suite/function()`), or a display name.
enum Conformance {
  static let page = "docs/conformance.md"

  static func violations(in project: Project) -> [Violation] {
    guard let text = project.text(page) else { return [Violation(path: page, line: nil, message: "is missing")] }
    let known = names(in: project)
    var found: [Violation] = []
    for (line, name) in namedTests(in: text) where !exists(name, in: known) {
      found.append(Violation(path: page, line: line, message: "names the test `\(name)`, which does not exist"))
    }
    return found
  }

  /// Each backticked name in a `test` column, with its line.
  static func namedTests(in text: String) -> [(line: Int, name: String)] {
    var found: [(Int, String)] = []
    var column: Int?
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let row = line.trimming()
      guard row.hasPrefix("|") else {
        column = nil
        continue
      }
      let cells = MarkdownTable.cells(row)
      guard let column else {
        column = cells.firstIndex { ["test", "tests"].contains($0.lowercased()) }
        if column == nil { column = -1 }
        continue
      }
      guard cells.indices.contains(column) else { continue }
      for (offset, piece) in cells[column].split(separator: "`", omittingEmptySubsequences: false).enumerated()
      where !offset.isMultiple(of: 2) {
        found.append((index + 1, piece.trimming()))
      }
    }
    return found
  }

  /// What can be named: types and functions declared under Tests, and the display names of suites and tests.
  struct Names {
    var declared: Set<String> = []
    var displayed: Set<String> = []
  }

  static func names(in project: Project) -> Names {
    var names = Names()
    for path in project.files(under: "Tests", suffix: ".swift") {
      guard let raw = project.text(path) else { continue }
      let text = SourceText(raw)
      for (index, line) in text.code.enumerated() {
        let identifiers = SourceText.identifiers(in: line).map(\.name)
        for (keyword, name) in zip(identifiers, identifiers.dropFirst())
        where ["func", "struct", "class", "enum", "actor", "extension"].contains(keyword) {
          names.declared.insert(name)
        }
        // A raw identifier is a name with spaces: func `a BYE ends the call`().
        let pieces = line.split(separator: "`", omittingEmptySubsequences: false)
        if pieces.count >= 3 { names.displayed.insert(String(pieces[1])) }
        if line.contains("@Test") || line.contains("@Suite") || index > 0 && text.code[index - 1].contains("@Test(")
          || index > 0 && text.code[index - 1].contains("@Suite(")
        {
          let parts = text.lines[index].split(separator: "\"", omittingEmptySubsequences: false)
          for (offset, part) in parts.enumerated() where !offset.isMultiple(of: 2) {
            names.displayed.insert(String(part))
          }
        }
      }
    }
    return names
  }

  static func exists(_ name: String, in known: Names) -> Bool {
    if known.displayed.contains(name) { return true }
    // A display name may hold a slash, so the whole name goes first.
    return name.split(separator: "/").allSatisfy { part in
      let bare = part.prefix { $0 != "(" }.trimming()
      return known.declared.contains(bare) || known.displayed.contains(String(part))
    }
  }
}
