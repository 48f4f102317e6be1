import Media
import RTP
import SDP
import WireSupport

/// An audio stream's words in SDP: what it offers, and what an agreement means for its paths.
struct AudioDescription {
  let codecs: AudioCodecRegistry
  let settings: RTPSettings
  let keys: [SRTPMasterKeyMaterial]

  /// The suites that are offered, most preferred first.
  static let suites: [SDPCryptoSuite] = [.aesCM128HMACSHA1_80, .aesCM128HMACSHA1_32]
  /// The digits 0–9, *, #, A–D and flash.
  static let telephoneEvents: SDPFormatParameters = "0-16"

  init(codecs: AudioCodecRegistry, settings: RTPSettings, ids: inout IDSource) {
    self.codecs = codecs
    self.settings = settings
    keys =
      settings.encryption == .disabled
      ? [] : Self.suites.map { SRTPMasterKeyMaterial(suite: $0, keyAndSalt: ids.bytes($0.keyAndSaltCount ?? 30)) }
  }

  /// The `m=` part that we offer or answer with.
  func local(rtp: TransportAddress, rtcp: TransportAddress, onHold: Bool) -> SDPLocalMedia {
    var offered: [SDPCodec] = []
    var nextDynamic: UInt8 = 96
    let codecSettings = AudioCodecSettings(frameDuration: settings.packetMilliseconds)
    for codec in codecs.codecs {
      let payloadType = codec.staticPayloadType ?? nextDynamic
      if codec.staticPayloadType == nil { nextDynamic += 1 }
      let parameters = codec.formatParameters(codecSettings)
      offered.append(
        SDPCodec(
          codec.name, clockRate: codec.clockRate, channels: codec.channels, payloadType: payloadType,
          parameters: parameters.isEmpty ? nil : SDPFormatParameters(SDPText(parameters.description))))
    }
    // RFC 4733 §2.2: an event's clock is that of the audio that it stands in for. Many endpoints know 8000 Hz only,
    // whatever their audio's clock is; without it they would send no digits beside Opus.
    var rates: [Int] = []
    for rate in codecs.codecs.map(\.clockRate) + [8000] where !rates.contains(rate) { rates.append(rate) }
    for rate in rates {
      offered.append(
        SDPCodec(
          "telephone-event", clockRate: rate, payloadType: rate == 8000 ? 101 : nextDynamic,
          parameters: Self.telephoneEvents))
      if rate != 8000 { nextDynamic += 1 }
    }
    let rtpPart = SDPLocalRTP(
      codecs: offered, packetTime: settings.packetMilliseconds.map { .milliseconds($0) }, srtp: policy,
      cryptos: keys.enumerated().map { index, key in
        SDPCrypto(tag: UInt32(index + 1), suite: key.suite, keyAndSalt: key.keyAndSalt)
      }, acceptsMKI: true, rtcp: rtcp)
    return SDPLocalMedia(.audio, address: rtp, rtp: rtpPart, direction: onHold ? .sendOnly : .sendReceive)
  }

  private var policy: SRTPPolicy {
    switch settings.encryption {
    case .disabled: .disabled
    case .optional: .optional
    case .mandatory: .mandatory
    }
  }

  /// The formats that the peer may send, the preferred first, as payload types of ours.
  func receiveFormats(_ agreed: SDPNegotiatedMedia) -> [AudioStreamFormat] {
    agreed.codecs.compactMap { format in
      codec(of: format).map { AudioStreamFormat(payloadType: format.receivePayloadType, codec: $0) }
    }
  }

  /// The format that we send, as a payload type of the peer's.
  func sendFormat(_ agreed: SDPNegotiatedMedia) -> AudioStreamFormat? {
    for format in agreed.codecs {
      guard let codec = codec(of: format) else { continue }
      return AudioStreamFormat(
        payloadType: format.sendPayloadType, codec: codec,
        peerParameters: AudioFormatParameters(parsing: format.remoteParameters?.text.string ?? ""))
    }
    return nil
  }

  private func codec(of format: SDPNegotiatedCodec) -> AudioCodec? {
    codecs.codec(name: format.name, clockRate: format.clockRate, channels: format.channels)
      ?? codecs.codecs.first { $0.name.lowercased() == format.name.lowercased() && $0.clockRate == format.clockRate }
  }
}

/// A key with which we send, for one suite. Shows no key.
struct SRTPMasterKeyMaterial: Sendable, CustomStringConvertible {
  let suite: SDPCryptoSuite
  let keyAndSalt: [UInt8]
  var description: String { "\(suite) <hidden>" }
}

extension SRTPMasterKey {
  /// The key of an `a=crypto` line.
  static func make(suite: SDPCryptoSuite, key: SDPCryptoKey) throws(SIPSimpleError) -> SRTPMasterKey {
    guard let known = SRTPSuite(name: suite.name.string) else {
      throw SIPSimpleError(.negotiation, "The SRTP suite \(suite) is not implemented")
    }
    var identifier: [UInt8] = []
    if let mki = key.mki {
      guard mki.byteCount <= 128 else { throw SIPSimpleError(.negotiation, "A master key identifier is too long") }
      identifier = [UInt8](repeating: 0, count: mki.byteCount)
      var value = mki.value
      for index in identifier.indices.reversed() {
        identifier[index] = UInt8(truncatingIfNeeded: value)
        value >>= 8
      }
    }
    do {
      return try SRTPMasterKey(
        suite: known, keyAndSalt: key.keyAndSalt.span, identifier: identifier, lifetime: key.lifetime ?? 1 << 48)
    } catch {
      throw SIPSimpleError(.negotiation, "An SRTP key cannot be used: \(error)")
    }
  }
}
