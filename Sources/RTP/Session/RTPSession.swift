import WireSupport

/// The engine of one RTP stream in both directions: it protects and sends, unprotects and validates, counts, and reports
/// by RTCP (RFC 3550, 3711, 5761).
///
/// It opens no socket and reads no clock. Confine it to one executor. `receive` and `send` allocate nothing.
///
///     let session = RTPSession(configuration: configuration, ids: network.makeIDSource(), at: network.now())
///     switch session.receive(datagram, from: peer, at: now, into: &outputs) {
///     case .media(let packet): path.receive(packet, payload: session.payload)
///     case .control, .dropped: break
///     }
///     socket.send(try session.send(frame, payloadType: 0, timestamp: t, at: now), component: .rtp, to: peer)
public final class RTPSession {
  static let commonPacket = 2048
  static let largestPacket = 65_535

  // The state that every packet touches goes without run-time exclusivity checks, which would cost more than the
  // engine's own work: the session is confined to one executor and calls nobody while it changes.
  @exclusivity(unchecked) var configuration: RTPSessionConfiguration
  @exclusivity(unchecked) var payloadTypes: RTPPayloadTypes
  @exclusivity(unchecked) var telephoneEvents: RTPPayloadTypes
  var ids: IDSource

  @exclusivity(unchecked) var sources: RTPSourceLock
  @exclusivity(unchecked) var inbound: RTPInboundStream
  @exclusivity(unchecked) var outbound: RTPOutboundStream
  @exclusivity(unchecked) var srtpReceiver: SRTPReceiver?
  @exclusivity(unchecked) var srtpSender: SRTPSender?
  @exclusivity(unchecked) var totals = RTPStatistics()

  var scheduler: RTCPScheduler
  var members = RTCPMembers()
  var roundTrip = RTCPRoundTrip()
  var builder = RTCPBuilder()
  var learnedRTCP: TransportAddress?
  var knownCNAME: (ssrc: UInt32, hash: Int)?
  var lastReport: Instant
  var reportBeforeLast: Instant
  var conflicts: [(address: TransportAddress, at: Instant)] = []

  @exclusivity(unchecked) var mediaDeadline: Instant?
  @exclusivity(unchecked) var lastMedia: Instant?
  @exclusivity(unchecked) var missesMedia = false
  @exclusivity(unchecked) var expectsMedia = true
  @exclusivity(unchecked) var isClosed = false

  let received = PacketBuffer(capacity: RTPSession.commonPacket)
  /// For packets above `commonPacket`, made when the first one comes and kept: a span of either buffer stays valid.
  @exclusivity(unchecked) var receivedLarge: PacketBuffer?
  @exclusivity(unchecked) var payloadRange = 0..<0
  @exclusivity(unchecked) var payloadIsLarge = false
  let outgoing: PacketBuffer

  /// A session that has neither sent nor received.
  /// - Parameters:
  ///   - ids: where SSRC, initial sequence number, timestamp offset and report intervals come from; must be strong.
  ///   - now: the start of the report schedule and of `startTimeout`.
  public init(configuration: RTPSessionConfiguration, ids: IDSource, at now: Instant) {
    var ids = ids
    self.configuration = configuration
    payloadTypes = configuration.payloadTypes
    telephoneEvents = configuration.telephoneEvents
    sources = RTPSourceLock(policy: configuration.sourcePolicy, signalled: configuration.remoteRTP)
    inbound = RTPInboundStream(clockRate: configuration.clockRate)
    outbound = RTPOutboundStream(ssrc: configuration.ssrc, ids: &ids)
    scheduler = RTCPScheduler(
      sessionBandwidth: configuration.sessionBandwidth, minimum: configuration.minimumReportInterval,
      expectedSize: 64 + configuration.cname.utf8.count)
    lastReport = now
    reportBeforeLast = now
    // 160: the largest tag (16) and MKI (128), and a little air; 12: the header.
    outgoing = PacketBuffer(capacity: 12 + max(0, min(60_000, configuration.maximumPayload)) + 160)
    conflicts.reserveCapacity(8)
    self.ids = ids
    if configuration.rtcp != .disabled { scheduler.start(at: now, population(at: now), random: self.ids.nextUnit()) }
    mediaDeadline = configuration.startTimeout.map { now + $0 }
  }

  /// Our SSRC. It changes once, should the peer have the same (RFC 3550 §8.2).
  public var ssrc: UInt32 { outbound.ssrc }
  /// The talker's SSRC, nil before its first packet.
  public var remoteSSRC: UInt32? { sources.ssrc }
  /// The address that the talker sends from, nil before its first packet.
  public var remoteAddress: TransportAddress? { sources.address }
  /// Whether packets must be, and are, protected.
  public var isProtected: Bool { srtpReceiver != nil && srtpSender != nil }
  /// The suite in use for what we send, nil for plain RTP.
  public var suite: SRTPSuite? { srtpSender?.key.suite }

