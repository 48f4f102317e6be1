import CCrypto

/// One keyed AES-GCM context for one direction (RFC 7714 §5): a new 12-byte IV a packet, no allocation.
struct AESGaloisCounterMode: ~Copyable {
  static let tagLength = 16

  // Owned: created in `init`, used while `self` lives, freed (and wiped, by libcrypto) in `deinit`.
  private let context: OpaquePointer
  private let isSealing: Bool

  init(key: UnsafeRawBufferPointer, sealing: Bool) throws(RTPError) {
    context = try Self.makeContext(key, sealing: sealing)
    isSealing = sealing
  }

  deinit { EVP_CIPHER_CTX_free(context) }

  private static func makeContext(_ key: UnsafeRawBufferPointer, sealing: Bool) throws(RTPError) -> OpaquePointer {
    let cipher: OpaquePointer? =
      switch key.count {
      case 16: EVP_aes_128_gcm()
      case 32: EVP_aes_256_gcm()
      default: throw RTPError(.keyLength, expected: "a key of 16 or 32 bytes")
      }
    guard let context = EVP_CIPHER_CTX_new() else { throw RTPError(.cipher, expected: "memory for a cipher context") }
    // Safe: the key has as many bytes as the cipher chosen by its length reads. 12 bytes are GCM's default IV length.
    guard EVP_CipherInit_ex(context, cipher, nil, key.baseAddress, nil, sealing ? 1 : 0) == 1 else {
      EVP_CIPHER_CTX_free(context)
      throw RTPError(.cipher, expected: "AES-GCM in libcrypto")
    }
    return context
  }

  /// Encrypts `data` in place and writes the 16-byte tag over it and the associated data.
  func seal(
    iv: UnsafePointer<UInt8>, associated: UnsafeRawBufferPointer, moreAssociated: UnsafeRawBufferPointer?,
    data: UnsafeMutableRawBufferPointer, tag: UnsafeMutableRawPointer
  ) -> Bool {
    guard isSealing, run(iv, associated, moreAssociated, data) else { return false }
    var rest: Int32 = 0
    var scratch: UInt8 = 0
    // Safe: GCM's final writes no byte; the control writes 16 bytes to `tag`, which has room for them by contract.
    return EVP_EncryptFinal_ex(context, &scratch, &rest) == 1
      && EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagLength), tag) == 1
  }

  /// Decrypts `data` in place; false, and `data` worthless, when the tag does not fit.
  func open(
    iv: UnsafePointer<UInt8>, associated: UnsafeRawBufferPointer, moreAssociated: UnsafeRawBufferPointer?,
    data: UnsafeMutableRawBufferPointer, tag: UnsafeMutableRawPointer
  ) -> Bool {
    guard !isSealing, run(iv, associated, moreAssociated, data) else { return false }
    var rest: Int32 = 0
    var scratch: UInt8 = 0
    // Safe: the control reads 16 bytes of `tag`; GCM's final compares in constant time and writes no byte.
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagLength), tag) == 1
      && EVP_DecryptFinal_ex(context, &scratch, &rest) == 1
  }

  private func run(
    _ iv: UnsafePointer<UInt8>, _ associated: UnsafeRawBufferPointer, _ more: UnsafeRawBufferPointer?,
    _ data: UnsafeMutableRawBufferPointer
  ) -> Bool {
    // Safe: libcrypto reads 12 bytes of `iv`, the associated data's own counts, and works in place on `data`'s count.
    guard EVP_CipherInit_ex(context, nil, nil, nil, iv, isSealing ? 1 : 0) == 1 else { return false }
    var written: Int32 = 0
    guard update(associated) else { return false }
    if let more, !update(more) { return false }
    guard let base = data.baseAddress, data.count > 0 else { return true }
    guard let count = Int32(exactly: data.count) else { return false }
    let bytes = base.assumingMemoryBound(to: UInt8.self)
    return EVP_CipherUpdate(context, bytes, &written, bytes, count) == 1 && written == count
  }

  private func update(_ associated: UnsafeRawBufferPointer) -> Bool {
    guard let base = associated.baseAddress, associated.count > 0 else { return true }
    guard let count = Int32(exactly: associated.count) else { return false }
    var written: Int32 = 0
    // Safe: without an output pointer libcrypto only reads `count` bytes.
    return EVP_CipherUpdate(context, nil, &written, base.assumingMemoryBound(to: UInt8.self), count) == 1
  }
}
