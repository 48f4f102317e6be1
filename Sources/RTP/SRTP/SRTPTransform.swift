import CCrypto

/// The session keys of one master key, and the two transforms over a packet in place: RTP's and RTCP's, either by
/// counter mode with HMAC-SHA1 (RFC 3711 §4) or by GCM (RFC 7714). It knows nothing of replay, rollover or sources.
final class SRTPTransform {
  /// One protocol's half: its cipher, its authenticator, its salt.
  private struct Half: ~Copyable {
    let counterMode: AESCounterMode?
    let hmac: HMACSHA1?
    let gcm: AESGaloisCounterMode?
    /// The session salt as the upper 14 (or 12) bytes of a 16-byte block, in two words in host order.
    let saltHigh: UInt64
    let saltLow: UInt64

    init(master: SRTPMasterKey, isRTP: Bool, sealing: Bool) throws(RTPError) {
      let suite = master.suite
      let encryption: SRTPKeyDerivation.Label = isRTP ? .rtpEncryption : .rtcpEncryption
      let salt = try SRTPKeyDerivation.withDerived(
        isRTP ? .rtpSalt : .rtcpSalt, count: suite.saltLength, from: master
      ) { salt throws(RTPError) in Self.words(salt) }
      let half = try SRTPKeyDerivation.withDerived(encryption, count: suite.keyLength, from: master) {
        key throws(RTPError) in
        if suite.isAEAD { return try Half(aeadKey: key, salt: salt, sealing: sealing) }
        return try SRTPKeyDerivation.withDerived(
          isRTP ? .rtpAuthentication : .rtcpAuthentication, count: 20, from: master
        ) { authentication throws(RTPError) in
          try Half(cipherKey: key, authenticationKey: authentication, salt: salt)
        }
      }
      self = half
    }

    /// The half of a GCM suite. What can throw comes first: a half-made noncopyable value has no deinit.
    init(aeadKey: UnsafeRawBufferPointer, salt: (UInt64, UInt64), sealing: Bool) throws(RTPError) {
      let gcm = try AESGaloisCounterMode(key: aeadKey, sealing: sealing)
      self.gcm = consume gcm
      counterMode = nil
      hmac = nil
      (saltHigh, saltLow) = salt
    }

    /// The half of a counter mode suite.
    init(
      cipherKey: UnsafeRawBufferPointer, authenticationKey: UnsafeRawBufferPointer, salt: (UInt64, UInt64)
    ) throws(RTPError) {
      let cipher = try AESCounterMode(key: cipherKey)
      counterMode = consume cipher
      hmac = HMACSHA1(key: authenticationKey)
      gcm = nil
      (saltHigh, saltLow) = salt
    }

    /// A salt as the upper bytes of a 16-byte block.
    static func words(_ salt: UnsafeRawBufferPointer) -> (UInt64, UInt64) {
      var words: (UInt64, UInt64) = (0, 0)
      for index in 0..<16 {
        let byte = index < salt.count ? UInt64(salt[index]) : 0
        if index < 8 { words.0 = words.0 << 8 | byte } else { words.1 = words.1 << 8 | byte }
      }
      return words
    }

    /// The counter block of RFC 3711 §4.1.1: salt·2^16 ⊕ SSRC·2^64 ⊕ index·2^16.
    func counterBlock(ssrc: UInt32, index: UInt64) -> InlineArray<2, UInt64> {
      [(saltHigh ^ UInt64(ssrc)).bigEndian, (saltLow ^ index << 16).bigEndian]
    }

    /// The 12-byte IV of RFC 7714 §8.1 and §9.1: salt ⊕ (0 ‖ SSRC ‖ 48-bit index), in the first 12 of 16 bytes.
    func gcmIV(ssrc: UInt32, index: UInt64) -> InlineArray<2, UInt64> {
      [
        (saltHigh ^ UInt64(ssrc) << 16 ^ index >> 32).bigEndian,
        (saltLow ^ (index & 0xffff_ffff) << 32).bigEndian,
      ]
    }
  }

