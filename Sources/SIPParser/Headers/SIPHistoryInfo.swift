import WireSupport

/// One entry of History-Info (RFC 7044 §5, RFC 4244): where a request was sent on its way, and why.
public struct SIPHistoryInfo: Hashable, Sendable {
  /// The address that the request was targeted to, with all its parameters. A Reason or Privacy is a header of its URI.
  public var address: SIPNameAddress

  /// An entry; `index` places it in the tree of forks, `1.2.1` being the first branch of the second of the first.
  public init(_ uri: SIPURI, index: String, parameters: SIPParameters = .init()) {
    var parameters = parameters
    parameters["index"] = index
    address = SIPNameAddress(uri: uri, parameters: parameters)
  }

  init(address: SIPNameAddress) { self.address = address }

  /// Where the request was sent.
  public var uri: SIPURI { address.uri }
  /// The place in the tree, as written; nil when it is missing, which RFC 7044 forbids and devices do.
  public var index: SIPText? { address.parameters.text("index") }
  /// The index of the entry that this one was mapped from to another user (`mp`), a contact (`rc`) or unchanged (`np`).
  public var mapping: (kind: String, from: SIPText)? {
    for kind in ["rc", "mp", "np"] {
      if let from = address.parameters.text(kind) { return (kind, from) }
    }
    return nil
  }
}

extension SIPHistoryInfo: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPHistoryInfo {
    let start = reader.offset
    let result = SIPHistoryInfo(address: try SIPNameAddress.read(&reader))
    if let index = result.index, !isIndex(index) { throw reader.failure("an index such as 1.2.1", at: start) }
    return result
  }

  public func write(to writer: inout SIPFieldWriter) {
    if let index, !Self.isIndex(index) { writer.fail("an index such as 1.2.1") }
    address.write(to: &writer)
  }

  /// Numbers with dots between.
  private static func isIndex(_ text: SIPText) -> Bool {
    let span = text.span
    var wasDigit = false
    for index in 0..<span.count {
      guard span[index].isDigit || wasDigit && span[index] == UInt8(ascii: ".") else { return false }
      wasDigit = span[index].isDigit
    }
    return wasDigit
  }
}

extension SIPHeaderKey where Value == SIPHistoryInfo {
  /// RFC 7044 §5
  public static let historyInfo = SIPHeaderKey(.historyInfo, .list)
}
