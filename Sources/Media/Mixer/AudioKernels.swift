/// The inner loops of the mixer: plain loops over raw pointers, which the compiler turns into vector code.
///
/// Pointers rather than spans, because a bounds check in the loop body stops vectorisation. Every caller passes buffers of
/// its own that hold at least `count` samples, and no sample's value can trap: arithmetic wraps or saturates.
enum AudioKernels {
  /// The level at which soft clipping begins: -2.5 dBFS. Below it samples pass unchanged.
  static let knee: Int32 = 24_576
  /// What lies between the knee and full scale, which all louder sums are folded into.
  static let headroom: Float = 32_767 - 24_576

  /// `total` = `samples`.
  static func load(_ total: UnsafeMutablePointer<Int32>, _ samples: UnsafePointer<Int16>, _ count: Int) {
    for index in 0..<count { total[index] = Int32(samples[index]) }
  }

  /// `total` += `samples`.
  static func add(_ total: UnsafeMutablePointer<Int32>, _ samples: UnsafePointer<Int16>, _ count: Int) {
    for index in 0..<count { total[index] &+= Int32(samples[index]) }
  }

  /// `total` -= `samples`.
  static func subtract(_ total: UnsafeMutablePointer<Int32>, _ samples: UnsafePointer<Int16>, _ count: Int) {
    for index in 0..<count { total[index] &-= Int32(samples[index]) }
  }

  /// `output` = `total` soft-clipped to 16 bits.
  static func narrow(
    _ total: UnsafePointer<Int32>, into output: UnsafeMutablePointer<Int16>, _ count: Int
  ) {
    for index in 0..<count { output[index] = saturated(total[index]) }
    if exceedsKnee(output, count) {
      for index in 0..<count { output[index] = softClipped(Float(total[index])) }
    }
  }

  /// `output` = `total` - `own`, soft-clipped to 16 bits.
  static func narrow(
    _ total: UnsafePointer<Int32>, without own: UnsafePointer<Int16>, into output: UnsafeMutablePointer<Int16>,
    _ count: Int
  ) {
    for index in 0..<count { output[index] = saturated(total[index] &- Int32(own[index])) }
    if exceedsKnee(output, count) {
      for index in 0..<count { output[index] = softClipped(Float(total[index] &- Int32(own[index]))) }
    }
  }

  /// `samples` *= a gain that moves evenly from `start` to `end` over the frame, soft-clipped where it amplifies.
  static func scale(_ samples: UnsafeMutablePointer<Int16>, from start: Float, to end: Float, _ count: Int) {
    if start == end, start <= 1 {
      for index in 0..<count {
        samples[index] = Int16(truncatingIfNeeded: nearest(Float(samples[index]) * start))
      }
    } else {
      let step = (end - start) / Float(max(1, count))
      for index in 0..<count {
        samples[index] = softClipped(Float(samples[index]) * (start + step * Float(index + 1)))
      }
    }
  }

  /// `output` = (`total` - `own`) times a moving gain, soft-clipped; `own` may be absent.
  static func narrow(
    _ total: UnsafePointer<Int32>, without own: UnsafePointer<Int16>?, from start: Float, to end: Float,
    into output: UnsafeMutablePointer<Int16>, _ count: Int
  ) {
    let step = (end - start) / Float(max(1, count))
    for index in 0..<count {
      let value = total[index] &- (own.map { Int32($0[index]) } ?? 0)
      output[index] = softClipped(Float(value) * (start + step * Float(index + 1)))
    }
  }

  /// The sum of the squares of `samples`.
  static func energy(_ samples: UnsafePointer<Int16>, _ count: Int) -> UInt64 {
    var total: UInt64 = 0
    var index = 0
    // 32-bit partial sums of eight squares, each halved twice so that eight full-scale ones fit: vectors of 32-bit
    // lanes are twice as wide as those of 64-bit lanes. The two bits lost lie 90 dB below full scale.
    while index + 8 <= count {
      var partial: UInt32 = 0
      for lane in 0..<8 {
        let value = Int32(samples[index + lane])
        partial &+= UInt32(bitPattern: value &* value) >> 2
      }
      total &+= UInt64(partial) << 2
      index += 8
    }
    while index < count {
      let value = Int32(samples[index])
      total &+= UInt64(UInt32(bitPattern: value &* value))
      index += 1
    }
    return total
  }

  /// The greatest magnitude in `samples`, 0...32768.
  static func peak(_ samples: UnsafePointer<Int16>, _ count: Int) -> Int32 {
    var high: Int16 = 0
    var low: Int16 = 0
    for index in 0..<count {
      high = max(high, samples[index])
      low = min(low, samples[index])
    }
    return max(Int32(high), -Int32(low))
  }

  /// `value` limited to 16 bits, hard.
  @inline(__always)
  static func saturated(_ value: Int32) -> Int16 {
    Int16(truncatingIfNeeded: min(max(value, -32_768), 32_767))
  }

  /// `value` limited to ±32767 along a curve that leaves the straight line at the knee with slope 1 and nears full scale
  /// without reaching it: h·e / (e + h), e being the excess over the knee and h the headroom.
  @inline(__always)
  static func softClipped(_ value: Float) -> Int16 {
    let magnitude = abs(value)
    let excess = max(magnitude - Float(knee), 0)
    let folded = min(magnitude, Float(knee)) + headroom * excess / (excess + headroom)
    return Int16(truncatingIfNeeded: nearest(value < 0 ? -folded : folded))
  }

  /// The integer nearest to `value`, which must lie within ±2^22; ties go to the even one.
  ///
  /// Adding 1.5·2^23 leaves the integer in the low bits of the sum. `Int32(_:)` would check its range, and `rounded()` is a
  /// call on x86-64 without SSE4.1: neither vectorises.
  @inline(__always)
  static func nearest(_ value: Float) -> Int32 {
    Int32(bitPattern: (value + 12_582_912).bitPattern) &- 0x4b40_0000
  }

  private static func exceedsKnee(_ samples: UnsafePointer<Int16>, _ count: Int) -> Bool {
    peak(samples, count) > knee
  }
}
