import WireSupport

/// How a stream uses SRTP with keys in SDP (RFC 4568).
public enum SRTPPolicy: String, Hashable, Sendable, CaseIterable {
  /// Never: `RTP/AVP` is offered, and an offer of `RTP/SAVP` is refused.
  case disabled
  /// Where the peer can: `RTP/AVP` with `a=crypto` is offered, and either is accepted.
  case optional
  /// Always: `RTP/SAVP` is offered, and a stream without keys is refused.
  case mandatory
}

/// What the local side has to say about one stream: the negotiator makes an `m=` part of it.
public struct SDPLocalMedia: Hashable, Sendable {
  /// What is sent over the stream.
  public enum Content: Hashable, Sendable {
    /// RTP: formats are negotiated.
    case rtp(SDPLocalRTP)
    /// Anything else (MSRP, BFCP, …): the transport must match, formats and attributes are the stream's own business.
    case other(proto: SDPText, formats: [SDPText])
  }

  /// audio, video, message, …
  public var kind: SDPMediaKind
  /// Where we receive. Port 0 is not allowed here: a stream that is off has no local media at all.
  public var address: TransportAddress
  /// What we want to do: on hold it is `direction.onHold`. What comes of it depends on the peer's wish too.
  public var direction: SDPDirection
  /// What is sent.
  public var content: Content
  /// `b=` lines.
  public var bandwidths: [SDPBandwidth]
  /// More attributes, put behind those that the negotiator writes: candidates, a label, `a=path`, ….
  public var attributes: [SDPAttribute]

  /// A stream of RTP.
  public init(
    _ kind: SDPMediaKind, address: TransportAddress, rtp: SDPLocalRTP, direction: SDPDirection = .sendReceive,
    bandwidths: [SDPBandwidth] = [], attributes: [SDPAttribute] = []
  ) {
    self.kind = kind
    self.address = address
    self.direction = direction
    content = .rtp(rtp)
    self.bandwidths = bandwidths
    self.attributes = attributes
  }

  /// A stream of something else.
  public init(
    _ kind: SDPMediaKind, address: TransportAddress, proto: SDPText, formats: [SDPText],
    direction: SDPDirection = .sendReceive, bandwidths: [SDPBandwidth] = [], attributes: [SDPAttribute] = []
  ) {
    self.kind = kind
    self.address = address
    self.direction = direction
    content = .other(proto: proto, formats: formats)
    self.bandwidths = bandwidths
    self.attributes = attributes
  }

  /// The RTP part; nil for other streams. Setting nil changes nothing.
  public var rtp: SDPLocalRTP? {
    get { if case .rtp(let rtp) = content { rtp } else { nil } }
    set { if let newValue { content = .rtp(newValue) } }
  }
}

/// What the local side can do in an RTP stream.
public struct SDPLocalRTP: Hashable, Sendable {
  /// The formats in order of preference, telephone-event and CN among them.
  public var codecs: [SDPCodec]
  /// The media time we want in each packet we receive (`a=ptime`).
  public var packetTime: Duration?
  /// The longest media time in a packet that we receive (`a=maxptime`).
  public var maximumPacketTime: Duration?
  /// Whether keys are offered, demanded or neither.
  public var srtp: SRTPPolicy
  /// A line a suite in order of preference, with the keys with which **we** send. The caller draws them, and keeps them for
  /// as long as the stream lives: a changed key is a new key for the peer. Tags are used in offers only.
  public var cryptos: [SDPCrypto]
  /// Whether an offered key with a master key identifier can be used.
  public var acceptsMKI: Bool
  /// Where we receive RTCP; nil: the port behind RTP's.
  public var rtcp: TransportAddress?
  /// Whether RTCP may share RTP's port (RFC 5761).
  public var rtcpMux: Bool

  /// Capabilities.
  public init(
    codecs: [SDPCodec], packetTime: Duration? = nil, maximumPacketTime: Duration? = nil, srtp: SRTPPolicy = .disabled,
    cryptos: [SDPCrypto] = [], acceptsMKI: Bool = false, rtcp: TransportAddress? = nil, rtcpMux: Bool = false
  ) {
    self.codecs = codecs
    self.packetTime = packetTime
    self.maximumPacketTime = maximumPacketTime
    self.srtp = srtp
    self.cryptos = cryptos
    self.acceptsMKI = acceptsMKI
    self.rtcp = rtcp
    self.rtcpMux = rtcpMux
  }
}
