import WireSupport

/// Which of a stream's two sockets a packet belongs to. With `rtcp-mux` everything comes by `.rtp`.
public enum RTPComponent: Hashable, Sendable {
  /// Media.
  case rtp
  /// Control.
  case rtcp
}

/// What a session made of a datagram. A plain value: making it allocates nothing.
public enum RTPReception: Hashable, Sendable {
  /// A packet of the talker; its payload is the session's `payload` until the next `receive`.
  case media(RTPReceivedPacket)
  /// An RTCP compound, already worked into the statistics.
  case control
  /// Nothing for the user; counted in the statistics.
  case dropped(RTPDropReason)
}

/// A packet of the talker.
public struct RTPReceivedPacket: Hashable, Sendable {
  /// The header.
  public let header: RTPHeader
  /// The sequence number with its wraps: rises by one a packet, through 65 535.
  public let extendedSequence: Int64
  /// Whether it came after a later one.
  public let isReordered: Bool
  /// Whether sequence numbers and timestamps begin anew with it: a new SSRC, or a sender that restarted.
  public let startsSource: Bool
  /// The payload's length in bytes.
  public let payloadCount: Int
}

/// Why a datagram was dropped.
public enum RTPDropReason: String, Hashable, Sendable, CaseIterable {
  /// Neither RTP nor RTCP, truncated, or with counts that contradict its length.
  case malformed
  /// The authentication tag is wrong.
  case unauthenticated
  /// Seen before, or too old to tell, by SRTP's index.
  case replayed
  /// Seen before, by plain RTP's sequence number.
  case duplicate
  /// From an address or SSRC that is not the talker's.
  case foreign
  /// From a source that may become the talker once it has shown itself regular (RFC 3550 §A.1).
  case probation
  /// Of the talker's SSRC, but with an implausible sequence number (RFC 3550 §A.1).
  case implausible
  /// A payload type that was not negotiated.
  case unknownPayloadType
  /// With our own SSRC: a loop or a collision (RFC 3550 §8.2).
  case ownSSRC
  /// RTCP where none is used, or after the session was closed.
  case unexpected
}

/// What happened to a session.
public enum RTPSessionEvent: Hashable, Sendable {
  /// The first packet of the first talker.
  case mediaStarted(ssrc: UInt32, from: TransportAddress)
  /// Another SSRC is the talker now.
  case sourceChanged(ssrc: UInt32, from: TransportAddress)
  /// The talker sends from another address now.
  case remoteAddressChanged(TransportAddress)
  /// No packet came for as long as the configuration allows.
  case noMedia(RTPNoMedia)
  /// Packets come again after `.noMedia`.
  case mediaResumed
  /// A report on what we send was received: statistics have changed.
  case reportReceived
  /// The peer's canonical name.
  case cname(ssrc: UInt32, String)
  /// The peer said goodbye.
  case goodbye(ssrc: UInt32, reason: String?)
  /// An application-defined RTCP packet.
  case application(ssrc: UInt32, subtype: UInt8, name: UInt32, data: [UInt8])
  /// Our SSRC was taken by somebody else; from now on we send with another (RFC 3550 §8.2).
  case ssrcCollision(old: UInt32, new: UInt32)
}

/// When media was missed.
public enum RTPNoMedia: Hashable, Sendable {
  /// Never came.
  case atStart
  /// Stopped.
  case inMidCall
}

/// Where a session puts what its caller must do. The caller owns it, and empties it after acting.
public struct RTPSessionOutputs: Sendable {
  /// What happened.
  public var events: [RTPSessionEvent] = []
  /// RTCP to send to the session's `rtcpDestination`, protected.
  public var controlPackets: [[UInt8]] = []

  /// Nothing yet.
  public init() {
    events.reserveCapacity(16)
    controlPackets.reserveCapacity(4)
  }

  /// Empties it, keeping its memory.
  public mutating func removeAll() {
    events.removeAll(keepingCapacity: true)
    controlPackets.removeAll(keepingCapacity: true)
  }
}
