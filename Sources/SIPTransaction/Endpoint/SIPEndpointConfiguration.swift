import SIPParser

/// What an endpoint needs to know before its first message.
public struct SIPEndpointConfiguration: Sendable {
  /// T1, T2 and T4.
  public var timers = SIPTimers()
  /// What one message may hold.
  public var limits = SIPLimits.standard
  /// Transactions that may exist at once. A new request beyond it is answered with 503, a new one of ours is refused.
  public var maximumTransactions = 50_000
  /// Connections whose input is framed at once. One more is closed as soon as it is opened.
  public var maximumFlows = 4096
  /// The Max-Forwards of requests that have none (RFC 3261 §8.1.1.6).
  public var maximumForwards: UInt8 = 70

  /// The defaults.
  public init() {}
}

/// What an endpoint dropped, refused or answered by itself, since it was made. For monitoring: each number only grows.
public struct SIPEndpointCounters: Hashable, Sendable {
  /// Datagrams and framed messages that could not be parsed.
  public var malformed: UInt64 = 0
  /// Malformed requests among them that were answered with 4xx or 5xx.
  public var malformedAnswered: UInt64 = 0
  /// Keep-alives received (CRLF, RFC 5626 §4.4.1, and empty datagrams).
  public var keepAlives: UInt64 = 0
  /// Requests that came again and were absorbed by their transaction.
  public var retransmittedRequests: UInt64 = 0
  /// Responses that match no transaction.
  public var strayResponses: UInt64 = 0
  /// Responses with more than one Via, which were not for us (RFC 3261 §8.1.3.3).
  public var misroutedResponses: UInt64 = 0
  /// CANCEL requests that match no transaction; answered with 481.
  public var strayCancels: UInt64 = 0
  /// Requests that came by two ways; answered with 482 (RFC 3261 §8.2.2.2).
  public var mergedRequests: UInt64 = 0
  /// Requests with a URI scheme other than sip, sips and tel; answered with 416.
  public var unsupportedSchemes: UInt64 = 0
  /// Requests beyond `maximumTransactions`; answered with 503.
  public var overloaded: UInt64 = 0
  /// Connections beyond `maximumFlows`, and connections closed because their input could not be framed.
  public var flowsClosed: UInt64 = 0
  /// Requests that the user left without an answer for 64 × T1 (RFC 4320 §4.2).
  public var abandonedRequests: UInt64 = 0
  /// Failures other than 2xx that nobody acknowledged (Timer H).
  public var unacknowledged: UInt64 = 0
  /// Messages of ours that could not be written; always a fault on this side.
  public var unencodable: UInt64 = 0

  /// All zero.
  public init() {}
}