  // Copies of the suite's numbers: the suite itself holds a name, whose reference count would be touched a packet.
  private let isAEAD: Bool
  private let rtpTagLength: Int
  private let rtcpTagLength: Int
  private let rtp: Half
  private let rtcp: Half

  init(master: SRTPMasterKey, sealing: Bool) throws(RTPError) {
    isAEAD = master.suite.isAEAD
    rtpTagLength = master.suite.rtpTagLength
    rtcpTagLength = master.suite.rtcpTagLength
    rtp = try Half(master: master, isRTP: true, sealing: sealing)
    rtcp = try Half(master: master, isRTP: false, sealing: sealing)
  }

  /// A GCM transform with session keys as they are, as RFC 7714's vectors give them; the same for both protocols.
  init(suite: SRTPSuite, aeadSessionKey key: UnsafeRawBufferPointer, salt: UnsafeRawBufferPointer, sealing: Bool)
    throws(RTPError)
  {
    isAEAD = true
    rtpTagLength = suite.rtpTagLength
    rtcpTagLength = suite.rtcpTagLength
    rtp = try Half(aeadKey: key, salt: Half.words(salt), sealing: sealing)
    rtcp = try Half(aeadKey: key, salt: Half.words(salt), sealing: sealing)
  }

  // MARK: RTP. `packet` is header ‖ payload; the tag lies (or goes) right behind it, MKI aside.

  /// Encrypts the payload (unless told not to) and writes the tag of `rtpTagLength` bytes to `tag`. With counter
  /// mode the tag covers what `packet` holds; an MKI, which it does not cover, may lie between.
  func protectRTP(
    _ packet: UnsafeMutableRawBufferPointer, payloadOffset: Int, ssrc: UInt32, index: UInt64, encrypt: Bool,
    tag: UnsafeMutableRawPointer
  ) -> Bool {
    let payload = UnsafeMutableRawBufferPointer(rebasing: packet[(encrypt ? payloadOffset : packet.count)...])
    if isAEAD {
      let header = UnsafeRawBufferPointer(rebasing: packet[..<(packet.count - payload.count)])
      return withBytes(of: rtp.gcmIV(ssrc: ssrc, index: index)) { iv in
        rtp.gcm?.seal(iv: iv, associated: header, moreAssociated: nil, data: payload, tag: tag) ?? false
      }
    }
    if encrypt {
      let isDone = withBytes(of: rtp.counterBlock(ssrc: ssrc, index: index)) { iv in
        rtp.counterMode?.apply(iv: iv, to: payload) ?? false
      }
      guard isDone else { return false }
    }
    let suffix = UInt32(truncatingIfNeeded: index >> 16)
    return withCode(rtp.hmac, UnsafeRawBufferPointer(packet), suffix: suffix) { code in
      tag.copyMemory(from: code, byteCount: rtpTagLength)
      return true
    }
  }

  /// Checks the tag and then decrypts; false, and nothing decrypted in counter mode, when it is wrong. After a failure in
  /// GCM the payload is worthless.
  func unprotectRTP(
    _ packet: UnsafeMutableRawBufferPointer, payloadOffset: Int, ssrc: UInt32, index: UInt64, encrypted: Bool,
    tag: UnsafeMutableRawPointer
  ) -> Bool {
    let payload = UnsafeMutableRawBufferPointer(rebasing: packet[(encrypted ? payloadOffset : packet.count)...])
    if isAEAD {
      let header = UnsafeRawBufferPointer(rebasing: packet[..<(packet.count - payload.count)])
      return withBytes(of: rtp.gcmIV(ssrc: ssrc, index: index)) { iv in
        rtp.gcm?.open(iv: iv, associated: header, moreAssociated: nil, data: payload, tag: tag) ?? false
      }
    }
    let suffix = UInt32(truncatingIfNeeded: index >> 16)
    let isAuthentic = withCode(rtp.hmac, UnsafeRawBufferPointer(packet), suffix: suffix) { code in
      CRYPTO_memcmp(code, tag, rtpTagLength) == 0
    }
    guard isAuthentic, encrypted else { return isAuthentic }
    return withBytes(of: rtp.counterBlock(ssrc: ssrc, index: index)) { iv in
      rtp.counterMode?.apply(iv: iv, to: payload) ?? false
    }
  }

