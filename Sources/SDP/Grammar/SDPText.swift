import WireSupport

/// A piece of text in a session description: bytes as they came, without the cost of a `String`.
///
/// A parsed description shares one buffer; each field is a range of it, so parsing copies nothing and an unknown line is
/// printed byte for byte as it was received. Equality and hashing look at the bytes, not at where they lie. SDP text is
/// UTF-8 unless `a=charset` says otherwise (RFC 8866 §4.5), hence bytes and not characters.
public struct SDPText: Sendable {
  let storage: [UInt8]
  let lower: UInt32
  let upper: UInt32

  /// Bytes `lower..<upper` of `storage`, which the caller knows to be in range.
  init(storage: [UInt8], lower: Int, upper: Int) {
    self.storage = storage
    self.lower = UInt32(truncatingIfNeeded: lower)
    self.upper = UInt32(truncatingIfNeeded: upper)
  }

  /// The UTF-8 of `string`. Line breaks are not looked for here: ``SDPSession/serialized()`` refuses to print them.
  public init(_ string: some StringProtocol) { self.init(bytes: [UInt8](string.utf8)) }

  /// All of `bytes`, at most 4 GiB.
  public init(bytes: [UInt8]) { self.init(storage: bytes, lower: 0, upper: bytes.count) }

  /// The number of bytes.
  public var count: Int { Int(upper &- lower) }
  /// Whether there are no bytes.
  public var isEmpty: Bool { lower == upper }

  /// The bytes.
  public var bytes: Span<UInt8> {
    @_lifetime(borrow self)
    get { storage.span.extracting(Int(lower)..<Int(upper)) }
  }

  /// The text as a string; bytes that are not UTF-8 are replaced by U+FFFD.
  public var string: String { String(decoding: storage[Int(lower)..<Int(upper)], as: UTF8.self) }

  /// The part between two offsets that count from the start of this text.
  func slice(_ start: Int, _ end: Int) -> SDPText {
    SDPText(storage: storage, lower: Int(lower) + start, upper: Int(lower) + end)
  }

  /// Whether the bytes are equal when A–Z count as a–z, which is how codec names and protocols compare.
  public func equalsIgnoringCase(_ other: SDPText) -> Bool {
    guard count == other.count else { return false }
    let (a, b) = (bytes, other.bytes)
    for index in 0..<a.count where a[index].lowercasedASCII != b[index].lowercasedASCII { return false }
    return true
  }

  /// The text as a decimal number: digits only, nil when there are none, others, or too many for 64 bits.
  public var decimal: UInt64? { SDPGrammar.decimal(bytes) }

  /// Where this text starts in the description that it was parsed from: the byte offset, and the line counted from 1.
  var origin: (offset: Int, line: Int) {
    var line = 1
    for index in 0..<Int(lower) where storage[index] == UInt8(ascii: "\n") { line += 1 }
    return (Int(lower), line)
  }
}

extension SDPText: Hashable {
  /// Whether the bytes are equal.
  public static func == (lhs: SDPText, rhs: SDPText) -> Bool {
    guard lhs.count == rhs.count else { return false }
    let (a, b) = (lhs.bytes, rhs.bytes)
    for index in 0..<a.count where a[index] != b[index] { return false }
    return true
  }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) {
    for byte in storage[Int(lower)..<Int(upper)] { hasher.combine(byte) }
  }

  /// Whether the bytes are the UTF-8 of `string`.
  public static func == (lhs: SDPText, rhs: String) -> Bool { lhs == SDPText(rhs) }
}

extension SDPText: ExpressibleByStringLiteral, CustomStringConvertible {
  /// The literal's UTF-8.
  public init(stringLiteral value: String) { self.init(value) }
  /// The text as a string.
  public var description: String { string }
}
