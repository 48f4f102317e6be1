extension RTPPacket {
  /// Writes the 12-byte header of a packet without contributing sources, extension or padding: what a sender needs for
  /// every packet of a plain stream.
  /// - Returns: 12, where the payload begins.
  /// - Throws: `.bufferTooSmall`.
  @_lifetime(buffer: copy buffer)
  public static func write(_ header: RTPHeader, into buffer: inout MutableSpan<UInt8>) throws(RTPError) -> Int {
    guard buffer.count >= 12 else { throw RTPError(.bufferTooSmall, expected: "12 bytes for a header") }
    buffer[0] = 0x80
    buffer[1] = (header.marker ? 0x80 : 0) | (header.payloadType & 0x7f)
    buffer.store(header.sequenceNumber, at: 2)
    buffer.store(header.timestamp, at: 4)
    buffer.store(header.ssrc, at: 8)
    return 12
  }

  /// Writes a whole packet: header, contributing sources, extension, payload, padding.
  /// - Parameters:
  ///   - contributingSources: at most 15.
  ///   - extensionProfile: nil for a packet without extension.
  ///   - extensionData: a multiple of 4 bytes, at most 262 140; ignored without a profile.
  ///   - padding: 0–255 bytes of padding to append, the count included.
  /// - Returns: the packet's length in bytes.
  /// - Throws: `.bufferTooSmall`, `.extensionLength`, `.length` for more than 15 contributing sources, `.padding`.
  @_lifetime(buffer: copy buffer)
  public static func write(
    _ header: RTPHeader, contributingSources: Span<UInt32>, extensionProfile: UInt16?, extensionData: Span<UInt8>,
    payload: Span<UInt8>, padding: Int, into buffer: inout MutableSpan<UInt8>
  ) throws(RTPError) -> Int {
    guard contributingSources.count <= 15 else {
      throw RTPError(.length, expected: "at most 15 contributing sources")
    }
    guard padding >= 0, padding <= 255 else { throw RTPError(.padding, expected: "0 to 255 bytes of padding") }
    let extensionCount = extensionProfile == nil ? 0 : extensionData.count
    guard extensionCount % 4 == 0, extensionCount <= 4 * 0xffff else {
      throw RTPError(.extensionLength, expected: "a multiple of 4 up to 262 140 bytes")
    }
    let headerCount = 12 + 4 * contributingSources.count + (extensionProfile == nil ? 0 : 4 + extensionCount)
    let total = headerCount + payload.count + padding
    guard buffer.count >= total else { throw RTPError(.bufferTooSmall, expected: "room for the whole packet") }
    var offset = try write(header, into: &buffer)
    buffer[0] |= UInt8(contributingSources.count) | (padding > 0 ? 0x20 : 0) | (extensionProfile == nil ? 0 : 0x10)
    for index in 0..<contributingSources.count {
      buffer.store(contributingSources[index], at: offset)
      offset += 4
    }
    if let extensionProfile {
      buffer.store(extensionProfile, at: offset)
      buffer.store(UInt16(extensionCount / 4), at: offset + 2)
      buffer.copy(extensionData, at: offset + 4)
      offset += 4 + extensionCount
    }
    buffer.copy(payload, at: offset)
    offset += payload.count
    if padding > 0 {
      for index in 0..<(padding - 1) { buffer[offset + index] = 0 }
      buffer[offset + padding - 1] = UInt8(padding)
    }
    return total
  }
}
