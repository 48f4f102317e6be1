import WireSupport

/// Why a stream of an offer/answer exchange is off. Open.
public struct SDPRejection: Hashable, Sendable, CustomStringConvertible {
  /// The reason's name.
  public let description: String
  private init(_ name: String) { description = name }

  /// Offered with port 0: removed, or never there (RFC 3264 §8.2).
  public static let disabled = SDPRejection("disabled")
  /// The caller had no local media for it.
  public static let declinedLocally = SDPRejection("declinedLocally")
  /// The peer answered with port 0.
  public static let declinedByPeer = SDPRejection("declinedByPeer")
  /// The local media is of another kind, or the transport is one that it does not speak.
  public static let unsupportedTransport = SDPRejection("unsupportedTransport")
  /// No format in common.
  public static let noCommonCodec = SDPRejection("noCommonCodec")
  /// We demand SRTP and the peer has no keys for it.
  public static let encryptionRequired = SDPRejection("encryptionRequired")
  /// The peer demands SRTP, and we refuse it or share no suite.
  public static let encryptionUnavailable = SDPRejection("encryptionUnavailable")
  /// The peer did not say where to send.
  public static let noAddress = SDPRejection("noAddress")
}

/// A format both sides agreed on.
public struct SDPNegotiatedCodec: Hashable, Sendable {
  /// The encoding's name as the local side spells it.
  public var name: String
  /// The RTP timestamp's rate in Hz.
  public var clockRate: Int
  /// Audio channels.
  public var channels: Int
  /// The payload type of packets that we send: the number in the peer's description (RFC 3264 §5.1).
  public var sendPayloadType: UInt8
  /// The payload type of packets that we receive: the number in ours.
  public var receivePayloadType: UInt8
  /// What we said in `a=fmtp`: how the peer should send.
  public var localParameters: SDPFormatParameters?
  /// What the peer said in `a=fmtp`: how we should send.
  public var remoteParameters: SDPFormatParameters?

  /// Whether this is RFC 4733's telephone-event.
  public var isTelephoneEvent: Bool { codec.isTelephoneEvent }
  /// Whether the format only accompanies others (telephone-event, CN, red).
  public var isAuxiliary: Bool { codec.isAuxiliary }

  var codec: SDPCodec { SDPCodec(name, clockRate: clockRate, channels: channels, payloadType: sendPayloadType) }
}

/// The keys of a stream: one suite, one key a direction.
public struct SDPNegotiatedSRTP: Hashable, Sendable {
  /// The suite for both directions.
  public var suite: SDPCryptoSuite
  /// The key with which we send.
  public var local: SDPCryptoKey
  /// The key with which the peer sends.
  public var remote: SDPCryptoKey
}

/// What an exchange changed in a stream, against the exchange before it.
public struct SDPMediaChanges: OptionSet, Hashable, Sendable {
  /// The bits.
  public let rawValue: UInt16
  /// A set from its bits.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The stream was off, or its slot holds another kind or transport than before: start anew.
  public static let added = SDPMediaChanges(rawValue: 1)
  /// The stream was on and is off: stop.
  public static let removed = SDPMediaChanges(rawValue: 2)
  /// The peer's addresses differ.
  public static let remoteAddress = SDPMediaChanges(rawValue: 4)
  /// Our addresses differ.
  public static let localAddress = SDPMediaChanges(rawValue: 8)
  /// The formats, their numbers, parameters or order differ.
  public static let codecs = SDPMediaChanges(rawValue: 16)
  /// The direction differs: hold, resume.
  public static let direction = SDPMediaChanges(rawValue: 32)
  /// Encryption was switched on or off, or a key changed.
  public static let srtp = SDPMediaChanges(rawValue: 64)
  /// The packet times differ.
  public static let packetTime = SDPMediaChanges(rawValue: 128)
  /// Something else in the peer's part differs.
  public static let attributes = SDPMediaChanges(rawValue: 256)
}

/// What an exchange came to for one `m=` line.
public struct SDPNegotiatedMedia: Hashable, Sendable {
  /// The index of the `m=` line, the same for the life of the session.
  public let index: Int
  /// audio, video, message, …
  public let kind: SDPMediaKind
  /// Our part of the description.
  public let local: SDPMedia
  /// The peer's part of the description.
  public let remote: SDPMedia
  /// Why the stream is off; nil when it is on.
  public internal(set) var rejection: SDPRejection?
  /// What is different from before.
  public internal(set) var changes: SDPMediaChanges = []

  /// The transport of the answer's line.
  public internal(set) var proto: SDPText
  /// The peer's host as its `c=` line says: a number or a name; empty when the stream is off.
  public internal(set) var remoteHost = ""
  /// The peer's port; 0 when the stream is off.
  public internal(set) var remotePort: UInt16 = 0
  /// Where to send; nil when the stream is off or the peer gave a name to resolve.
  public internal(set) var remoteAddress: TransportAddress?
  /// Where to send RTCP: `a=rtcp`, RTP's own address with rtcp-mux, or the port behind RTP's. Nil for what is not RTP.
  public internal(set) var remoteRTCPAddress: TransportAddress?
  /// Whether RTCP shares RTP's port.
  public internal(set) var usesRTCPMux = false
  /// What we may do: both sides' wishes together, as seen from us.
  public internal(set) var direction = SDPDirection.inactive
  /// What the peer said, as seen from it; a `c=0.0.0.0` counts as not receiving.
  public internal(set) var remoteDirection = SDPDirection.inactive
  /// What we said.
  public internal(set) var localDirection = SDPDirection.inactive
  /// All formats agreed on, in order of preference. Empty for what is not RTP.
  public internal(set) var formats: [SDPNegotiatedCodec] = []
  /// The media time that the peer wants in each packet we send; nil when it did not say.
  public internal(set) var packetTime: Duration?
  /// The longest media time in a packet that the peer takes; nil when it did not say.
  public internal(set) var maximumPacketTime: Duration?
  /// The keys; nil for a stream in the clear.
  public internal(set) var srtp: SDPNegotiatedSRTP?

  init(index: Int, local: SDPMedia, remote: SDPMedia, proto: SDPText, rejection: SDPRejection? = nil) {
    self.index = index
    self.kind = remote.kind
    self.local = local
    self.remote = remote
    self.proto = proto
    self.rejection = rejection
  }

  /// Whether the stream is on.
  public var isAccepted: Bool { rejection == nil }

  /// The formats that carry media: all but telephone-event, CN and red. The first is the one to send with.
  public var codecs: [SDPNegotiatedCodec] { formats.filter { !$0.isAuxiliary } }

  /// The telephone-event format to use beside `codec`: the one of its clock rate (RFC 4733 §2.2), or else the first, since
  /// many offer 8000 Hz only.
  public func telephoneEvent(for codec: SDPNegotiatedCodec) -> SDPNegotiatedCodec? {
    let events = formats.filter(\.isTelephoneEvent)
    return events.first { $0.clockRate == codec.clockRate } ?? events.first
  }

  /// Whether the peer has put us on hold: it does not receive.
  public var isHeldByPeer: Bool { isAccepted && !remoteDirection.receives }
}

/// What an exchange came to.
public struct SDPAgreement: Hashable, Sendable {
  /// Our description.
  public let local: SDPSession
  /// The peer's.
  public let remote: SDPSession
  /// Each `m=` line in order.
  public let media: [SDPNegotiatedMedia]

  /// Whether any stream is on. Where none is, an offer should be refused with 488 rather than answered, and a call whose
  /// answer says so should be ended.
  public var hasMedia: Bool { media.contains(where: \.isAccepted) }
}
