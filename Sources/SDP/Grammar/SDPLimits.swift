/// How much a peer may make us read. Every cap is checked before anything is allocated for what exceeds it.
public struct SDPLimits: Hashable, Sendable {
  /// Bytes of a description.
  public var bytes = 65_536
  /// Lines of a description.
  public var lines = 4_096
  /// `m=` lines.
  public var media = 64
  /// `a=` lines in the session part and in each media part.
  public var attributes = 1_024
  /// Other repeatable lines (e= p= b= t= r=, a media part's c=) of one type in one part.
  public var repeatedLines = 64

  /// The default caps: far above what a conference with video offers, far below what hurts.
  public init() {}
}

/// Deviations from RFC 8866 that implementations in the field have and that leave no doubt about what is meant.
public struct SDPTolerance: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt8
  /// A set from its bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// `c=` or `b=` anywhere in its part, not only at its place.
  public static let misplacedConnection = SDPTolerance(rawValue: 1)
  /// No `t=` line; read as `t=0 0`.
  public static let missingTiming = SDPTolerance(rawValue: 2)
  /// A media part without a `c=` of its own or of the session. Offer/answer still refuses such a stream.
  public static let missingConnection = SDPTolerance(rawValue: 4)
  /// `s=`, `i=`, `u=`, `e=` or `p=` with nothing behind it.
  public static let emptyText = SDPTolerance(rawValue: 8)
  /// More than one space between the fields of a line, or spaces at its end.
  public static let extraSpaces = SDPTolerance(rawValue: 16)
  /// An `m=` line with port 0 and no formats.
  public static let missingFormats = SDPTolerance(rawValue: 32)

  /// Nothing but RFC 8866.
  public static let strict: SDPTolerance = []
  /// All of the above: what a SIP endpoint should accept.
  public static let field: SDPTolerance = [
    .misplacedConnection, .missingTiming, .missingConnection, .emptyText, .extraSpaces, .missingFormats,
  ]
}
