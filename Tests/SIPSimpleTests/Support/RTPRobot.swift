import SIPSimpleTesting
import WireSupport

/// Speaks plain RTP with PCMU, for a scripted peer.
struct RTPRobot: Sendable {
  let network: VirtualNetwork
  let source: TransportAddress
  private let sequence = Counter()
  let ssrc: UInt32 = 0x1234_5678

  init(_ network: VirtualNetwork, from source: TransportAddress) {
    self.network = network
    self.source = source
  }

  /// Sends a tone in packets of 20 ms, in real pace.
  func speak(to destination: TransportAddress, frequency: Int, for duration: Duration) async {
    let tone = Signal.tone(frequency, rate: 8000)
    for packet in 0..<Int(duration.inMilliseconds / 20) {
      let start = packet * 160 % 8000
      let payload = tone[start..<start + 160].map { Self.muLaw($0) }
      network.inject(
        Self.packet(sequence: sequence.value, ssrc: ssrc, payload), from: source, to: destination, as: .media)
      sequence.add(1)
      await network.sleep(for: .milliseconds(20))
    }
  }

  static func packet(sequence: Int, ssrc: UInt32, _ payload: [UInt8]) -> [UInt8] {
    let timestamp = UInt32(truncatingIfNeeded: sequence * 160)
    var bytes: [UInt8] = [0x80, 0]
    bytes.append(UInt8(truncatingIfNeeded: sequence >> 8))
    bytes.append(UInt8(truncatingIfNeeded: sequence))
    for word in [timestamp, ssrc] {
      for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: word >> UInt32(shift))) }
    }
    return bytes + payload
  }

  /// ITU-T G.711 µ-law, by the book.
  private static func muLaw(_ sample: Int16) -> UInt8 {
    let magnitude = min(Int(sample.magnitude), 32_635) + 132
    var exponent = 7
    while exponent > 0, magnitude & (1 << (exponent + 7)) == 0 { exponent -= 1 }
    let mantissa = magnitude >> (exponent + 3) & 0x0f
    return ~UInt8((sample < 0 ? 0x80 : 0) | exponent << 4 | mantissa)
  }
}
