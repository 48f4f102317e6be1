/// The kind of an RTCP packet (RFC 3550 §12.1). Open: unknown kinds are skipped by their length.
public struct RTCPPacketType: RawRepresentable, Hashable, Sendable {
  /// The packet type byte.
  public let rawValue: UInt8
  /// The kind of this byte.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Sender report.
  public static let senderReport = RTCPPacketType(rawValue: 200)
  /// Receiver report.
  public static let receiverReport = RTCPPacketType(rawValue: 201)
  /// Source description.
  public static let sourceDescription = RTCPPacketType(rawValue: 202)
  /// Goodbye.
  public static let goodbye = RTCPPacketType(rawValue: 203)
  /// Application-defined.
  public static let application = RTCPPacketType(rawValue: 204)
  /// Transport-layer feedback (RFC 4585).
  public static let transportFeedback = RTCPPacketType(rawValue: 205)
  /// Payload-specific feedback (RFC 4585).
  public static let payloadFeedback = RTCPPacketType(rawValue: 206)
  /// Extended report (RFC 3611).
  public static let extendedReport = RTCPPacketType(rawValue: 207)

  /// Whether a datagram on a port shared by RTP and RTCP is RTCP: its second byte, marker bit aside, lies in 64–95,
  /// which RTP must not use there (RFC 5761 §4).
  public static func isControl(_ datagram: Span<UInt8>) -> Bool {
    datagram.count >= 2 && (64...95).contains(datagram[1] & 0x7f)
  }
}

/// The kind of an SDES item (RFC 3550 §6.5).
public struct RTCPDescriptionItem: RawRepresentable, Hashable, Sendable {
  /// The item type byte.
  public let rawValue: UInt8
  /// The kind of this byte.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The canonical end-point identifier.
  public static let cname = RTCPDescriptionItem(rawValue: 1)
  /// The user's name.
  public static let name = RTCPDescriptionItem(rawValue: 2)
  /// The application or tool.
  public static let tool = RTCPDescriptionItem(rawValue: 6)
  /// A passing message.
  public static let note = RTCPDescriptionItem(rawValue: 7)
}
