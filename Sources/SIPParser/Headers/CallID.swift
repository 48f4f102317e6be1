extension SIPHeaderKey where Value == SIPText {
  /// RFC 3261 §20.8: compared byte by byte.
  public static let callID = SIPHeaderKey(
    .callID,
    read: { reader throws(SIPParseError) in
      let start = reader.offset
      _ = try reader.readRange(.word, "a Call-ID")
      if reader.consume(Byte.at) { _ = try reader.readRange(.word, "a word after @") }
      return reader.text(TextRange(start, reader.offset))
    },
    write: { value, writer in
      if value.isEmpty || !value.bytes.allSatisfy({ CharacterClass.word.contains($0) || $0 == Byte.at }) {
        writer.fail("a word, or two with @ between")
      }
      writer.write(value)
    })
}
