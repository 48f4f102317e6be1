/// NTP's 64-bit time: seconds since 1900 in the upper 32 bits, the fraction below (RFC 3550 §4). Wraps in 2036, as RTCP's
/// arithmetic allows.
public struct NTPTime: Hashable, Sendable {
  /// Seconds and fraction.
  public let bits: UInt64

  /// The time of these bits.
  public init(bits: UInt64) { self.bits = bits }

  /// The time `nanoseconds` after 1970 (UTC); exact to 0.3 ns.
  public init(unixNanoseconds nanoseconds: Int64) {
    let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    // Flooring, so that a time before 1970 has a positive fraction too.
    let wholeSeconds = rest < 0 ? seconds - 1 : seconds
    let fraction = UInt64(rest < 0 ? rest + 1_000_000_000 : rest)
    bits = UInt64(truncatingIfNeeded: wholeSeconds &+ 2_208_988_800) << 32 | (fraction << 32) / 1_000_000_000
  }

  /// The middle 32 bits: 1/65 536 s, as report blocks carry them.
  public var middle: UInt32 { UInt32(truncatingIfNeeded: bits >> 16) }

  /// Nanoseconds since 1970, in the NTP era that began in 1900.
  public var unixNanoseconds: Int64 {
    let seconds = Int64(bits >> 32) - 2_208_988_800
    return seconds * 1_000_000_000 + Int64(((bits & 0xffff_ffff) * 1_000_000_000) >> 32)
  }
}
