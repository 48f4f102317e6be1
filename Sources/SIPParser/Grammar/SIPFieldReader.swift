import WireSupport

/// A cursor over the value of one header (or a URI), from which typed values are read.
///
/// Folding is gone before a reader sees a value, so white space is space and tab only. Every read either moves on or
/// throws an error that names the place; none reads beyond the value.
public struct SIPFieldReader: ~Escapable {
  let bytes: Span<UInt8>
  let storage: [UInt8]
  private(set) var context: SIPFieldContext
  var offset: Int
  private(set) var end: Int

  /// `range` of `storage`, whose bytes are `bytes`.
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, storage: [UInt8], range: TextRange, context: SIPFieldContext = .init()) {
    self.bytes = bytes
    self.storage = storage
    self.context = context
    let bounds = range.bounds(in: bytes.count)
    offset = bounds.lowerBound
    end = bounds.upperBound
  }

  /// A header's value; `bytes` are those of its storage.
  @usableFromInline
  @_lifetime(copy bytes)
  init(_ bytes: Span<UInt8>, _ text: SIPText, header: SIPHeaderName, fixed: Int?) {
    self.init(
      bytes, storage: text.storage, range: text.range, context: SIPFieldContext(header: header, fixed: fixed))
  }

  /// Goes on with another value of the same storage.
  mutating func restart(_ range: TextRange, id: UInt16) {
    context = SIPFieldContext(id: id)
    let bounds = range.bounds(in: bytes.count)
    offset = bounds.lowerBound
    end = bounds.upperBound
  }

  /// Whether the value is read to its end.
  public var isAtEnd: Bool { offset >= end }

  /// The next byte, 0 at the end.
  public var next: UInt8 {
    @inline(__always) get { offset < end ? bytes[offset] : 0 }
  }

  /// Moves past spaces and tabs.
  @inline(__always)
  public mutating func skipSpace() {
    while offset < end, bytes[offset] == Byte.space || bytes[offset] == Byte.tab { offset &+= 1 }
  }

  /// Moves past `byte` if it is next.
  @inline(__always)
  public mutating func consume(_ byte: UInt8) -> Bool {
    guard offset < end, bytes[offset] == byte else { return false }
    offset &+= 1
    return true
  }

  /// Moves past `byte` and the white space on both its sides, if it is what comes next but for white space.
  @inline(__always)
  public mutating func consumeSeparator(_ byte: UInt8) -> Bool {
    let start = offset
    skipSpace()
    guard consume(byte) else {
      offset = start
      return false
    }
    skipSpace()
    return true
  }

  /// A token (RFC 3261 §25.1): at least one letter, digit, or one of the marks that the grammar lists for it.
  public mutating func readToken(_ expected: StaticString = "a token") throws(SIPParseError) -> SIPText {
    text(try readRange(.token, expected))
  }

  /// A decimal number. A larger one than `max` is an error, however many digits it has.
  public mutating func readNumber(
    max: UInt32 = .max, _ expected: StaticString = "a decimal number"
  ) throws(SIPParseError) -> UInt32 {
    let start = offset
    var value: UInt64 = 0
    while offset < end, bytes[offset].isDigit {
      if value <= UInt64(UInt32.max) { value = value &* 10 &+ UInt64(bytes[offset] &- 48) }
      offset &+= 1
    }
    guard offset > start, value <= UInt64(max) else { throw failure(expected, at: start) }
    return UInt32(truncatingIfNeeded: value)
  }

  /// A number of seconds. One beyond 2^32 − 1 is read as 2^32 − 1 (RFC 3261 §20.19: it only means "very long").
  public mutating func readSeconds() throws(SIPParseError) -> UInt32 {
    let start = offset
    var value: UInt64 = 0
    while offset < end, bytes[offset].isDigit {
      value = min(value &* 10 &+ UInt64(bytes[offset] &- 48), UInt64(UInt32.max))
      offset &+= 1
    }
    guard offset > start else { throw failure("a number of seconds") }
    return UInt32(truncatingIfNeeded: value)
  }

  /// A quoted string (RFC 3261 §25.1), its quotes and escapes included: `SIPQuoted.unquote` gives the text.
  public mutating func readQuoted() throws(SIPParseError) -> SIPText { text(try readQuotedRange()) }

  /// The parameters up to the end or the comma before the next value; none if there is no `;`.
  public mutating func readParameters() throws(SIPParseError) -> SIPParameters {
    SIPParameters(storage: storage, range: try readParameterRange(), grammar: .header)
  }

  /// What is left of the value, trailing white space excluded. Control characters in it are an error.
  public mutating func readRest() throws(SIPParseError) -> SIPText {
    let start = offset
    var last = end
    while last > start, bytes[last - 1] == Byte.space || bytes[last - 1] == Byte.tab { last &-= 1 }
    let bytes = bytes
    for index in start..<last where !isText(bytes[index]) {
      throw failure("text without control characters", at: index)
    }
    offset = end
    return text(TextRange(start, last))
  }

  /// The error that `expected` was not found here (or at `at`).
  public func failure(_ expected: StaticString, at place: Int? = nil) -> SIPParseError {
    SIPParseError(
      context.header == nil ? .uri : .headerValue, offset: context.position(of: place ?? offset),
      header: context.header,
      expected: "\(expected)", reason: context.reason)
  }

  // MARK: For the value types of this module

  @inline(__always)
  func text(_ range: TextRange) -> SIPText { SIPText(storage: storage, range: range) }

  @inline(__always)
  func isText(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7f || byte == Byte.tab }

  /// One or more characters of `allowed`.
  @inline(__always)
  mutating func readRange(_ allowed: CharacterClass, _ expected: StaticString) throws(SIPParseError) -> TextRange {
    let start = offset
    // A span of its own, whose count the loop compares with, so that the compiler drops the bounds check.
    let rest = bytes.extracting(min(start, end)..<end)
    var index = 0
    while index < rest.count, allowed.contains(rest[index]) { index &+= 1 }
    guard index > 0 else { throw failure(expected) }
    offset = start &+ index
    return TextRange(start, offset)
  }

  mutating func readQuotedRange() throws(SIPParseError) -> TextRange {
    let start = offset
    guard consume(Byte.quote) else { throw failure("a quoted string") }
    while offset < end {
      let byte = bytes[offset]
      if byte == Byte.quote {
        offset &+= 1
        return TextRange(start, offset)
      }
      if byte == Byte.backslash {
        // quoted-pair: any ASCII but CR and LF.
        offset &+= 1
        guard offset < end, bytes[offset] < 0x80, bytes[offset] != Byte.cr, bytes[offset] != Byte.lf else {
          throw failure("an ASCII character after a backslash")
        }
      } else if !isText(byte) {
        throw failure("no control character in a quoted string")
      }
      offset &+= 1
    }
    throw failure("a closing quote", at: start)
  }

  mutating func readParameterRange() throws(SIPParseError) -> TextRange {
    let start = offset
    skipSpace()
    guard next == Byte.semicolon else {
      offset = start
      return TextRange(start, start)
    }
    let first = offset
    var last = offset
    while offset < end, bytes[offset] == Byte.semicolon {
      offset &+= 1
      skipSpace()
      _ = try readRange(.token, "a parameter name")
      last = offset
      skipSpace()
      if consume(Byte.equals) {
        skipSpace()
        if next == Byte.quote {
          _ = try readQuotedRange()
        } else {
          _ = try readRange(.parameterValue, "a parameter value")
        }
        last = offset
        skipSpace()
      }
    }
    offset = last
    return TextRange(first, last)
  }
}

/// Where a value stands, so that an error can say so. Small and without references for a header of the table.
struct SIPFieldContext {
  /// The header's id, 0 for one that is not in the table or for a value alone.
  private var id: UInt16 = 0
  private var other: SIPHeaderName?
  /// Set when the storage is an unfolded copy: then only the value's own place is known.
  var fixed: Int?

  /// The context of a URI or another value alone.
  init() {}

  init(header: SIPHeaderName, fixed: Int? = nil) {
    id = header.id
    other = header.id == 0 ? header : nil
    self.fixed = fixed
  }

  init(id: UInt16, fixed: Int? = nil) {
    self.id = id
    self.fixed = fixed
  }

  /// The header; nil for a URI alone.
  var header: SIPHeaderName? { id == 0 ? other : SIPHeaderName(id: id, other: "") }

  func position(of offset: Int) -> Int { fixed ?? offset }

  /// A reason phrase that names the header, when it is one whose name is ours and not the peer's text.
  var reason: String {
    guard let header else { return "Bad URI" }
    return id == 0 ? "Bad Header" : "Bad \(header) Header"
  }
}
