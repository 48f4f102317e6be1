/// Refer-Sub (RFC 4488 §4): whether a REFER asks for a subscription.
public struct SIPReferSub: Hashable, Sendable {
  /// Whether there shall be a subscription.
  public var isWanted: Bool
  /// What follows.
  public var parameters: SIPParameters

  /// `true` or `false`.
  public init(_ isWanted: Bool, parameters: SIPParameters = .init()) {
    self.isWanted = isWanted
    self.parameters = parameters
  }
}

extension SIPReferSub: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPReferSub {
    let start = reader.offset
    let word = try reader.readToken("true or false")
    guard word.equalsIgnoringCase("true") || word.equalsIgnoringCase("false") else {
      throw reader.failure("true or false", at: start)
    }
    return SIPReferSub(word.equalsIgnoringCase("true"), parameters: try reader.readParameters())
  }

  public func write(to writer: inout SIPFieldWriter) {
    writer.writeToken(isWanted ? "true" : "false")
    writer.write(parameters)
  }
}

extension SIPHeaderKey where Value == SIPReferSub {
  /// RFC 4488 §4
  public static let referSub = SIPHeaderKey(.referSub)
}
