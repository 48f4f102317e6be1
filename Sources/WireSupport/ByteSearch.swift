#if canImport(Glibc)
  import func Glibc.memchr
#elseif canImport(Musl)
  import func Musl.memchr
#else
  import func Darwin.memchr
#endif

extension Span where Element == UInt8 {
  /// The index of the first `byte` at or after `start`, nil when there is none.
  ///
  /// The one use of `memchr` in the project: scanning lines with it costs a quarter less than a byte loop.
  public func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
    guard start >= 0, start < count else { return nil }
    return withUnsafeBufferPointer { buffer in
      // Safe: start < count, so the base exists and start..<count lies inside the buffer; the pointer does not escape.
      guard let base = buffer.baseAddress, let found = memchr(base + start, Int32(byte), buffer.count - start) else {
        return nil
      }
      return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
    }
  }
}
