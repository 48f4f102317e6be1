/// What a peer may make us read before it is refused.
///
/// The defaults let through everything that a real endpoint sends with a wide margin, and bound what one connection
/// can make us hold: `headerBytes + bodyBytes`.
public struct SIPLimits: Hashable, Sendable {
  /// Bytes of the first line, its CRLF not counted. Default 8 192. Answered 414 (RFC 3261 §21.4.12).
  public var startLineBytes: Int
  /// Bytes from the first line to the empty line. Default 65 536. Answered 513.
  public var headerBytes: Int
  /// Header lines; a folded line counts once. Default 512. Answered 513.
  public var headerCount: Int
  /// Values of one kind of header, over all its lines and commas. Default 256.
  public var valueCount: Int
  /// Bytes of the body. Default 1 048 576. Answered 413.
  public var bodyBytes: Int

  /// The documented defaults, each of which can be changed.
  public init(
    startLineBytes: Int = 8192, headerBytes: Int = 65536, headerCount: Int = 512, valueCount: Int = 256,
    bodyBytes: Int = 1_048_576
  ) {
    // Offsets are 32 bits wide: no limit may reach beyond them, whatever the caller asks for.
    let cap = { (value: Int) in max(0, min(value, 0x3fff_ffff)) }
    self.startLineBytes = cap(startLineBytes)
    self.headerBytes = cap(headerBytes)
    self.headerCount = cap(headerCount)
    self.valueCount = cap(valueCount)
    self.bodyBytes = cap(bodyBytes)
  }

  /// The defaults.
  public static let standard = SIPLimits()
}
