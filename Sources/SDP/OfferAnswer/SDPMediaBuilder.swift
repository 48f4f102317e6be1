import WireSupport

/// Writes the media part for a local stream.
struct SDPMediaBuilder {
  let slot: SDPNegotiator.Slot
  let stream: SDPLocalMedia?
  let sessionAddress: IPAddress
  var payloadTypes: PayloadTypeTable

  init(slot: SDPNegotiator.Slot, stream: SDPLocalMedia?, sessionAddress: IPAddress) {
    self.slot = slot
    self.stream = stream
    self.sessionAddress = sessionAddress
    payloadTypes = slot.payloadTypes
  }

  /// The part for an offer.
  mutating func offer() throws(SDPError) -> SDPMedia {
    guard let stream else { return SDPNegotiator.disabled(slot.local) }
    guard stream.address.port != 0 else { throw Self.incomplete("a port other than 0") }
    switch stream.content {
    case .other(let proto, let formats):
      guard !formats.isEmpty else { throw Self.incomplete("a format") }
      return part(stream, proto: proto, formats: formats, attributes: [], direction: stream.direction)
    case .rtp(let rtp):
      let codecs = number(rtp.codecs)
      guard !codecs.isEmpty else { throw Self.incomplete("a codec") }
      let cryptos = try offeredCryptos(rtp)
      return part(
        stream, proto: offeredProto(rtp), formats: Self.formats(codecs),
        attributes: attributes(stream, rtp, codecs: codecs, cryptos: cryptos, mux: rtp.rtcpMux),
        direction: stream.direction)
    }
  }

  /// The part for an answer with what was picked.
  func answer(
    _ stream: SDPLocalMedia, proto: SDPText, codecs: [SDPCodec], crypto: SDPCrypto?, mux: Bool, direction: SDPDirection
  ) -> SDPMedia {
    switch stream.content {
    case .other(_, let formats):
      return part(stream, proto: proto, formats: formats, attributes: [], direction: direction)
    case .rtp(let rtp):
      return part(
        stream, proto: proto, formats: Self.formats(codecs),
        attributes: attributes(stream, rtp, codecs: codecs, cryptos: crypto.map { [$0] } ?? [], mux: mux),
        direction: direction)
    }
  }

  static func incomplete(_ expected: String) -> SDPError {
    SDPError(.incompleteMedia, expected: expected, fault: .local, status: 500)
  }

  // MARK: Pieces

  private func part(
    _ stream: SDPLocalMedia, proto: SDPText, formats: [SDPText], attributes: [SDPAttribute], direction: SDPDirection
  ) -> SDPMedia {
    var part = SDPMedia(kind: stream.kind, port: stream.address.port, proto: proto, formats: formats)
    if stream.address.ip != sessionAddress { part.connection = SDPConnection(stream.address.ip) }
    part.bandwidths = stream.bandwidths
    part.attributes = attributes + stream.attributes
    if case .other = stream.content, direction == .sendReceive { return part }
    part.attributes.append(SDPAttribute(direction.name))
    return part
  }

  private static func formats(_ codecs: [SDPCodec]) -> [SDPText] { codecs.map { SDPText(String($0.payloadType)) } }

  /// The codecs with the numbers that this session gives them; one that finds none is left out.
  private mutating func number(_ codecs: [SDPCodec]) -> [SDPCodec] {
    var taken = Set<UInt8>()
    var result = [SDPCodec]()
    for codec in codecs {
      var codec = codec
      let wish = payloadTypes.number(of: codec) ?? remoteNumber(of: codec) ?? codec.payloadType
      guard let number = payloadTypes.assign(codec, preferred: wish, taken: taken) else { continue }
      taken.insert(number)
      codec.payloadType = number
      result.append(codec)
    }
    return result
  }

  /// The number under which the peer knows the codec: fewer numbers in a call make it easier to read.
  private func remoteNumber(of codec: SDPCodec) -> UInt8? {
    guard slot.isActive else { return nil }
    return slot.negotiated?.remote.codecs.first { $0.isSameEncoding(as: codec) }?.payloadType
  }

  /// A stream that runs keeps its transport; a new one takes what the policy says.
  private func offeredProto(_ rtp: SDPLocalRTP) -> SDPText {
    if slot.isActive, let now = slot.negotiated {
      let profile = RTPProfile(now.proto)
      let agrees =
        switch rtp.srtp {
        case .disabled: profile?.isSecure == false
        case .optional: profile != nil
        case .mandatory: profile?.isSecure == true || now.srtp != nil
        }
      if agrees { return now.proto }
    }
    return rtp.srtp == .mandatory ? "RTP/SAVP" : "RTP/AVP"
  }

  private func offeredCryptos(_ rtp: SDPLocalRTP) throws(SDPError) -> [SDPCrypto] {
    if rtp.srtp == .disabled { return [] }
    guard rtp.srtp == .optional || !rtp.cryptos.isEmpty else { throw Self.incomplete("a key, since SRTP is mandatory") }
    // A stream that is encrypted keeps its suite: a peer that picked another one anew would change keys in the middle.
    if slot.isActive, let suite = slot.negotiated?.srtp?.suite {
      let kept = rtp.cryptos.filter { $0.suite == suite }
      if !kept.isEmpty { return kept }
    }
    return rtp.cryptos
  }

  private func attributes(
    _ stream: SDPLocalMedia, _ rtp: SDPLocalRTP, codecs: [SDPCodec], cryptos: [SDPCrypto], mux: Bool
  ) -> [SDPAttribute] {
    var result = [SDPAttribute]()
    if let rtcp = rtp.rtcp, rtcp.ip != stream.address.ip || rtcp.port != stream.address.port &+ 1 {
      let connection = rtcp.ip == stream.address.ip ? nil : SDPConnection(rtcp.ip)
      result.append(SDPAttributeKey.rtcp.attribute(SDPRTCPAddress(port: rtcp.port, connection: connection)))
    }
    if mux { result.append(SDPAttribute(.rtcpMux)) }
    for crypto in cryptos { result.append(SDPAttributeKey.crypto.attribute(crypto)) }
    for codec in codecs {
      let map = SDPRTPMap(
        payloadType: codec.payloadType, name: codec.name, clockRate: codec.clockRate, channels: codec.channels)
      result.append(SDPAttributeKey.rtpmap.attribute(map))
      if let parameters = codec.parameters {
        let value = SDPFormatDescription(format: SDPText(String(codec.payloadType)), parameters: parameters)
        result.append(SDPAttributeKey.fmtp.attribute(value))
      }
    }
    if let time = rtp.packetTime { result.append(SDPAttributeKey.ptime.attribute(time)) }
    if let time = rtp.maximumPacketTime { result.append(SDPAttributeKey.maxptime.attribute(time)) }
    return result
  }
}

/// The RTP profiles that are negotiated here: AVP (RFC 3551), AVPF (4585), SAVP (3711), SAVPF (5124).
struct RTPProfile {
  var isSecure: Bool

  init?(_ proto: SDPText) {
    if proto.equalsIgnoringCase("RTP/AVP") || proto.equalsIgnoringCase("RTP/AVPF") {
      isSecure = false
    } else if proto.equalsIgnoringCase("RTP/SAVP") || proto.equalsIgnoringCase("RTP/SAVPF") {
      isSecure = true
    } else {
      return nil
    }
  }
}
