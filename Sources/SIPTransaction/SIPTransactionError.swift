/// Why this module refused to do what its user asked, or could not make sense of a message.
public struct SIPTransactionError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kind of refusal. Open: compare with `==` and keep a default.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The kind's name, for logs.
    public let description: String
    /// A kind named `description`.
    public init(_ description: String) { self.description = description }

    /// The message lacks a header that is needed, or has one that cannot be read.
    public static let header = Code("header")
    /// The message cannot be written: see `SIPParseError`.
    public static let unencodable = Code("unencodable")
    /// No local address was set for the transport.
    public static let noLocalAddress = Code("noLocalAddress")
    /// The cap on transactions is reached.
    public static let tooManyTransactions = Code("tooManyTransactions")
    /// The transaction has ended, or has had its final response.
    public static let noTransaction = Code("noTransaction")
    /// The method is not for this call: ACK and CANCEL have their own.
    public static let method = Code("method")
    /// The dialog has ended, or was never made.
    public static let noDialog = Code("noDialog")
    /// Something else must be over first.
    public static let pending = Code("pending")
    /// The sequence numbers of the dialog are used up (RFC 3261 §8.1.1.5).
    public static let sequenceExhausted = Code("sequenceExhausted")
  }

  /// The kind of refusal; it alone decides equality.
  public var code: Code
  /// What was expected, as a sentence's end.
  public var expected: String

  /// A refusal.
  public init(_ code: Code, expected: String) {
    self.code = code
    self.expected = expected
  }

  /// Whether both are of the same kind.
  public static func == (lhs: SIPTransactionError, rhs: SIPTransactionError) -> Bool { lhs.code == rhs.code }

  /// `noTransaction: expected an INVITE without a final response`
  public var description: String { "\(code): expected \(expected)" }
}

/// Why a transaction ended without a final response.
public enum SIPTransactionFailure: Hashable, Sendable {
  /// No final response came within 64 × T1 (Timers B and F).
  case timedOut
  /// The request could not be sent; the text is the driver's.
  case transport(String)
}
