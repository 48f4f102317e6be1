/// CSeq (RFC 3261 §20.16): the number that orders requests within a dialog, and the method.
public struct SIPCSeq: Hashable, Sendable {
  /// Below 2^31 (RFC 3261 §8.1.1.5).
  public var number: UInt32
  /// The request's method.
  public var method: SIPMethod

  /// A sequence number and a method.
  public init(_ number: UInt32, _ method: SIPMethod) {
    self.number = number
    self.method = method
  }
}

extension SIPCSeq: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPCSeq {
    let number = try reader.readNumber(max: 0x7fff_ffff, "a number below 2^31")
    guard isSpace(reader.next) else { throw reader.failure("white space after the number") }
    reader.skipSpace()
    return SIPCSeq(number, try reader.readMethod())
  }

  public func write(to writer: inout SIPFieldWriter) {
    if number > 0x7fff_ffff { writer.fail("a number below 2^31") }
    writer.write(number)
    writer.write(" ")
    writer.writeToken(method.name)
  }
}

extension SIPHeaderKey where Value == SIPCSeq {
  /// RFC 3261 §20.16
  public static let cseq = SIPHeaderKey(.cseq)
}
