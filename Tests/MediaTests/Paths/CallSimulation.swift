import WireSupport

@testable import Media

/// One direction of a call: a send path, a network that is a function, and a receive path, in counted time.
final class CallSimulation {
  struct Flying {
    var payload: [UInt8]
    var packet: AudioSendPath.Packet
    var sequence: UInt16
    var arrival: Instant
  }

  final class Wire {
    var flying: [Flying] = []
    var sequence: UInt16 = 65_500
    var sent: [AudioSendPath.Packet] = []
    var now = Instant.zero
    /// ms of delay for the n-th packet; nil loses it.
    var delay: (Int) -> Double? = { _ in 1 }
  }

  let wire = Wire()
  let send: AudioSendPath
  let receive: AudioReceivePath
  let rate: Int
  private(set) var heard: [Int16] = []
  /// How often `produce` said that there was something to hear.
  private(set) var soundingTicks = 0
  var now = Instant(nanoseconds: 1_000_000_000)

  init(
    _ codec: AudioCodec, rate: Int = 48_000, settings: AudioCodecSettings = .init(),
    configuration: JitterBufferConfiguration = .init(), formats: [AudioStreamFormat]? = nil
  ) throws {
    self.rate = rate
    let format = AudioStreamFormat(
      payloadType: codec.staticPayloadType ?? 96, codec: codec,
      peerParameters: AudioFormatParameters(parsing: "useinbandfec=1"))
    let wire = wire
    send = try AudioSendPath(format: format, settings: settings, sampleRate: rate, timestamp: 0xFFFF_F000) {
      payload, packet in
      var copy: [UInt8] = []
      for index in payload.indices { copy.append(payload[index]) }
      let index = wire.sent.count
      wire.sent.append(packet)
      wire.sequence &+= 1
      guard let delay = wire.delay(index) else { return }
      wire.flying.append(
        Flying(
          payload: copy, packet: packet, sequence: wire.sequence,
          arrival: wire.now.adding(nanoseconds: Int64(delay * 1e6))))
    }
    receive = try AudioReceivePath(formats: formats ?? [format], sampleRate: rate, configuration: configuration)
  }

  /// Runs `signal` through, a tick each 20 ms; the receiver's ticks lie `phase` ms after the sender's.
  func run(_ signal: [Int16], phase: Double = 5) { run(signal, phase: phase) { _ in } }

  /// The same, with something to do before each tick.
  func run(_ signal: [Int16], phase: Double = 5, each: (Int) throws -> Void) rethrows {
    let size = rate / 50
    var output = [Int16](repeating: 0, count: size)
    for tick in 0..<signal.count / size {
      try each(tick)
      wire.now = now
      send.consume(signal[tick * size..<(tick + 1) * size].span)
      let later = now.adding(nanoseconds: Int64(phase * 1e6))
      deliver(until: later)
      receive.advance(to: later)
      var frame = output.mutableSpan
      if receive.produce(into: &frame) { soundingTicks += 1 } else { for index in frame.indices { frame[index] = 0 } }
      heard += output
      now = now.adding(nanoseconds: 20_000_000)
    }
  }

  private func deliver(until moment: Instant) {
    let due = wire.flying.filter { $0.arrival <= moment }.sorted { $0.arrival < $1.arrival }
    wire.flying.removeAll { $0.arrival <= moment }
    for item in due {
      receive.receive(
        item.payload.span, payloadType: item.packet.payloadType, sequence: item.sequence,
        timestamp: item.packet.timestamp, marker: item.packet.marker, source: 7, at: item.arrival)
    }
  }
}
