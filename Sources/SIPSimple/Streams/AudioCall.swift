import Media
import NetworkIO
import RTP
import SDP
import WireSupport

/// The running half of an audio stream: a mixer port on one side, RTP on the other. Plain and synchronous, confined to the
/// application's executor; on its per-packet and per-tick paths nothing is allocated.
final class AudioCall: AudioPort {
  let session: RTPSession
  let receivePath: AudioReceivePath
  let sendPath: AudioSendPath
  private let line: RTPLine
  private let network: any Network
  private let source: EventSource<AudioStreamEvent>
  private let timeouts: (start: Duration, silence: Duration)
  private var outputs = RTPSessionOutputs()
  private var ticks = 0

  private var isSending = false
  private var eventSender: TelephoneEventSender?
  private var eventReceiver: TelephoneEventReceiver?
  private var eventSendType: UInt8 = 0
  private var eventReceiveType: UInt8?
  private var eventClockRate: UInt64 = 8000
  private(set) var parameters: AudioStreamParameters

  init(
    description: AudioDescription, agreed: SDPNegotiatedMedia, socket: any MediaSocket, network: any Network,
    mixer: AudioMixer, source: EventSource<AudioStreamEvent>, cname: String
  ) throws(SIPSimpleError) {
    guard let format = description.sendFormat(agreed) else {
      throw SIPSimpleError(.negotiation, "The agreed codecs are not among ours")
    }
    let now = network.now()
    var ids = network.makeIDSource()
    let firstTimestamp = UInt32(truncatingIfNeeded: ids.next())
    let configuration = RTPSessionConfiguration(
      cname: cname, clockRate: format.codec.clockRate, payloadTypes: Self.payloadTypes(agreed),
      telephoneEvents: Self.eventTypes(agreed), rtcp: agreed.usesRTCPMux ? .multiplexed : .separate,
      remoteRTP: agreed.remoteAddress, remoteRTCP: agreed.remoteRTCPAddress,
      startTimeout: description.settings.startTimeout, silenceTimeout: description.settings.timeout)
    var unicast = configuration
    // RFC 3550 §6.2: between two parties the reduced minimum gives a round-trip time sooner and costs little.
    unicast.minimumReportInterval = .reduced
    let session = RTPSession(configuration: unicast, ids: ids, at: now)
    let line = RTPLine(
      session: session, socket: socket, network: network, multiplexesControl: agreed.usesRTCPMux)
    do {
      receivePath = try AudioReceivePath(formats: description.receiveFormats(agreed), sampleRate: mixer.sampleRate)
      sendPath = try AudioSendPath(
        format: format, settings: Self.settings(agreed, description), sampleRate: mixer.sampleRate,
        timestamp: firstTimestamp
      ) { payload, packet in
        line.send(payload, payloadType: packet.payloadType, timestamp: packet.timestamp, marker: packet.marker)
      }
    } catch {
      throw SIPSimpleError(.media, "The codec \(format.codec.name) cannot be started: \(error)")
    }
    self.session = session
    self.line = line
    self.network = network
    self.source = source
    self.timeouts = (description.settings.startTimeout, description.settings.timeout)
    parameters = AudioStreamParameters(
      codec: format.codec.name, sampleRate: format.codec.sampleRate, srtpSuite: nil, localAddress: socket.localRTP,
      remoteAddress: agreed.remoteAddress ?? TransportAddress(ip: .any, port: 0), packetMilliseconds: 20,
      supportsDTMF: false)
    try settle(agreed, description)
  }

