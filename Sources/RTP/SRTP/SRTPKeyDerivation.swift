import CCrypto

/// The session keys' derivation from a master key (RFC 3711 §4.3, with the key sizes of RFC 6188 §3 and RFC 7714 §11).
/// The derivation rate is 0: one derivation for the master key's life.
enum SRTPKeyDerivation {
  enum Label: UInt8 {
    case rtpEncryption = 0
    case rtpAuthentication = 1
    case rtpSalt = 2
    case rtcpEncryption = 3
    case rtcpAuthentication = 4
    case rtcpSalt = 5
  }

  /// Calls `body` with `count` derived bytes, which are wiped when it returns.
  static func withDerived<R: ~Copyable>(
    _ label: Label, count: Int, from master: SRTPMasterKey, _ body: (UnsafeRawBufferPointer) throws(RTPError) -> R
  ) throws(RTPError) -> R {
    // 14 bytes of (master salt XOR label), then the 16-bit block counter: PRF input x · 2^16. A GCM salt of 12 bytes is
    // extended with zeros on the right (RFC 7714 §11).
    var iv = InlineArray<16, UInt8>(repeating: 0)
    try master.withSalt { salt throws(RTPError) in
      for index in 0..<min(14, salt.count) { iv[index] = salt[index] }
    }
    iv[7] ^= label.rawValue
    // Safe: allocated here, zeroed, used within this call, wiped and freed at its end.
    let output = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
    output.initializeMemory(as: UInt8.self, repeating: 0)
    defer {
      OPENSSL_cleanse(output.baseAddress, count)
      output.deallocate()
    }
    let isDone = try master.withKey { key throws(RTPError) in
      let cipher = try AESCounterMode(key: key)
      return iv.span.withUnsafeBufferPointer { block in
        guard let base = block.baseAddress else { return false }
        return cipher.apply(iv: base, to: output)
      }
    }
    guard isDone else { throw RTPError(.cipher, expected: "libcrypto to derive a session key") }
    return try body(UnsafeRawBufferPointer(output))
  }
}
