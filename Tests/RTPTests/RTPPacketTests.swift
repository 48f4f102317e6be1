import Testing
import WireSupport

@testable import RTP

@Suite("RFC 3550 §5.1 RTP header: every field, every length")
struct RTPPacketTests {
  @Test("fields of a plain packet")
  func plain() throws {
    let bytes = hex("80 e0 1234 deadbeef 01020304 aabbcc")
    let packet = try RTPPacket(parsing: bytes.span)
    #expect(
      packet.header
        == RTPHeader(
          marker: true, payloadType: 96, sequenceNumber: 0x1234, timestamp: 0xdead_beef, ssrc: 0x0102_0304))
    let payload = packet.payload.array
    #expect(payload == [0xaa, 0xbb, 0xcc])
    #expect(packet.layout.extensionProfile == nil)
  }

  @Test("contributing sources 0 to 15 and the extension, written and read", arguments: 0...15)
  func contributingSources(_ count: Int) throws {
    let sources = (0..<count).map { UInt32($0) &* 0x0101_0101 }
    let header = RTPHeader(payloadType: 8, sequenceNumber: 7, timestamp: 9, ssrc: 11)
    var buffer = [UInt8](repeating: 0xee, count: 600)
    let data = [UInt8](0..<12)
    let payload = [UInt8](repeating: 3, count: 40)
    var span = buffer.mutableSpan
    let length = try RTPPacket.write(
      header, contributingSources: sources.span, extensionProfile: 0xbede, extensionData: data.span,
      payload: payload.span, padding: count, into: &span)
    #expect(length == 12 + 4 * count + 16 + 40 + count)
    let packet = try RTPPacket(parsing: buffer.span.extracting(0..<length))
    #expect(packet.header == header)
    for index in 0..<count { #expect(packet.contributingSource(index) == sources[index]) }
    #expect(packet.contributingSource(count) == nil)
    #expect(packet.contributingSource(-1) == nil)
    #expect(packet.layout.extensionProfile == 0xbede)
    let extensionData = packet.extensionData.array
    #expect(extensionData == data)
    let read = packet.payload.array
    #expect(read == payload)
    #expect(packet.paddingCount == count)
  }

  @Test("extensions up to 65 535 words", arguments: [0, 1, 2, 255, 256, 16_000, 65_535])
  func extensionLengths(_ words: Int) throws {
    let header = RTPHeader(payloadType: 0, sequenceNumber: 1, timestamp: 2, ssrc: 3)
    var buffer = [UInt8](repeating: 0, count: 16 + 4 * words + 2)
    let data = [UInt8](repeating: 0xa5, count: 4 * words)
    let none = [UInt32]()
    let payload: [UInt8] = [1, 2]
    var span = buffer.mutableSpan
    let length = try RTPPacket.write(
      header, contributingSources: none.span, extensionProfile: 1, extensionData: data.span, payload: payload.span,
      padding: 0, into: &span)
    #expect(length == buffer.count)
    let packet = try RTPPacket(parsing: buffer.span)
    #expect(packet.extensionData.count == 4 * words)
    #expect(packet.payload.count == 2)
    // One word more than there is.
    let field = words + 1
    if field <= 0xffff {
      var longer = Array(buffer)
      longer[14] = UInt8(field >> 8)
      longer[15] = UInt8(field & 0xff)
      #expect(code { _ = try RTPLayout(parsing: longer.span) } == .extensionLength)
    }
  }

  @Test("truncated at every offset: an error or a shorter payload, never a trap")
  func truncation() throws {
    let header = RTPHeader(payloadType: 0, sequenceNumber: 1, timestamp: 2, ssrc: 3)
    var buffer = [UInt8](repeating: 0, count: 200)
    let sources: [UInt32] = [1, 2, 3]
    let data = [UInt8](repeating: 1, count: 20)
    let payload = [UInt8](repeating: 0, count: 30)
    var span = buffer.mutableSpan
    let length = try RTPPacket.write(
      header, contributingSources: sources.span, extensionProfile: 1, extensionData: data.span, payload: payload.span,
      padding: 4, into: &span)
    for end in 0..<length {
      let piece = Array(buffer[..<end])
      if end < 48 {
        #expect(code { _ = try RTPLayout(parsing: piece.span) } != nil)
      } else {
        #expect(code { _ = try RTPLayout(parsing: piece.span) } == nil)
        #expect(code { _ = try RTPPacket(parsing: piece.span) } == .padding, "the last byte, 0, is no padding count")
      }
    }
  }

  @Test(
    "version and padding",
    arguments: [
      ("00000000 00000000 00000000", RTPError.Code.version), ("c0000000 00000000 00000000", .version),
      ("a0000000 00000000 00000000", .padding), ("a0000000 00000000 00000000 00", .padding),
      ("a0000000 00000000 00000000 02", .padding), ("a0000000 00000000 00000000 ff", .padding), ("80", .truncated),
      ("", .truncated),
    ])
  func invalid(_ text: String, _ expected: RTPError.Code) {
    let bytes = hex(text)
    #expect(code { _ = try RTPPacket(parsing: bytes.span) } == expected)
  }

  @Test("the writer refuses what cannot be a packet")
  func writerLimits() {
    let header = RTPHeader(payloadType: 0, sequenceNumber: 1, timestamp: 2, ssrc: 3)
    var buffer = [UInt8](repeating: 0, count: 64)
    let sources = [UInt32](repeating: 0, count: 16)
    let odd: [UInt8] = [1, 2, 3]
    let none: [UInt8] = []
    func write(_ count: Int, _ data: [UInt8], _ payload: [UInt8], _ padding: Int) -> RTPError.Code? {
      code {
        var span = buffer.mutableSpan
        _ = try RTPPacket.write(
          header, contributingSources: sources.span.extracting(0..<count), extensionProfile: 1,
          extensionData: data.span, payload: payload.span, padding: padding, into: &span)
      }
    }
    #expect(write(16, none, none, 0) == .length)
    #expect(write(0, odd, none, 0) == .extensionLength)
    #expect(write(0, none, none, 256) == .padding)
    #expect(write(0, none, none, -1) == .padding)
    #expect(write(0, none, [UInt8](repeating: 0, count: 60), 0) == .bufferTooSmall)
    #expect(write(0, none, [UInt8](repeating: 0, count: 48), 0) == nil)
  }

  @Test("20 000 mutated packets: parsed or refused, with every range inside the packet")
  func mutations() throws {
    var ids = IDSource.seeded(0xf00d)
    let seed = hex("b2 60 0001 00000010 01020304 0a0a0a0a 0b0b0b0b bede 0002 0102030405060708") + [9, 9, 9, 2]
    for _ in 0..<20_000 {
      var bytes = seed
      for _ in 0..<Int(ids.next(in: 0...6)) {
        bytes[Int(ids.next(in: 0...UInt64(bytes.count - 1)))] = UInt8(truncatingIfNeeded: ids.next())
      }
      bytes.removeLast(Int(ids.next(in: 0...UInt64(bytes.count / 2))))
      guard let packet = try? RTPPacket(parsing: bytes.span) else { continue }
      #expect(packet.payload.count + packet.layout.payloadOffset + packet.paddingCount == bytes.count)
      #expect(packet.layout.extensionRange.upperBound <= packet.layout.payloadOffset)
    }
  }
}
