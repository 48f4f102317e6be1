/// The two companding laws of ITU-T G.711, exact to the tables of the recommendation (and to the software tools of
/// G.191, which decide how a negative sample on a decision value rounds).
///
/// Both laws are functions of fewer than 16 bits of a sample, so that encoding is one look-up in a table that stays in
/// the first-level cache.
enum G711 {
  /// µ-law codes of 14-bit samples, by the bit pattern of the sample shifted right by 2.
  static let muLawCodes: [UInt8] = (0..<16_384).map { encodeMuLaw(Int16(truncatingIfNeeded: $0 << 2)) }
  /// A-law codes of 12-bit samples, by the bit pattern of the sample shifted right by 4.
  static let aLawCodes: [UInt8] = (0..<4_096).map { encodeALaw(Int16(truncatingIfNeeded: $0 << 4)) }
  /// The samples that µ-law codes mean, on a scale of 16 bits.
  static let muLawSamples: [Int16] = (0...255).map { decodeMuLaw(UInt8($0)) }
  /// The samples that A-law codes mean, on a scale of 16 bits.
  static let aLawSamples: [Int16] = (0...255).map { decodeALaw(UInt8($0)) }

  /// Table 2a/2b: 8 segments, each with steps twice as wide as the one before; all bits inverted.
  static func encodeMuLaw(_ sample: Int16) -> UInt8 {
    let magnitude = min(Int(sample < 0 ? ~sample : sample) >> 2 + 33, 0x1FFF)
    let segment = Int.bitWidth - (magnitude >> 6).leadingZeroBitCount + 1
    let code = UInt8((8 - segment) << 4 | (0xF - (magnitude >> segment) & 0xF))
    return sample < 0 ? code : code | 0x80
  }

  static func decodeMuLaw(_ code: UInt8) -> Int16 {
    let inverted = Int(~code)
    let magnitude = ((inverted & 0xF) << 3 + 0x84) << ((inverted >> 4) & 7) - 0x84
    return Int16(inverted & 0x80 == 0 ? magnitude : -magnitude)
  }

  /// Table 1a/1b: two equal segments around zero, then twice as wide each; even bits inverted.
  static func encodeALaw(_ sample: Int16) -> UInt8 {
    let magnitude = Int(sample < 0 ? ~sample : sample) >> 4
    let exponent = max(0, Int.bitWidth - (magnitude >> 4).leadingZeroBitCount)
    let mantissa = exponent == 0 ? magnitude : (magnitude >> (exponent - 1)) & 0xF
    let code = UInt8(exponent << 4 | mantissa)
    return (sample < 0 ? code : code | 0x80) ^ 0x55
  }

  static func decodeALaw(_ code: UInt8) -> Int16 {
    let plain = Int(code ^ 0x55)
    let exponent = (plain >> 4) & 7
    let mantissa = (plain & 0xF) << 4 + 8
    let magnitude = exponent == 0 ? mantissa : (mantissa + 0x100) << (exponent - 1)
    return Int16(plain & 0x80 == 0 ? -magnitude : magnitude)
  }
}
