#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Colours and cursor moves, on a terminal only: output into a file or a pipe stays plain text.
struct Style: Sendable {
  let isTerminal: Bool

  init() { isTerminal = isatty(STDOUT_FILENO) == 1 }

  func bold(_ text: String) -> String { wrap(text, "1") }
  func dim(_ text: String) -> String { wrap(text, "2") }
  func green(_ text: String) -> String { wrap(text, "32") }
  func yellow(_ text: String) -> String { wrap(text, "33") }
  func red(_ text: String) -> String { wrap(text, "31") }
  func cyan(_ text: String) -> String { wrap(text, "36") }

  private func wrap(_ text: String, _ code: String) -> String {
    isTerminal ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}

/// Writes a line to standard output at once, also when it is a pipe.
func say(_ line: String = "") {
  var bytes = Array(line.utf8)
  bytes.append(UInt8(ascii: "\n"))
  writeAll(bytes, to: STDOUT_FILENO)
}

/// Writes text without a line end.
func sayPart(_ text: String) { writeAll(Array(text.utf8), to: STDOUT_FILENO) }

/// Writes a line to standard error.
func complain(_ line: String) {
  var bytes = Array(line.utf8)
  bytes.append(UInt8(ascii: "\n"))
  writeAll(bytes, to: STDERR_FILENO)
}

private func writeAll(_ bytes: [UInt8], to descriptor: Int32) {
  var offset = 0
  while offset < bytes.count {
    let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress.map { $0 + offset }, bytes.count - offset) }
    if written <= 0 { return }
    offset += written
  }
}

/// A number with a fixed number of decimals, right-aligned in `width`.
func decimal(_ value: Double, _ decimals: Int, width: Int = 0) -> String {
  guard value.isFinite else { return padLeft("–", width) }
  var scale = 1.0
  for _ in 0..<decimals { scale *= 10 }
  let scaled = (value * scale).rounded()
  guard scaled.magnitude < 1e15 else { return padLeft("\(value)", width) }
  let whole = Int64(scaled.magnitude)
  var digits = String(whole)
  while digits.count <= decimals { digits = "0" + digits }
  if decimals > 0 { digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -decimals)) }
  return padLeft((scaled < 0 ? "-" : "") + digits, width)
}

/// `text` with blanks in front up to `width` characters.
func padLeft(_ text: String, _ width: Int) -> String {
  String(repeating: " ", count: max(0, width - text.count)) + text
}

/// `text` with blanks behind up to `width` characters.
func padRight(_ text: String, _ width: Int) -> String {
  text + String(repeating: " ", count: max(0, width - text.count))
}
