/// The rule that a public declaration says what it is.
///
/// A declaration that fulfils a requirement inherits the requirement's docstring, so members of our own protocols and of the
/// standard library's usual ones are left out where they stand in a conforming type.
enum Docstrings {
  /// Requirements of the standard library's protocols.
  private static let standard: Set = [
    "hash", "description", "debugDescription", "customMirror", "encode", "rawValue", "id", "next",
    "makeAsyncIterator", "makeIterator", "unownedExecutor", "asUnownedSerialExecutor", "enqueue", "allCases", "index",
    "startIndex", "endIndex", "testDescription", "isSameExclusiveExecutionContext", "Element", "AsyncIterator",
    "errorDescription",
  ]

  private static let keywords: Set = [
    "func", "var", "let", "struct", "class", "enum", "actor", "protocol", "typealias", "init", "subscript", "macro",
    "associatedtype",
  ]

  static func violations(in project: Project, arrows: Arrows) -> [Violation] {
    let targets = arrows.rows.filter { $0.kind == "core" || $0.kind == "library" }.map(\.target)
    let files = targets.flatMap { project.sources(of: $0) }
    let inherited = standard.union(requirements(of: files.map(\.text)))
    return files.flatMap { path, text in
      undocumented(text, inherited: inherited).map { line, name in
        Violation(path: path, line: line, message: "the public \(name) has no docstring")
      }
    }
  }

  /// Each public declaration without a docstring, with its line.
  static func undocumented(_ text: SourceText, inherited: Set<String> = standard) -> [(line: Int, name: String)] {
    var found: [(Int, String)] = []
    for (index, line) in text.code.enumerated() where line.contains("public ") || line.contains("open ") {
      guard let name = declared(in: line), !inherited.contains(name), !isDocumented(text, above: index) else {
        continue
      }
      found.append((index + 1, name))
    }
    return found
  }

  /// The name that a line declares with `public` or `open`, nil where it declares none.
  private static func declared(in line: String) -> String? {
    let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
    guard let access = words.firstIndex(where: { $0 == "public" || $0 == "open" }) else { return nil }
    // What stands before it may only be attributes and modifiers: nothing that makes this part of an expression.
    guard words[..<access].allSatisfy({ $0.hasPrefix("@") || $0.hasSuffix(")") || $0.first?.isLowercase == true })
    else {
      return nil
    }
    guard !words.contains("override"), !words.contains("import"), !words.contains("extension") else { return nil }
    for (offset, word) in words.enumerated() where offset > access {
      let bare = word.prefix { $0.isLetter }
      // `class func` and `class var` are members; what follows says so.
      if bare == "class", offset + 1 < words.count, ["func", "var"].contains(words[offset + 1]) { continue }
      guard keywords.contains(String(bare)) else { continue }
      if bare == "init" || bare == "subscript" { return String(bare) }
      guard offset + 1 < words.count else { return nil }
      let name = words[offset + 1].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
      // An operator says what it is.
      return name.isEmpty ? nil : String(name)
    }
    return nil
  }

  private static func isDocumented(_ text: SourceText, above index: Int) -> Bool {
    var above = index - 1
    while above >= 0 {
      let line = text.lines[above].trimming()
      if line.hasPrefix("///") || line.hasSuffix("*/") { return true }
      // Attributes, and the conditions around a declaration, may stand between.
      guard line.hasPrefix("@") || line.hasPrefix("#") else { return false }
      above -= 1
    }
    return false
  }

  /// The names of the members of every protocol in the files.
  private static func requirements(of texts: [SourceText]) -> Set<String> {
    var names: Set<String> = []
    for text in texts {
      var depth = 0
      for line in text.code {
        if depth == 0 {
          guard line.contains("protocol ") else { continue }
          depth = line.count { $0 == "{" } - line.count { $0 == "}" }
          continue
        }
        let words = SourceText.identifiers(in: line).map(\.name)
        if let keyword = words.firstIndex(where: keywords.contains), keyword + 1 < words.count {
          names.insert(words[keyword + 1])
        }
        depth += line.count { $0 == "{" } - line.count { $0 == "}" }
      }
    }
    return names
  }
}
