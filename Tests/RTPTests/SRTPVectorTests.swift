import Foundation
import Testing
import WireSupport

@testable import RTP

@Suite("SRTP vectors: RFC 3711 appendix B, RFC 6188, RFC 7714, libsrtp2")
struct SRTPVectorTests {
  @Test("RFC 3711 §B.2 AES counter mode key stream, first and last blocks")
  func keyStream() throws {
    let key = hex("2B7E151628AED2A6ABF7158809CF4F3C")
    let iv = hex("F0F1F2F3F4F5F6F7F8F9FAFBFCFD0000")
    var data = [UInt8](repeating: 0, count: 0xff02 * 16)
    let isDone = try key.withUnsafeBytes { bytes in
      let cipher = try AESCounterMode(key: bytes)
      return iv.withUnsafeBufferPointer { iv in
        data.withUnsafeMutableBytes { data in cipher.apply(iv: iv.baseAddress!, to: data) }
      }
    }
    #expect(isDone)
    let blocks: [(Int, String)] = [
      (0, "E03EAD0935C95E80E166B16DD92B4EB4"), (1, "D23513162B02D0F72A43A2FE4A5F97AB"),
      (2, "41E95B3BB0A2E8DD477901E4FCA894C0"), (0xfeff, "EC8CDF7398607CB0F2D21675EA9EA1E4"),
      (0xff00, "362B7C3C6773516318A077D7FC5073AE"), (0xff01, "6A2CC3787889374FBEB4C81B17BA6C44"),
    ]
    for (block, expected) in blocks { #expect(Array(data[(16 * block)..<(16 * block + 16)]) == hex(expected)) }
  }

  private func derive(_ suite: SRTPSuite, _ key: String, _ label: SRTPKeyDerivation.Label, _ count: Int) throws
    -> [UInt8]
  {
    let master = try SRTPMasterKey(suite: suite, keyAndSalt: hex(key).span)
    return try SRTPKeyDerivation.withDerived(label, count: count, from: master) { Array($0) }
  }

  @Test("RFC 3711 §B.3 key derivation")
  func derivation() throws {
    let key = "E1F97A0D3E018BE0D64FA32C06DE4139 0EC675AD498AFEEBB6960B3AABE6"
    let suite = SRTPSuite.aesCM128HMACSHA1_80
    #expect(try derive(suite, key, .rtpEncryption, 16) == hex("C61E7A93744F39EE10734AFE3FF7A087"))
    #expect(try derive(suite, key, .rtpSalt, 14) == hex("30CBBC08863D8C85D49DB34A9AE1"))
    #expect(
      try derive(suite, key, .rtpAuthentication, 94)
        == hex(
          """
          CEBE321F6FF7716B6FD4AB49AF256A15 6D38BAA48F0A0ACF3C34E2359E6CDBCE E049646C43D9327AD175578EF7227098
          6371C10C9A369AC2F94A8C5FBCDDDC25 6D6E919A48B610EF17C2041E47403576 6B68642C59BBFC2F34DB60DBDFB2
          """))
  }

