import Media
import RTP
import WireSupport

/// The whole media path of one call, 20 ms at a time: what a second of a call costs, and that it allocates nothing.
enum MediaBenchmarks {
  static func all() throws -> [Benchmark] {
    try [("opus", 48_000, 2, UInt8(96)), ("pcmu", 8_000, 1, 0)].map { name, clockRate, channels, payloadType in
      guard let codec = AudioCodecRegistry.standard.codec(name: name, clockRate: clockRate, channels: channels) else {
        throw BenchmarkError(description: "there is no codec \(name)")
      }
      let call = try Call(codec, payloadType: payloadType)
      return Benchmark("media", "media-\(name)-srtp-20ms") { iterations in
        for _ in 0..<iterations { try call.tick() }
        return iterations
      }
    }
  }

  /// A sender and a receiver with SRTP between them: mixer's frame → encoder → SRTP → SRTP → jitter buffer → decoder → mixer's frame.
  private final class Call {
    private let outgoing: RTPSession
    private let incoming: RTPSession
    private let receivePath: AudioReceivePath
    private let sendPath: AudioSendPath
    private let wire = Wire()
    private let remote = TransportAddress(ip: .loopback, port: 5004)
    private let voice: [Int16]
    private var heard: [Int16]
    private var outputs = RTPSessionOutputs()
    private var now = Instant(nanoseconds: 1_000_000_000)

    init(_ codec: AudioCodec, payloadType: UInt8) throws {
      let suite = SRTPSuite.aesCM128HMACSHA1_80
      let bytes = (0..<30).map { UInt8($0) }
      let other = bytes.map { $0 ^ 0x55 }
      let (alice, bob) = (
        try SRTPMasterKey(suite: suite, keyAndSalt: bytes.span), try SRTPMasterKey(suite: suite, keyAndSalt: other.span)
      )
      func session(_ seed: UInt64) -> RTPSession {
        RTPSession(
          configuration: RTPSessionConfiguration(
            cname: "benchmark", clockRate: codec.clockRate, payloadTypes: [payloadType],
            remoteRTP: TransportAddress(ip: .loopback, port: 5004)),
          ids: .seeded(seed), at: Instant(nanoseconds: 1_000_000_000))
      }
      outgoing = session(1)
      incoming = session(2)
      try outgoing.setKeys(inbound: [bob], outbound: alice)
      try incoming.setKeys(inbound: [alice], outbound: bob)
      let format = AudioStreamFormat(payloadType: payloadType, codec: codec)
      receivePath = try AudioReceivePath(formats: [format], sampleRate: 48_000)
      let wire = wire
      sendPath = try AudioSendPath(format: format, sampleRate: 48_000, timestamp: 0) { payload, packet in
        wire.put(payload, packet)
      }
      // A chirp: nothing that a codec could take for silence.
      voice = (0..<960).map { Int16(truncatingIfNeeded: ($0 &* $0) % 16_000 - 8_000) }
      heard = [Int16](repeating: 0, count: 960)
    }

    func tick() throws {
      now = now.adding(nanoseconds: 20_000_000)
      sendPath.consume(voice.span)
      while let packet = wire.take() {
        let datagram = try outgoing.send(
          wire.payload, payloadType: packet.payloadType, timestamp: packet.timestamp, marker: packet.marker, at: now)
        if case .media(let received) = incoming.receive(datagram, from: remote, at: now, into: &outputs) {
          receivePath.receive(
            incoming.payload, payloadType: received.header.payloadType, sequence: received.header.sequenceNumber,
            timestamp: received.header.timestamp, marker: received.header.marker, source: received.header.ssrc, at: now)
        }
      }
      receivePath.advance(to: now)
      var frame = heard.mutableSpan
      _ = receivePath.produce(into: &frame)
    }
  }

  /// Where the sending path leaves its packet until the session takes it.
  private final class Wire {
    private var bytes = [UInt8](repeating: 0, count: 2048)
    private var count = 0
    private var packet: AudioSendPath.Packet?

    var payload: Span<UInt8> { @_lifetime(borrow self) get { bytes.span.extracting(0..<count) } }

    func put(_ payload: Span<UInt8>, _ packet: AudioSendPath.Packet) {
      for index in 0..<payload.count { bytes[index] = payload[index] }
      count = payload.count
      self.packet = packet
    }

    func take() -> AudioSendPath.Packet? {
      defer { packet = nil }
      return packet
    }
  }
}
