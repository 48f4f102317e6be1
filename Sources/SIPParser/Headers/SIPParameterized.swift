/// A word with parameters, the shape of many headers: Event, Subscription-State, Reason, Session-Expires, Replaces, …
public struct SIPParameterized: Hashable, Sendable {
  /// What stands before the first `;`.
  public var value: SIPText
  /// What follows.
  public var parameters: SIPParameters

  /// A word and its parameters.
  public init(_ value: SIPText, parameters: SIPParameters = .init()) {
    self.value = value
    self.parameters = parameters
  }
}

extension SIPParameterized: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPParameterized {
    SIPParameterized(try reader.readToken(), parameters: try reader.readParameters())
  }

  public func write(to writer: inout SIPFieldWriter) {
    writer.writeToken(value.description)
    writer.write(parameters)
  }
}

extension SIPHeaderKey where Value == SIPParameterized {
  /// RFC 6665 §8.2.1: the event package; its `id` is a parameter.
  public static let event = SIPHeaderKey(.event)
  /// RFC 6665 §8.2.3
  public static let subscriptionState = SIPHeaderKey(.subscriptionState)
  /// RFC 3261 §20.11
  public static let contentDisposition = SIPHeaderKey(.contentDisposition)
}
