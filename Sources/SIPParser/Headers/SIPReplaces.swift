/// Replaces (RFC 3891 §6.1): the dialog that the new one takes the place of.
public struct SIPReplaces: Hashable, Sendable {
  /// The dialog's Call-ID.
  public var callID: SIPText
  /// `to-tag`, `from-tag`, `early-only`.
  public var parameters: SIPParameters

  /// A dialog, as the receiver of the header sees it: `toTag` is the receiver's own.
  public init(callID: SIPText, toTag: String, fromTag: String, earlyOnly: Bool = false) {
    self.callID = callID
    parameters = ["to-tag": toTag, "from-tag": fromTag]
    if earlyOnly { parameters["early-only"] = "" }
  }

  /// The receiver's tag.
  public var toTag: SIPText? { parameters.text("to-tag") }
  /// The other side's tag.
  public var fromTag: SIPText? { parameters.text("from-tag") }
  /// Whether only an early dialog may be replaced.
  public var isEarlyOnly: Bool { parameters.contains("early-only") }
}

extension SIPReplaces: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPReplaces {
    let start = reader.offset
    let callID = try SIPHeaderKey<SIPText>.callID.read(&reader)
    var result = SIPReplaces(callID: callID, toTag: "", fromTag: "")
    result.parameters = try reader.readParameters()
    guard result.toTag?.isEmpty == false, result.fromTag?.isEmpty == false else {
      throw reader.failure("a to-tag and a from-tag", at: start)
    }
    return result
  }

  public func write(to writer: inout SIPFieldWriter) {
    SIPHeaderKey<SIPText>.callID.write(callID, &writer)
    writer.write(parameters)
  }
}

extension SIPHeaderKey where Value == SIPReplaces {
  /// RFC 3891 §6.1
  public static let replaces = SIPHeaderKey(.replaces)
}
