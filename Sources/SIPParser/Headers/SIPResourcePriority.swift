import WireSupport

/// One value of Resource-Priority (RFC 4412 §3.1): a namespace and a priority in it, `dsn.flash`.
public struct SIPResourcePriority: Hashable, Sendable {
  /// `dsn`, `drsn`, `q735`, `ets`, `wps`, `esnet`, …
  public var namespace: SIPText
  /// What the namespace calls it.
  public var priority: SIPText

  /// A priority.
  public init(_ namespace: SIPText, _ priority: SIPText) {
    self.namespace = namespace
    self.priority = priority
  }
}

extension SIPResourcePriority: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPResourcePriority {
    let start = reader.offset
    let word = try reader.readRange(.token, "a namespace and a priority with a dot between")
    // token-nodot "." token-nodot
    guard let dot = reader.bytes.firstIndex(of: UInt8(ascii: "."), from: word.lower), dot > word.lower,
      dot &+ 1 < word.upper
    else { throw reader.failure("a namespace and a priority with a dot between", at: start) }
    if let second = reader.bytes.firstIndex(of: UInt8(ascii: "."), from: dot &+ 1), second < word.upper {
      throw reader.failure("one dot", at: second)
    }
    return SIPResourcePriority(
      reader.text(TextRange(word.lower, dot)), reader.text(TextRange(dot &+ 1, word.upper)))
  }

  public func write(to writer: inout SIPFieldWriter) {
    for part in [namespace, priority] where part.bytes.contains(UInt8(ascii: ".")) {
      writer.fail("a namespace and a priority without a dot")
    }
    writer.writeToken(namespace.description)
    writer.write(".")
    writer.writeToken(priority.description)
  }
}

extension SIPHeaderKey where Value == SIPResourcePriority {
  /// RFC 4412 §3.1
  public static let resourcePriority = SIPHeaderKey(.resourcePriority, .list)
  /// RFC 4412 §3.2
  public static let acceptResourcePriority = SIPHeaderKey(.acceptResourcePriority, .listOrEmpty)
}
