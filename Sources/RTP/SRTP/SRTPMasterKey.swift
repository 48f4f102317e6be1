import CCrypto

/// A master key and salt with its identifier and lifetime (RFC 3711 §3.2.1): what SDES or DTLS hands over.
///
/// The bytes live outside the Swift heap's reach, never appear in a description or a mirror, and are wiped when the last
/// reference goes.
public final class SRTPMasterKey: Sendable, CustomStringConvertible, CustomReflectable {
  /// The suite that the key is for.
  public let suite: SRTPSuite
  /// The master key identifier that packets carry, empty for none; at most 128 bytes.
  public let identifier: [UInt8]
  /// How many packets the key may protect; SRTP caps it at 2^48 and SRTCP at 2^31 (RFC 3711 §9.2).
  public let lifetime: UInt64

  // Owned by this object alone: written only in `init`, read only after it, wiped and freed only in `deinit`. That is
  // what makes sharing it between threads (`Sendable`) right though the compiler cannot see it.
  nonisolated(unsafe) private let storage: UnsafeMutableRawPointer
  private let count: Int

  /// A key from the concatenation of master key and master salt, as `inline:` carries it (RFC 4568 §6.1).
  /// - Parameters:
  ///   - keyAndSalt: exactly `suite.keyLength + suite.saltLength` bytes; the caller wipes its own copy.
  ///   - lifetime: packets, 2^48 by default.
  /// - Throws: `.keyLength`.
  public init(
    suite: SRTPSuite, keyAndSalt: Span<UInt8>, identifier: [UInt8] = [], lifetime: UInt64 = 1 << 48
  ) throws(RTPError) {
    guard keyAndSalt.count == suite.keyLength + suite.saltLength else {
      throw RTPError(.keyLength, expected: "master key and salt of the suite's lengths")
    }
    guard identifier.count <= 128 else { throw RTPError(.keyLength, expected: "an MKI of at most 128 bytes") }
    self.suite = suite
    self.identifier = identifier
    self.lifetime = lifetime
    count = keyAndSalt.count
    // Safe: freshly allocated for `count` bytes, which is what is copied.
    storage = .allocate(byteCount: keyAndSalt.count, alignment: 16)
    keyAndSalt.withUnsafeBytes {
      storage.copyMemory(from: $0.baseAddress ?? UnsafeRawPointer(storage), byteCount: $0.count)
    }
  }

  deinit {
    OPENSSL_cleanse(storage, count)
    storage.deallocate()
  }

  /// Whether `other` holds the same suite, key, salt and identifier; takes the same time wherever they differ.
  public func isSameKey(as other: SRTPMasterKey) -> Bool {
    suite == other.suite && identifier == other.identifier && CRYPTO_memcmp(storage, other.storage, count) == 0
  }

  /// The key's bytes. Safe: `storage` outlives the call because `self` does, and `body` must not let the pointer escape.
  func withKey<R>(_ body: (UnsafeRawBufferPointer) throws(RTPError) -> R) throws(RTPError) -> R {
    try body(UnsafeRawBufferPointer(start: storage, count: suite.keyLength))
  }

  /// The salt's bytes, under the same rule.
  func withSalt<R>(_ body: (UnsafeRawBufferPointer) throws(RTPError) -> R) throws(RTPError) -> R {
    try body(UnsafeRawBufferPointer(start: storage + suite.keyLength, count: suite.saltLength))
  }

  /// The suite's name; never the key.
  public var description: String { "SRTPMasterKey(\(suite.name))" }
  /// Nothing but the suite, so that `dump` shows no key.
  public var customMirror: Mirror { Mirror(self, children: ["suite": suite.name]) }
}
