/// Quoted strings (RFC 3261 §25.1): the text between quotes in which a backslash escapes the next character.
public enum SIPQuoted {
  /// The text of `quoted` without its quotes and escapes; the text itself when it is not quoted.
  public static func unquote(_ quoted: SIPText) -> String {
    let span = quoted.span
    guard span.count >= 2, span[0] == Byte.quote, span[span.count - 1] == Byte.quote else { return quoted.description }
    var bytes = [UInt8]()
    bytes.reserveCapacity(span.count)
    var index = 1
    while index < span.count - 1 {
      if span[index] == Byte.backslash, index + 1 < span.count - 1 { index += 1 }
      bytes.append(span[index])
      index += 1
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `text` in quotes. A line break in it stays, for no escape can hold it: the message then refuses to serialise.
  public static func quote(_ text: String) -> String {
    var bytes = [UInt8]()
    append(text, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  static func append(_ text: String, to bytes: inout [UInt8]) {
    bytes.append(Byte.quote)
    for byte in text.utf8 {
      let isControl = byte < 0x20 && byte != Byte.tab && byte != Byte.cr && byte != Byte.lf || byte == 0x7f
      if isControl || byte == Byte.quote || byte == Byte.backslash { bytes.append(Byte.backslash) }
      bytes.append(byte)
    }
    bytes.append(Byte.quote)
  }
}