  @Test("RFC 6188 §7.3, §7.4 key derivation with AES-192 and AES-256")
  func longKeys() throws {
    let key192 = "73EDC66C4FA15776FB57F9505C17136550FFDA71F3E8E5F1 C8522F3ACD4CE86D5ADD78EDBB11"
    #expect(
      try derive(.aesCM192HMACSHA1_80, key192, .rtpEncryption, 24)
        == hex("31874736A8F1143870C26E4857D8A5B2C4A354407FAADABB"))
    #expect(try derive(.aesCM192HMACSHA1_80, key192, .rtpSalt, 14) == hex("2372B82D639B6D8503A47ADC0A6C"))
    #expect(
      try derive(.aesCM192HMACSHA1_80, key192, .rtpAuthentication, 20)
        == hex("355B10973CD95B9EACF4061C7E1A7151E7CFBFCB"))
    let key256 =
      "F0F04914B513F2763A1B1FA130F10E2998F6F6E43E4309D1E622A0E332B9F1B6 3B04803DE51EE7C96423AB5B78D2"
    #expect(
      try derive(.aesCM256HMACSHA1_80, key256, .rtpEncryption, 32)
        == hex("5BA1064E30EC51613CAD926C5A28EF731EC7FB397F70A960653CAF06554CD8C4"))
    #expect(try derive(.aesCM256HMACSHA1_80, key256, .rtpSalt, 14) == hex("FA31791685CA444A9E07C6C64E93"))
    #expect(
      try derive(.aesCM256HMACSHA1_80, key256, .rtpAuthentication, 20)
        == hex("FD9C32D39ED5FBB5A9DC96B30818454D1313DC05"))
  }

  /// One numbered subsection of RFC 7714: its packets, key and salt.
  struct Vector: Sendable, CustomStringConvertible {
    var section: String
    var packets: [[UInt8]]
    var key: [UInt8]
    var salt: [UInt8]
    var isControl: Bool { section.hasPrefix("17") }
    var isTagOnly: Bool { section.hasSuffix("3") || section.hasSuffix("4") }
    var description: String { section }
  }

  static func vectors() throws -> [Vector] {
    try ["rtp", "rtcp"].flatMap { name in
      var found: [Vector] = []
      var lines = try corpus("srtp/rfc7714/\(name)-vectors.txt").split(
        separator: "\n", omittingEmptySubsequences: false
      )
      .map { $0.trimmingCharacters(in: .whitespaces) }[...]
      while let line = lines.popFirst() {
        if line.hasPrefix("16.1.") || line.hasPrefix("16.2.") || line.hasPrefix("17."), line.contains("SRT"),
          line.contains("AEAD"), line.split(separator: " ").count > 3
        {
          found.append(
            Vector(section: String(line.prefix { $0 != " " }.dropLast()), packets: [], key: [], salt: []))
        }
        guard var vector = found.popLast() else { continue }
        func block() -> [UInt8] {
          while lines.first == "" { lines.removeFirst() }
          var text = ""
          while let next = lines.first, next.allSatisfy({ $0.isHexDigit || $0 == " " }), next != "" {
            text += lines.removeFirst()
          }
          return hex(text)
        }
        if line.hasSuffix("packet:") { vector.packets.append(block()) }
        if line.hasPrefix("salt:"), vector.salt.isEmpty { vector.salt = hex(line.dropFirst(5)) }
        if line.hasPrefix("Key:") {
          vector.key = hex(line.dropFirst(4))
          if lines.first?.hasPrefix("10 11") == true { vector.key += hex(lines.removeFirst()) }
        }
        found.append(vector)
      }
      return found
    }
  }

  @Test("RFC 7714 §16, §17: all twelve vectors sealed and opened")
  func galoisCounterMode() throws {
    let vectors = try Self.vectors()
    #expect(vectors.count == 12)
    for vector in vectors {
      let suite = vector.key.count == 16 ? SRTPSuite.aeadAES128GCM : .aeadAES256GCM
      // Two packets where the section shows both forms: the protected one is the longer.
      let protected = vector.packets.max { $0.count < $1.count } ?? []
      var plain = vector.packets.count > 1 ? vector.packets.min { $0.count < $1.count } ?? [] : []
      // §16.1.2 and §16.2.2 show the payload only; tag verification shows no second packet.
      if !vector.isControl, vector.section.hasSuffix(".2") { plain = Array(protected[..<12]) + plain }
      if plain.isEmpty { plain = Array(protected.dropLast(vector.isControl ? 20 : 16)) }
      let sealed = try run(vector, suite, plain, sealing: true)
      #expect(sealed == protected, "\(vector)")
      let opened = try run(vector, suite, protected, sealing: false)
      #expect(opened == plain, "\(vector)")
    }
  }

  private func run(_ vector: Vector, _ suite: SRTPSuite, _ input: [UInt8], sealing: Bool) throws -> [UInt8]? {
    let transform = try vector.key.withUnsafeBytes { key in
      try vector.salt.withUnsafeBytes { salt in
        try SRTPTransform(suite: suite, aeadSessionKey: key, salt: salt, sealing: sealing)
      }
    }
    let encrypt = !vector.isTagOnly
    let overhead = vector.isControl ? 20 : 16
    let count = sealing ? input.count : input.count - overhead
    var buffer = input + [UInt8](repeating: 0, count: sealing ? overhead : 0)
    if vector.isControl, sealing {
      buffer.replaceSubrange((count + 16)..., with: hex(encrypt ? "800005d4" : "000005d4"))
    }
    let isDone = buffer.withUnsafeMutableBytes { bytes in
      let base = bytes.baseAddress!
      let packet = UnsafeMutableRawBufferPointer(start: base, count: count)
      let tag = base + count
      let ssrc =
        UInt32(bytes[vector.isControl ? 4 : 8]) << 24 | UInt32(bytes[vector.isControl ? 5 : 9]) << 16
        | UInt32(bytes[vector.isControl ? 6 : 10]) << 8 | UInt32(bytes[vector.isControl ? 7 : 11])
      if vector.isControl {
        let word = UnsafeRawBufferPointer(start: base + count + 16, count: 4)
        return sealing
          ? transform.protectRTCP(packet, word: word, ssrc: ssrc, index: 0x5d4, encrypt: encrypt, tag: tag)
          : transform.unprotectRTCP(packet, word: word, ssrc: ssrc, index: 0x5d4, encrypted: encrypt, tag: tag)
      }
      return sealing
        ? transform.protectRTP(packet, payloadOffset: 12, ssrc: ssrc, index: 0xf17b, encrypt: encrypt, tag: tag)
        : transform.unprotectRTP(packet, payloadOffset: 12, ssrc: ssrc, index: 0xf17b, encrypted: encrypt, tag: tag)
    }
    return isDone ? Array(buffer[..<(sealing ? buffer.count : count)]) : nil
  }

  @Test("libsrtp2's packets, bit for bit in both directions: six suites, with and without MKI, two rollovers")
  func libsrtp() throws {
    var pending: (suite: SRTPSuite, key: [UInt8])?
    var sender: SRTPSender?
    var receiver: SRTPReceiver?
    var plain: [UInt8] = []
    var checked = 0
    for line in try corpus("srtp/libsrtp2.txt").split(separator: "\n") {
      let parts = line.split(separator: " ", omittingEmptySubsequences: false)
      let value = String(parts[1])
      switch parts[0] {
      case "suite": pending = (try #require(SRTPSuite(name: value)), [])
      case "key": pending?.key = hex(value)
      case "mki":
        let (suite, key) = try #require(pending)
        let master = try SRTPMasterKey(suite: suite, keyAndSalt: key.span, identifier: hex(value))
        sender = try SRTPSender(key: master)
        // libsrtp counts its first SRTCP packet as 1, not 0.
        try sender?.setInitialIndices(ssrc: 0x1122_3344, rollover: 0, rtcpIndex: 1)
        receiver = try SRTPReceiver(key: master)
      case "rtp", "rtcp": plain = hex(value)
      default:
        let isControl = parts[0] == "srtcp"
        #expect(try sender?.protect(plain, control: isControl) == hex(value), "\(pending?.suite.name ?? "")")
        #expect(try receiver?.unprotect(hex(value), control: isControl) == plain, "\(pending?.suite.name ?? "")")
        checked += 1
      }
    }
    #expect(checked == 12 * 12)
  }
}
