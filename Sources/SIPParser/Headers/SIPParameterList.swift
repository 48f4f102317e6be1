/// Parameters with nothing before them: P-Charging-Vector and P-Charging-Function-Addresses.
public struct SIPParameterList: Hashable, Sendable {
  /// The parameters; `entries` has those that stand more than once.
  public var parameters: SIPParameters { didSet { parameters.dropFirstSemicolon() } }

  /// A list of parameters.
  public init(_ parameters: SIPParameters) {
    self.parameters = parameters
    self.parameters.dropFirstSemicolon()
  }
}

extension SIPParameterList: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPParameterList {
    let start = reader.offset
    _ = try reader.readRange(.token, "a parameter")
    var last = reader.offset
    if reader.consumeSeparator(Byte.equals) {
      if reader.next == Byte.quote {
        _ = try reader.readQuotedRange()
      } else {
        _ = try reader.readRange(.parameterValue, "a parameter value")
      }
      last = reader.offset
    }
    let rest = try reader.readParameterRange()
    if !rest.isEmpty { last = rest.upper }
    reader.offset = last
    return SIPParameterList(
      SIPParameters(storage: reader.storage, range: TextRange(start, last), grammar: .header))
  }

  public func write(to writer: inout SIPFieldWriter) {
    if parameters.isEmpty { writer.fail("a parameter") }
    writer.write(parameters)
  }
}

extension SIPParameters {
  /// A list that stands alone begins with its first name.
  fileprivate mutating func dropFirstSemicolon() {
    let whole = range
    guard !whole.isEmpty, whole.upper <= storage.count, storage[whole.lower] == Byte.semicolon else { return }
    let first = skipSpace(storage.span, whole.lower &+ 1, whole.upper)
    range = TextRange(first, whole.upper)
  }
}

extension SIPHeaderKey where Value == SIPParameterList {
  /// RFC 7315 §4.6: what charging records of one session share.
  public static let pChargingVector = SIPHeaderKey(.pChargingVector)
  /// RFC 7315 §4.5: where charging records go.
  public static let pChargingFunctionAddresses = SIPHeaderKey(.pChargingFunctionAddresses)
}
