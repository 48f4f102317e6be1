/// What a codec is to SDP, to the jitter buffer and to the paths, and how its coders are made.
///
/// A codec is one file and one line in ``AudioCodecRegistry/standard``. Samples are always mono here; `channels` is what
/// the codec's rtpmap says, which for Opus is 2 whatever is sent (RFC 7587 §7).
public struct AudioCodec: Sendable {
  /// The encoding name of `a=rtpmap`, compared without regard to case.
  public let name: String
  /// The rate of RTP timestamps, in Hz.
  public let clockRate: Int
  /// The encoding parameter of `a=rtpmap`; 1 is not written.
  public let channels: Int
  /// The rate of the samples that the coders take and give, in Hz.
  public let sampleRate: Int
  /// The payload type that RFC 3551 §6 assigns; nil when it is dynamic.
  public let staticPayloadType: UInt8?
  /// The packet durations that the encoder can make, in ms, ascending.
  public let frameDurations: [Int]
  /// The duration of a packet where nobody asks for another, in ms.
  public let defaultFrameDuration: Int
  /// The longest payload, in bytes, that the encoder makes and the jitter buffer keeps.
  public let maximumPayloadSize: Int
  /// What the codec costs in quality, for the E-model.
  public let impairment: CodecImpairment

  let formatParametersMaker: @Sendable (AudioCodecSettings) -> AudioFormatParameters
  let encoderMaker: @Sendable (AudioCodecSettings, AudioFormatParameters) throws(MediaError) -> any AudioEncoder
  let decoderMaker: @Sendable () throws(MediaError) -> any AudioDecoder

  /// Describes a codec of your own.
  ///
  /// - Parameters:
  ///   - formatParameters: what we write into `a=fmtp` for some settings.
  ///   - encoder: makes an encoder for our settings and the `a=fmtp` that the peer sent.
  ///   - decoder: makes a decoder.
  public init(
    name: String, clockRate: Int, channels: Int = 1, sampleRate: Int, staticPayloadType: UInt8? = nil,
    frameDurations: [Int], defaultFrameDuration: Int = 20, maximumPayloadSize: Int, impairment: CodecImpairment,
    formatParameters: @escaping @Sendable (AudioCodecSettings) -> AudioFormatParameters = { _ in .init() },
    encoder: @escaping @Sendable (AudioCodecSettings, AudioFormatParameters) throws(MediaError) -> any AudioEncoder,
    decoder: @escaping @Sendable () throws(MediaError) -> any AudioDecoder
  ) {
    self.name = name
    self.clockRate = clockRate
    self.channels = channels
    self.sampleRate = sampleRate
    self.staticPayloadType = staticPayloadType
    self.frameDurations = frameDurations
    self.defaultFrameDuration = defaultFrameDuration
    self.maximumPayloadSize = maximumPayloadSize
    self.impairment = impairment
    self.formatParametersMaker = formatParameters
    self.encoderMaker = encoder
    self.decoderMaker = decoder
  }

  /// The value of `a=rtpmap` after the payload type: `PCMU/8000`, `opus/48000/2`.
  public var rtpmap: String { channels == 1 ? "\(name)/\(clockRate)" : "\(name)/\(clockRate)/\(channels)" }

  /// What we announce in `a=fmtp` with these settings: what *our* decoder wants to receive. Empty: no fmtp line.
  public func formatParameters(_ settings: AudioCodecSettings = .init()) -> AudioFormatParameters {
    formatParametersMaker(settings)
  }

  /// Whether an rtpmap names this codec.
  public func matches(name: String, clockRate: Int, channels: Int = 1) -> Bool {
    clockRate == self.clockRate && channels == self.channels && name.lowercased() == self.name.lowercased()
  }

  /// The packet duration to use, in ms: the longest possible one that does not exceed `wanted` (the codec's default
  /// when nil) nor `maximum` (`a=maxptime`); the shortest when none fits.
  public func frameDuration(wanted: Int?, maximum: Int? = nil) -> Int {
    let limit = min(wanted ?? defaultFrameDuration, maximum ?? .max)
    return frameDurations.last { $0 <= limit } ?? frameDurations.first ?? defaultFrameDuration
  }

  /// An encoder for our settings that respects what the peer said it can take.
  ///
  /// - Parameters:
  ///   - settings: our wishes.
  ///   - peer: the `a=fmtp` that the peer sent for this payload type.
  /// - Throws: `MediaError` with code `.invalidArgument` or `.codecFailed`.
  public func makeEncoder(
    _ settings: AudioCodecSettings = .init(), peer: AudioFormatParameters = .init()
  ) throws(MediaError) -> any AudioEncoder {
    try encoderMaker(settings, peer)
  }

  /// A decoder with an empty history.
  ///
  /// - Throws: `MediaError` with code `.codecFailed`.
  public func makeDecoder() throws(MediaError) -> any AudioDecoder { try decoderMaker() }
}

/// What we wish of an encoder. A wish that a codec has no use for is ignored by it.
public struct AudioCodecSettings: Hashable, Sendable {
  /// The duration of a packet in ms (`a=ptime` of the peer, or ours); nil for the codec's default.
  public var frameDuration: Int?
  /// The longest packet that the peer takes, in ms (`a=maxptime`); nil when it did not say.
  public var maximumFrameDuration: Int?
  /// The average bitrate in bit/s, without headers; nil for the codec's default (Opus: 40 000).
  public var bitrate: Int?
  /// How much computing a frame is worth, 0 to 10; nil for the codec's default (Opus: 9).
  public var complexity: Int?
  /// Whether lost packets may be repaired from redundancy in the packets after them (Opus).
  public var usesForwardErrorCorrection: Bool
  /// Whether silence may be left out (Opus DTX).
  public var usesDiscontinuousTransmission: Bool
  /// The loss to be ready for before the first RTCP report, 0 to 1.
  public var expectedLoss: Double

  /// Settings; each argument's default is what suits a call between people.
  public init(
    frameDuration: Int? = nil, maximumFrameDuration: Int? = nil, bitrate: Int? = nil, complexity: Int? = nil,
    usesForwardErrorCorrection: Bool = true, usesDiscontinuousTransmission: Bool = false, expectedLoss: Double = 0
  ) {
    self.frameDuration = frameDuration
    self.maximumFrameDuration = maximumFrameDuration
    self.bitrate = bitrate
    self.complexity = complexity
    self.usesForwardErrorCorrection = usesForwardErrorCorrection
    self.usesDiscontinuousTransmission = usesDiscontinuousTransmission
    self.expectedLoss = expectedLoss
  }
}
