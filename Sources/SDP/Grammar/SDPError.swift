/// Why a session description, an attribute of it, or a step of offer/answer was refused.
///
/// Two errors are equal when their codes are: the rest explains.
public struct SDPError: Error, Sendable {
  /// What went wrong. Open: more codes may come.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The code's name.
    public let description: String
    private init(_ name: String) { description = name }

    /// More bytes, lines, media or attributes than ``SDPLimits`` allows.
    public static let limitExceeded = Code("limitExceeded")
    /// A line that is not `<letter>=<value>`, or has a forbidden byte.
    public static let malformedLine = Code("malformedLine")
    /// A type letter that RFC 8866 §5 does not know; such a description must be ignored as a whole.
    public static let unknownType = Code("unknownType")
    /// A line out of the order of RFC 8866 §5.
    public static let misplacedLine = Code("misplacedLine")
    /// A second line of a type that may appear once.
    public static let duplicateLine = Code("duplicateLine")
    /// A line that must be there is not.
    public static let missingLine = Code("missingLine")
    /// A line whose value breaks its grammar.
    public static let invalidValue = Code("invalidValue")
    /// `v=` names a version other than 0.
    public static let unsupportedVersion = Code("unsupportedVersion")
    /// An attribute whose value breaks the grammar of its RFC.
    public static let invalidAttribute = Code("invalidAttribute")
    /// The description to print holds a line break or a NUL inside a value.
    public static let unprintable = Code("unprintable")
    /// An offer or answer at a time when the state of the negotiation has no place for it (RFC 3264 §4).
    public static let wrongState = Code("wrongState")
    /// An offer with fewer `m=` lines than before, or an answer whose `m=` lines do not pair with the offer's.
    public static let mediaMismatch = Code("mediaMismatch")
    /// A local media description that cannot be offered: no codec, no key where SRTP is mandatory.
    public static let incompleteMedia = Code("incompleteMedia")
  }

  /// Who broke the rule.
  public enum Fault: Hashable, Sendable {
    /// The caller of this module.
    case local
    /// The peer that sent the description.
    case remote
  }

  /// What went wrong.
  public var code: Code
  /// The line, counted from 1; nil where no line is to blame.
  public var line: Int?
  /// The byte offset in the description; nil where no byte is to blame.
  public var offset: Int?
  /// What should have been there.
  public var expected: String
  /// Who broke the rule.
  public var fault: Fault
  /// The SIP status that fits a refusal: 400 for what cannot be read, 488 for what can be read but not accepted,
  /// 491 and 500 for an offer that crosses another (RFC 3261 §14.2); 500 for local faults.
  public var status: UInt16

  /// An error.
  public init(
    _ code: Code, line: Int? = nil, offset: Int? = nil, expected: String, fault: Fault = .remote, status: UInt16 = 400
  ) {
    self.code = code
    self.line = line
    self.offset = offset
    self.expected = expected
    self.fault = fault
    self.status = status
  }

  /// An attribute's value that breaks its grammar, placed by where its text came from.
  static func attribute(_ name: String, in text: SDPText, expected: String) -> SDPError {
    let place = text.origin
    return SDPError(
      .invalidAttribute, line: place.line, offset: place.offset, expected: "a=\(name): \(expected)", status: 488)
  }
}

extension SDPError: Equatable, CustomStringConvertible {
  /// Whether the codes are equal.
  public static func == (lhs: SDPError, rhs: SDPError) -> Bool { lhs.code == rhs.code }

  /// For example `SDP misplacedLine at line 4, offset 61: expected t= before a=`. Never holds bytes of the description,
  /// which may be keys.
  public var description: String {
    var text = "SDP \(code)"
    if let line { text += " at line \(line)" }
    if let offset { text += ", offset \(offset)" }
    return text + ": expected \(expected)"
  }
}
