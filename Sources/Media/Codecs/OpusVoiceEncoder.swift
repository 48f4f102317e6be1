import COpus

/// libopus's encoder for one channel at 48 kHz.
final class OpusVoiceEncoder: AudioEncoder {
  let sampleRate = 48_000
  let frameSampleCount: Int
  let lookahead: Int
  /// The loss that the encoder is prepared for now, in percent.
  private(set) var expectedLossPercent: Int32 = 0

  private let encoder: OpaquePointer
  private let settings: OpusSettings
  private var smoothedLoss: Double

  init(_ settings: OpusSettings) throws(MediaError) {
    var code: Int32 = 0
    guard let encoder = opus_encoder_create(48_000, 1, OPUS_APPLICATION_AUDIO, &code) else {
      throw MediaError(.codecFailed, "libopus made no encoder", subject: "opus", underlyingCode: code)
    }
    self.encoder = encoder
    self.settings = settings
    frameSampleCount = settings.frameDuration * 48
    var lookahead: Int32 = 0
    let bandwidth =
      switch settings.maximumPlaybackRate {
      case ..<12_000: OPUS_BANDWIDTH_NARROWBAND
      case ..<16_000: OPUS_BANDWIDTH_MEDIUMBAND
      case ..<24_000: OPUS_BANDWIDTH_WIDEBAND
      case ..<48_000: OPUS_BANDWIDTH_SUPERWIDEBAND
      default: OPUS_BANDWIDTH_FULLBAND
      }
    let codes = [
      sipsimple_opus_set_bitrate(encoder, Int32(settings.bitrate)),
      sipsimple_opus_set_variable_bitrate(encoder, settings.isConstantBitrate ? 0 : 1),
      sipsimple_opus_set_complexity(encoder, Int32(settings.complexity)),
      sipsimple_opus_set_maximum_bandwidth(encoder, bandwidth),
      sipsimple_opus_set_inband_fec(encoder, settings.usesForwardErrorCorrection ? 1 : 0),
      sipsimple_opus_set_dtx(encoder, settings.usesDiscontinuousTransmission ? 1 : 0),
      sipsimple_opus_get_lookahead(encoder, &lookahead),
    ]
    self.lookahead = Int(lookahead)
    smoothedLoss = min(max(settings.expectedLoss, 0), 1)
    if let failure = codes.first(where: { $0 != OPUS_OK }) {
      throw MediaError(.codecFailed, "libopus refused a setting", subject: "opus", underlyingCode: failure)
    }
    applyLoss()
  }

  deinit { opus_encoder_destroy(encoder) }

  func encode(_ samples: Span<Int16>, into payload: inout MutableSpan<UInt8>) throws(MediaError) -> Int {
    guard samples.count == frameSampleCount else {
      throw MediaError(.invalidArgument, "an Opus frame of another length than its encoder was made for")
    }
    let length = samples.withUnsafeBufferPointer { input in
      payload.withUnsafeMutableBufferPointer { output -> Int32 in
        guard let source = input.baseAddress, let target = output.baseAddress else { return OPUS_BAD_ARG }
        return opus_encode(encoder, source, Int32(input.count), target, Int32(clamping: output.count))
      }
    }
    guard length >= 0 else {
      throw MediaError(.codecFailed, "libopus could not encode a frame", subject: "opus", underlyingCode: length)
    }
    // RFC 6716 §2.1.9: a packet of one or two bytes says that nothing needs to be sent.
    return settings.usesDiscontinuousTransmission && length <= 2 ? 0 : Int(length)
  }

  /// Redundancy follows the loss: up at once, down by a quarter a report, so that it outlives the pause in a bursty loss.
  func adapt(toLoss fractionLost: Double) {
    guard fractionLost.isFinite else { return }
    let loss = min(max(fractionLost, 0), 1)
    smoothedLoss = max(loss, smoothedLoss * 0.75 + loss * 0.25)
    if smoothedLoss < 0.002 { smoothedLoss = 0 }
    applyLoss()
  }

  func reset() { _ = sipsimple_opus_reset_encoder(encoder) }

  private func applyLoss() {
    // More than 30 % expected would spend the bitrate on copies that are lost in their turn.
    let percent = Int32(min(30, (smoothedLoss * 100).rounded(.up)))
    guard percent != expectedLossPercent else { return }
    expectedLossPercent = percent
    _ = sipsimple_opus_set_expected_loss(encoder, percent)
  }
}
