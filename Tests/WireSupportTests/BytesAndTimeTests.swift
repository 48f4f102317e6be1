import Testing
import WireSupport

@Suite("Bytes and time: what every core is told")
struct BytesAndTimeTests {
  @Test("instants saturate where they would overflow")
  func saturation() {
    #expect(Instant.distantFuture + .seconds(1) == .distantFuture)
    #expect(Instant(nanoseconds: .min) - .seconds(1) == Instant(nanoseconds: .min))
    #expect(Instant.distantFuture.nanoseconds(since: Instant(nanoseconds: .min)) == .max)
    #expect(Duration.seconds(Int64.max).wholeNanoseconds == .max)
    #expect((Instant.zero + .milliseconds(1500)) - Instant.zero == .milliseconds(1500))
  }

  @Test("a reader gives what was written and nil at the end, without moving")
  func readerAndWriter() {
    var writer = ByteWriter()
    writer.write(UInt8(0x80))
    writer.write(UInt16(0x1234))
    writer.write(UInt32(0xdead_beef))
    writer.write(UInt64(0x0102_0304_0506_0708))
    writer.write("abc")
    writer.patch(0x4321, at: 1)
    let bytes = writer.finish()
    var reader = ByteReader(bytes.span)
    #expect(reader.readUInt8() == 0x80)
    #expect(reader.readUInt16() == 0x4321)
    #expect(reader.readUInt32() == 0xdead_beef)
    #expect(reader.readUInt64() == 0x0102_0304_0506_0708)
    #expect(reader.readUInt32() == nil)
    #expect(reader.remaining == 3)
    let skippedBackwards = reader.skip(-1)
    #expect(!skippedBackwards)
    let tooMany = reader.readBytes(4) == nil
    #expect(tooMany)
    #expect(reader.readUInt24() == 0x616263)
    #expect(reader.readUInt8() == nil)
  }

  @Test("memchr finds what a loop finds, from every start")
  func search() {
    let bytes = Array("INVITE sip:bob@example.com SIP/2.0\r\n\r\n".utf8)
    for start in -1...(bytes.count + 1) {
      for byte in [UInt8(ascii: "\r"), UInt8(ascii: "I"), 0] {
        let expected = bytes.indices.first { $0 >= max(start, 0) && bytes[$0] == byte }
        #expect(bytes.span.firstIndex(of: byte, from: start) == (start < 0 ? nil : expected))
      }
    }
    let empty: [UInt8] = []
    #expect(empty.span.firstIndex(of: 0) == nil)
  }

  @Test("the same seed gives the same identifiers, and tokens are tokens")
  func identifiers() {
    var first = IDSource.seeded(9)
    var second = IDSource.seeded(9)
    let token = first.token(length: 24)
    #expect(token == second.token(length: 24))
    #expect(token.count == 24 && token.allSatisfy { $0.isASCII && ($0.isNumber || $0.isLowercase) })
    #expect(first.bytes(30).count == 30)
    for _ in 0..<1000 { #expect((5...7).contains(first.next(in: 5...7))) }
    #expect(first.next(in: 3...3) == 3)
    _ = first.next(in: 0...UInt64.max)
    for _ in 0..<1000 { #expect((0.0..<1.0).contains(first.nextUnit())) }
  }
}
