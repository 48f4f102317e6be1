import WireSupport

/// User-to-User (RFC 7433 §4.1): data that two ends exchange with a call's messages.
public struct SIPUserToUser: Hashable, Sendable {
  /// The data as it stands, a token or a quoted string with its quotes.
  public var rawData: SIPText
  /// `purpose`, `content`, `encoding` and others.
  public var parameters: SIPParameters

  /// Data in hexadecimal, as ISDN interworking sends it (`encoding=hex`).
  public init(hex bytes: [UInt8], purpose: String? = nil) {
    var text = ""
    for byte in bytes { text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
    rawData = SIPText(text)
    parameters = ["encoding": "hex"]
    if let purpose { parameters["purpose"] = purpose }
  }

  /// Text; it is put in quotes.
  public init(text: String, parameters: SIPParameters = .init()) {
    rawData = SIPText(SIPQuoted.quote(text))
    self.parameters = parameters
  }

  init(rawData: SIPText, parameters: SIPParameters) {
    self.rawData = rawData
    self.parameters = parameters
  }

  /// The data without quotes and escapes.
  public var text: String { SIPQuoted.unquote(rawData) }

  /// The data's bytes: decoded when the encoding is `hex`, nil when it cannot be.
  public var bytes: [UInt8]? {
    let digits = Array(text.utf8)
    guard parameters.text("encoding")?.equalsIgnoringCase("hex") == true else { return digits }
    guard digits.count.isMultiple(of: 2) else { return nil }
    var result = [UInt8]()
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let high = digits[index].hexDigitValue, let low = digits[index + 1].hexDigitValue else { return nil }
      result.append(high << 4 | low)
    }
    return result
  }
}

extension SIPUserToUser: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPUserToUser {
    let data =
      reader.next == Byte.quote ? try reader.readQuoted() : try reader.readToken("a token or a quoted string")
    return SIPUserToUser(rawData: data, parameters: try reader.readParameters())
  }

  public func write(to writer: inout SIPFieldWriter) {
    let isQuoted = rawData.count >= 2 && rawData.span[0] == Byte.quote
    if isQuoted { writer.write(rawData) } else { writer.writeToken(rawData.description) }
    writer.write(parameters)
  }
}

extension SIPHeaderKey where Value == SIPUserToUser {
  /// RFC 7433 §4.1
  public static let userToUser = SIPHeaderKey(.userToUser, .list)
}
