/// A bounds-checked cursor over bytes in network order, for the binary formats (RTP, RTCP, STUN, DNS).
///
/// Every read either gives the value and moves on, or gives nil and stays: nothing traps on a short input.
public struct ByteReader: ~Escapable {
  /// All the bytes, read or not.
  public let bytes: Span<UInt8>
  /// The offset of the next byte.
  public private(set) var offset: Int

  /// A cursor at the first of `bytes`.
  @_lifetime(copy bytes)
  public init(_ bytes: Span<UInt8>) {
    self.bytes = bytes
    self.offset = 0
  }

  /// How many bytes are left.
  public var remaining: Int { bytes.count - offset }

  /// The next byte.
  public mutating func readUInt8() -> UInt8? {
    guard remaining >= 1 else { return nil }
    defer { offset += 1 }
    return bytes[offset]
  }

  /// The next 16 bits.
  public mutating func readUInt16() -> UInt16? {
    guard remaining >= 2 else { return nil }
    defer { offset += 2 }
    return UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1])
  }

  /// The next 24 bits.
  public mutating func readUInt24() -> UInt32? {
    guard remaining >= 3 else { return nil }
    defer { offset += 3 }
    return UInt32(bytes[offset]) << 16 | UInt32(bytes[offset + 1]) << 8 | UInt32(bytes[offset + 2])
  }

  /// The next 32 bits.
  public mutating func readUInt32() -> UInt32? {
    guard remaining >= 4 else { return nil }
    defer { offset += 4 }
    return UInt32(bytes[offset]) << 24 | UInt32(bytes[offset + 1]) << 16 | UInt32(bytes[offset + 2]) << 8
      | UInt32(bytes[offset + 3])
  }

  /// The next 64 bits.
  public mutating func readUInt64() -> UInt64? {
    guard remaining >= 8 else { return nil }
    let high = readUInt32() ?? 0
    let low = readUInt32() ?? 0
    return UInt64(high) << 32 | UInt64(low)
  }

  /// The next `count` bytes as a view; nil when fewer are left or `count` is negative.
  @_lifetime(copy self)
  public mutating func readBytes(_ count: Int) -> Span<UInt8>? {
    guard count >= 0, remaining >= count else { return nil }
    let result = bytes.extracting(offset..<(offset + count))
    offset += count
    return result
  }

  /// Moves past `count` bytes; false, and no move, when fewer are left or `count` is negative.
  public mutating func skip(_ count: Int) -> Bool {
    guard count >= 0, remaining >= count else { return false }
    offset += count
    return true
  }
}