  // MARK: RTCP. `packet` is the compound; `word` the E flag and index in network order.

  /// Protects a compound RTCP packet. In counter mode `packet` ends with the index word already written, and the tag
  /// covers it (RFC 3711 §3.4); in GCM the word is passed apart (RFC 7714 §9).
  func protectRTCP(
    _ packet: UnsafeMutableRawBufferPointer, word: UnsafeRawBufferPointer, ssrc: UInt32, index: UInt64, encrypt: Bool,
    tag: UnsafeMutableRawPointer
  ) -> Bool {
    let end = isAEAD ? packet.count : packet.count - 4
    let body = UnsafeMutableRawBufferPointer(rebasing: packet[(encrypt ? 8 : end)..<end])
    if isAEAD {
      let header = UnsafeRawBufferPointer(rebasing: packet[..<(packet.count - body.count)])
      return withBytes(of: rtcp.gcmIV(ssrc: ssrc, index: index)) { iv in
        rtcp.gcm?.seal(iv: iv, associated: header, moreAssociated: word, data: body, tag: tag) ?? false
      }
    }
    if encrypt {
      let isDone = withBytes(of: rtcp.counterBlock(ssrc: ssrc, index: index)) { iv in
        rtcp.counterMode?.apply(iv: iv, to: body) ?? false
      }
      guard isDone else { return false }
    }
    return withCode(rtcp.hmac, UnsafeRawBufferPointer(packet), suffix: nil) { code in
      tag.copyMemory(from: code, byteCount: rtcpTagLength)
      return true
    }
  }

  /// The inverse of `protectRTCP`, under the same layout.
  func unprotectRTCP(
    _ packet: UnsafeMutableRawBufferPointer, word: UnsafeRawBufferPointer, ssrc: UInt32, index: UInt64,
    encrypted: Bool, tag: UnsafeMutableRawPointer
  ) -> Bool {
    let end = isAEAD ? packet.count : packet.count - 4
    let body = UnsafeMutableRawBufferPointer(rebasing: packet[(encrypted ? 8 : end)..<end])
    if isAEAD {
      let header = UnsafeRawBufferPointer(rebasing: packet[..<(packet.count - body.count)])
      return withBytes(of: rtcp.gcmIV(ssrc: ssrc, index: index)) { iv in
        rtcp.gcm?.open(iv: iv, associated: header, moreAssociated: word, data: body, tag: tag) ?? false
      }
    }
    let isAuthentic = withCode(rtcp.hmac, UnsafeRawBufferPointer(packet), suffix: nil) { code in
      CRYPTO_memcmp(code, tag, rtcpTagLength) == 0
    }
    guard isAuthentic, encrypted else { return isAuthentic }
    return withBytes(of: rtcp.counterBlock(ssrc: ssrc, index: index)) { iv in
      rtcp.counterMode?.apply(iv: iv, to: body) ?? false
    }
  }

  /// The block as bytes. Safe: 16 initialised bytes on the stack that outlive `body`.
  @inline(__always)
  private func withBytes(of block: InlineArray<2, UInt64>, _ body: (UnsafePointer<UInt8>) -> Bool) -> Bool {
    withUnsafeBytes(of: block) { bytes in
      guard let base = bytes.baseAddress else { return false }
      return body(base.assumingMemoryBound(to: UInt8.self))
    }
  }

  /// The 20-byte code of `data`. Safe: the code's bytes live on the stack while `body` runs.
  @inline(__always)
  private func withCode(
    _ hmac: borrowing HMACSHA1?, _ data: UnsafeRawBufferPointer, suffix: UInt32?,
    _ body: (UnsafeRawPointer) -> Bool
  ) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 20, alignment: 8) { code in
      guard let base = code.baseAddress else { return false }
      guard hmac?.authenticate(data, suffix: suffix, into: base.assumingMemoryBound(to: UInt8.self)) != nil else {
        return false
      }
      return body(base)
    }
  }
}
