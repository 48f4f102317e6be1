import WireSupport

/// Finds what a local and a remote media part have in common (RFC 3264 §6, §7).
struct SDPMediaMatcher {
  let index: Int
  /// Our offer's part; in an answer, the part that refuses.
  let local: SDPMedia
  let remote: SDPMedia
  let remoteSession: SDPSession

  // MARK: Their answer

  /// What the peer's answer makes of our offer.
  func matchAnswer(stream: SDPLocalMedia?) -> SDPNegotiatedMedia {
    guard let stream, local.port != 0 else { return off(.disabled) }
    guard remote.port != 0 else { return off(.declinedByPeer) }
    var result = SDPNegotiatedMedia(index: index, local: local, remote: remote, proto: remote.proto)
    guard setAddress(&result) else { return off(.noAddress) }
    setDirection(&result, wish: local.statedDirection ?? .sendReceive)
    guard let rtp = stream.rtp else {
      return remote.proto.equalsIgnoringCase(local.proto) ? result : off(.unsupportedTransport)
    }
    guard let profile = RTPProfile(remote.proto) else { return off(.unsupportedTransport) }
    let offered = local.codecs
    for theirs in remote.codecs {
      if let ours = offered.first(where: { $0.isSameEncoding(as: theirs) }) {
        result.formats.append(Self.pair(ours, theirs))
      }
    }
    addNamelessFormats(&result, offered: offered)
    guard Self.suffices(result.formats.map(\.codec), of: offered) else { return off(.noCommonCodec) }
    if rtp.srtp != .disabled {
      result.srtp = answeredSRTP(rtp)
      if result.srtp == nil, profile.isSecure || RTPProfile(local.proto)?.isSecure == true || rtp.srtp == .mandatory {
        return off(.encryptionRequired)
      }
    } else if profile.isSecure {
      return off(.encryptionUnavailable)
    }
    setPacketTimes(&result)
    setRTCP(&result, mux: local.has(.rtcpMux) && remote.has(.rtcpMux))
    return result
  }

  /// A dynamic number without `a=rtpmap` in an answer can only mean what the offer gave it.
  private func addNamelessFormats(_ result: inout SDPNegotiatedMedia, offered: [SDPCodec]) {
    let named = Set(remote.codecs.map(\.payloadType))
    for format in remote.formats {
      guard let number = format.decimal, number < 128, !named.contains(UInt8(number)),
        let ours = offered.first(where: { $0.payloadType == number }),
        !result.formats.contains(where: { $0.receivePayloadType == ours.payloadType })
      else { continue }
      result.formats.append(Self.pair(ours, ours))
    }
  }

  private func answeredSRTP(_ rtp: SDPLocalRTP) -> SDPNegotiatedSRTP? {
    let offered = local.readableValues(.crypto)
    for theirs in remote.readableValues(.crypto) where theirs.isUsable(acceptsMKI: rtp.acceptsMKI) {
      guard let ours = offered.first(where: { $0.tag == theirs.tag && $0.suite == theirs.suite }),
        let localKey = ours.keys.first, let remoteKey = theirs.keys.first
      else { continue }
      return SDPNegotiatedSRTP(suite: ours.suite, local: localKey, remote: remoteKey)
    }
    return nil
  }

  // MARK: Our answer

  /// Our answer to the peer's offer, in `local` of the result.
  func makeAnswer(_ builder: inout SDPMediaBuilder, order: SDPNegotiator.AnswerOrder) throws(SDPError)
    -> SDPNegotiatedMedia
  {
    guard remote.port != 0 else { return off(.disabled) }
    guard let stream = builder.stream else { return off(.declinedLocally) }
    guard stream.kind == remote.kind else { return off(.unsupportedTransport) }
    guard stream.address.port != 0 else { throw SDPMediaBuilder.incomplete("a port other than 0") }
    var draft = SDPNegotiatedMedia(index: index, local: local, remote: remote, proto: remote.proto)
    guard setAddress(&draft) else { return off(.noAddress) }
    setDirection(&draft, wish: stream.direction)

    guard let rtp = stream.rtp else {
      guard case .other(let proto, _) = stream.content, proto.equalsIgnoringCase(remote.proto) else {
        return off(.unsupportedTransport)
      }
      let part = builder.answer(
        stream, proto: remote.proto, codecs: [], crypto: nil, mux: false, direction: draft.direction)
      return finished(draft, local: part)
    }
    guard let profile = RTPProfile(remote.proto) else { return off(.unsupportedTransport) }
    let codecs = commonCodecs(rtp, &builder, order: order)
    guard Self.suffices(codecs.map(\.ours), of: remote.codecs) else { return off(.noCommonCodec) }
    var crypto: SDPCrypto?
    switch try pickSRTP(rtp, profile: profile) {
    case .refused(let reason): return off(reason)
    case .clear: break
    case .keyed(let answer, let srtp):
      crypto = answer
      draft.srtp = srtp
    }
    draft.formats = codecs.map { Self.pair($0.ours, $0.theirs) }
    setPacketTimes(&draft)
    let mux = rtp.rtcpMux && remote.has(.rtcpMux)
    setRTCP(&draft, mux: mux)
    let part = builder.answer(
      stream, proto: remote.proto, codecs: codecs.map(\.ours), crypto: crypto, mux: mux, direction: draft.direction)
    return finished(draft, local: part)
  }

