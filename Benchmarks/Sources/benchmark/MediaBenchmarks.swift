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
    private let voice = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 960)
    private let heard = UnsafeMutableBufferPointer<Int16>.allocate(capacity: 960)
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
      for index in 0..<960 { voice.initializeElement(at: index, to: Int16((index * index) % 16_000 - 8_000)) }
      heard.initialize(repeating: 0)
    }

    deinit {
      voice.deallocate()
      heard.deallocate()
    }

    func tick() throws {
      now = now.adding(nanoseconds: 20_000_000)
      // A span borrows a variable of this function, not a property that could change meanwhile.
      let (outgoing, incoming, voice, heard, bytes) = (outgoing, incoming, voice, heard, wire.bytes)
      sendPath.consume(voice.span)
      while let (packet, count) = wire.take() {
        let datagram = try outgoing.send(
          bytes.span.extracting(0..<count), payloadType: packet.payloadType, timestamp: packet.timestamp,
          marker: packet.marker, at: now)
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
    let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 2048)
    private var packet: (AudioSendPath.Packet, count: Int)?

    init() { bytes.initialize(repeating: 0) }
    deinit { bytes.deallocate() }

    func put(_ payload: Span<UInt8>, _ packet: AudioSendPath.Packet) {
      for index in 0..<min(payload.count, bytes.count) { bytes[index] = payload[index] }
      self.packet = (packet, min(payload.count, bytes.count))
    }

    func take() -> (AudioSendPath.Packet, count: Int)? {
      defer { packet = nil }
      return packet
    }
  }
}
