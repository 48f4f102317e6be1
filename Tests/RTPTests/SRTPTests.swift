import Testing
import WireSupport

@testable import RTP

@Suite("RFC 3711 SRTP and SRTCP: replay, rollover, lifetimes, keys, hostile input")
struct SRTPTests {
  let suites = SRTPSuite.all

  private func pair(_ suite: SRTPSuite = .aesCM128HMACSHA1_80, seed: UInt64 = 1, identifier: [UInt8] = [])
    throws -> (SRTPSender, SRTPReceiver)
  {
    let key = try masterKey(suite, seed: seed, identifier: identifier)
    return (try SRTPSender(key: key), try SRTPReceiver(key: key))
  }

  @Test("every suite: RTP and RTCP come back as they were and are not readable between", arguments: SRTPSuite.all)
  func roundTrip(_ suite: SRTPSuite) throws {
    let (sender, receiver) = try pair(suite, identifier: [1, 2])
    for size in [0, 1, 15, 16, 17, 160, 1200] {
      let plain = try packet(UInt16(1000 + size), payload: (0..<size).map { UInt8(truncatingIfNeeded: $0) })
      let protected = try sender.protect(plain)
      #expect(protected.count == plain.count + sender.rtpOverhead)
      if size > 8 { #expect(Array(protected[12..<20]) != Array(plain[12..<20])) }
      #expect(try receiver.unprotect(protected) == plain)
    }
    var builder = RTCPBuilder()
    builder.appendReceiverReport(ssrc: 5)
    builder.appendDescription(ssrc: 5, items: [(.cname, "x@y")])
    let protected = try sender.protect(builder.bytes, control: true)
    #expect(protected.count == builder.bytes.count + sender.rtcpOverhead)
    #expect(try receiver.unprotect(protected, control: true) == builder.bytes)
  }

  @Test("every suite: each bit of a packet is authenticated", arguments: SRTPSuite.all)
  func everyBit(_ suite: SRTPSuite) throws {
    let (sender, receiver) = try pair(suite)
    let first = try sender.protect(try packet(1, payload: [1, 2, 3, 4]))
    _ = try receiver.unprotect(first)
    let good = try sender.protect(try packet(2, payload: [1, 2, 3, 4]))
    for bit in 0..<(good.count * 8) {
      var bad = good
      bad[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(code { _ = try receiver.unprotect(bad) } != nil, "bit \(bit)")
    }
    #expect(try receiver.unprotect(good).count == 16, "failures changed nothing")
    let report = try sender.protect(hex("80c90001 00000007"), control: true)
    for bit in 0..<(report.count * 8) {
      var bad = report
      bad[bit / 8] ^= 1 << UInt8(bit % 8)
      #expect(code { _ = try receiver.unprotect(bad, control: true) } != nil, "bit \(bit)")
    }
    #expect(try receiver.unprotect(report, control: true).count == 8)
  }

  @Test("every suite: truncated at every offset", arguments: SRTPSuite.all)
  func truncation(_ suite: SRTPSuite) throws {
    let (sender, receiver) = try pair(suite, identifier: [9])
    let good = try sender.protect(try packet(2, payload: [1, 2, 3, 4, 5]))
    let report = try sender.protect(hex("80c90001 00000007"), control: true)
    for end in 0..<good.count { #expect(code { _ = try receiver.unprotect(Array(good[..<end])) } != nil) }
    for end in 0..<report.count {
      #expect(code { _ = try receiver.unprotect(Array(report[..<end]), control: true) } != nil)
    }
    #expect(receiver.sourceCount == 0)
  }

  @Test("§3.3.2 replay: each packet once, within a window of 1024, in any order")
  func replay() throws {
    let (sender, receiver) = try pair()
    let packets = try (0..<2000).map { try sender.protect(try packet(UInt16($0), payload: [7])) }
    for index in [500, 3, 499, 0, 1023] { _ = try receiver.unprotect(packets[index]) }
    for index in [500, 3, 499, 0, 1023] {
      #expect(code { _ = try receiver.unprotect(packets[index]) } == .replayed)
    }
    _ = try receiver.unprotect(packets[1999])
    _ = try receiver.unprotect(packets[1999 - 1023])
    #expect(code { _ = try receiver.unprotect(packets[1999 - 1024]) } == .replayed, "older than the window")
  }

  @Test("§3.3.2 replay of SRTCP by its own index")
  func replayControl() throws {
    let (sender, receiver) = try pair()
    let report = hex("80c90001 00000007")
    let packets = try (0..<200).map { _ in try sender.protect(report, control: true) }
    for index in [0, 150, 20] { _ = try receiver.unprotect(packets[index], control: true) }
    for index in [0, 150, 20] {
      #expect(code { _ = try receiver.unprotect(packets[index], control: true) } == .replayed)
    }
  }

  @Test("§3.3.1 estimation at its borders")
  func estimation() {
    #expect(SRTPIndex.estimate(0, highest: 65_535) == 65_536)
    #expect(SRTPIndex.estimate(65_535, highest: 65_536) == 65_535)
    #expect(SRTPIndex.estimate(65_535, highest: 5) == -1)
    #expect(SRTPIndex.estimate(0x8000, highest: 0) == 0x8000)
    #expect(SRTPIndex.estimate(0x8001, highest: 0) == 0x8001 - 0x10000)
    #expect(SRTPIndex.estimate(0, highest: 0x8000) == 0)
    #expect(SRTPIndex.estimate(0, highest: 0x8001) == 0x10000)
  }

  @Test("§3.3.1 rollover at 65 535 with 20 % loss and reordering, five times over", arguments: [1, 2, 3] as [UInt64])
  func rollover(_ seed: UInt64) throws {
    var ids = IDSource.seeded(seed)
    let (sender, receiver) = try pair()
    var held: [[UInt8]] = []
    var received = 0
    var sent = 0
    for number in 60_000..<(60_000 + 5 * 65_536) {
      // Only the neighbourhood of the wraps is interesting; elsewhere every 97th packet keeps the estimate alive.
      let nearWrap = (number + 300) % 65_536 < 600
      if !nearWrap, number % 97 != 0 { continue }
      let bytes = try sender.protect(try packet(UInt16(truncatingIfNeeded: number), payload: [1]))
      sent += 1
      if ids.nextUnit() < 0.2 { continue }
      if nearWrap, ids.nextUnit() < 0.3 {
        held.append(bytes)
      } else {
        _ = try receiver.unprotect(bytes)
        received += 1
      }
      if held.count > 20 || !nearWrap {
        shuffle(&held, &ids)
        for late in held {
          _ = try receiver.unprotect(late)
          received += 1
        }
        held.removeAll()
      }
    }
    #expect(sender.rollover(of: 0x1234_5678) == 5)
    #expect(receiver.rollover(of: 0x1234_5678) == 5)
    #expect(received > sent / 2)
  }

  @Test("late join: a receiver that missed rollovers finds the counter, one attempt more a packet")
  func lateJoin() throws {
    let (sender, receiver) = try pair(.aeadAES128GCM)
    try sender.setInitialIndices(ssrc: 0x1234_5678, rollover: 3)
    var tries = 0
    for number in 0..<20 {
      let bytes = try sender.protect(try packet(UInt16(number), payload: [1]))
      tries += 1
      if code({ _ = try receiver.unprotect(bytes) }) == nil { break }
      let offset = try #require(receiver.resynchronisation(of: 0x1234_5678))
      if code({ _ = try receiver.unprotect(bytes, rolloverOffset: offset) }) == nil { break }
    }
    #expect(tries <= 4)
    #expect(receiver.rollover(of: 0x1234_5678) == 3)
    #expect(try receiver.unprotect(try sender.protect(try packet(100))) == packet(100))
    // Told by signalling, no search is needed.
    let told = try SRTPReceiver(key: sender.key)
    try told.setInitialRollover(3, sequence: 100, of: 0x1234_5678)
    _ = try told.unprotect(try sender.protect(try packet(101)))
  }

  @Test("§9.1 a sender never uses an index twice")
  func keyStreamReuse() throws {
    let (sender, _) = try pair()
    _ = try sender.protect(try packet(10))
    #expect(code { _ = try sender.protect(try packet(10)) } == .indexReused)
    #expect(code { _ = try sender.protect(try packet(9)) } == .indexReused)
    _ = try sender.protect(try packet(11))
  }

  @Test("§9.2 lifetime: a key stops where SDES or the standard says")
  func lifetime() throws {
    let key = try masterKey(lifetime: 3)
    let sender = try SRTPSender(key: key)
    let receiver = try SRTPReceiver(key: key)
    for number in 0..<3 { _ = try receiver.unprotect(try sender.protect(try packet(UInt16(number)))) }
    #expect(code { _ = try sender.protect(try packet(3)) } == .keyExhausted)
    let other = try SRTPSender(key: try masterKey())
    #expect(code { _ = try receiver.unprotect(try other.protect(try packet(4))) } == .keyExhausted)
    try other.setInitialIndices(ssrc: 77, rollover: .max, rtcpIndex: (1 << 31) - 1)
    _ = try other.protect(try packet(65_535, ssrc: 77))
    #expect(code { _ = try other.protect(try packet(0, ssrc: 77)) } == .keyExhausted, "2^48 packets")
    _ = try other.protect(hex("80c90001 0000004d"), control: true)
    #expect(code { _ = try other.protect(hex("80c90001 0000004d"), control: true) } == .keyExhausted, "2^31 packets")
  }

  @Test("MKI chooses among keys; an unknown one is refused")
  func masterKeyIdentifiers() throws {
    let keys = try (1...3).map { try masterKey(seed: UInt64($0), identifier: [0, UInt8($0)]) }
    let receiver = try SRTPReceiver(keys: keys)
    for (number, key) in keys.enumerated() {
      let sender = try SRTPSender(key: key)
      let plain = try packet(UInt16(number))
      #expect(try receiver.unprotect(try sender.protect(plain)) == plain)
    }
    let stranger = try SRTPSender(key: try masterKey(seed: 9, identifier: [0, 9]))
    #expect(code { _ = try receiver.unprotect(try stranger.protect(try packet(9))) } == .unknownKey)
    #expect(code { _ = try SRTPReceiver(keys: [keys[0], keys[0]]) } == .keyLength)
    #expect(code { _ = try SRTPReceiver(keys: []) } == .keyLength)
    let short: [UInt8] = [1, 2, 3]
    #expect(code { _ = try SRTPMasterKey(suite: .aeadAES128GCM, keyAndSalt: short.span) } == .keyLength)
  }

  @Test("no state before authentication: forged SSRCs leave nothing, authentic ones are capped")
  func sourceCap() throws {
    let key = try masterKey()
    let options = SRTPOptions(maximumSources: 4)
    let sender = try SRTPSender(key: key, options: SRTPOptions(maximumSources: 10))
    let receiver = try SRTPReceiver(key: key, options: options)
    let forger = try SRTPSender(key: try masterKey(seed: 99), options: SRTPOptions(maximumSources: 1000))
    for ssrc in 0..<500 {
      #expect(
        code { _ = try receiver.unprotect(try forger.protect(try packet(1, ssrc: UInt32(ssrc)))) }
          == .authenticationFailed)
    }
    #expect(receiver.sourceCount == 0)
    for ssrc in 0..<4 { _ = try receiver.unprotect(try sender.protect(try packet(1, ssrc: UInt32(ssrc)))) }
    #expect(code { _ = try receiver.unprotect(try sender.protect(try packet(1, ssrc: 4))) } == .tooManySources)
    _ = try receiver.unprotect(try sender.protect(try packet(2, ssrc: 0)))
  }

  @Test("unencrypted SRTP and SRTCP (RFC 4568 §6.3): readable, still authenticated", arguments: SRTPSuite.all)
  func unencrypted(_ suite: SRTPSuite) throws {
    let options = SRTPOptions(encryptsRTP: false, encryptsRTCP: false)
    let key = try masterKey(suite)
    let sender = try SRTPSender(key: key, options: options)
    let receiver = try SRTPReceiver(key: key, options: options)
    let plain = try packet(1)
    let protected = try sender.protect(plain)
    #expect(Array(protected[..<plain.count]) == plain)
    #expect(try receiver.unprotect(protected) == plain)
    let report = hex("80c90001 00000007")
    let protectedReport = try sender.protect(report, control: true)
    #expect(Array(protectedReport[..<8]) == report)
    #expect(try receiver.unprotect(protectedReport, control: true) == report)
    var forged = try sender.protect(try packet(2))
    forged[20] ^= 1
    #expect(code { _ = try receiver.unprotect(forged) } == .authenticationFailed)
  }

  @Test("keys appear in no description, reflection or dump")
  func redaction() throws {
    var ids = IDSource.seeded(5)
    let bytes = ids.bytes(30)
    let key = try SRTPMasterKey(suite: .aesCM128HMACSHA1_80, keyAndSalt: bytes.span)
    var text = "\(key) \(String(reflecting: key)) \(try SRTPSender(key: key)) \(try SRTPReceiver(key: key))"
    dump(key, to: &text)
    dump(try SRTPSender(key: key), to: &text)
    dump(try SRTPReceiver(key: key), to: &text)
    for needle in [bytes.map { String($0, radix: 16) }.joined(), "\(bytes[0]), \(bytes[1])", "storage", "hmac"] {
      #expect(!text.contains(needle))
    }
    #expect(key.isSameKey(as: try SRTPMasterKey(suite: .aesCM128HMACSHA1_80, keyAndSalt: bytes.span)))
    #expect(!key.isSameKey(as: try masterKey()))
  }

  @Test(
    "20 000 mutated packets: refused, and the stream goes on",
    arguments: [SRTPSuite.aesCM128HMACSHA1_32, .aeadAES256GCM])
  func mutations(_ suite: SRTPSuite) throws {
    var ids = IDSource.seeded(31)
    let (sender, receiver) = try pair(suite)
    var accepted = 0
    for number in 0..<20_000 {
      let isControl = number % 4 == 0
      let good =
        isControl
        ? try sender.protect(hex("80c90001 00000007"), control: true)
        : try sender.protect(try packet(UInt16(truncatingIfNeeded: number), payload: [1, 2, 3]))
      var bad = good
      for _ in 0...Int(ids.next(in: 0...3)) {
        bad[Int(ids.next(in: 0...UInt64(bad.count - 1)))] ^= UInt8(truncatingIfNeeded: ids.next() | 1)
      }
      bad.removeLast(Int(ids.next(in: 0...3)))
      if bad != good { #expect(code { _ = try receiver.unprotect(bad, control: isControl) } != nil) }
      if code({ _ = try receiver.unprotect(good, control: isControl) }) == nil { accepted += 1 }
    }
    #expect(accepted == 20_000)
    #expect(receiver.sourceCount == 2)
  }
}
