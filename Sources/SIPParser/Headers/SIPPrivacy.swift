import WireSupport

/// Privacy (RFC 3323 §4.2): what intermediaries are asked to hide.
public struct SIPPrivacy: Hashable, Sendable {
  /// `header`, `session`, `user`, `none`, `critical`, `id` (RFC 3325), `history` (RFC 7044), … in the order given.
  public var values: [SIPText]

  /// A request for privacy of these kinds.
  public init(_ values: [SIPText]) { self.values = values }

  /// Whether this kind is asked for, case aside.
  public func contains(_ value: String) -> Bool { values.contains { $0.equalsIgnoringCase(value) } }

  /// How many kinds one header may name.
  private static let maximumCount = 16
}

extension SIPPrivacy: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPPrivacy {
    var values = [try reader.readToken("a kind of privacy")]
    while reader.consumeSeparator(Byte.semicolon) {
      guard values.count < maximumCount else { throw reader.failure("at most 16 kinds of privacy") }
      values.append(try reader.readToken("a kind of privacy"))
    }
    return SIPPrivacy(values)
  }

  public func write(to writer: inout SIPFieldWriter) {
    if values.isEmpty || values.count > Self.maximumCount { writer.fail("one to 16 kinds of privacy") }
    for (index, value) in values.enumerated() {
      if index > 0 { writer.write(";") }
      writer.writeToken(value.description)
    }
  }
}

extension SIPHeaderKey where Value == SIPPrivacy {
  /// RFC 3323 §4.2
  public static let privacy = SIPHeaderKey(.privacy)
}
