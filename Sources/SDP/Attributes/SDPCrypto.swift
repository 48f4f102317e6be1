import WireSupport

/// An SRTP crypto suite by its SDES name (RFC 4568 §6.2, RFC 6188, RFC 7714). Open.
public struct SDPCryptoSuite: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The name as in SDP.
  public let name: SDPText
  /// The suite of that name.
  public init(_ name: SDPText) { self.name = name }
  /// The suite that the literal names.
  public init(stringLiteral value: String) { name = SDPText(value) }
  /// The name.
  public var description: String { name.string }

  /// RFC 4568 §6.2.1
  public static let aesCM128HMACSHA1_80: SDPCryptoSuite = "AES_CM_128_HMAC_SHA1_80"
  /// RFC 4568 §6.2.2
  public static let aesCM128HMACSHA1_32: SDPCryptoSuite = "AES_CM_128_HMAC_SHA1_32"
  /// RFC 6188 §2
  public static let aes256CMHMACSHA1_80: SDPCryptoSuite = "AES_256_CM_HMAC_SHA1_80"
  /// RFC 6188 §2
  public static let aes256CMHMACSHA1_32: SDPCryptoSuite = "AES_256_CM_HMAC_SHA1_32"
  /// RFC 7714 §14.2
  public static let aeadAES128GCM: SDPCryptoSuite = "AEAD_AES_128_GCM"
  /// RFC 7714 §14.2
  public static let aeadAES256GCM: SDPCryptoSuite = "AEAD_AES_256_GCM"

  /// Bytes of master key and master salt together; nil for a suite that is not among the above.
  public var keyAndSaltCount: Int? {
    switch self {
    case .aesCM128HMACSHA1_80, .aesCM128HMACSHA1_32: 30
    case .aes256CMHMACSHA1_80, .aes256CMHMACSHA1_32: 46
    case .aeadAES128GCM: 28
    case .aeadAES256GCM: 44
    default: nil
    }
  }
}

/// One `inline:` key of `a=crypto` (RFC 4568 §6.1). Its description shows no key.
public struct SDPCryptoKey: Hashable, Sendable, CustomStringConvertible {
  /// The master key followed by the master salt.
  public var keyAndSalt: [UInt8]
  /// After how many packets the key must not be used any more; nil: the suite's default.
  public var lifetime: UInt64?
  /// The master key identifier; nil without one.
  public var mki: MKI?

  /// A master key identifier: its value and how many bytes of each packet it takes.
  public struct MKI: Hashable, Sendable {
    /// The value.
    public var value: UInt64
    /// 1–128 bytes.
    public var byteCount: Int
    /// An identifier.
    public init(value: UInt64, byteCount: Int) {
      self.value = value
      self.byteCount = byteCount
    }
  }

  /// A key.
  public init(keyAndSalt: [UInt8], lifetime: UInt64? = nil, mki: MKI? = nil) {
    self.keyAndSalt = keyAndSalt
    self.lifetime = lifetime
    self.mki = mki
  }

  /// Its length only.
  public var description: String { "<\(keyAndSalt.count)-byte key>" }

  init?(_ text: SDPText) {
    let method: SDPText = "inline:"
    guard text.count > method.count, text.slice(0, method.count).equalsIgnoringCase(method) else { return nil }
    var parts = SDPFieldReader(text.slice(method.count, text.count))
    let bar = UInt8(ascii: "|")
    guard let key = parts.next(upTo: bar), !key.isEmpty, let bytes = Base64.decode(key.bytes) else { return nil }
    keyAndSalt = bytes
    guard var part = parts.next(upTo: bar) else { return }
    if part.bytes.firstIndex(of: SDPGrammar.colon) == nil {
      guard let lifetime = Self.lifetime(part) else { return nil }
      self.lifetime = lifetime
      guard let next = parts.next(upTo: bar) else { return }
      part = next
    }
    guard parts.isAtEnd, let colon = part.bytes.firstIndex(of: SDPGrammar.colon),
      let value = part.slice(0, colon).decimal, let count = part.slice(colon + 1, part.count).decimal, count >= 1,
      count <= 128
    else { return nil }
    mki = MKI(value: value, byteCount: Int(count))
  }

