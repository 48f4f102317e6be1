/// Warning (RFC 3261 §20.43).
public struct SIPWarning: Hashable, Sendable {
  /// Three digits.
  public var code: UInt16
  /// Who adds it: a host, with a port or not, or a pseudonym.
  public var agent: SIPText
  /// What it says.
  public var text: String

  /// A warning with a code of three digits, 0 to 999.
  public init(code: UInt16, agent: SIPText, text: String) {
    self.code = code
    self.agent = agent
    self.text = text
  }
}

extension SIPWarning: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPWarning {
    let start = reader.offset
    let code = try reader.readNumber(max: 999, "a code of three digits")
    guard reader.offset - start == 3 else { throw reader.failure("a code of three digits", at: start) }
    guard isSpace(reader.next) else { throw reader.failure("a space after the code") }
    reader.skipSpace()
    let agentStart = reader.offset
    while !reader.isAtEnd, !isSpace(reader.next), reader.next > 0x20, reader.next != Byte.quote { reader.offset &+= 1 }
    guard reader.offset > agentStart else { throw reader.failure("a warning agent") }
    let agent = reader.text(TextRange(agentStart, reader.offset))
    guard isSpace(reader.next) else { throw reader.failure("a space after the agent") }
    reader.skipSpace()
    return SIPWarning(code: UInt16(code), agent: agent, text: SIPQuoted.unquote(try reader.readQuoted()))
  }

  public func write(to writer: inout SIPFieldWriter) {
    if code > 999 { writer.fail("a code of three digits") }
    // The grammar wants three digits of every code, also of one that no standard has.
    if code < 100 { writer.write("0") }
    if code < 10 { writer.write("0") }
    writer.write(UInt32(code))
    writer.write(" ")
    if agent.isEmpty || agent.bytes.contains(where: { $0 <= 0x20 || $0 == Byte.quote }) {
      writer.fail("a host or a token")
    }
    writer.write(agent)
    writer.write(" ")
    writer.writeQuoted(text)
  }
}

extension SIPHeaderKey where Value == SIPWarning {
  /// RFC 3261 §20.43
  public static let warning = SIPHeaderKey(.warning, .list)
}
