extension SIPHeaderKey where Value == SIPText {
  /// RFC 3261 §20.8: compared byte by byte.
  public static let callID = SIPHeaderKey(
    .callID,
    read: { reader throws(SIPParseError) in try reader.readCallID() },
    write: { value, writer in
      if value.isEmpty || !value.bytes.allSatisfy({ CharacterClass.word.contains($0) || $0 == Byte.at }) {
        writer.fail("a word, or two with @ between")
      }
      writer.write(value)
    })
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
