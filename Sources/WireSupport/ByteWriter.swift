/// Appends integers in network order and text to a byte array.
///
/// The array is the caller's: taken at `init`, given back by `finish()`, so a buffer can be reused without allocating.
public struct ByteWriter: Sendable {
  /// What has been written.
  public private(set) var bytes: [UInt8]

  /// A writer that appends to `bytes`.
  public init(_ bytes: consuming [UInt8] = []) { self.bytes = bytes }

  /// How many bytes the buffer holds.
  public var count: Int { bytes.count }

  /// Appends one byte.
  public mutating func write(_ value: UInt8) { bytes.append(value) }

  /// Appends 16 bits.
  public mutating func write(_ value: UInt16) {
    bytes.append(UInt8(value >> 8))
    bytes.append(UInt8(value & 0xff))
  }

  /// Appends 32 bits.
  public mutating func write(_ value: UInt32) {
    write(UInt16(value >> 16))
    write(UInt16(value & 0xffff))
  }

  /// Appends 64 bits.
  public mutating func write(_ value: UInt64) {
    write(UInt32(value >> 32))
    write(UInt32(value & 0xffff_ffff))
  }

  /// Appends the bytes of `span`.
  public mutating func write(_ span: Span<UInt8>) {
    bytes.reserveCapacity(bytes.count + span.count)
    for index in 0..<span.count { bytes.append(span[index]) }
  }

  /// Appends the UTF-8 of `text`.
  public mutating func write(_ text: String) { bytes.append(contentsOf: text.utf8) }

  /// Overwrites 16 bits at `offset`, which must have been written before.
  public mutating func patch(_ value: UInt16, at offset: Int) {
    bytes[offset] = UInt8(value >> 8)
    bytes[offset + 1] = UInt8(value & 0xff)
  }

  /// Gives the buffer back.
  public consuming func finish() -> [UInt8] { bytes }
}
