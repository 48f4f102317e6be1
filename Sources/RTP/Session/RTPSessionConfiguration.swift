import WireSupport

/// Where a stream's RTCP goes.
public enum RTCPTransportMode: Hashable, Sendable {
  /// On a port of its own, usually RTP's plus one.
  case separate
  /// On RTP's port (`a=rtcp-mux`, RFC 5761).
  case multiplexed
  /// Nowhere: no reports are sent and none understood.
  case disabled
}

/// Whose packets a session takes for the talker's while SRTP does not tell.
public struct RTPSourcePolicy: Hashable, Sendable {
  /// Whether a source other than the signalled address may be learned at all (symmetric RTP, RFC 4961, behind NATs).
  public var learnsAddress: Bool
  /// How long the locked address must be silent before another unauthenticated one may take over.
  public var addressSilence: Duration
  /// How many packets in sequence such a challenger must have sent.
  public var sustainedRun: Int
  /// How long the current SSRC must be silent before another of the same address replaces it.
  public var ssrcSilence: Duration

  /// Learns, and lets go of a silent address after a second and ten packets of a new one.
  public init(
    learnsAddress: Bool = true, addressSilence: Duration = .seconds(1), sustainedRun: Int = 10,
    ssrcSilence: Duration = .milliseconds(100)
  ) {
    self.learnsAddress = learnsAddress
    self.addressSilence = addressSilence
    self.sustainedRun = sustainedRun
    self.ssrcSilence = ssrcSilence
  }
}

/// What an `RTPSession` needs to know before its first packet.
public struct RTPSessionConfiguration: Sendable {
  /// Our SSRC; nil draws one.
  public var ssrc: UInt32?
  /// Our canonical name in RTCP; a random one keeps calls unlinkable (RFC 7022).
  public var cname: String
  /// The clock rate of the timestamps in Hz.
  public var clockRate: Int
  /// The payload types that are delivered; others are counted and dropped.
  public var payloadTypes: RTPPayloadTypes
  /// Those among them whose timestamps stand still during an event, which jitter must not be measured on (RFC 4733).
  public var telephoneEvents: RTPPayloadTypes
  /// Where RTCP goes.
  public var rtcp: RTCPTransportMode
  /// Whether RTCP that does not begin with a report is understood (RFC 5506).
  public var acceptsReducedSizeRTCP: Bool
  /// The least time between reports.
  public var minimumReportInterval: RTCPMinimumInterval
  /// The session's bandwidth in bit/s, of which RTCP takes 5 %.
  public var sessionBandwidth: Int
  /// Where signalling says that the peer receives RTP, if it said so.
  public var remoteRTP: TransportAddress?
  /// Where signalling says that the peer receives RTCP; nil: RTP's port plus one, or RTP's with `multiplexed`.
  public var remoteRTCP: TransportAddress?
  /// Who counts as the talker.
  public var sourcePolicy: RTPSourcePolicy
  /// Without a packet for this long after the start, `.noMedia(.atStart)` is reported; nil: never.
  public var startTimeout: Duration?
  /// Without a packet for this long in mid-call, `.noMedia(.inMidCall)` is reported; nil: never.
  public var silenceTimeout: Duration?
  /// The longest payload to send, in bytes.
  public var maximumPayload: Int

  /// A configuration with the defaults of a telephone call.
  public init(
    ssrc: UInt32? = nil, cname: String, clockRate: Int, payloadTypes: RTPPayloadTypes,
    telephoneEvents: RTPPayloadTypes = [], rtcp: RTCPTransportMode = .separate, remoteRTP: TransportAddress? = nil,
    remoteRTCP: TransportAddress? = nil, startTimeout: Duration? = nil, silenceTimeout: Duration? = nil
  ) {
    self.ssrc = ssrc
    self.cname = cname
    self.clockRate = clockRate
    self.payloadTypes = payloadTypes
    self.telephoneEvents = telephoneEvents
    self.rtcp = rtcp
    acceptsReducedSizeRTCP = true
    minimumReportInterval = .standard
    sessionBandwidth = 80_000
    self.remoteRTP = remoteRTP
    self.remoteRTCP = remoteRTCP
    sourcePolicy = RTPSourcePolicy()
    self.startTimeout = startTimeout
    self.silenceTimeout = silenceTimeout
    maximumPayload = 4096
  }
}