  /// Applies what was agreed: keys, addresses, payload types, direction.
  func update(_ agreed: SDPNegotiatedMedia, _ description: AudioDescription) throws(SIPSimpleError) {
    guard let format = description.sendFormat(agreed) else {
      throw SIPSimpleError(.negotiation, "The agreed codecs are not among ours")
    }
    do {
      try receivePath.setFormats(description.receiveFormats(agreed))
      let current = sendPath.format
      if current.payloadType != format.payloadType || current.codec.rtpmap != format.codec.rtpmap
        || current.peerParameters != format.peerParameters || agreed.changes.contains(.packetTime)
      {
        try sendPath.setFormat(format, settings: Self.settings(agreed, description))
      }
    } catch {
      throw SIPSimpleError(.media, "The codec \(format.codec.name) cannot be started: \(error)")
    }
    session.setPayloadTypes(
      Self.payloadTypes(agreed), telephoneEvents: Self.eventTypes(agreed), clockRate: format.codec.clockRate)
    if agreed.changes.contains(.remoteAddress) {
      session.setRemote(rtp: agreed.remoteAddress, rtcp: agreed.remoteRTCPAddress)
    }
    parameters.codec = format.codec.name
    parameters.sampleRate = format.codec.sampleRate
    if let remote = agreed.remoteAddress { parameters.remoteAddress = remote }
    try settle(agreed, description)
  }

  private func settle(_ agreed: SDPNegotiatedMedia, _ description: AudioDescription) throws(SIPSimpleError) {
    if let srtp = agreed.srtp {
      let inbound = try SRTPMasterKey.make(suite: srtp.suite, key: srtp.remote)
      let outbound = try SRTPMasterKey.make(suite: srtp.suite, key: srtp.local)
      do {
        try session.setKeys(inbound: [inbound], outbound: outbound)
      } catch {
        throw SIPSimpleError(.negotiation, "The SRTP keys cannot be used: \(error)")
      }
      parameters.srtpSuite = srtp.suite.name.string
    } else {
      session.removeKeys()
      parameters.srtpSuite = nil
    }
    parameters.packetMilliseconds = sendPath.frameDuration
    let primary = agreed.codecs.first { $0.sendPayloadType == sendPath.format.payloadType }
    if let primary, let event = agreed.telephoneEvent(for: primary) {
      if eventSender == nil || eventClockRate != UInt64(event.clockRate) {
        eventSender = TelephoneEventSender(clockRate: event.clockRate)
      }
      if eventReceiver == nil || eventClockRate != UInt64(event.clockRate) {
        eventReceiver = TelephoneEventReceiver(clockRate: event.clockRate)
      }
      eventClockRate = UInt64(max(1, event.clockRate))
      eventSendType = event.sendPayloadType
      eventReceiveType = event.receivePayloadType
    } else {
      eventSender = nil
      eventReceiver = nil
      eventReceiveType = nil
    }
    parameters.supportsDTMF = eventSender != nil
    isSending = agreed.direction.sends && agreed.localDirection.receives
    receivePath.isEnabled = agreed.direction.receives
    // A peer that holds us may play music or be silent: its silence is no failure.
    session.expectMedia(agreed.direction.receives && !agreed.isHeldByPeer, at: network.now())
  }

  // MARK: From the network

  func received(
    _ packet: Span<UInt8>, component: MediaComponent, from peer: TransportAddress, at now: Instant
  ) {
    let reception = session.receive(
      packet, component: component == .rtp ? .rtp : .rtcp, from: peer, at: now, into: &outputs)
    if case .media(let media) = reception {
      let header = media.header
      let session = session  // a borrow of the payload needs a reference that cannot be replaced meanwhile
      // Events share the sequence numbers with the audio: the jitter buffer must see that their numbers are not missing.
      receivePath.receive(
        session.payload, payloadType: header.payloadType, sequence: header.sequenceNumber, timestamp: header.timestamp,
        marker: header.marker, source: header.ssrc, at: now)
      if header.payloadType == eventReceiveType { receiveEvent(timestamp: header.timestamp, at: now) }
    }
    if !outputs.events.isEmpty || !outputs.controlPackets.isEmpty { perform() }
  }

