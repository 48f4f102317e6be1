import CCrypto

/// One keyed AES context in counter mode (RFC 3711 §4.1.1). Setting the next packet's IV and running allocate nothing.
struct AESCounterMode: ~Copyable {
  // Owned: created in `init`, used while `self` lives, freed (and wiped, by libcrypto) in `deinit`.
  private let context: OpaquePointer

  init(key: UnsafeRawBufferPointer) throws(RTPError) {
    context = try Self.makeContext(key)
  }

  deinit { EVP_CIPHER_CTX_free(context) }

  private static func makeContext(_ key: UnsafeRawBufferPointer) throws(RTPError) -> OpaquePointer {
    let cipher = try cipher(keyLength: key.count)
    guard let context = EVP_CIPHER_CTX_new() else { throw RTPError(.cipher, expected: "memory for a cipher context") }
    // Safe: the key has as many bytes as the cipher chosen by its length reads.
    guard EVP_EncryptInit_ex(context, cipher, nil, key.baseAddress, nil) == 1 else {
      EVP_CIPHER_CTX_free(context)
      throw RTPError(.cipher, expected: "AES counter mode in libcrypto")
    }
    return context
  }

  private static func cipher(keyLength: Int) throws(RTPError) -> OpaquePointer? {
    switch keyLength {
    case 16: return EVP_aes_128_ctr()
    case 24: return EVP_aes_192_ctr()
    case 32: return EVP_aes_256_ctr()
    default: throw RTPError(.keyLength, expected: "a key of 16, 24 or 32 bytes")
    }
  }

  /// XORs the key stream that begins at the 16-byte counter block `iv` onto `data`, in place.
  func apply(iv: UnsafePointer<UInt8>, to data: UnsafeMutableRawBufferPointer) -> Bool {
    guard let bytes = data.baseAddress, data.count > 0 else { return true }
    guard let count = Int32(exactly: data.count) else { return false }
    var written: Int32 = 0
    // Safe: libcrypto reads 16 bytes of `iv` and reads and writes exactly `count` bytes in place, which CTR permits.
    return EVP_EncryptInit_ex(context, nil, nil, nil, iv) == 1
      && EVP_EncryptUpdate(context, bytes, &written, bytes, count) == 1 && written == count
  }
}
