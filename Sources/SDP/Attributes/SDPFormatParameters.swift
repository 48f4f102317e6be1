import WireSupport

/// The parameters of a format, as `a=fmtp` carries them (RFC 8866 §6.15): `minptime=10;useinbandfec=1`, `0-16`.
public struct SDPFormatParameters: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The parameters as they stand on the line.
  public let text: SDPText

  /// Parameters as they stand on the line.
  public init(_ text: SDPText) { self.text = text }
  /// The parameters that the literal spells.
  public init(stringLiteral value: String) { text = SDPText(value) }

  /// The parameters between semicolons, in order, without the spaces around them; the value is nil without `=`.
  public var pairs: [(name: String, value: String?)] {
    var result = [(name: String, value: String?)]()
    var reader = SDPFieldReader(text)
    while let part = reader.next(upTo: UInt8(ascii: ";")) {
      let trimmed = Self.trim(part)
      if trimmed.isEmpty { continue }
      if let equals = trimmed.bytes.firstIndex(of: UInt8(ascii: "=")) {
        let value = Self.trim(trimmed.slice(equals + 1, trimmed.count))
        result.append((Self.trim(trimmed.slice(0, equals)).string, value.string))
      } else {
        result.append((trimmed.string, nil))
      }
    }
    return result
  }

  /// The value of the first parameter of this name, compared without regard to case; empty when it has no `=`.
  public subscript(name: String) -> String? {
    let wanted = SDPText(name)
    for pair in pairs where SDPText(pair.name).equalsIgnoringCase(wanted) { return pair.value ?? "" }
    return nil
  }

  /// The named parameter as a number.
  public func number(_ name: String) -> Int? { self[name].flatMap { SDPText($0).decimal }.flatMap { Int(exactly: $0) } }

  /// The text.
  public var description: String { text.string }

  private static func trim(_ text: SDPText) -> SDPText {
    let bytes = text.bytes
    var (start, end) = (0, bytes.count)
    while start < end, bytes[start] == SDPGrammar.space { start += 1 }
    while start < end, bytes[end - 1] == SDPGrammar.space { end -= 1 }
    return text.slice(start, end)
  }
}

/// `a=fmtp:96 useinbandfec=1`: a format and its parameters.
public struct SDPFormatDescription: Hashable, Sendable {
  /// The format as on the `m=` line.
  public var format: SDPText
  /// Its parameters.
  public var parameters: SDPFormatParameters

  /// A format's parameters.
  public init(format: SDPText, parameters: SDPFormatParameters) {
    self.format = format
    self.parameters = parameters
  }
}

extension SDPAttributeKey where Value == SDPFormatDescription {
  /// RFC 8866 §6.15
  public static var fmtp: Self {
    Self(.fmtp, expected: "a format and its parameters") { text in
      var reader = SDPFieldReader(text)
      guard let format = reader.nextWord(), !reader.isAtEnd else { return nil }
      return SDPFormatDescription(format: format, parameters: SDPFormatParameters(reader.rest))
    } print: {
      SDPText("\($0.format) \($0.parameters.text)")
    }
  }
}
