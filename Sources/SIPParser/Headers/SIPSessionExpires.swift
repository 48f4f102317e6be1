/// Session-Expires or Min-SE (RFC 4028 §4, §5), in seconds.
public struct SIPSessionExpires: Hashable, Sendable {
  /// The interval in seconds.
  public var seconds: UInt32
  /// `refresher` and others.
  public var parameters: SIPParameters

  /// Who refreshes the session.
  public enum Refresher: String, Sendable {
    /// The client of the transaction.
    case uac
    /// The server of the transaction.
    case uas
  }

  /// An interval and who refreshes.
  public init(seconds: UInt32, refresher: Refresher? = nil) {
    self.seconds = seconds
    parameters = SIPParameters()
    if let refresher { parameters["refresher"] = refresher.rawValue }
  }

  /// Who refreshes the session; nil when it is not said.
  public var refresher: Refresher? { parameters["refresher"].flatMap { Refresher(rawValue: $0.lowercased()) } }
}

extension SIPSessionExpires: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPSessionExpires {
    var result = SIPSessionExpires(seconds: try reader.readSeconds())
    result.parameters = try reader.readParameters()
    return result
  }

  public func write(to writer: inout SIPFieldWriter) {
    writer.write(seconds)
    writer.write(parameters)
  }
}

extension SIPHeaderKey where Value == SIPSessionExpires {
  /// RFC 4028 §4
  public static let sessionExpires = SIPHeaderKey(.sessionExpires)
  /// RFC 4028 §5
  public static let minSE = SIPHeaderKey(.minSE)
}
