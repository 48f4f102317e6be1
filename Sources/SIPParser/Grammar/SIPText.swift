import WireSupport

/// A piece of text as bytes: a slice of the message that it came from, so reading one copies and allocates nothing.
///
/// It compares and hashes by bytes (`equalsIgnoringCase` does not) and compares with string literals directly:
/// `via.branch == "z9hG4bK1"`. A slice keeps its whole message in memory: state that outlives the message (a dialog's
/// tags) should keep a `String` or `detached`.
public struct SIPText: Sendable {
  @usableFromInline let storage: [UInt8]
  @usableFromInline let range: TextRange

  @inline(__always)
  init(storage: [UInt8], range: TextRange) {
    self.storage = storage
    self.range = range
  }

  /// The UTF-8 of `string`.
  public init(_ string: some StringProtocol) { self.init(bytes: Array(string.utf8)) }

  /// All of `bytes`.
  public init(bytes: [UInt8]) {
    storage = bytes
    range = TextRange(0, bytes.count)
  }

  /// How many bytes.
  public var count: Int { range.count }
  /// Whether there is no byte.
  public var isEmpty: Bool { range.isEmpty }
  /// A copy of the bytes.
  public var bytes: [UInt8] { Array(storage[range.bounds(in: storage.count)]) }
  /// The bytes as a view.
  public var span: Span<UInt8> {
    @_lifetime(borrow self) get { storage.span.extracting(range.bounds(in: storage.count)) }
  }
  /// The same text in storage of its own, so that it no longer keeps its message alive.
  public var detached: SIPText { SIPText(bytes: bytes) }

  /// Whether both are the same text when A–Z and a–z count as equal.
  public func equalsIgnoringCase(_ other: SIPText) -> Bool {
    count == other.count && equalBytesIgnoringCase(span, other.span)
  }

  /// Whether both are the same text when A–Z and a–z count as equal.
  public func equalsIgnoringCase(_ other: String) -> Bool {
    let other = other.utf8
    return count == other.count && equalBytesIgnoringCase(span, other.span)
  }

  /// The text as a decimal number, nil when it is none or exceeds 2^32 − 1.
  public var decimal: UInt32? { parseDecimal(span) }
}

extension SIPText: Hashable {
  public static func == (lhs: SIPText, rhs: SIPText) -> Bool {
    lhs.count == rhs.count && equalBytes(lhs.span, rhs.span)
  }
  public static func == (lhs: SIPText, rhs: String) -> Bool {
    let other = rhs.utf8
    return lhs.count == other.count && equalBytes(lhs.span, other.span)
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    let span = span
    span.withUnsafeBytes { hasher.combine(bytes: $0) }
  }
}

extension SIPText: ExpressibleByStringLiteral, LosslessStringConvertible {
  /// The UTF-8 of a literal.
  public init(stringLiteral value: String) { self.init(value) }
  /// The text as a string; bytes that are not UTF-8 become U+FFFD.
  public var description: String { String(decoding: storage[range.bounds(in: storage.count)], as: UTF8.self) }
}

/// Offsets into a storage; 32 bits each, because a message is capped far below 4 GiB.
@usableFromInline
struct TextRange: Hashable, Sendable {
  var start: UInt32
  var end: UInt32

  static let empty = TextRange(0, 0)

  @inline(__always)
  init(_ start: Int, _ end: Int) {
    self.start = UInt32(truncatingIfNeeded: start)
    self.end = UInt32(truncatingIfNeeded: end)
  }

  @inline(__always) var count: Int { Int(end) &- Int(start) }
  @inline(__always) var isEmpty: Bool { start == end }
  @inline(__always) var lower: Int { Int(start) }
  @inline(__always) var upper: Int { Int(end) }

  /// The range as Swift's, clamped so that even a broken index cannot read outside its storage.
  @inline(__always)
  func bounds(in count: Int) -> Range<Int> {
    let upper = min(Int(end), count)
    return min(Int(start), upper)..<upper
  }
}

func equalBytes(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
  guard a.count == b.count else { return false }
  for index in 0..<a.count where a[index] != b[index] { return false }
  return true
}

func equalBytesIgnoringCase(_ a: Span<UInt8>, _ b: Span<UInt8>) -> Bool {
  guard a.count == b.count else { return false }
  for index in 0..<a.count where a[index].lowercasedASCII != b[index].lowercasedASCII { return false }
  return true
}

func parseDecimal(_ text: Span<UInt8>) -> UInt32? {
  guard text.count > 0 else { return nil }
  var value: UInt64 = 0
  for index in 0..<text.count {
    let byte = text[index]
    guard byte.isDigit else { return nil }
    value = value &* 10 &+ UInt64(byte &- 48)
    if value > UInt64(UInt32.max) { return nil }
  }
  return UInt32(value)
}
