import WireSupport

extension RTPSession {
  /// Takes a datagram. Whatever it holds, the talker's stream is not disturbed by what is not the talker's.
  /// - Parameters:
  ///   - component: the socket that it came by.
  ///   - source: where it came from.
  ///   - outputs: receives events and, after an SSRC collision, a BYE to send.
  /// - Returns: what it was. For `.media` the bytes are in `payload`.
  public func receive(
    _ packet: Span<UInt8>, component: RTPComponent = .rtp, from source: TransportAddress, at now: Instant,
    into outputs: inout RTPSessionOutputs
  ) -> RTPReception {
    payloadRange = 0..<0
    let reception: RTPReception
    if isClosed {
      reception = .dropped(.unexpected)
    } else if component == .rtcp || configuration.rtcp == .multiplexed && RTCPPacketType.isControl(packet) {
      reception = receiveControl(packet, from: source, at: now, into: &outputs)
    } else {
      reception = receiveMedia(packet, from: source, at: now, into: &outputs)
    }
    if case .dropped(let reason) = reception { count(reason) }
    return reception
  }

  private func receiveMedia(
    _ packet: Span<UInt8>, from source: TransportAddress, at now: Instant, into outputs: inout RTPSessionOutputs
  ) -> RTPReception {
    guard packet.count <= Self.largestPacket, let layout = try? RTPLayout(parsing: packet) else {
      return .dropped(.malformed)
    }
    let header = layout.header
    let isKnown = payloadTypes.contains(header.payloadType)
    if !isKnown, srtpReceiver == nil, !sources.isCurrent(source, header.ssrc) {
      return .dropped(.unknownPayloadType)
    }
    let buffer = buffer(for: packet.count)
    var bytes = buffer.mutableBytes
    bytes.copy(packet, at: 0)
    var count = packet.count
    var index: Int64?
    if let srtpReceiver {
      switch unprotect(packet, in: &bytes, srtpReceiver, ssrc: header.ssrc) {
      case .success(let plain):
        count = plain.count
        index = plain.index
      case .failure(let error):
        return .dropped(Self.reason(error))
      }
    }
    if header.ssrc == outbound.ssrc {
      return ownSSRCSeen(from: source, authenticated: index != nil, at: now, into: &outputs)
    }
    guard let padding = try? layout.paddingCount(of: buffer.bytes.extracting(0..<count)) else {
      return .dropped(.malformed)
    }
    let verdict = sources.admit(
      header, from: source, authenticated: index != nil,
      isNewest: index.map { inbound.isNewest(header.sequenceNumber, index: $0) } ?? false,
      at: now)
    switch verdict {
    case .current: break
    case .moved: outputs.events.append(.remoteAddressChanged(source))
    case .adopted: adopt(header, from: source, at: now, into: &outputs)
    case .probation: return .dropped(.probation)
    case .foreign: return .dropped(.foreign)
    }
    let isEvent = telephoneEvents.contains(header.payloadType)
    let sequence = inbound.receive(header, index: index, isEvent: isEvent, at: now)
    var isReordered = false
    var startsSource = verdict == .adopted
    switch sequence {
    case .probation, .implausible: return .dropped(.implausible)
    case .duplicate: return .dropped(.duplicate)
    case .reordered: isReordered = true
    case .restarted: startsSource = true
    case .inOrder: break
    }
    sources.accepted(inSequence: verdict == .current && sequence == .inOrder(lost: 0), at: now)
    heardMedia(at: now, into: &outputs)
    guard isKnown else { return .dropped(.unknownPayloadType) }
    let payloadCount = count - padding - layout.payloadOffset
    totals.packetsReceived += 1
    totals.bytesReceived += Int64(payloadCount)
    payloadIsLarge = buffer !== received
    payloadRange = layout.payloadOffset..<(count - padding)
    return .media(
      RTPReceivedPacket(
        header: header, extendedSequence: inbound.latest, isReordered: isReordered, startsSource: startsSource,
        payloadCount: payloadCount))
  }

  /// Unprotects the copy of `packet` in `bytes`; where the source's rollover counter is in doubt, tries once more on a
  /// fresh copy with another one.
  private func unprotect(
    _ packet: Span<UInt8>, in bytes: inout MutableSpan<UInt8>, _ receiver: SRTPReceiver, ssrc: UInt32
  ) -> Result<SRTPUnprotected, RTPError> {
    do throws(RTPError) {
      return .success(try receiver.unprotectRTP(&bytes, count: packet.count))
    } catch {
      guard error.code == .authenticationFailed || error.code == .replayed,
        let offset = receiver.resynchronisation(of: ssrc)
      else { return .failure(error) }
      bytes.copy(packet, at: 0)
      guard let plain = try? receiver.unprotectRTP(&bytes, count: packet.count, rolloverOffset: offset) else {
        return .failure(error)
      }
      return .success(plain)
    }
  }

  private func adopt(
    _ header: RTPHeader, from source: TransportAddress, at now: Instant, into outputs: inout RTPSessionOutputs
  ) {
    let isFirst = inbound.tracker == nil
    inbound.begin(at: header.sequenceNumber)
    members.heard(header.ssrc, isSender: true, at: now)
    outputs.events.append(
      isFirst
        ? .mediaStarted(ssrc: header.ssrc, from: source) : .sourceChanged(ssrc: header.ssrc, from: source))
  }

  private func heardMedia(at now: Instant, into outputs: inout RTPSessionOutputs) {
    if lastMedia == nil, expectsMedia {
      // From the start's timeout to the mid-call one.
      mediaDeadline = configuration.silenceTimeout.map { now + $0 }
    }
    lastMedia = now
    if missesMedia {
      missesMedia = false
      mediaDeadline = expectsMedia ? configuration.silenceTimeout.map { now + $0 } : nil
      outputs.events.append(.mediaResumed)
    }
  }

  /// The buffer for a datagram of `count` bytes, at most `largestPacket`.
  func buffer(for count: Int) -> PacketBuffer {
    if count <= Self.commonPacket { return received }
    if let receivedLarge { return receivedLarge }
    let large = PacketBuffer(capacity: Self.largestPacket)
    receivedLarge = large
    return large
  }

  static func reason(_ error: RTPError) -> RTPDropReason {
    switch error.code {
    case .replayed: .replayed
    case .authenticationFailed, .unknownKey, .keyExhausted, .tooManySources, .cipher: .unauthenticated
    default: .malformed
    }
  }

  private func count(_ reason: RTPDropReason) {
    switch reason {
    case .malformed: totals.malformed += 1
    case .unauthenticated: totals.authenticationFailures += 1
    case .replayed: totals.replays += 1
    case .duplicate: break  // the tracker counts them
    case .foreign, .probation, .unexpected: totals.foreign += 1
    case .implausible: totals.implausible += 1
    case .unknownPayloadType: totals.unknownPayloadType += 1
    case .ownSSRC: totals.ownSSRC += 1
    }
  }
}
