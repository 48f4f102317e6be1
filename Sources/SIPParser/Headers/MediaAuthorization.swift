import WireSupport

extension SIPHeaderKey where Value == SIPText {
  /// RFC 3313 §5: tokens that authorise media, in hexadecimal.
  public static let pMediaAuthorization = SIPHeaderKey(
    .pMediaAuthorization, .list,
    read: { reader throws(SIPParseError) in
      let start = reader.offset
      let token = try reader.readToken("pairs of hexadecimal digits")
      guard isHexadecimal(token) else { throw reader.failure("pairs of hexadecimal digits", at: start) }
      return token
    },
    write: { value, writer in
      if !isHexadecimal(value) { writer.fail("pairs of hexadecimal digits") }
      writer.write(value)
    })

  private static func isHexadecimal(_ text: SIPText) -> Bool {
    !text.isEmpty && text.count.isMultiple(of: 2) && text.bytes.allSatisfy { $0.hexDigitValue != nil }
  }
}
