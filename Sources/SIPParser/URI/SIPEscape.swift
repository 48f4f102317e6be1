import WireSupport

/// Percent escapes of URIs (RFC 3261 §19.1.2).
public enum SIPEscape {
  /// `text` with every `%HH` undone. Bytes that are not UTF-8 become U+FFFD; a `%` without two digits stays.
  public static func unescape(_ text: SIPText) -> String { String(decoding: unescapedBytes(text.span), as: UTF8.self) }

  /// `text` with every byte that `user` (RFC 3261 §25.1) does not allow as `%HH`.
  public static func escapeUser(_ text: String) -> String {
    var bytes = [UInt8]()
    append(text, allowed: .user, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  static func unescapedBytes(_ bytes: [UInt8]) -> [UInt8] { unescapedBytes(bytes.span) }

  static func unescapedBytes(_ span: Span<UInt8>) -> [UInt8] {
    var bytes = [UInt8]()
    bytes.reserveCapacity(span.count)
    var index = 0
    while index < span.count {
      if span[index] == Byte.percent, index + 2 < span.count, let high = span[index + 1].hexDigitValue,
        let low = span[index + 2].hexDigitValue
      {
        bytes.append(high << 4 | low)
        index += 3
      } else {
        bytes.append(span[index])
        index += 1
      }
    }
    return bytes
  }

  static func append(_ text: String, allowed: CharacterClass, to bytes: inout [UInt8]) {
    for byte in text.utf8 { append(byte, allowed: allowed, to: &bytes) }
  }

  static func append(_ byte: UInt8, allowed: CharacterClass, to bytes: inout [UInt8]) {
    if allowed.contains(byte) { return bytes.append(byte) }
    bytes.append(Byte.percent)
    bytes.append(hexDigit(byte >> 4))
    bytes.append(hexDigit(byte & 15))
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 55 + value }
}
