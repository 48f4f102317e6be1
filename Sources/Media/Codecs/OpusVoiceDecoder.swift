import COpus

/// libopus's decoder, giving one channel at 48 kHz whatever the packet holds.
final class OpusVoiceDecoder: AudioDecoder {
  let sampleRate = 48_000

  private let decoder: OpaquePointer
  /// Samples concealed since the last packet.
  private var concealed = 0
  private var lastWasSilence = true

  /// Concealment has no energy left after this many samples (300 ms).
  private static let fadeOut = 14_400
  /// 2.5 ms: all durations of Opus are multiples of it.
  private static let step = 120
  /// The longest stretch that libopus conceals in one call (120 ms).
  private static let longest = 5_760

  init() throws(MediaError) {
    var code: Int32 = 0
    guard let decoder = opus_decoder_create(48_000, 1, &code) else {
      throw MediaError(.codecFailed, "libopus made no decoder", subject: "opus", underlyingCode: code)
    }
    self.decoder = decoder
  }

  deinit { opus_decoder_destroy(decoder) }

  /// In a silence that the sender left out, concealment is comfort noise and goes on.
  var hasFadedOut: Bool { concealed >= Self.fadeOut && !lastWasSilence }

  func sampleCount(of payload: Span<UInt8>) -> Int? {
    let count = payload.withUnsafeBufferPointer { bytes -> Int32 in
      guard let start = bytes.baseAddress, !bytes.isEmpty else { return -1 }
      return opus_packet_get_nb_samples(start, Int32(clamping: bytes.count), 48_000)
    }
    return count > 0 ? Int(count) : nil
  }

  func decode(_ payload: Span<UInt8>, into samples: inout MutableSpan<Int16>) throws(MediaError) -> Int {
    // libopus takes an empty packet for a lost one.
    guard !payload.isEmpty else { throw MediaError(.malformedPayload, "an empty Opus packet", subject: "opus") }
    let count = run(payload, count: samples.count, isRecovery: false, into: &samples)
    guard count > 0 else {
      throw MediaError(.malformedPayload, "not an Opus packet", subject: "opus", underlyingCode: Int32(count))
    }
    concealed = 0
    lastWasSilence = payload.count <= 2
    return count
  }

  func recover(
    from next: Span<UInt8>, count: Int, into samples: inout MutableSpan<Int16>
  ) throws(MediaError) -> Int {
    guard count > 0, count <= Self.longest, count % Self.step == 0, samples.count >= count,
      repeatsPreviousFrame(next)
    else { return 0 }
    let restored = run(next, count: count, isRecovery: true, into: &samples)
    guard restored > 0 else {
      throw MediaError(.malformedPayload, "not an Opus packet", subject: "opus", underlyingCode: Int32(restored))
    }
    concealed = 0
    return restored
  }

  func conceal(count: Int, into samples: inout MutableSpan<Int16>) -> Int {
    let rounded = (max(count, 0) + Self.step - 1) / Self.step * Self.step
    let wanted = min(rounded, samples.count / Self.step * Self.step, Self.longest)
    guard wanted > 0 else { return 0 }
    let made = samples.withUnsafeMutableBufferPointer { output -> Int32 in
      guard let start = output.baseAddress else { return 0 }
      return opus_decode(decoder, nil, 0, start, Int32(wanted), 0)
    }
    if made <= 0 { for index in 0..<wanted { samples[index] = 0 } }
    concealed = min(concealed + wanted, Self.fadeOut)
    return wanted
  }

  func reset() {
    _ = sipsimple_opus_reset_decoder(decoder)
    concealed = 0
    lastWasSilence = true
  }

  private func run(
    _ payload: Span<UInt8>, count: Int, isRecovery: Bool, into samples: inout MutableSpan<Int16>
  ) -> Int {
    payload.withUnsafeBufferPointer { bytes in
      samples.withUnsafeMutableBufferPointer { output in
        guard let start = output.baseAddress else { return 0 }
        return Int(
          opus_decode(
            decoder, bytes.baseAddress, Int32(clamping: bytes.count), start, Int32(clamping: min(count, Self.longest)),
            isRecovery ? 1 : 0))
      }
    }
  }

  /// Whether a packet holds a copy of the frame before it (RFC 6716 §4.2.4: the LBRR flag after the VAD flags).
  ///
  /// Both kinds of flags have probability one half, so that they stand in the first byte as plain bits, inverted by
  /// neither the range coder nor its start. libopus has this test only from 1.4 on.
  func repeatsPreviousFrame(_ payload: Span<UInt8>) -> Bool {
    guard !payload.isEmpty, payload[0] >> 3 < 16 else { return false }
    return payload.withUnsafeBufferPointer { bytes in
      // 48 frames is the most that a packet can have (RFC 6716 §3.4).
      withUnsafeTemporaryAllocation(of: UnsafePointer<UInt8>?.self, capacity: 48) { starts in
        withUnsafeTemporaryAllocation(of: Int16.self, capacity: 48) { sizes in
          guard let packet = bytes.baseAddress, let firstSize = sizes.baseAddress else { return false }
          let frames = max(1, Int(opus_packet_get_samples_per_frame(packet, 48_000)) / 960)
          let count = opus_packet_parse(
            packet, Int32(clamping: bytes.count), nil, starts.baseAddress, firstSize, nil)
          guard count > 0, sizes[0] > 0, let first = starts[0]?.pointee else { return false }
          let isStereo = bytes[0] & 4 != 0
          return first >> UInt8(7 - frames) & 1 == 1 || (isStereo && first >> UInt8(max(0, 6 - 2 * frames)) & 1 == 1)
        }
      }
    }
  }
}
