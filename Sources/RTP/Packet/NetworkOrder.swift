// Reads and writes of network-order integers at checked offsets. The callers have compared lengths before; the spans'
// own bounds checks stay on.
extension Span where Element == UInt8 {
  @inline(__always) func uint16(at offset: Int) -> UInt16 { UInt16(self[offset]) << 8 | UInt16(self[offset + 1]) }
  @inline(__always) func uint32(at offset: Int) -> UInt32 {
    UInt32(uint16(at: offset)) << 16 | UInt32(uint16(at: offset + 2))
  }
  @inline(__always) func uint64(at offset: Int) -> UInt64 {
    UInt64(uint32(at: offset)) << 32 | UInt64(uint32(at: offset + 4))
  }
}

extension MutableSpan where Element == UInt8 {
  @_lifetime(self: copy self)
  @inline(__always) mutating func store(_ value: UInt16, at offset: Int) {
    self[offset] = UInt8(truncatingIfNeeded: value >> 8)
    self[offset + 1] = UInt8(truncatingIfNeeded: value)
  }
  @_lifetime(self: copy self)
  @inline(__always) mutating func store(_ value: UInt32, at offset: Int) {
    store(UInt16(truncatingIfNeeded: value >> 16), at: offset)
    store(UInt16(truncatingIfNeeded: value), at: offset + 2)
  }
  @_lifetime(self: copy self)
  mutating func copy(_ source: Span<UInt8>, at offset: Int) {
    let count = source.count
    if count == 0 { return }
    precondition(offset >= 0 && offset <= self.count - count, "the caller has measured the buffer")
    withUnsafeMutableBytes { target in
      source.withUnsafeBytes { bytes in
        // Safe: the precondition above bounds the target, and both pointers end with these closures.
        UnsafeMutableRawBufferPointer(rebasing: target[offset..<(offset + count)]).copyMemory(from: bytes)
      }
    }
  }
}
