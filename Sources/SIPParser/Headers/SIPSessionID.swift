import WireSupport

/// Session-ID (RFC 7989 §5, RFC 7329): a name for the session that no intermediary changes, for both its ends.
public struct SIPSessionID: Hashable, Sendable {
  /// The sender's half: 32 hexadecimal digits, all `0` when it is not known yet.
  public var local: SIPText
  /// `remote` and others.
  public var parameters: SIPParameters

  /// The halves of the two ends; peers of RFC 7329 know one only.
  public init(local: SIPText, remote: String? = nil) {
    self.local = local
    parameters = SIPParameters()
    if let remote { parameters["remote"] = remote }
  }

  /// The receiver's half; nil when it is not said.
  public var remote: SIPText? { parameters.text("remote") }

  /// Whether `text` is the half that says "not known yet".
  public static func isNil(_ text: SIPText) -> Bool { text.bytes.allSatisfy { $0 == UInt8(ascii: "0") } }

  private static func isHalf(_ text: SIPText) -> Bool {
    text.count == 32 && text.bytes.allSatisfy { $0.hexDigitValue != nil }
  }
}

extension SIPSessionID: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPSessionID {
    let start = reader.offset
    var result = SIPSessionID(local: try reader.readToken("32 hexadecimal digits"))
    guard isHalf(result.local) else { throw reader.failure("32 hexadecimal digits", at: start) }
    result.parameters = try reader.readParameters()
    if let remote = result.remote, !isHalf(remote) {
      throw reader.failure("32 hexadecimal digits as remote", at: start)
    }
    return result
  }

  public func write(to writer: inout SIPFieldWriter) {
    if !Self.isHalf(local) || remote.map({ !Self.isHalf($0) }) ?? false { writer.fail("32 hexadecimal digits") }
    writer.write(local)
    writer.write(parameters)
  }
}

extension SIPHeaderKey where Value == SIPSessionID {
  /// RFC 7989 §5
  public static let sessionID = SIPHeaderKey(.sessionID)
}
