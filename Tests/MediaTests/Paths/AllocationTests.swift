import Testing
import WireSupport

@testable import Media

@Suite("Media paths: no allocation a packet")
struct AllocationTests {
  /// 1000 packets sent and received, with loss, jitter, concealment, recovery and changes of length among them.
  @Test(arguments: [AudioCodec.pcmu, .pcma, .opus])
  func aThousandPacketsAllocateNothing(codec: AudioCodec) throws {
    let (count, statistics) = try run(codec)
    if let count { #expect(count == 0) }
    #expect(statistics.concealedMilliseconds > 0 && statistics.played > 900)
    #expect(statistics.compressedMilliseconds + statistics.expandedMilliseconds > 0)
  }

  private func run(_ codec: AudioCodec) throws -> (Int?, JitterBufferStatistics) {
    final class Network {
      var receive: AudioReceivePath?
      var now = Instant(nanoseconds: 1_000_000_000)
      var sequence: UInt16 = 0
    }
    let network = Network()
    let format = AudioStreamFormat(
      payloadType: 96, codec: codec, peerParameters: AudioFormatParameters(parsing: "useinbandfec=1"))
    let receive = try AudioReceivePath(formats: [format], sampleRate: 16_000)
    network.receive = receive
    let send = try AudioSendPath(
      format: format, settings: AudioCodecSettings(expectedLoss: 0.1), sampleRate: 16_000, timestamp: 0
    ) { payload, packet in
      network.sequence &+= 1
      if network.sequence % 13 == 0 { return }
      let jitter = Int64(network.sequence % 7) * 6_000_000
      network.receive?.receive(
        payload, payloadType: packet.payloadType, sequence: network.sequence, timestamp: packet.timestamp,
        marker: packet.marker, source: 1, at: network.now.adding(nanoseconds: jitter))
    }
    let speech = Synthetic.speech(seconds: 2, rate: 16_000)
    var output = [Int16](repeating: 0, count: 320)
    func tick(_ index: Int) {
      let start = index % 100 * 320
      speech.withUnsafeBufferPointer { all in
        send.consume(Span(_unsafeElements: UnsafeBufferPointer(rebasing: all[start..<start + 320])))
      }
      receive.advance(to: network.now.adding(nanoseconds: 5_000_000))
      var frame = output.mutableSpan
      _ = receive.produce(into: &frame)
      network.now = network.now.adding(nanoseconds: 20_000_000)
    }
    for index in 0..<200 { tick(index) }
    let count = allocations { for index in 200..<1_200 { tick(index) } }
    return (count, receive.statistics)
  }
}
