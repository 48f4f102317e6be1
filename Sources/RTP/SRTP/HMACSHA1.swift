import CCrypto

/// HMAC-SHA1 (RFC 2104) with the inner and outer key blocks hashed once: a packet costs a copy of the two 96-byte states
/// and the compressions of its own bytes, and no allocation.
struct HMACSHA1: ~Copyable {
  // Three states owned by this value: keyed inner, keyed outer, and the one being worked on.
  private let states: UnsafeMutablePointer<SHA_CTX>
  private static let count = 3

  init(key: UnsafeRawBufferPointer) {
    // SRTP's authentication keys have 20 bytes; HMAC's rule for keys above a block is not needed.
    precondition(key.count <= 64, "an authentication key is at most one block")
    states = .allocate(capacity: Self.count)
    states.initialize(repeating: SHA_CTX(), count: Self.count)
    var block = InlineArray<64, UInt8>(repeating: 0)
    for state in 0..<2 {
      let pad: UInt8 = state == 0 ? 0x36 : 0x5c
      for index in 0..<64 { block[index] = (index < key.count ? key[index] : 0) ^ pad }
      SHA1_Init(states + state)
      let mutable = block.mutableSpan
      // Safe: 64 initialised bytes that outlive the call; wiped below.
      mutable.withUnsafeBytes { _ = SHA1_Update(states + state, $0.baseAddress, 64) }
    }
    var span = block.mutableSpan
    span.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) }
  }

  deinit {
    OPENSSL_cleanse(states, Self.count * MemoryLayout<SHA_CTX>.stride)
    states.deallocate()
  }

  /// Writes the 20-byte code of `data` followed by the four bytes of `suffix` in network order (SRTP's rollover counter)
  /// where there is one.
  func authenticate(_ data: UnsafeRawBufferPointer, suffix: UInt32?, into code: UnsafeMutablePointer<UInt8>) {
    let work = states + 2
    work.pointee = states.pointee
    // Safe: SHA1_* read the given counts and write 20 bytes; `code` has room for 20 by contract.
    SHA1_Update(work, data.baseAddress, data.count)
    if var suffix = suffix?.bigEndian { SHA1_Update(work, &suffix, 4) }
    SHA1_Final(code, work)
    work.pointee = states[1]
    SHA1_Update(work, code, 20)
    SHA1_Final(code, work)
  }
}
