/// The rows of a Markdown table, as trimmed cells.
enum MarkdownTable {
  /// The rows between `<!-- name -->` and `<!-- /name -->`, without the header and its rule; nil where the markers are missing.
  static func rows(in text: String, between name: String) -> [(line: Int, cells: [String])]? {
    var rows: [(Int, [String])] = []
    var inside = false
    var closed = false
    for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let trimmed = line.trimming()
      if trimmed == "<!-- \(name) -->" {
        inside = true
      } else if trimmed == "<!-- /\(name) -->" {
        closed = inside
        inside = false
      } else if inside, trimmed.hasPrefix("|") {
        rows.append((index + 1, cells(trimmed)))
      }
    }
    return closed ? Array(rows.dropFirst(2)) : nil
  }

  /// The cells of one row. A `\|` inside a cell is text.
  static func cells(_ row: String) -> [String] {
    var cells: [String] = []
    var current = ""
    var escaped = false
    for character in row.dropFirst() {
      if character == "|", !escaped {
        cells.append(current.trimming())
        current = ""
      } else {
        current.append(character)
      }
      escaped = character == "\\"
    }
    return cells
  }
}

extension StringProtocol {
  /// Without spaces, tabs and carriage returns at either end.
  func trimming() -> String {
    var part = self[...]
    while let first = part.first, first == " " || first == "\t" || first == "\r" { part = part.dropFirst() }
    while let last = part.last, last == " " || last == "\t" || last == "\r" { part = part.dropLast() }
    return String(part)
  }

  /// The comma-separated words of a table cell.
  func commaSeparated() -> [String] {
    split(separator: ",").map { $0.trimming() }.filter { !$0.isEmpty }
  }
}
