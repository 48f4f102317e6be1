/// What went wrong in the application's own terms: a setting, a target, a file, a state.
///
/// A call that the *network* or the *peer* refused is not this: see `SessionFailure`.
public struct SIPSimpleError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of mistake; open, so that a new one does not break a `switch`.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The code's name.
    public let description: String
    init(_ name: String) { description = name }

    /// The target of a call cannot be read as a SIP URI.
    public static let invalidTarget = Code("invalid target")
    /// The target's host has no address.
    public static let unresolvableTarget = Code("unresolvable target")
    /// A setting has a value that cannot be applied.
    public static let invalidConfiguration = Code("invalid configuration")
    /// A port, an address or a certificate cannot be used.
    public static let network = Code("network")
    /// A file or an audio device cannot be used.
    public static let media = Code("media")
    /// The method does not fit the object's state.
    public static let invalidState = Code("invalid state")
    /// The two sides' descriptions of the media do not meet.
    public static let negotiation = Code("negotiation")
  }

  /// The kind of mistake. Decides equality.
  public let code: Code
  /// A sentence: what is wrong and how to mend it.
  public let message: String

  /// A mistake of kind `code`, told in a sentence.
  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  public var description: String { message }
  public static func == (lhs: Self, rhs: Self) -> Bool { lhs.code == rhs.code }
  public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}
