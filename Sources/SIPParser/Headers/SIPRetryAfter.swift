/// Retry-After (RFC 3261 §20.33): how long the peer asks us to wait, in seconds.
public struct SIPRetryAfter: Hashable, Sendable {
  /// Seconds; 2^32 − 1 for any larger number.
  public var seconds: UInt32
  /// What stands in parentheses, without them.
  public var comment: String?
  /// `duration` and others.
  public var parameters: SIPParameters

  /// A wait of `seconds`.
  public init(seconds: UInt32, comment: String? = nil, parameters: SIPParameters = .init()) {
    self.seconds = seconds
    self.comment = comment
    self.parameters = parameters
  }
}

extension SIPRetryAfter: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPRetryAfter {
    let seconds = try reader.readSeconds()
    reader.skipSpace()
    let comment = reader.next == Byte.openParenthesis ? try reader.readComment() : nil
    return SIPRetryAfter(seconds: seconds, comment: comment, parameters: try reader.readParameters())
  }

  public func write(to writer: inout SIPFieldWriter) {
    writer.write(seconds)
    if let comment {
      var escaped = " ("
      for character in comment.unicodeScalars {
        if character == "(" || character == ")" || character == "\\" { escaped += "\\" }
        escaped.unicodeScalars.append(character)
      }
      writer.write(escaped + ")")
    }
    writer.write(parameters)
  }
}

extension SIPFieldReader {
  /// A comment (RFC 3261 §25.1) with its nested ones and without its outer parentheses and escapes.
  mutating func readComment() throws(SIPParseError) -> String {
    let start = offset
    guard consume(Byte.openParenthesis) else { throw failure("a comment") }
    var depth = 1
    var text = [UInt8]()
    while !isAtEnd {
      let byte = next
      offset &+= 1
      switch byte {
      case Byte.openParenthesis: depth &+= 1
      case Byte.closeParenthesis:
        depth &-= 1
        if depth == 0 { return String(decoding: text, as: UTF8.self) }
      case Byte.backslash:
        guard !isAtEnd, next < 0x80 else { throw failure("an ASCII character after a backslash") }
        text.append(next)
        offset &+= 1
        continue
      default: if !isText(byte) { throw failure("no control character in a comment", at: offset &- 1) }
      }
      text.append(byte)
    }
    throw failure("a closing parenthesis", at: start)
  }
}

extension SIPHeaderKey where Value == SIPRetryAfter {
  /// RFC 3261 §20.33
  public static let retryAfter = SIPHeaderKey(.retryAfter)
}