  /// The formats of the offer that we have too. Ours carry the offer's number, unless the session gave that to another.
  private func commonCodecs(
    _ rtp: SDPLocalRTP, _ builder: inout SDPMediaBuilder, order: SDPNegotiator.AnswerOrder
  ) -> [(ours: SDPCodec, theirs: SDPCodec)] {
    let offered = remote.codecs
    var pairs = [(ours: SDPCodec, theirs: SDPCodec)]()
    switch order {
    case .offer:
      for theirs in offered {
        guard let ours = rtp.codecs.first(where: { $0.isSameEncoding(as: theirs) }) else { continue }
        pairs.append((ours, theirs))
      }
    case .local:
      for ours in rtp.codecs {
        guard let theirs = offered.first(where: { $0.isSameEncoding(as: ours) }) else { continue }
        pairs.append((ours, theirs))
      }
    }
    var taken = Set<UInt8>()
    var result = [(ours: SDPCodec, theirs: SDPCodec)]()
    for var pair in pairs where !result.contains(where: { $0.ours.isSameEncoding(as: pair.ours) }) {
      guard let number = builder.payloadTypes.assign(pair.ours, preferred: pair.theirs.payloadType, taken: taken) else {
        continue
      }
      taken.insert(number)
      pair.ours.payloadType = number
      result.append(pair)
    }
    return result
  }

  private enum SRTPChoice {
    case clear
    case keyed(SDPCrypto, SDPNegotiatedSRTP)
    case refused(SDPRejection)
  }

  /// The first of our suites that is offered, with the offer's tag and our key (RFC 4568 §5.1.2).
  private func pickSRTP(_ rtp: SDPLocalRTP, profile: RTPProfile) throws(SDPError) -> SRTPChoice {
    if rtp.srtp == .disabled { return profile.isSecure ? .refused(.encryptionUnavailable) : .clear }
    guard rtp.srtp == .optional || !rtp.cryptos.isEmpty else {
      throw SDPMediaBuilder.incomplete("a key, since SRTP is mandatory")
    }
    let offered = remote.readableValues(.crypto).filter { $0.isUsable(acceptsMKI: rtp.acceptsMKI) }
    for ours in rtp.cryptos {
      guard let theirs = offered.first(where: { $0.suite == ours.suite }), let localKey = ours.keys.first,
        let remoteKey = theirs.keys.first
      else { continue }
      let answer = SDPCrypto(tag: theirs.tag, suite: ours.suite, keys: [localKey])
      return .keyed(answer, SDPNegotiatedSRTP(suite: ours.suite, local: localKey, remote: remoteKey))
    }
    if profile.isSecure { return .refused(.encryptionUnavailable) }
    return rtp.srtp == .mandatory ? .refused(.encryptionRequired) : .clear
  }

  // MARK: Both

  private func off(_ reason: SDPRejection) -> SDPNegotiatedMedia {
    SDPNegotiatedMedia(index: index, local: local, remote: remote, proto: remote.proto, rejection: reason)
  }

  private func finished(_ draft: SDPNegotiatedMedia, local: SDPMedia) -> SDPNegotiatedMedia {
    var result = SDPNegotiatedMedia(index: index, local: local, remote: remote, proto: remote.proto)
    result.remoteHost = draft.remoteHost
    result.remotePort = draft.remotePort
    result.remoteAddress = draft.remoteAddress
    result.remoteRTCPAddress = draft.remoteRTCPAddress
    result.usesRTCPMux = draft.usesRTCPMux
    result.direction = draft.direction
    result.remoteDirection = draft.remoteDirection
    result.localDirection = draft.direction
    result.formats = draft.formats
    result.packetTime = draft.packetTime
    result.maximumPacketTime = draft.maximumPacketTime
    result.srtp = draft.srtp
    return result
  }

