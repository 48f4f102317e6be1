/// RAck (RFC 3262 §7.2): which reliable provisional response a PRACK acknowledges.
public struct SIPRAck: Hashable, Sendable {
  /// The response's RSeq.
  public var responseNumber: UInt32
  /// The response's CSeq.
  public var cseq: SIPCSeq

  /// The RSeq and the CSeq of the response.
  public init(responseNumber: UInt32, cseq: SIPCSeq) {
    self.responseNumber = responseNumber
    self.cseq = cseq
  }
}

extension SIPRAck: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPRAck {
    let number = try reader.readNumber()
    guard isSpace(reader.next) else { throw reader.failure("white space after the response number") }
    reader.skipSpace()
    return SIPRAck(responseNumber: number, cseq: try SIPCSeq.read(&reader))
  }

  public func write(to writer: inout SIPFieldWriter) {
    writer.write(responseNumber)
    writer.write(" ")
    cseq.write(to: &writer)
  }
}

extension SIPHeaderKey where Value == SIPRAck {
  /// RFC 3262 §7.2
  public static let rack = SIPHeaderKey(.rack)
}
