import WireSupport

/// A telephone number (RFC 3966): of a `tel` URI, or of the user part of a `sip` URI with `user=phone`.
public struct SIPTelephoneNumber: Hashable, Sendable {
  /// The digits without visual separators, with `+` before a global number; `*`, `#` and A–F in local ones.
  public var digits: String
  /// Where a local number is valid: a domain, or the first digits of a global number.
  public var phoneContext: String?
  /// `ext`: the extension behind the number, without visual separators.
  public var `extension`: String?
  /// `isub`: the ISDN subaddress.
  public var subaddress: String?

  /// A number; visual separators in it are dropped.
  public init(
    _ digits: String, phoneContext: String? = nil, extension: String? = nil, subaddress: String? = nil
  ) {
    self.digits = Self.text(Array(digits.utf8))
    self.phoneContext = phoneContext
    self.extension = `extension`.map { Self.text(Array($0.utf8)) }
    self.subaddress = subaddress
  }

  /// The number of a `tel` URI, or of a `sip` or `sips` URI with `user=phone`; nil for any other URI.
  public init?(_ uri: SIPURI) {
    switch uri.scheme {
    case .tel:
      guard let number = uri.rawUser else { return nil }
      self.init(
        number.description, phoneContext: uri.parameters["phone-context"], extension: uri.parameters["ext"],
        subaddress: uri.parameters["isub"])
    case .sip, .sips:
      // RFC 3261 §19.1.6: the user part is what follows `tel:`; `#` in the number is escaped there.
      guard uri.parameters.text("user")?.equalsIgnoringCase("phone") == true, let user = uri.rawUser else { return nil }
      let parts = user.bytes.split(separator: Byte.semicolon, maxSplits: 1, omittingEmptySubsequences: false)
      let number = SIPEscape.unescapedBytes(Array(parts[0]))
      let rest = parts.count > 1 ? [Byte.semicolon] + parts[1] : []
      guard let tel = try? SIPURI(bytes: Array("tel:".utf8) + number + rest) else { return nil }
      self.init(tel)
    case .other: return nil
    }
  }

  /// Whether the number is valid everywhere.
  public var isGlobal: Bool { digits.utf8.first == Byte.plus }

  /// The number as a `tel` URI. What is no number makes the message that holds it refuse to serialise.
  public var uri: SIPURI {
    var parameters = SIPParameters.uri()
    // RFC 3966 §3: isub or ext first, then phone-context.
    if let subaddress { parameters["isub"] = subaddress }
    if let `extension` { parameters["ext"] = `extension` }
    if let phoneContext { parameters["phone-context"] = phoneContext }
    return SIPURI(
      composing: SIPURIParts(
        scheme: .tel, user: digits, password: nil, host: "", port: nil, parameters: parameters.rawText.bytes,
        headers: []))
  }

  /// The number as a `sip` URI at a gateway (RFC 3261 §19.1.6).
  public func uri(at host: SIPHost, port: UInt16? = nil) -> SIPURI {
    let tel = uri
    var user = Array(SIPEscape.escapeUser(digits).utf8)
    // Escapes of the parameters stay as they are; `[`, `]`, `/` and `:` need one in a user part only.
    for byte in tel.parameters.rawText.bytes {
      if byte == Byte.percent { user.append(byte) } else { SIPEscape.append(byte, allowed: .user, to: &user) }
    }
    return SIPURI(
      composing: SIPURIParts(
        scheme: .sip, user: String(decoding: user, as: UTF8.self), password: nil, host: host.description, port: port,
        parameters: Array(";user=phone".utf8), headers: []))
  }

  // MARK: For the grammar

  static func isSeparator(_ byte: UInt8) -> Bool { "-.()".utf8.contains(byte) }

  /// The bytes without visual separators.
  static func digits(_ bytes: [UInt8]) -> [UInt8] { bytes.filter { !isSeparator($0) } }

  private static func text(_ bytes: [UInt8]) -> String { String(decoding: digits(bytes), as: UTF8.self) }

  /// `phonedigit`s, at least one a digit.
  static func isNumber(_ bytes: [UInt8]) -> Bool {
    bytes.contains { $0.isDigit } && bytes.allSatisfy { $0.isDigit || isSeparator($0) }
  }

  /// `descriptor`: a domain name or `+` and a number.
  static func isContext(_ bytes: [UInt8]) -> Bool {
    if bytes.first == Byte.plus { return isNumber(Array(bytes.dropFirst())) }
    return !bytes.isEmpty && bytes.allSatisfy { CharacterClass.host.contains($0) }
  }
}
