import WireSupport

extension RTPSession {
  /// Does what time demands: sends a report when the schedule says so, tells when media is missed.
  /// - Parameters:
  ///   - wallClock: nanoseconds since 1970 (UTC), for the NTP time of sender reports.
  ///   - outputs: receives reports and events.
  public func advance(to now: Instant, wallClock: Int64, into outputs: inout RTPSessionOutputs) {
    if isClosed { return }
    watchMedia(at: now, into: &outputs)
    guard let deadline = scheduler.nextDeadline, deadline <= now else { return }
    if members.expire(at: now, timeout: scheduler.memberTimeout(population(at: now))) {
      scheduler.membersLeft(population(at: now), at: now)
    }
    let random = ids.nextUnit()
    let redraw = ids.nextUnit()
    guard scheduler.expire(at: now, population(at: now), random: random, redraw: redraw) else { return }
    report(at: now, wallClock: wallClock)
    emit(at: now, into: &outputs)
    reportBeforeLast = lastReport
    lastReport = now
  }

  /// Leaves the session: sends BYE (unless we never sent anything, RFC 3550 §6.3.7) with a last report. After it nothing
  /// is sent and everything received is dropped. A second call does nothing.
  public func close(reason: String? = nil, at now: Instant, wallClock: Int64, into outputs: inout RTPSessionOutputs) {
    if isClosed { return }
    if configuration.rtcp != .disabled, totals.packetsSent > 0 || totals.reportsSent > 0 {
      report(at: now, wallClock: wallClock)
      builder.appendGoodbye(ssrc: outbound.ssrc, reason: reason)
      emit(at: now, into: &outputs)
    }
    isClosed = true
    scheduler.stop()
    mediaDeadline = nil
    payloadRange = 0..<0
  }

  // MARK: Sending

  /// Builds a report and our description in `builder`: SR when we sent within the last two intervals, else RR (§6.4).
  private func report(at now: Instant, wallClock: Int64) {
    builder.reset()
    var blocks: [RTCPReportBlock] = []
    if let talker = sources.ssrc, let block = inbound.takeReport(ssrc: talker, at: now) {
      blocks.append(block)
      members.heard(talker, isSender: true, at: now)
    }
    if weSent, let info = outbound.senderInfo(at: now, wallClock: wallClock, clockRate: configuration.clockRate) {
      builder.appendSenderReport(ssrc: outbound.ssrc, info, blocks: blocks)
      roundTrip.sent(middle: info.ntp.middle, at: now)
    } else {
      builder.appendReceiverReport(ssrc: outbound.ssrc, blocks: blocks)
    }
    builder.appendDescription(ssrc: outbound.ssrc, items: [(.cname, configuration.cname)])
  }

  /// Protects what `builder` holds and puts it out. A compound that cannot be protected is never sent plain.
  private func emit(at now: Instant, into outputs: inout RTPSessionOutputs) {
    var bytes = builder.bytes
    if let srtpSender {
      let count = bytes.count
      bytes.append(contentsOf: repeatElement(0, count: srtpSender.rtcpOverhead))
      var span = bytes.mutableSpan
      guard let total = try? srtpSender.protectRTCP(&span, count: count), total == bytes.count else { return }
    }
    scheduler.note(size: bytes.count)
    totals.reportsSent += 1
    outputs.controlPackets.append(bytes)
  }

  private var weSent: Bool { outbound.lastSent.map { $0.at >= reportBeforeLast } ?? false }

  func population(at now: Instant) -> RTCPScheduler.Population {
    RTCPScheduler.Population(
      members: members.count + 1, senders: members.senders + (weSent ? 1 : 0), weSent: weSent)
  }

  private func watchMedia(at now: Instant, into outputs: inout RTPSessionOutputs) {
    guard let deadline = mediaDeadline, deadline <= now else { return }
    if let lastMedia, let timeout = configuration.silenceTimeout, lastMedia + timeout > now {
      // Packets came since the deadline was set; moving it only here spares a timer a packet.
      mediaDeadline = lastMedia + timeout
      return
    }
    mediaDeadline = nil
    missesMedia = true
    outputs.events.append(.noMedia(lastMedia == nil ? .atStart : .inMidCall))
  }

  // MARK: Receiving

  func receiveControl(
    _ packet: Span<UInt8>, from source: TransportAddress, at now: Instant, into outputs: inout RTPSessionOutputs
  ) -> RTPReception {
    guard configuration.rtcp != .disabled else { return .dropped(.unexpected) }
    guard packet.count >= 8, packet.count <= Self.largestPacket else { return .dropped(.malformed) }
    let buffer = buffer(for: packet.count)
    var bytes = buffer.mutableBytes
    bytes.copy(packet, at: 0)
    var count = packet.count
    if let srtpReceiver {
      do throws(RTPError) {
        count = try srtpReceiver.unprotectRTCP(&bytes, count: count).count
      } catch { return .dropped(Self.reason(error)) }
    } else if !isPlausibleControl(source) {
      return .dropped(.foreign)
    }
    let plain = buffer.bytes.extracting(0..<count)
    guard var compound = try? RTCPCompound(parsing: plain, reducedSize: configuration.acceptsReducedSizeRTCP) else {
      return .dropped(.malformed)
    }
    if plain.uint32(at: 4) == outbound.ssrc, plain[1] != RTCPPacketType.goodbye.rawValue {
      return ownSSRCSeen(from: source, authenticated: srtpReceiver != nil, at: now, into: &outputs)
    }
    if configuration.rtcp == .separate { learnedRTCP = source }
    scheduler.note(size: packet.count)
    totals.reportsReceived += 1
    // At most this many events a datagram, whatever it lists.
    var budget = 16
    while let part = compound.next() { handle(part, at: now, budget: &budget, into: &outputs) }
    return .control
  }