  private func receiveEvent(timestamp: UInt32, at now: Instant) {
    let source = source
    let session = session
    do {
      try eventReceiver?.receive(session.payload, timestamp: timestamp, at: now) { report in
        if case .began(let event) = report, let digit = event.digit { source.send(.dtmf(digit)) }
      }
    } catch {
      // A malformed event is dropped like any malformed packet; the session has counted the packet as received.
    }
  }

  // MARK: From the mixer, once every 20 ms

  /// Called once, with the time of the next tick.
  var onNextTick: ((Instant) -> Void)?

  func produce(into frame: inout MutableSpan<Int16>) -> Bool {
    let now = network.now()
    if let onNextTick {
      self.onNextTick = nil
      onNextTick(now)
    }
    receivePath.advance(to: now)
    return receivePath.produce(into: &frame)
  }

  func consume(_ frame: Span<Int16>) {
    let now = network.now()
    var event: TelephoneEventPacket?
    if isSending, eventSender?.isIdle == false {
      let clock = UInt64(sendPath.format.codec.clockRate)
      let timestamp = UInt32(truncatingIfNeeded: UInt64(sendPath.timestamp) * eventClockRate / max(1, clock))
      event = eventSender?.next(timestamp: timestamp, interval: UInt32(truncatingIfNeeded: eventClockRate / 50))
    }
    sendPath.isSending = isSending && event == nil
    sendPath.consume(frame)
    if let event {
      let bytes = event.payload.bytes
      line.send(bytes.span, payloadType: eventSendType, timestamp: event.timestamp, marker: event.marker)
    }
    if let deadline = session.nextDeadline, deadline <= now {
      session.advance(to: now, wallClock: network.wallClock(), into: &outputs)
    }
    if let deadline = eventReceiver?.nextDeadline, deadline <= now { eventReceiver?.advance(to: now) { _ in } }
    if !outputs.events.isEmpty || !outputs.controlPackets.isEmpty { perform() }
    ticks += 1
    if ticks % 50 == 0 { source.send(.statistics(statistics)) }
  }

  // MARK: Asked for by the application

  var isMuted: Bool {
    get { sendPath.isMuted }
    set { sendPath.isMuted = newValue }
  }

  /// Queues a digit; false when the peer takes none or too many wait.
  func send(_ event: TelephoneEvent, for duration: Duration) -> Bool {
    eventSender?.send(event, for: duration) ?? false
  }

  /// Says goodbye on RTCP; afterwards nothing is sent.
  func close() {
    isSending = false
    sendPath.isSending = false
    session.close(at: network.now(), wallClock: network.wallClock(), into: &outputs)
    perform()
  }

  var statistics: AudioStreamStatistics {
    let rtp = session.statistics
    let buffer = receivePath.statistics
    var result = AudioStreamStatistics()
    result.packetsSent = UInt64(max(0, rtp.packetsSent))
    result.bytesSent = UInt64(max(0, rtp.bytesSent))
    result.packetsReceived = UInt64(max(0, rtp.packetsReceived))
    result.bytesReceived = UInt64(max(0, rtp.bytesReceived))
    result.packetsLost = rtp.packetsLost
    result.packetsLate = UInt64(buffer.late)
    result.packetsDuplicated = UInt64(max(0, rtp.duplicates))
    result.packetsReordered = UInt64(max(0, rtp.reordered))
    result.packetsRejected = UInt64(
      max(
        0,
        rtp.malformed + rtp.authenticationFailures + rtp.replays + rtp.foreign + rtp.implausible
          + rtp.unknownPayloadType + rtp.ownSSRC))
    result.jitterMilliseconds = rtp.jitter
    result.roundTripMilliseconds = rtp.roundTrip?.last
    result.remoteLossFraction = rtp.remote?.fractionLost
    result.remoteJitterMilliseconds = rtp.remote?.jitter
    result.bufferMilliseconds = buffer.currentDelayMilliseconds
    result.concealedMilliseconds = buffer.concealedMilliseconds
    result.framesRecovered = UInt64(buffer.recoveredMilliseconds / Double(max(1, sendPath.frameDuration)))
    // The peer's sender adds what ours does: a packet, the codec's look-ahead; a mixer tick passes on either side.
    result.oneWayMilliseconds =
      sendPath.delay + (rtp.roundTrip?.last ?? 0) / 2 + buffer.currentDelayMilliseconds
    let expected = max(1, rtp.packetsReceived + max(0, rtp.packetsLost))
    let missing = max(0, Double(rtp.packetsLost) + Double(buffer.late) - Double(result.framesRecovered))
    var model = EModel(codec: sendPath.format.codec.impairment)
    model.packetLoss = min(100, 100 * missing / Double(expected))
    model.burstRatio = EModel.burstRatio(
      lost: Int(max(0, rtp.packetsLost)), bursts: Int(rtp.lossBursts), expected: Int(expected))
    model.absoluteDelay = result.oneWayMilliseconds
    result.mosListening = model.listeningScore
    result.mosConversational = model.conversationalScore
    result.levelSent = sendPath.level.rms
    result.levelReceived = receivePath.level.rms
    return result
  }

