extension SIPHeaderKey where Value == SIPText {
  /// RFC 3261 §20.8: compared byte by byte.
  public static let callID = SIPHeaderKey(
    .callID, read: { reader throws(SIPParseError) in try reader.readCallID() },
    write: { value, writer in writer.writeCallID(value) })
  /// RFC 3261 §20.21: the calls that this one answers.
  public static let inReplyTo = SIPHeaderKey(
    .inReplyTo, .list, read: { reader throws(SIPParseError) in try reader.readCallID() },
    write: { value, writer in writer.writeCallID(value) })
}

extension SIPFieldWriter {
  /// Appends a Call-ID; anything but a word, or two with `@` between, makes the value unsendable.
  mutating func writeCallID(_ value: SIPText) {
    let span = value.span
    var start = 0
    var isCallID = span.count > 0
    for index in 0..<span.count where !CharacterClass.word.contains(span[index]) {
      if span[index] != Byte.at || start > 0 || index == 0 || index == span.count - 1 { isCallID = false }
      start = index + 1
    }
    if !isCallID { fail("a word, or two with @ between") }
    write(value)
  }
}

extension SIPFieldReader {
  /// `callid` (RFC 3261 §25.1): a word, or two with `@` between.
  mutating func readCallID() throws(SIPParseError) -> SIPText {
    let start = offset
    _ = try readRange(.word, "a Call-ID")
    if consume(Byte.at) { _ = try readRange(.word, "a word after @") }
    return text(TextRange(start, offset))
  }

  /// A request method.
  mutating func readMethod() throws(SIPParseError) -> SIPMethod {
    let range = try readRange(.token, "a method")
    return SIPMethod(bytes.extracting(range.bounds(in: bytes.count)))
  }
}
