import Testing
import WireSupport

@Suite("RFC 4291 §2.2, RFC 5952: IP addresses as text")
struct IPAddressTests {
  @Test(
    "what is read and what is printed",
    arguments: [
      ("127.0.0.1", "127.0.0.1"), ("255.255.255.255", "255.255.255.255"), ("0.0.0.0", "0.0.0.0"),
      ("::", "::"), ("::1", "::1"), ("[2001:DB8::9:1]", "2001:db8::9:1"), ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
      ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"), ("1:0:3:4:5:6:7:8", "1:0:3:4:5:6:7:8"), ("1::", "1::"),
      ("::ffff:192.0.2.1", "::ffff:c000:201"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"),
      ("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"), ("::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"),
    ])
  func reads(_ text: String, _ printed: String) throws {
    let address = try #require(IPAddress(text))
    #expect(address.description == printed)
    #expect(IPAddress(address.description) == address)
  }

  @Test(
    "what is not an address",
    arguments: [
      "", "1", "1.2.3", "1.2.3.4.5", "256.1.1.1", "01.2.3.4", "1..2.3", "1.2.3.", ".1.2.3", "a.b.c.d", "localhost", ":",
      ":::", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", "::g", "1:", ":1", "[::1", "::1]",
      "[127.0.0.1]",
      "::1.2.3.4.5", "1:2:3:4:5:6:7:1.2.3.4", "1:2:3:4:5:6:7:8::", "٣.1.1.1", String(repeating: "1", count: 4000),
    ])
  func refuses(_ text: String) { #expect(IPAddress(text) == nil) }

  @Test("an address and a port", arguments: ["127.0.0.1:5060", "[::1]:5061", "[2001:db8::1]:65535"])
  func transportAddress(_ text: String) throws {
    #expect(try #require(TransportAddress(text)).description == text)
  }

  @Test(
    "what is not an address and a port",
    arguments: ["127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:5060", "host:5060", "[127.0.0.1]:1", ":5060"])
  func refusesTransportAddress(_ text: String) { #expect(TransportAddress(text) == nil) }

  @Test("random bytes never trap")
  func noise() {
    var ids = IDSource.seeded(1)
    let alphabet = Array("0123456789abcdefABCDEF::::....[]%g".utf8)
    for _ in 0..<50_000 {
      var bytes = [UInt8]()
      for _ in 0..<Int(ids.next(in: 0...48)) { bytes.append(alphabet[Int(ids.next(in: 0...33))]) }
      if let address = IPAddress(ascii: bytes.span) { #expect(IPAddress(address.description) == address) }
    }
  }
}