  private func perform() {
    for packet in outputs.controlPackets { line.sendControl(packet) }
    for event in outputs.events {
      switch event {
      case .noMedia(.atStart): source.send(.mediaTimeout(after: timeouts.start, sinceStart: true))
      case .noMedia(.inMidCall): source.send(.mediaTimeout(after: timeouts.silence, sinceStart: false))
      case .mediaResumed: source.send(.mediaResumed)
      case .reportReceived:
        if let lost = session.statistics.remote?.fractionLost { sendPath.adapt(toLoss: lost) }
      case .mediaStarted, .sourceChanged, .remoteAddressChanged, .cname, .goodbye, .application, .ssrcCollision: break
      }
    }
    outputs.removeAll()
  }

  // MARK: What an agreement says

  private static func payloadTypes(_ agreed: SDPNegotiatedMedia) -> RTPPayloadTypes {
    RTPPayloadTypes(agreed.formats.map(\.receivePayloadType))
  }

  private static func eventTypes(_ agreed: SDPNegotiatedMedia) -> RTPPayloadTypes {
    RTPPayloadTypes(agreed.formats.filter(\.isTelephoneEvent).map(\.receivePayloadType))
  }

  private static func settings(_ agreed: SDPNegotiatedMedia, _ description: AudioDescription) -> AudioCodecSettings {
    AudioCodecSettings(
      frameDuration: agreed.packetTime.map { Int($0.inMilliseconds) } ?? description.settings.packetMilliseconds,
      maximumFrameDuration: agreed.maximumPacketTime.map { Int($0.inMilliseconds) })
  }
}

/// The way out of a stream: protects a payload and hands the packet to the socket.
final class RTPLine {
  private let session: RTPSession
  private let socket: any MediaSocket
  private let network: any Network
  /// Packets that could not be made: a key is exhausted, a payload is too long.
  private(set) var failures = 0
  /// Whether RTCP shares RTP's port (RFC 5761).
  private let multiplexesControl: Bool

  init(session: RTPSession, socket: any MediaSocket, network: any Network, multiplexesControl: Bool) {
    self.multiplexesControl = multiplexesControl
    self.session = session
    self.socket = socket
    self.network = network
  }

  func send(_ payload: Span<UInt8>, payloadType: UInt8, timestamp: UInt32, marker: Bool) {
    guard let destination = session.rtpDestination else { return }
    let session = session
    do {
      let packet = try session.send(
        payload, payloadType: payloadType, timestamp: timestamp, marker: marker, at: network.now())
      socket.send(packet, component: .rtp, to: destination)
    } catch {
      failures += 1
    }
  }

  func sendControl(_ packet: [UInt8]) {
    guard let destination = session.rtcpDestination else { return }
    socket.send(packet.span, component: multiplexesControl ? .rtp : .rtcp, to: destination)
  }
}
