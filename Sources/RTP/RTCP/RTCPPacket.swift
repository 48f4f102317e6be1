/// A view of one packet of an RTCP compound (RFC 3550 §6.4–6.7). Its counts were checked against its length when the
/// compound was parsed; an accessor for another kind of packet gives nil.
public struct RTCPPacket: ~Escapable {
  /// The kind.
  public let type: RTCPPacketType
  /// The five bits whose meaning the kind decides: report, chunk or source count, or subtype.
  public let count: Int
  /// What follows the four header bytes, without padding.
  public let body: Span<UInt8>

  @_lifetime(copy body)
  init(type: RTCPPacketType, count: Int, body: Span<UInt8>) {
    self.type = type
    self.count = count
    self.body = body
  }

  /// The source that sent the packet; nil for a source description or an empty BYE, which have none of their own.
  public var ssrc: UInt32? {
    guard type != .sourceDescription, body.count >= 4, type != .goodbye || count > 0 else { return nil }
    return body.uint32(at: 0)
  }

  /// The sender information of a sender report.
  public var senderInfo: RTCPSenderInfo? {
    guard type == .senderReport, body.count >= 24 else { return nil }
    return RTCPSenderInfo(
      ntp: NTPTime(bits: body.uint64(at: 4)), rtpTimestamp: body.uint32(at: 12), packetCount: body.uint32(at: 16),
      octetCount: body.uint32(at: 20))
  }

  /// How many report blocks a sender or receiver report has, 0–31.
  public var reportCount: Int { type == .senderReport || type == .receiverReport ? count : 0 }

  /// The `index`-th report block, nil beyond the last.
  public func report(_ index: Int) -> RTCPReportBlock? {
    let offset = (type == .senderReport ? 24 : 4) + 24 * index
    guard index >= 0, index < reportCount, offset + 24 <= body.count else { return nil }
    return RTCPReportBlock(parsing: body, at: offset)
  }

  /// The `index`-th source that says goodbye, nil beyond the last.
  public func goodbyeSource(_ index: Int) -> UInt32? {
    guard type == .goodbye, index >= 0, index < count, 4 * index + 4 <= body.count else { return nil }
    return body.uint32(at: 4 * index)
  }

  /// The reason of a BYE: UTF-8 that nobody has checked; nil when there is none.
  public var goodbyeReason: Span<UInt8>? {
    @_lifetime(copy self) get {
      let offset = 4 * count
      guard type == .goodbye, offset < body.count else { return nil }
      let length = Int(body[offset])
      guard offset + 1 + length <= body.count else { return nil }
      return body.extracting((offset + 1)..<(offset + 1 + length))
    }
  }

  /// The four-character name of an application-defined packet, as a number in network order.
  public var applicationName: UInt32? { type == .application && body.count >= 8 ? body.uint32(at: 4) : nil }

  /// The data of an application-defined packet.
  public var applicationData: Span<UInt8>? {
    @_lifetime(copy self) get {
      guard type == .application, body.count >= 8 else { return nil }
      return body.extracting(8..<body.count)
    }
  }

  /// Calls `body` with each item of a source description: its source, kind and UTF-8 text (which nobody has checked).
  /// Stops without complaint where a chunk is malformed.
  public func forEachDescription(_ visit: (UInt32, RTCPDescriptionItem, Span<UInt8>) -> Void) {
    guard type == .sourceDescription else { return }
    var offset = 0
    var chunks = 0
    while chunks < count, offset + 4 <= body.count {
      chunks += 1
      let ssrc = body.uint32(at: offset)
      offset += 4
      while offset < body.count, body[offset] != 0 {
        guard offset + 2 <= body.count else { return }
        let length = Int(body[offset + 1])
        guard offset + 2 + length <= body.count else { return }
        visit(
          ssrc, RTCPDescriptionItem(rawValue: body[offset]), body.extracting((offset + 2)..<(offset + 2 + length)))
        offset += 2 + length
      }
      // A null ends the list; the chunk is padded to a 32-bit boundary (§6.5).
      offset = (offset + 4) & ~3
    }
  }
}
