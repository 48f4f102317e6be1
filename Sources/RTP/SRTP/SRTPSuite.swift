/// A protection profile of SRTP: cipher, key sizes and tag lengths. Open: suites are values, not cases.
public struct SRTPSuite: Hashable, Sendable, CustomStringConvertible {
  /// The name in SDP's `a=crypto` (RFC 4568 §6.2, RFC 6188 §4, RFC 7714 §14.2).
  public let name: String
  /// The master key's length in bytes: 16, 24 or 32.
  public let keyLength: Int
  /// The master salt's length in bytes: 14, or 12 with GCM.
  public let saltLength: Int
  /// How many bytes the tag adds to an RTP packet.
  public let rtpTagLength: Int
  /// How many bytes the tag adds to an RTCP packet, without the 4 bytes of the index.
  public let rtcpTagLength: Int
  /// Whether the cipher authenticates by itself (GCM) instead of with HMAC-SHA1.
  public let isAEAD: Bool

  private init(_ name: String, key: Int, tag: Int, aead: Bool = false) {
    self.name = name
    keyLength = key
    saltLength = aead ? 12 : 14
    rtpTagLength = tag
    // RFC 3711 §5.2: SRTCP's tag is 80 bits also where SRTP's is 32.
    rtcpTagLength = aead ? 16 : 10
    isAEAD = aead
  }

  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// AES-128 counter mode, 80-bit tag (RFC 3711, the mandatory suite).
  public static let aesCM128HMACSHA1_80 = SRTPSuite("AES_CM_128_HMAC_SHA1_80", key: 16, tag: 10)
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// AES-128 counter mode, 32-bit tag on RTP.
  public static let aesCM128HMACSHA1_32 = SRTPSuite("AES_CM_128_HMAC_SHA1_32", key: 16, tag: 4)
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// AES-192 counter mode, 80-bit tag (RFC 6188).
  public static let aesCM192HMACSHA1_80 = SRTPSuite("AES_192_CM_HMAC_SHA1_80", key: 24, tag: 10)
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// AES-192 counter mode, 32-bit tag on RTP (RFC 6188).
  public static let aesCM192HMACSHA1_32 = SRTPSuite("AES_192_CM_HMAC_SHA1_32", key: 24, tag: 4)
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// AES-256 counter mode, 80-bit tag (RFC 6188).
  public static let aesCM256HMACSHA1_80 = SRTPSuite("AES_256_CM_HMAC_SHA1_80", key: 32, tag: 10)
  // swift-format-ignore: AlwaysUseLowerCamelCase
  /// AES-256 counter mode, 32-bit tag on RTP (RFC 6188).
  public static let aesCM256HMACSHA1_32 = SRTPSuite("AES_256_CM_HMAC_SHA1_32", key: 32, tag: 4)
  /// AES-128 Galois/counter mode, 128-bit tag (RFC 7714).
  public static let aeadAES128GCM = SRTPSuite("AEAD_AES_128_GCM", key: 16, tag: 16, aead: true)
  /// AES-256 Galois/counter mode, 128-bit tag (RFC 7714).
  public static let aeadAES256GCM = SRTPSuite("AEAD_AES_256_GCM", key: 32, tag: 16, aead: true)

  /// Every suite, strongest first.
  public static let all: [SRTPSuite] = [
    .aeadAES256GCM, .aeadAES128GCM, .aesCM256HMACSHA1_80, .aesCM192HMACSHA1_80, .aesCM128HMACSHA1_80,
    .aesCM256HMACSHA1_32, .aesCM192HMACSHA1_32, .aesCM128HMACSHA1_32,
  ]

  /// The suite of this SDP name; RFC 4568 names are case-insensitive tokens. Nil when unknown.
  public init?(name: some StringProtocol) {
    let wanted = name.uppercased()
    guard let suite = Self.all.first(where: { $0.name == wanted }) else { return nil }
    self = suite
  }

  /// The suite's SDP name.
  public var description: String { name }
}
