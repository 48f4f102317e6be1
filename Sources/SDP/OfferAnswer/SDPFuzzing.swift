import WireSupport

/// The way of a peer's bytes through this module, in one call for fuzz targets.
@_spi(Fuzzing) public enum SDPFuzzing {
  /// Reads `input` as a description; what can be read is printed, its attributes are read, it is answered as an offer, taken
  /// as an answer, and offered again.
  public static func exercise(_ input: [UInt8]) {
    _ = try? SDPSession(parsing: input, tolerance: .strict)
    guard let session = try? SDPSession(parsing: input) else { return }
    _ = try? session.serialized()
    _ = session.description
    read(session)
    for media in session.media {
      read(media)
      _ = media.codecs
      _ = session.direction(of: media)
      for connection in media.connections { _ = (connection.ip, connection.timeToLive, connection.addressCount) }
    }
    negotiate(session)
  }

  private static func read(_ part: some SDPAttributed) {
    _ = (part.readableValues(.rtpmap), part.readableValues(.ptime), part.readableValues(.maxptime))
    for value in part.readableValues(.fmtp) { _ = value.parameters.pairs }
    for value in part.readableValues(.crypto) { _ = SDPAttributeKey.crypto.attribute(value) }
    _ = (part.readableValues(.rtcp), part.readableValues(.rtcpFeedback), part.readableValues(.ssrc))
    _ = (part.readableValues(.group), part.readableValues(.mid), part.readableValues(.label))
    _ = (part.readableValues(.setup), part.readableValues(.fingerprint), part.readableValues(.candidate))
  }

  private static func negotiate(_ session: SDPSession) {
    let codecs = [
      SDPCodec("opus", clockRate: 48000, channels: 2, payloadType: 96),
      SDPCodec("PCMU", clockRate: 8000, payloadType: 0),
      SDPCodec("telephone-event", clockRate: 8000, payloadType: 101),
    ]
    let crypto = SDPCrypto(suite: .aesCM128HMACSHA1_80, keyAndSalt: [UInt8](repeating: 1, count: 30))
    let rtp = SDPLocalRTP(codecs: codecs, srtp: .optional, cryptos: [crypto], acceptsMKI: true, rtcpMux: true)
    let streams = session.media.map { media in
      SDPLocalMedia(media.kind, address: TransportAddress(ip: .loopback, port: 4000), rtp: rtp)
    }
    var answerer = SDPNegotiator(sessionID: 1, address: .loopback)
    if (try? answerer.receiveOffer(session)) != nil, let agreement = try? answerer.makeAnswer(streams) {
      _ = try? agreement.local.serialized()
      _ = try? answerer.makeOffer(answerer.streams)
      _ = try? answerer.receiveAnswer(session)
    }
    var offerer = SDPNegotiator(sessionID: 2, address: .loopback)
    if (try? offerer.makeOffer(streams)) != nil { _ = try? offerer.receiveAnswer(session) }
  }
}