  /// Whether a stream can be made of what is common: a codec among it, or anything where the offer has no codec at all
  /// (RFC 3264 §10.1 adds a stream of telephone events alone).
  private static func suffices(_ common: [SDPCodec], of offered: [SDPCodec]) -> Bool {
    common.contains { !$0.isAuxiliary } || (!common.isEmpty && offered.allSatisfy(\.isAuxiliary))
  }

  private static func pair(_ ours: SDPCodec, _ theirs: SDPCodec) -> SDPNegotiatedCodec {
    SDPNegotiatedCodec(
      name: ours.name, clockRate: ours.clockRate, channels: ours.channels, sendPayloadType: theirs.payloadType,
      receivePayloadType: ours.payloadType, localParameters: ours.parameters, remoteParameters: theirs.parameters)
  }

  private func setAddress(_ result: inout SDPNegotiatedMedia) -> Bool {
    guard let connection = remoteSession.connection(of: remote) else { return false }
    result.remoteHost = connection.host.string
    result.remotePort = remote.port
    result.remoteAddress = connection.ip.map { TransportAddress(ip: $0, port: remote.port) }
    return true
  }

  private func setDirection(_ result: inout SDPNegotiatedMedia, wish: SDPDirection) {
    var theirs = remoteSession.direction(of: remote)
    // RFC 2543's hold. With ICE, 0.0.0.0 only says that candidates decide.
    if result.remoteAddress?.ip.isUnspecified == true, !usesICE {
      theirs = SDPDirection(sends: theirs.sends, receives: false)
    }
    result.remoteDirection = theirs
    result.localDirection = wish
    result.direction = wish.intersection(theirs.reversed)
  }

  private var usesICE: Bool {
    remote.has(.candidate) || remote.has(.iceUsernameFragment) || remoteSession.has(.iceUsernameFragment)
  }

  private func setPacketTimes(_ result: inout SDPNegotiatedMedia) {
    let packetTime = (try? remote.value(.ptime)) ?? nil
    let maximum = (try? remote.value(.maxptime)) ?? nil
    result.maximumPacketTime = maximum
    result.packetTime = packetTime.map { min($0, maximum ?? $0) }
  }

  private func setRTCP(_ result: inout SDPNegotiatedMedia, mux: Bool) {
    result.usesRTCPMux = mux
    guard let address = result.remoteAddress else { return }
    if mux {
      result.remoteRTCPAddress = address
    } else if let stated = (try? remote.value(.rtcp)) ?? nil {
      let ip = stated.connection.map(\.ip) ?? address.ip
      result.remoteRTCPAddress = ip.map { TransportAddress(ip: $0, port: stated.port) }
    } else if address.port < .max {
      result.remoteRTCPAddress = TransportAddress(ip: address.ip, port: address.port + 1)
    }
  }

  /// What differs between the exchange before and this one.
  func changes(from old: SDPNegotiatedMedia?, to new: SDPNegotiatedMedia) -> SDPMediaChanges {
    let wasOn = old?.isAccepted ?? false
    guard new.isAccepted else { return wasOn ? .removed : [] }
    guard let old, wasOn, old.kind == new.kind, Self.isSameTransport(old.proto, new.proto) else { return .added }
    var changes: SDPMediaChanges = []
    if (old.remoteHost, old.remotePort) != (new.remoteHost, new.remotePort)
      || old.remoteRTCPAddress != new.remoteRTCPAddress || old.usesRTCPMux != new.usesRTCPMux
    {
      changes.insert(.remoteAddress)
    }
    if (old.local.port, old.local.connections) != (new.local.port, new.local.connections) {
      changes.insert(.localAddress)
    }
    if old.formats != new.formats { changes.insert(.codecs) }
    if old.direction != new.direction || old.remoteDirection != new.remoteDirection { changes.insert(.direction) }
    if old.srtp != new.srtp { changes.insert(.srtp) }
    if (old.packetTime, old.maximumPacketTime) != (new.packetTime, new.maximumPacketTime) {
      changes.insert(.packetTime)
    }
    if changes.isEmpty && old.remote != new.remote { changes.insert(.attributes) }
    return changes
  }

  /// The RTP profiles count as one transport: going from AVP to SAVP re-keys a stream, it does not replace it.
  private static func isSameTransport(_ a: SDPText, _ b: SDPText) -> Bool {
    a.equalsIgnoringCase(b) || (RTPProfile(a) != nil && RTPProfile(b) != nil)
  }
}
