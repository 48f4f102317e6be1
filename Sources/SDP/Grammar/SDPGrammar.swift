import WireSupport

/// The lexical rules that lines and attributes share (RFC 8866 §9).
enum SDPGrammar {
  static let lineFeed = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let colon = UInt8(ascii: ":")
  static let slash = UInt8(ascii: "/")

  /// `token-char`: %x21 / %x23-27 / %x2A-2B / %x2D-2E / %x30-39 / %x41-5A / %x5E-7E, as a bit a character.
  @inline(__always)
  static func isTokenCharacter(_ byte: UInt8) -> Bool {
    let low: UInt64 = 0x03ff_6cfa_0000_0000
    let high: UInt64 = 0x7fff_ffff_c7ff_fffe
    if byte < 64 { return low >> UInt64(byte) & 1 == 1 }
    return byte < 128 && high >> UInt64(byte & 63) & 1 == 1
  }

  /// Whether `text` is a non-empty token.
  static func isToken(_ text: Span<UInt8>) -> Bool {
    if text.isEmpty { return false }
    for index in 0..<text.count where !isTokenCharacter(text[index]) { return false }
    return true
  }

  /// `text` as a decimal number; nil when it is empty, has another character, or exceeds 64 bits.
  static func decimal(_ text: Span<UInt8>) -> UInt64? {
    if text.isEmpty { return nil }
    var value: UInt64 = 0
    for index in 0..<text.count {
      let byte = text[index]
      guard byte.isDigit else { return nil }
      let (scaled, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = scaled.addingReportingOverflow(UInt64(byte &- UInt8(ascii: "0")))
      if overflow || carry { return nil }
      value = sum
    }
    return value
  }

  /// Whether `text` is one or more digits, of any length.
  static func isDigits(_ text: Span<UInt8>) -> Bool {
    if text.isEmpty { return false }
    for index in 0..<text.count where !text[index].isDigit { return false }
    return true
  }
}

/// Cuts a text into fields from left to right; each cut moves on.
struct SDPFieldReader {
  let text: SDPText
  private(set) var position = 0

  init(_ text: SDPText) { self.text = text }

  /// Whether everything has been read.
  var isAtEnd: Bool { position >= text.count }

  /// The bytes before the next `separator`, which is skipped, or up to the end; nil at the end.
  mutating func next(upTo separator: UInt8) -> SDPText? {
    guard position < text.count else { return nil }
    let start = position
    let end = text.bytes.firstIndex(of: separator, from: start) ?? text.count
    position = end + 1
    return text.slice(start, end)
  }

  /// The next run of bytes that are not spaces, with the spaces around it skipped; nil when none is left.
  mutating func nextWord() -> SDPText? {
    var index = position
    defer { position = index }
    let bytes = text.bytes
    while index < bytes.count, bytes[index] == SDPGrammar.space { index += 1 }
    guard index < bytes.count else { return nil }
    let start = index
    while index < bytes.count, bytes[index] != SDPGrammar.space { index += 1 }
    let word = text.slice(start, index)
    while index < bytes.count, bytes[index] == SDPGrammar.space { index += 1 }
    return word
  }

  /// What has not been read.
  var rest: SDPText { text.slice(min(position, text.count), text.count) }
}
