extension AudioCodec {
  /// G.711 µ-law (RFC 3551 §4.5.14): 64 kbit/s, narrowband.
  public static let pcmu = g711("PCMU", payloadType: 0, law: .mu)
  /// G.711 A-law (RFC 3551 §4.5.14): 64 kbit/s, narrowband.
  public static let pcma = g711("PCMA", payloadType: 8, law: .a)

  private static func g711(_ name: String, payloadType: UInt8, law: G711Law) -> AudioCodec {
    AudioCodec(
      name: name, clockRate: 8000, sampleRate: 8000, staticPayloadType: payloadType,
      frameDurations: [5, 10, 20, 30, 40, 60, 80, 100, 120], maximumPayloadSize: 960, impairment: .g711,
      encoder: { (settings, _) throws(MediaError) in
        let codec = law == .mu ? AudioCodec.pcmu : .pcma
        let duration = codec.frameDuration(wanted: settings.frameDuration, maximum: settings.maximumFrameDuration)
        return G711Encoder(law: law, frameSampleCount: duration * 8)
      },
      decoder: { () throws(MediaError) in G711Decoder(law: law) })
  }
}

enum G711Law: Sendable {
  case mu
  case a
}

final class G711Encoder: AudioEncoder {
  let sampleRate = 8000
  let frameSampleCount: Int
  private let codes: [UInt8]
  private let shift: UInt16

  init(law: G711Law, frameSampleCount: Int) {
    codes = law == .mu ? G711.muLawCodes : G711.aLawCodes
    shift = law == .mu ? 2 : 4
    self.frameSampleCount = frameSampleCount
  }

  func encode(_ samples: Span<Int16>, into payload: inout MutableSpan<UInt8>) throws(MediaError) -> Int {
    guard payload.count >= samples.count else {
      throw MediaError(.invalidArgument, "a G.711 payload has a byte for each sample")
    }
    let shift = shift
    return codes.withUnsafeBufferPointer { codes in
      samples.withUnsafeBufferPointer { samples in
        payload.withUnsafeMutableBufferPointer { payload in
          // The table has an entry for each value that the shifted 16 bits can have.
          for index in 0..<samples.count {
            payload[index] = codes[Int(UInt16(bitPattern: samples[index]) >> shift)]
          }
          return samples.count
        }
      }
    }
  }
}

final class G711Decoder: AudioDecoder {
  let sampleRate = 8000
  private let samplesOfCodes: [Int16]
  private var concealment = WaveformConcealment(sampleRate: 8000)

  init(law: G711Law) { samplesOfCodes = law == .mu ? G711.muLawSamples : G711.aLawSamples }

  var hasFadedOut: Bool { concealment.hasFadedOut }

  func sampleCount(of payload: Span<UInt8>) -> Int? { payload.isEmpty ? nil : payload.count }

  func decode(_ payload: Span<UInt8>, into samples: inout MutableSpan<Int16>) throws(MediaError) -> Int {
    guard samples.count >= payload.count else {
      throw MediaError(.invalidArgument, "a G.711 payload gives a sample for each byte")
    }
    samplesOfCodes.withUnsafeBufferPointer { table in
      payload.withUnsafeBufferPointer { payload in
        samples.withUnsafeMutableBufferPointer { samples in
          for index in 0..<payload.count { samples[index] = table[Int(payload[index])] }
        }
      }
    }
    concealment.heard(&samples, count: payload.count)
    return payload.count
  }

  func conceal(count: Int, into samples: inout MutableSpan<Int16>) -> Int {
    concealment.conceal(count: count, into: &samples)
  }

  func reset() { concealment.reset() }
}
