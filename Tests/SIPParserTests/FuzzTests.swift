import SIPParser
import Testing
import WireSupport

@Suite("No input traps, and what is accepted survives printing")
struct FuzzTests {
  @Test("20 000 mutated torture messages, whole and in random pieces")
  func mutations() throws {
    var random = SeededGenerator(seed: 0x5349_5031)
    let seeds =
      Corpus.allFiles.map(\.bytes) + [FramingTests.invite, FramingTests.response]
      + (HeaderExamples.valid + HeaderExamples.malformed).map {
        FramingTests.wire("OPTIONS sip:a@b SIP/2.0\n\($0)\n\n")
      }
      + [
        "--b\n\na\n--b\nContent-Type: multipart/mixed;boundary=c\n\n--c\n\nx\n--c--\n--b--",
        "SIP/2.0 200 OK\nA: b\n\nc",
        "tel:+1-2;ext=3", "im:a@b?c=d", "sip:+1;ext=2@h;user=phone",
      ].map { FramingTests.wire($0) }
    var accepted = 0
    for _ in 0..<20_000 {
      var bytes = seeds[Int.random(in: 0..<seeds.count, using: &random)]
      for _ in 0..<Int.random(in: 1...4, using: &random) { Self.mutate(&bytes, seeds, &random) }
      if SIPFuzzing.run(bytes) { accepted += 1 }
    }
    #expect(accepted > 1000, "mutations so wild that they test nothing")
  }

  private static let interesting = Array("\r\n \t:;,<>\"\\@%=?[]()*/\0\u{7f}0Z".utf8) + [0x80, 0xff]

  private static func mutate(_ bytes: inout [UInt8], _ seeds: [[UInt8]], _ random: inout SeededGenerator) {
    guard !bytes.isEmpty else { return }
    let place = Int.random(in: 0..<bytes.count, using: &random)
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes[place] = interesting[Int.random(in: 0..<interesting.count, using: &random)]
    case 1: bytes.insert(interesting[Int.random(in: 0..<interesting.count, using: &random)], at: place)
    case 2: bytes.remove(at: place)
    case 3: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...20, using: &random)))
    case 4:
      let end = min(bytes.count, place + Int.random(in: 1...30, using: &random))
      bytes.insert(contentsOf: bytes[place..<end], at: place)
    default:
      let other = seeds[Int.random(in: 0..<seeds.count, using: &random)]
      let start = Int.random(in: 0..<other.count, using: &random)
      bytes.insert(contentsOf: other[start..<min(other.count, start + 40)], at: place)
    }
  }

  @Test("Adversarial sizes take linear time and give a precise error or a message")
  func adversarialSizes() throws {
    let head = "OPTIONS sip:a@b SIP/2.0\r\n"
    let inputs = [
      head + "Contact: <sip:a@b>" + String(repeating: ";", count: 60_000) + "\r\n\r\n",
      head + "Contact: <sip:a@b>" + String(repeating: ";a", count: 30_000) + "\r\n\r\n",
      head + "Via: " + String(repeating: "SIP/2.0/UDP a,", count: 4000) + "\r\n\r\n",
      head + "Route: " + String(repeating: "<sip:a>,", count: 8000) + "\r\n\r\n",
      head + "To: \"" + String(repeating: "\\", count: 60_000) + "\r\n\r\n",
      head + "Retry-After: 1 " + String(repeating: "(", count: 60_000) + "\r\n\r\n",
      head + "Subject: a" + String(repeating: "\r\n ", count: 20_000) + "b\r\n\r\n",
      head + String(repeating: "a:b\r\n", count: 10_000) + "\r\n", String(repeating: "\r\n", count: 30_000),
      head + "Authorization: Digest " + String(repeating: "a=b,", count: 15_000) + "\r\n\r\n",
      "OPTIONS sip:" + String(repeating: "a", count: 60_000) + "@b SIP/2.0\r\n\r\n",
      String(repeating: "x", count: 65_000),
      head + "CSeq: " + String(repeating: "9", count: 60_000) + " OPTIONS\r\n\r\n",
      head + "Max-Forwards: 1\r\n" + String(repeating: " ", count: 60_000) + "\r\n\r\n",
    ]
    for input in inputs { _ = SIPFuzzing.run(Array(input.utf8)) }
  }
}
