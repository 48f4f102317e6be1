import SIPTransaction
import SIPUserAgent

/// How an application's signalling is doing: a value, as of one moment.
public struct SignallingStatistics: Hashable, Sendable {
  /// Calls that exist; one that is over stays until its transactions have ended (RFC 3261 §17: up to 64 × T1).
  public var invitations = 0
  /// Calls among them that are not over.
  public var liveInvitations = 0
  /// Transactions that exist.
  public var transactions = 0
  /// What was dropped, refused or answered below the user agent; each number only grows.
  public var endpoint = SIPEndpointCounters()
  /// What the user agent refused by itself; each number only grows.
  public var userAgent = SIPUserAgentCounters()

  /// All zero.
  public init() {}

  init(_ agent: SIPUserAgentCore) {
    invitations = agent.invitationCount
    liveInvitations = agent.liveInvitationCount
    transactions = agent.transactionCount
    endpoint = agent.endpointCounters
    userAgent = agent.counters
  }
}