  /// Plain RTCP is believed only from the host that the talker or signalling names: it could end or falsify a call.
  private func isPlausibleControl(_ source: TransportAddress) -> Bool {
    if let locked = sources.address { if locked.ip == source.ip { return true } }
    return configuration.remoteRTP?.ip == source.ip || configuration.remoteRTCP?.ip == source.ip
  }

  private func handle(
    _ packet: borrowing RTCPPacket, at now: Instant, budget: inout Int, into outputs: inout RTPSessionOutputs
  ) {
    switch packet.type {
    case .senderReport, .receiverReport:
      guard let ssrc = packet.ssrc else { return }
      members.heard(ssrc, isSender: packet.type == .senderReport, at: now)
      if let info = packet.senderInfo, ssrc == sources.ssrc { inbound.senderReport(info, at: now) }
      for index in 0..<packet.reportCount {
        guard let block = packet.report(index), block.ssrc == outbound.ssrc else { continue }
        roundTrip.received(block, at: now)
        noteRemote(block)
        emitEvent(.reportReceived, &budget, &outputs)
      }
    case .sourceDescription:
      let known = knownCNAME
      packet.forEachDescription { ssrc, item, text in
        guard item == .cname, budget > 0 else { return }
        let hash = Self.hash(text)
        guard known?.ssrc != ssrc || known?.hash != hash else { return }
        knownCNAME = (ssrc, hash)
        emitEvent(.cname(ssrc: ssrc, Self.string(text)), &budget, &outputs)
      }
    case .goodbye:
      var reason: String?
      if let text = packet.goodbyeReason { reason = Self.string(text) }
      for index in 0..<packet.count {
        guard let ssrc = packet.goodbyeSource(index), ssrc != outbound.ssrc else { continue }
        if members.left(ssrc) { scheduler.membersLeft(population(at: now), at: now) }
        if ssrc == sources.ssrc {
          sources.released()
          emitEvent(.goodbye(ssrc: ssrc, reason: reason), &budget, &outputs)
        }
      }
    case .application:
      guard let ssrc = packet.ssrc, let name = packet.applicationName, let data = packet.applicationData else { return }
      var copy: [UInt8] = []
      copy.reserveCapacity(data.count)
      for index in 0..<data.count { copy.append(data[index]) }
      let subtype = UInt8(truncatingIfNeeded: packet.count)
      emitEvent(.application(ssrc: ssrc, subtype: subtype, name: name, data: copy), &budget, &outputs)
    default: return
    }
  }

  private func emitEvent(_ event: RTPSessionEvent, _ budget: inout Int, _ outputs: inout RTPSessionOutputs) {
    guard budget > 0 else { return }
    budget -= 1
    outputs.events.append(event)
  }

  private func noteRemote(_ block: RTCPReportBlock) {
    let fraction = Double(block.fractionLost) / 256
    let jitter = Double(block.jitter) * 1000 / Double(max(1, configuration.clockRate))
    totals.remote = RTPStatistics.RemoteReport(
      packetsLost: Int64(block.cumulativeLost), fractionLost: fraction,
      maximumFractionLost: max(fraction, totals.remote?.maximumFractionLost ?? 0), jitter: jitter,
      maximumJitter: max(jitter, totals.remote?.maximumJitter ?? 0))
  }

  // MARK: Collisions

  /// A packet with our own SSRC came in (RFC 3550 §8.2). The first from an address is taken for a collision and answered
  /// with BYE and a new SSRC; further ones from there are a loop of ours. Strangers cannot make us change.
  func ownSSRCSeen(
    from source: TransportAddress, authenticated: Bool, at now: Instant, into outputs: inout RTPSessionOutputs
  ) -> RTPReception {
    guard authenticated || source == sources.address || source == configuration.remoteRTP else {
      return .dropped(.ownSSRC)
    }
    // §8.2: an entry is dropped after ten report intervals without another packet.
    conflicts.removeAll { now.nanoseconds(since: $0.at) > 50_000_000_000 }
    if let known = conflicts.firstIndex(where: { $0.address == source }) {
      conflicts[known].at = now
      return .dropped(.ownSSRC)
    }
    if conflicts.count >= 8 { return .dropped(.ownSSRC) }
    conflicts.append((source, now))
    let old = outbound.ssrc
    if configuration.rtcp != .disabled, totals.packetsSent > 0 || totals.reportsSent > 0 {
      builder.reset()
      builder.appendReceiverReport(ssrc: old)
      builder.appendDescription(ssrc: old, items: [(.cname, configuration.cname)])
      builder.appendGoodbye(ssrc: old, reason: "SSRC collision")
      emit(at: now, into: &outputs)
    }
    outbound = RTPOutboundStream(ssrc: nil, ids: &ids)
    outputs.events.append(.ssrcCollision(old: old, new: outbound.ssrc))
    return .dropped(.ownSSRC)
  }

  private static func hash(_ text: Span<UInt8>) -> Int {
    // FNV-1a: only to notice a change without keeping the text.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for index in 0..<text.count { hash = (hash ^ UInt64(text[index])) &* 0x100_0000_01b3 }
    return Int(truncatingIfNeeded: hash)
  }

  private static func string(_ text: Span<UInt8>) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count)
    for index in 0..<text.count { bytes.append(text[index]) }
    return String(decoding: bytes, as: UTF8.self)
  }
}
