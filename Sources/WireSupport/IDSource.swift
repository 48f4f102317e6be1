/// Where a core gets its identifiers and its jitter from: it is handed one, and never draws a random number of its own.
///
/// A driver passes the system's generator, a test a seeded one, and then every tag, branch, SSRC and back-off of a run
/// is the same each time.
public struct IDSource: Sendable {
  private var generator: any RandomNumberGenerator & Sendable

  /// A source on top of `generator`. Identifiers that a peer must not guess (tags, branches, nonces, SSRC) need a
  /// cryptographically strong one.
  public init(_ generator: any RandomNumberGenerator & Sendable) { self.generator = generator }

  /// A source that gives the same identifiers for the same seed. For tests and simulations only.
  public static func seeded(_ seed: UInt64) -> IDSource { IDSource(SeededGenerator(seed: seed)) }

  /// 64 random bits.
  public mutating func next() -> UInt64 { generator.next() }

  /// A number in `range`.
  public mutating func next(in range: ClosedRange<UInt64>) -> UInt64 {
    let width = range.upperBound - range.lowerBound
    if width == .max { return next() }
    // Multiply-shift: its bias is below 2^-32 for any width that a protocol timer has.
    return range.lowerBound + next().multipliedFullWidth(by: width + 1).high
  }

  /// A number in 0..<1.
  public mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// `length` characters of `[0-9a-z]`: a SIP token and an SDP token, about 5.2 bits each.
  public mutating func token(length: Int) -> String {
    var bytes = [UInt8]()
    bytes.reserveCapacity(length)
    for _ in 0..<length {
      let index = Int(next().multipliedFullWidth(by: 36).high)
      bytes.append(index < 10 ? UInt8(ascii: "0") + UInt8(index) : UInt8(ascii: "a") + UInt8(index - 10))
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// `count` random bytes, for keys and salts.
  public mutating func bytes(_ count: Int) -> [UInt8] {
    var result = [UInt8]()
    result.reserveCapacity(count)
    while result.count < count {
      var word = next()
      for _ in 0..<min(8, count - result.count) {
        result.append(UInt8(truncatingIfNeeded: word))
        word >>= 8
      }
    }
    return result
  }
}

/// SplitMix64: small, fast, and the same on every platform. Not for secrets.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64
  /// A generator whose sequence is a function of `seed` alone.
  public init(seed: UInt64) { state = seed }
  /// The next 64 bits of the sequence.
  public mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
