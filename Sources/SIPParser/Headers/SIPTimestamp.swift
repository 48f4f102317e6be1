import WireSupport

/// Timestamp (RFC 3261 §20.38): when a request was sent, as its sender counts, and how long the answer took.
public struct SIPTimestamp: Hashable, Sendable {
  /// Seconds with or without a fraction, as written: a response repeats it byte for byte.
  public var time: SIPText
  /// Seconds between the request's arrival and the response, as written; nil when it is not said.
  public var delay: SIPText?

  /// A time, and a delay, as decimal numbers such as `54.21`.
  public init(_ time: SIPText, delay: SIPText? = nil) {
    self.time = time
    self.delay = delay
  }

  /// `time` in nanoseconds; nil beyond what 64 bits hold.
  public var nanoseconds: Int64? { Self.nanoseconds(time) }
  /// `delay` in nanoseconds; nil when there is none or beyond what 64 bits hold.
  public var delayNanoseconds: Int64? { delay.flatMap { Self.nanoseconds($0) } }

  private static func nanoseconds(_ text: SIPText) -> Int64? {
    let bytes = text.bytes
    let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    var result: Int64 = 0
    for byte in parts[0] {
      let (product, overflow) = result.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(Int64(byte &- 48))
      if overflow || carry { return nil }
      result = sum
    }
    let (scaled, overflow) = result.multipliedReportingOverflow(by: 1_000_000_000)
    if overflow { return nil }
    var fraction: Int64 = 0
    var weight: Int64 = 100_000_000
    for byte in parts.dropFirst().joined().prefix(9) {
      fraction += Int64(byte &- 48) * weight
      weight /= 10
    }
    let (sum, carry) = scaled.addingReportingOverflow(fraction)
    return carry ? nil : sum
  }
}

extension SIPTimestamp: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPTimestamp {
    let start = reader.offset
    guard reader.next.isDigit else { throw reader.failure("a number of seconds") }
    reader.skipDecimal()
    let time = reader.text(TextRange(start, reader.offset))
    guard isSpace(reader.next) else { return SIPTimestamp(time) }
    reader.skipSpace()
    let delayStart = reader.offset
    reader.skipDecimal()
    return SIPTimestamp(
      time, delay: reader.offset > delayStart ? reader.text(TextRange(delayStart, reader.offset)) : nil)
  }

  public func write(to writer: inout SIPFieldWriter) {
    if !Self.isNumber(time) || time.span[0] == UInt8(ascii: ".") { writer.fail("a decimal number") }
    writer.write(time)
    guard let delay else { return }
    if !Self.isNumber(delay) { writer.fail("a decimal number") }
    writer.write(" ")
    writer.write(delay)
  }

  private static func isNumber(_ text: SIPText) -> Bool {
    let bytes = text.bytes
    let dots = bytes.filter { $0 == UInt8(ascii: ".") }.count
    return !bytes.isEmpty && dots <= 1 && bytes.allSatisfy { $0.isDigit || $0 == UInt8(ascii: ".") }
  }
}

extension SIPFieldReader {
  /// Digits, a dot, digits; any of them may be missing.
  fileprivate mutating func skipDecimal() {
    while next.isDigit { offset &+= 1 }
    if consume(UInt8(ascii: ".")) { while next.isDigit { offset &+= 1 } }
  }
}

extension SIPHeaderKey where Value == SIPTimestamp {
  /// RFC 3261 §20.38
  public static let timestamp = SIPHeaderKey(.timestamp)
}
