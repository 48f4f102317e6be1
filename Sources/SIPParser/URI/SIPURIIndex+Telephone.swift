import WireSupport

extension SIPFieldReader {
  /// The number and the parameters of a `tel` URI (RFC 3966 §3), after its scheme.
  ///
  /// A local number should have a `phone-context`; one without is read all the same, for `tel:112` is common.
  mutating func readTelParts(_ index: inout SIPURIIndex, _ stop: Int) throws(SIPParseError) {
    index.userStart = UInt32(truncatingIfNeeded: offset)
    var digits = 0
    let isGlobal = offset < stop && bytes[offset] == Byte.plus
    if isGlobal { offset &+= 1 }
    while offset < stop, bytes[offset] != Byte.semicolon {
      switch bytes[offset] {
      case let byte where SIPTelephoneNumber.isSeparator(byte): break
      case let byte where byte.isDigit: digits &+= 1
      case UInt8(ascii: "*") where !isGlobal, UInt8(ascii: "#") where !isGlobal: digits &+= 1
      case let byte where !isGlobal && byte.hexDigitValue != nil: digits &+= 1
      default: throw failure("a digit of a telephone number")
      }
      offset &+= 1
    }
    guard digits > 0 else { throw failure("a telephone number") }
    index.userEnd = UInt32(truncatingIfNeeded: offset)
    index.passwordEnd = index.userEnd
    (index.hostStart, index.hostEnd) = (index.userEnd, index.userEnd)
    try readURIParameters(&index, stop)
    guard offset == stop else { throw failure("a parameter or the end of the URI") }
    let range = TextRange(Int(index.parametersStart), Int(index.parametersEnd))
    if range.isEmpty { return }
    let parameters = SIPParameters(storage: storage, range: range, grammar: .uri)
    if let value = parameters.text("ext"), !SIPTelephoneNumber.isNumber(value.bytes) {
      throw failure("digits as ext", at: value.range.lower)
    }
    if let value = parameters.text("phone-context"), !SIPTelephoneNumber.isContext(value.bytes) {
      throw failure("a domain or a number with + as phone-context", at: value.range.lower)
    }
  }
}