  /// `2^20` or a plain number, at least 1.
  private static func lifetime(_ text: SDPText) -> UInt64? {
    let power: SDPText = "2^"
    if text.count > 2, text.slice(0, 2) == power {
      guard let exponent = text.slice(2, text.count).decimal, exponent < 64 else { return nil }
      return 1 << exponent
    }
    guard let value = text.decimal, value > 0 else { return nil }
    return value
  }

  var printed: String {
    var text = "inline:" + String(decoding: Base64.encode(keyAndSalt), as: UTF8.self)
    if let lifetime {
      let isPower = lifetime.nonzeroBitCount == 1
      text += isPower ? "|2^\(lifetime.trailingZeroBitCount)" : "|\(lifetime)"
    }
    if let mki { text += "|\(mki.value):\(mki.byteCount)" }
    return text
  }
}

/// One `a=crypto` line (RFC 4568): `1 AES_CM_128_HMAC_SHA1_80 inline:…`. Its description shows no key.
public struct SDPCrypto: Hashable, Sendable, CustomStringConvertible {
  /// Pairs an answer's line with the offer's; 1–9 digits.
  public var tag: UInt32
  /// The suite.
  public var suite: SDPCryptoSuite
  /// At least one key; more than one only with master key identifiers.
  public var keys: [SDPCryptoKey]
  /// KDR=, UNENCRYPTED_SRTP, …, as they are written.
  public var sessionParameters: [SDPText]

  /// A crypto line.
  public init(tag: UInt32, suite: SDPCryptoSuite, keys: [SDPCryptoKey], sessionParameters: [SDPText] = []) {
    self.tag = tag
    self.suite = suite
    self.keys = keys
    self.sessionParameters = sessionParameters
  }

  /// A crypto line with one key.
  public init(tag: UInt32 = 1, suite: SDPCryptoSuite, keyAndSalt: [UInt8]) {
    self.init(tag: tag, suite: suite, keys: [SDPCryptoKey(keyAndSalt: keyAndSalt)])
  }

  /// Tag and suite only.
  public var description: String { "\(tag) \(suite) <hidden>" }

  /// Whether a plain SRTP context can be made of it: one key of the suite's length, and no session parameter that changes
  /// the transform. WSH is a hint, and a parameter behind `-` may be ignored (RFC 4568 §6.3.6, §6.3.7).
  func isUsable(acceptsMKI: Bool) -> Bool {
    guard let length = suite.keyAndSaltCount, let key = keys.first, keys.count == 1, key.keyAndSalt.count == length,
      acceptsMKI || key.mki == nil
    else { return false }
    return sessionParameters.allSatisfy { parameter in
      let text = parameter.string
      return text.hasPrefix("-") || text.hasPrefix("WSH=") || text == "KDR=0"
    }
  }

  init?(_ text: SDPText) {
    var words = SDPFieldReader(text)
    guard let tagText = words.nextWord(), tagText.count <= 9, let tag = tagText.decimal, let suite = words.nextWord(),
      let keyText = words.nextWord()
    else { return nil }
    var keys = [SDPCryptoKey]()
    var parts = SDPFieldReader(keyText)
    while let part = parts.next(upTo: UInt8(ascii: ";")) {
      guard keys.count < 16, let key = SDPCryptoKey(part) else { return nil }
      keys.append(key)
    }
    guard !keys.isEmpty else { return nil }
    var parameters = [SDPText]()
    while let word = words.nextWord() { parameters.append(word) }
    self.init(
      tag: UInt32(truncatingIfNeeded: tag), suite: SDPCryptoSuite(suite), keys: keys, sessionParameters: parameters)
  }
}

extension SDPAttributeKey where Value == SDPCrypto {
  /// RFC 4568 §4
  public static var crypto: Self {
    Self(.crypto, expected: "a tag, a suite, inline keys and session parameters") {
      SDPCrypto($0)
    } print: { value in
      var text = "\(value.tag) \(value.suite) \(value.keys.map(\.printed).joined(separator: ";"))"
      for parameter in value.sessionParameters { text += " \(parameter)" }
      return SDPText(text)
    }
  }
}
