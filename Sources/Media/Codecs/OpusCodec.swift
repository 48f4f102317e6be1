extension AudioCodec {
  /// Opus (RFC 6716, RFC 7587), sent as one channel at 48 kHz: 6 to 510 kbit/s, in-band FEC, discontinuous transmission.
  public static let opus = AudioCodec(
    name: "opus", clockRate: 48_000, channels: 2, sampleRate: 48_000, frameDurations: [5, 10, 20, 40, 60],
    maximumPayloadSize: 1_500, impairment: .opus,
    formatParameters: { settings in
      var parameters = AudioFormatParameters()
      if settings.usesForwardErrorCorrection { parameters["useinbandfec"] = "1" }
      if settings.usesDiscontinuousTransmission { parameters["usedtx"] = "1" }
      return parameters
    },
    encoder: { (settings, peer) throws(MediaError) in
      try OpusVoiceEncoder(OpusSettings(settings, peer: OpusFormat(peer)))
    },
    decoder: { () throws(MediaError) in try OpusVoiceDecoder() })
}

/// What an Opus receiver says about itself in `a=fmtp` (RFC 7587 §6.1), with the defaults for what it left out.
public struct OpusFormat: Hashable, Sendable {
  /// The highest sampling rate that the receiver renders, in Hz (`maxplaybackrate`, 8000 to 48000).
  public var maximumPlaybackRate: Int
  /// The highest average bitrate that it wants, in bit/s (`maxaveragebitrate`, 6000 to 510000); nil when it has no wish.
  public var maximumAverageBitrate: Int?
  /// Whether it would rather have two channels (`stereo`).
  public var prefersStereo: Bool
  /// Whether what it sends is likely to have two channels (`sprop-stereo`).
  public var sendsStereo: Bool
  /// Whether it can use in-band forward error correction (`useinbandfec`).
  public var usesForwardErrorCorrection: Bool
  /// Whether it would rather not be sent silence (`usedtx`).
  public var usesDiscontinuousTransmission: Bool
  /// Whether it wants a constant bitrate (`cbr`).
  public var wantsConstantBitrate: Bool
  /// The shortest packet that it likes, in ms (`minptime`, of the drafts before the RFC and still widely sent).
  public var minimumFrameDuration: Int?

  /// Reads an fmtp value; what is out of range is brought into it.
  public init(_ parameters: AudioFormatParameters = .init()) {
    maximumPlaybackRate = parameters.number("maxplaybackrate").map { min(max($0, 8_000), 48_000) } ?? 48_000
    maximumAverageBitrate = parameters.number("maxaveragebitrate").map { min(max($0, 6_000), 510_000) }
    prefersStereo = parameters.flag("stereo")
    sendsStereo = parameters.flag("sprop-stereo")
    usesForwardErrorCorrection = parameters.flag("useinbandfec")
    usesDiscontinuousTransmission = parameters.flag("usedtx")
    wantsConstantBitrate = parameters.flag("cbr")
    minimumFrameDuration = parameters.number("minptime").map { min($0, 120) }
  }
}

/// How one Opus encoder is set up: our wishes within what the peer takes.
struct OpusSettings: Hashable, Sendable {
  /// Transparent for speech at 48 kHz in one channel.
  static let defaultBitrate = 40_000
  /// Costs and scores (PESQ) as much as 10; below 8 it takes half the time, and the score falls.
  static let defaultComplexity = 9

  var frameDuration: Int
  var bitrate: Int
  var complexity: Int
  var maximumPlaybackRate: Int
  var usesForwardErrorCorrection: Bool
  var usesDiscontinuousTransmission: Bool
  var isConstantBitrate: Bool
  var expectedLoss: Double

  init(_ settings: AudioCodecSettings, peer: OpusFormat) {
    let wanted = max(settings.frameDuration ?? AudioCodec.opus.defaultFrameDuration, peer.minimumFrameDuration ?? 0)
    frameDuration = AudioCodec.opus.frameDuration(wanted: wanted, maximum: settings.maximumFrameDuration)
    let ceiling = peer.maximumAverageBitrate ?? 510_000
    bitrate = min(max(settings.bitrate ?? Self.defaultBitrate, 6_000), ceiling)
    complexity = min(max(settings.complexity ?? Self.defaultComplexity, 0), 10)
    maximumPlaybackRate = peer.maximumPlaybackRate
    usesForwardErrorCorrection = settings.usesForwardErrorCorrection && peer.usesForwardErrorCorrection
    usesDiscontinuousTransmission = settings.usesDiscontinuousTransmission || peer.usesDiscontinuousTransmission
    isConstantBitrate = peer.wantsConstantBitrate
    expectedLoss = settings.expectedLoss
  }
}
