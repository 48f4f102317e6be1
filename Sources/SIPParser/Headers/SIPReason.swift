/// Reason (RFC 3326): why a request was sent, as a status of some protocol.
public struct SIPReason: Hashable, Sendable {
  /// `SIP`, `Q.850`, `preemption`, …
  public var `protocol`: SIPText
  /// `cause`, `text` and others.
  public var parameters: SIPParameters

  /// A reason in `protocol`'s terms.
  public init(_ protocol: SIPText, cause: UInt16, text: String? = nil) {
    self.protocol = `protocol`
    parameters = ["cause": String(cause)]
    if let text {
      // RFC 3326 §2: reason-text is always quoted.
      parameters.setQuoted("text", text)
    }
  }

  init(protocol: SIPText, parameters: SIPParameters) {
    self.protocol = `protocol`
    self.parameters = parameters
  }

  /// The status, such as a SIP status code or a Q.850 cause.
  public var cause: UInt16? { parameters.text("cause")?.decimal.flatMap { UInt16(exactly: $0) } }
  /// The words.
  public var text: String? { parameters["text"] }
}

extension SIPReason: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPReason {
    SIPReason(protocol: try reader.readToken("a protocol"), parameters: try reader.readParameters())
  }

  public func write(to writer: inout SIPFieldWriter) {
    writer.writeToken(`protocol`.description)
    writer.write(parameters)
  }
}

extension SIPHeaderKey where Value == SIPReason {
  /// RFC 3326 §2
  public static let reason = SIPHeaderKey(.reason, .list)
}
