/// A Swift file with its comments and the contents of its string literals blanked, so that a rule sees only code.
///
/// Lines and columns stay where they were. Interpolations are blanked with the string around them: a rule may miss what
/// hides there, and never reports what is only text.
struct SourceText {
  /// The lines as they are.
  let lines: [String]
  /// The same lines with comments and literal text replaced by spaces.
  let code: [String]

  init(_ text: String) {
    var blanked = Array(text.utf8)
    Self.blank(&blanked)
    lines = Self.split(Array(text.utf8))
    code = Self.split(blanked)
  }

  /// The identifiers of a line of code, each with whatever single byte follows and precedes it (0 at the ends).
  static func identifiers(in line: String) -> [(name: String, before: UInt8, after: UInt8)] {
    let bytes = Array(line.utf8)
    var found: [(String, UInt8, UInt8)] = []
    var i = 0
    while i < bytes.count {
      guard isIdentifier(bytes[i]) else {
        i += 1
        continue
      }
      var end = i
      while end < bytes.count, isIdentifier(bytes[end]) { end += 1 }
      found.append(
        (
          String(decoding: bytes[i..<end], as: UTF8.self), i > 0 ? bytes[i - 1] : 0,
          end < bytes.count ? bytes[end] : 0
        ))
      i = end
    }
    return found
  }

  static func isIdentifier(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...: true
    default: false
    }
  }

  private static func split(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  private static func blank(_ bytes: inout [UInt8]) {
    let quote = UInt8(ascii: "\"")
    let hash = UInt8(ascii: "#")
    let slash = UInt8(ascii: "/")
    let star = UInt8(ascii: "*")
    let newline = UInt8(ascii: "\n")
    var i = 0

    func at(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }
    func clear(_ range: Range<Int>) {
      for index in range where index < bytes.count && bytes[index] != newline { bytes[index] = UInt8(ascii: " ") }
    }

    while i < bytes.count {
      if at(i) == slash, at(i + 1) == slash {
        let start = i
        while i < bytes.count, bytes[i] != newline { i += 1 }
        clear(start..<i)
      } else if at(i) == slash, at(i + 1) == star {
        let start = i
        var depth = 1
        i += 2
        while i < bytes.count, depth > 0 {
          if at(i) == slash, at(i + 1) == star {
            depth += 1
            i += 2
          } else if at(i) == star, at(i + 1) == slash {
            depth -= 1
            i += 2
          } else {
            i += 1
          }
        }
        clear(start..<i)
      } else if at(i) == quote || (at(i) == hash && (at(i + 1) == quote || at(i + 1) == hash)) {
        var hashes = 0
        while at(i + hashes) == hash { hashes += 1 }
        guard at(i + hashes) == quote else {
          i += max(hashes, 1)
          continue
        }
        i = endOfString(bytes, from: i, hashes: hashes, clear: clear)
      } else {
        i += 1
      }
    }
  }

  /// Blanks the literal that starts at `start` (its hashes and quotes stay) and gives the offset behind it.
  private static func endOfString(
    _ bytes: [UInt8], from start: Int, hashes: Int, clear: (Range<Int>) -> Void
  ) -> Int {
    let quote = UInt8(ascii: "\"")
    let backslash = UInt8(ascii: "\\")
    func at(_ index: Int) -> UInt8 { index < bytes.count ? bytes[index] : 0 }
    let open = start + hashes
    let quotes = at(open) == quote && at(open + 1) == quote && at(open + 2) == quote ? 3 : 1
    var i = open + quotes
    let content = i
    while i < bytes.count {
      if at(i) == backslash, hashes == 0 || at(i + 1) == UInt8(ascii: "#") {
        // An interpolation may itself hold quotes: step over its balanced parentheses.
        let paren = i + 1 + hashes
        if at(paren) == UInt8(ascii: "(") {
          var depth = 1
          i = paren + 1
          while i < bytes.count, depth > 0 {
            if at(i) == UInt8(ascii: "(") { depth += 1 }
            if at(i) == UInt8(ascii: ")") { depth -= 1 }
            if at(i) == UInt8(ascii: "\n"), quotes == 1 { break }
            i += 1
          }
        } else {
          i += 2 + hashes
        }
        continue
      }
      if at(i) == UInt8(ascii: "\n"), quotes == 1 { break }
      if at(i) == quote {
        let closes = (0..<quotes).allSatisfy { at(i + $0) == quote }
        let hashed = (0..<hashes).allSatisfy { at(i + quotes + $0) == UInt8(ascii: "#") }
        if closes, hashed {
          clear(content..<i)
          return i + quotes + hashes
        }
      }
      i += 1
    }
    clear(content..<min(i, bytes.count))
    return i
  }
}
