/// A view of one RTP packet (RFC 3550 §5.1) over the caller's bytes. Making it copies and allocates nothing.
///
///     let packet = try RTPPacket(parsing: datagram)
///     decoder.decode(packet.payload)
public struct RTPPacket: ~Escapable {
  /// The whole packet.
  public let bytes: Span<UInt8>
  /// Where its parts lie.
  public let layout: RTPLayout
  /// How many padding bytes end it.
  public let paddingCount: Int

  /// A view of the packet that fills `bytes`.
  /// - Throws: `.truncated`, `.version`, `.extensionLength`, `.padding`; never for a field that a receiver may ignore.
  @_lifetime(copy bytes)
  public init(parsing bytes: Span<UInt8>) throws(RTPError) {
    let layout = try RTPLayout(parsing: bytes)
    let padding = try layout.paddingCount(of: bytes)
    self.bytes = bytes
    self.layout = layout
    self.paddingCount = padding
  }

  /// The fixed header fields.
  public var header: RTPHeader { layout.header }

  /// The `index`-th contributing source (0–14), nil beyond the last.
  public func contributingSource(_ index: Int) -> UInt32? {
    guard index >= 0, index < layout.csrcCount else { return nil }
    return bytes.uint32(at: 12 + 4 * index)
  }

  /// The header extension's data, without its 4-byte header; empty when there is none. At most 262 140 bytes.
  public var extensionData: Span<UInt8> {
    @_lifetime(copy self) get { bytes.extracting(layout.extensionRange) }
  }

  /// The payload, without padding.
  public var payload: Span<UInt8> {
    @_lifetime(copy self) get { bytes.extracting(layout.payloadOffset..<(bytes.count - paddingCount)) }
  }
}
