/// The rules for pages: each library target has a DocC landing page, and a link leads somewhere.
enum Documentation {
  static func violations(in project: Project, arrows: Arrows) -> [Violation] {
    landingPages(project, arrows) + links(project)
  }

  /// `Sources/<Target>/<Target>.docc/<Target>.md` whose title is the module's symbol link.
  private static func landingPages(_ project: Project, _ arrows: Arrows) -> [Violation] {
    arrows.rows.filter { $0.kind == "core" || $0.kind == "library" }.compactMap { row in
      let path = "Sources/\(row.target)/\(row.target).docc/\(row.target).md"
      guard let text = project.text(path) else {
        return Violation(path: path, line: nil, message: "is missing: every library has a landing page")
      }
      let title = text.split(separator: "\n").first.map { $0.trimming() }
      guard title == "# ``\(row.target)``" else {
        return Violation(path: path, line: 1, message: "must begin with \"# ``\(row.target)``\"")
      }
      return nil
    }
  }

  /// Relative links of every Markdown page outside DocC catalogues, to a file or to a heading of one.
  private static func links(_ project: Project) -> [Violation] {
    var found: [Violation] = []
    for path in project.files(under: "", suffix: ".md")
    where !path.contains(".docc/") && !path.hasPrefix("Tests/Corpus/") {
      let text = project.text(path) ?? ""
      for (line, target) in relativeLinks(text) {
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let file = parts[0].isEmpty ? path : resolve(parts[0], from: path)
        if !project.exists(file) {
          found.append(Violation(path: path, line: line, message: "links to \(target), which does not exist"))
        } else if parts.count == 2, file.hasSuffix(".md"), !anchors(project.text(file) ?? "").contains(parts[1]) {
          found.append(Violation(path: path, line: line, message: "links to \(target), and there is no such heading"))
        }
      }
    }
    return found
  }

  /// The targets of `[text](target)` outside code, without those that carry a scheme.
  static func relativeLinks(_ text: String) -> [(line: Int, target: String)] {
    var found: [(Int, String)] = []
    var fenced = false
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      if line.trimming().hasPrefix("```") { fenced.toggle() }
      guard !fenced, line.contains("](") else { continue }
      let prose = line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        .map { $0.offset.isMultiple(of: 2) ? String($0.element) : "code" }.joined()
      var rest = prose[...]
      while let open = rest.firstRange(of: "](") {
        rest = rest[open.upperBound...]
        guard let close = rest.firstIndex(of: ")") else { break }
        let target = rest[..<close].split(separator: " ").first.map(String.init) ?? ""
        if !target.isEmpty, !target.contains("://"), !target.hasPrefix("mailto:") { found.append((index + 1, target)) }
        rest = rest[close...]
      }
    }
    return found
  }

  /// A path relative to the page at `base`, with `.` and `..` taken out.
  static func resolve(_ target: String, from base: String) -> String {
    var parts = base.split(separator: "/").dropLast().map(String.init)
    for part in target.split(separator: "/") {
      switch part {
      case ".": continue
      case "..": if !parts.isEmpty { parts.removeLast() }
      default: parts.append(String(part))
      }
    }
    return parts.joined(separator: "/")
  }

  /// The anchors that GitHub makes of a page's headings.
  static func anchors(_ text: String) -> Set<String> {
    var found: Set<String> = []
    for line in text.split(separator: "\n") where line.hasPrefix("#") {
      let title = line.drop(while: { $0 == "#" }).trimming().lowercased()
      found.insert(
        String(
          title.compactMap { character -> Character? in
            if character == " " { return "-" }
            return character.isLetter || character.isNumber || character == "-" || character == "_" ? character : nil
          }))
    }
    return found
  }
}