  /// Where to send RTP: the address that the talker was heard from (symmetric RTP), else the signalled one.
  public var rtpDestination: TransportAddress? {
    configuration.sourcePolicy.learnsAddress && !sources.awaitsSignalled
      ? sources.address ?? configuration.remoteRTP : configuration.remoteRTP
  }

  /// Where to send RTCP.
  public var rtcpDestination: TransportAddress? {
    switch configuration.rtcp {
    case .disabled: return nil
    case .multiplexed: return rtpDestination
    case .separate:
      if configuration.sourcePolicy.learnsAddress, let learnedRTCP { return learnedRTCP }
      if let signalled = configuration.remoteRTCP { return signalled }
      return rtpDestination.map { TransportAddress(ip: $0.ip, port: $0.port &+ 1) }
    }
  }

  /// The payload of the packet that the last `receive` gave as `.media`; empty after any other. Its bytes are overwritten
  /// by the next `receive`.
  public var payload: Span<UInt8> {
    @_lifetime(borrow self) get {
      let buffer = payloadIsLarge ? receivedLarge ?? received : received
      // Safe: both buffers live as long as `self` and never move; the range was checked against the packet.
      return _overrideLifetime(buffer.bytes.extracting(payloadRange), borrowing: self)
    }
  }

  /// What was counted and measured up to now.
  public var statistics: RTPStatistics {
    var result = totals
    inbound.fill(&result)
    if let last = roundTrip.last, let mean = roundTrip.mean {
      result.roundTrip = RTPStatistics.RoundTrip(
        last: Double(last) / 1e6, minimum: Double(roundTrip.minimum) / 1e6, mean: mean / 1e6,
        maximum: Double(roundTrip.maximum) / 1e6)
    }
    return result
  }

  /// When `advance` must be called; nil when never.
  public var nextDeadline: Instant? {
    guard let report = scheduler.nextDeadline else { return mediaDeadline }
    return mediaDeadline.map { min($0, report) } ?? report
  }

  // MARK: Changes by signalling

  /// Sets the keys of SRTP: those that the peer protects with, and the one that we do. Keys that are the same as before
  /// keep their rollover counters and replay windows, as a re-INVITE that repeats them requires.
  /// - Throws: `.keyLength` or `.cipher`; nothing has changed then.
  public func setKeys(
    inbound: [SRTPMasterKey], outbound: SRTPMasterKey, inboundOptions: SRTPOptions = SRTPOptions(),
    outboundOptions: SRTPOptions = SRTPOptions()
  ) throws(RTPError) {
    guard outbound.identifier.count <= 128 else {
      throw RTPError(.keyLength, expected: "an MKI of at most 128 bytes")
    }
    let receiver: SRTPReceiver
    if let current = srtpReceiver, current.options == inboundOptions, current.keys.count == inbound.count,
      zip(current.keys, inbound).allSatisfy({ $0.isSameKey(as: $1) })
    {
      receiver = current
    } else {
      receiver = try SRTPReceiver(keys: inbound, options: inboundOptions)
    }
    let sender: SRTPSender
    if let current = srtpSender, current.options == outboundOptions, current.key.isSameKey(as: outbound) {
      sender = current
    } else {
      sender = try SRTPSender(key: outbound, options: outboundOptions)
    }
    if receiver !== srtpReceiver { self.inbound.rekeyed() }
    srtpReceiver = receiver
    srtpSender = sender
  }

  /// Goes back to plain RTP: the peer has refused optional encryption.
  public func removeKeys() {
    srtpReceiver = nil
    srtpSender = nil
  }

  /// Signalling names another remote address (a re-INVITE): we send there, and the first valid packets from there move
  /// the source lock.
  public func setRemote(rtp: TransportAddress?, rtcp: TransportAddress? = nil) {
    let isNew = rtp != configuration.remoteRTP
    configuration.remoteRTP = rtp
    configuration.remoteRTCP = rtcp
    guard isNew else { return }
    sources.signal(rtp)
    learnedRTCP = nil
  }

  /// Signalling negotiated another codec.
  public func setPayloadTypes(_ types: RTPPayloadTypes, telephoneEvents: RTPPayloadTypes, clockRate: Int) {
    payloadTypes = types
    self.telephoneEvents = telephoneEvents
    configuration.clockRate = clockRate
    inbound.setClockRate(clockRate)
  }

  /// Whether silence of the peer is worth reporting: false while it is on hold.
  public func expectMedia(_ isExpected: Bool, at now: Instant) {
    missesMedia = false
    let timeout = lastMedia == nil ? configuration.startTimeout : configuration.silenceTimeout
    mediaDeadline = isExpected ? timeout.map { now + $0 } : nil
    expectsMedia = isExpected
  }

}
