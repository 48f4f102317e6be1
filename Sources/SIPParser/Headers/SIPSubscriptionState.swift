import WireSupport

/// Subscription-State (RFC 6665 §8.2.3): how a subscription stands, in a NOTIFY.
public struct SIPSubscriptionState: Hashable, Sendable {
  /// `active`, `pending`, `terminated` or another word.
  public var state: SIPText
  /// `expires`, `reason`, `retry-after` and others.
  public var parameters: SIPParameters

  /// A state; `expires` and `retryAfter` in seconds.
  public init(_ state: SIPText, reason: String? = nil, expires: UInt32? = nil, retryAfter: UInt32? = nil) {
    self.state = state
    parameters = SIPParameters()
    if let reason { parameters["reason"] = reason }
    if let expires { parameters["expires"] = String(expires) }
    if let retryAfter { parameters["retry-after"] = String(retryAfter) }
  }

  /// Whether notifications come.
  public var isActive: Bool { state.equalsIgnoringCase("active") }
  /// Whether it has not been decided yet.
  public var isPending: Bool { state.equalsIgnoringCase("pending") }
  /// Whether this was the last notification.
  public var isTerminated: Bool { state.equalsIgnoringCase("terminated") }
  /// Why it ended: `deactivated`, `timeout`, `rejected`, `noresource`, … (RFC 6665 §4.1.3).
  public var reason: SIPText? { parameters.text("reason") }
  /// Seconds that are left of it; 2^32 − 1 for any larger number, nil when it is not said.
  public var expires: UInt32? { parameters.text("expires")?.seconds }
  /// Seconds to wait before another SUBSCRIBE; nil when it is not said.
  public var retryAfter: UInt32? { parameters.text("retry-after")?.seconds }
}

extension SIPText {
  /// The text as a number of seconds, capped at 2^32 − 1; nil when it is no decimal number.
  var seconds: UInt32? {
    if let decimal { return decimal }
    return !isEmpty && bytes.allSatisfy { $0.isDigit } ? .max : nil
  }
}

extension SIPSubscriptionState: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPSubscriptionState {
    var result = SIPSubscriptionState(try reader.readToken("a subscription state"))
    result.parameters = try reader.readParameters()
    return result
  }

  public func write(to writer: inout SIPFieldWriter) {
    writer.writeToken(state.description)
    writer.write(parameters)
  }
}

extension SIPHeaderKey where Value == SIPSubscriptionState {
  /// RFC 6665 §8.2.3
  public static let subscriptionState = SIPHeaderKey(.subscriptionState)
}
