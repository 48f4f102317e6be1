import WireSupport

/// Where typed values are written: it keeps the bytes and remembers whether anything in them must not be sent.
///
/// A value that cannot be encoded does not trap and is not silently changed: the message that it was put into refuses
/// to serialise and says which header is to blame.
public struct SIPFieldWriter {
  var bytes: [UInt8]
  /// What was wrong with the first value that cannot be sent.
  private(set) var problem: String?

  init(_ bytes: [UInt8] = []) { self.bytes = bytes }

  /// Appends text as it is. A control character other than a tab makes the value unsendable.
  public mutating func write(_ text: String) {
    for byte in text.utf8 {
      if byte < 0x20 && byte != Byte.tab || byte == 0x7f { fail("text without control characters") }
    }
    bytes.append(contentsOf: text.utf8)
  }

  /// Appends text that was read or built as part of a typed value.
  public mutating func write(_ text: SIPText) { writeChecked(text.span) }

  /// Appends a number.
  public mutating func write(_ number: UInt32) {
    if number == 0 { return bytes.append(48) }
    var divisor: UInt32 = 1
    while number / divisor >= 10 { divisor *= 10 }
    while divisor > 0 {
      bytes.append(48 &+ UInt8(truncatingIfNeeded: number / divisor % 10))
      divisor /= 10
    }
  }

  /// Appends text that must be a token (RFC 3261 §25.1); anything else makes the value unsendable.
  public mutating func writeToken(_ text: String) {
    if text.isEmpty || !text.utf8.allSatisfy({ CharacterClass.token.contains($0) }) { fail("a token") }
    bytes.append(contentsOf: text.utf8)
  }

  /// Appends text in quotes, escaping what needs it. A line break makes the value unsendable.
  public mutating func writeQuoted(_ text: String) {
    if text.utf8.contains(where: { $0 == Byte.cr || $0 == Byte.lf }) { fail("a quoted string without line breaks") }
    SIPQuoted.append(text, to: &bytes)
  }

  /// Appends parameters, their first `;` included.
  public mutating func write(_ parameters: SIPParameters) {
    if !parameters.isWellFormed { fail("parameter names that are tokens") }
    writeChecked(parameters.rawText.span)
  }

  /// Marks the value as one that cannot be sent, because `expected` is not what it is.
  public mutating func fail(_ expected: String) {
    if problem == nil { problem = expected }
  }

  mutating func writeChecked(_ span: Span<UInt8>) {
    for index in 0..<span.count where span[index] == Byte.cr || span[index] == Byte.lf { fail("no line break") }
    span.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
  }
}
