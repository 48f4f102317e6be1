import Foundation
import Testing

/// What strangers can do to a call that they see from outside: nothing.
@Suite(
  "Noise during a call with baresip", .serialized,
  .enabled(if: Program.baresip.isInstalled, "\(Program.baresip.whySkipped)"))
struct NoiseTests {
  private static let datagrams = 10_000

  @Test(
    "10 000 datagrams at the SIP port and 10 000 at the RTP port: the call goes on, memory does not grow, counters tell",
    arguments: [true, false])
  func storm(isEncrypted: Bool) async throws {
    let way = isEncrypted ? "SRTP" : "no SRTP"
    try await InteropMatrix.record(.baresip, "A call goes on under 20 000 datagrams of noise, \(way)") {
      let baresip = try await BaresipPeer.start(
        tone: 440, codec: isEncrypted ? .opus : .pcmu, encryption: isEncrypted ? .sdes : .none)
      let sip = try await SIPCommand.audioSession(
        calling: baresip.uri, codecs: isEncrypted ? "opus" : "PCMU", srtp: isEncrypted ? .mandatory : .disabled)
      try await baresip.established()
      try await baresip.receives(packets: 50)
      let rtp = try await sip.rtpPort()
      var source = NoiseSource(seed: 7)
      let socket = try LoopbackSocket()
      // The first thousand fill what is allocated once.
      try await send(&source, count: 1000, from: socket, sip: sip.port, rtp: rtp)
      let before = sip.process.residentBytes ?? 0
      try await send(&source, count: Self.datagrams, from: socket, sip: sip.port, rtp: rtp)
      let after = sip.process.residentBytes ?? 0
      try await baresip.receives(packets: 50)
      try sip.press("h")
      let outcome = try await sip.outcome()
      print(
        "noise, \(way): resident \(before / 1024) kB before, \(after / 1024) kB after; "
          + "\(outcome.sipMalformed) SIP malformed, \(outcome.packetsRejected) RTP rejected, \(outcome.packetsLost) lost"
      )
      try #require(outcome.exitStatus == 0, "\(outcome)")
      try #require(before > 0 && after - before < 2 << 20, "resident \(before) before and \(after) after")
      // Half of the noise at the SIP port is no message at all; the rest is cut off somewhere. Some of it may be
      // dropped by the system on the way.
      try #require(outcome.sipMalformed > Self.datagrams / 2, "\(outcome)")
      try #require(outcome.packetsRejected > Self.datagrams / 2, "\(outcome)")
      try #require(outcome.packetsLost == 0, "\(outcome)")
      let heard = try sip.recording()
      try #require(heard.seconds(of: 440) > 0.85 * heard.seconds, "we heard \(heard.tonality(440))")
    }
  }

  /// In bursts that a socket's buffer holds: what the system drops proves nothing.
  private func send(
    _ source: inout NoiseSource, count: Int, from socket: LoopbackSocket, sip: UInt16, rtp: UInt16
  ) async throws {
    for index in 0..<count {
      socket.send(source.signalling(), to: sip)
      socket.send(source.media(), to: rtp)
      if index % 50 == 49 { try await Task.sleep(for: .milliseconds(10)) }
    }
  }
}

/// The same noise for the same seed.
struct NoiseSource {
  private var state: UInt64
  init(seed: UInt64) { state = seed }

  /// SplitMix64.
  private mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }

  private mutating func bytes(_ count: Int) -> [UInt8] { (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) } }

  /// Bytes without sense, or a message cut off within its headers.
  mutating func signalling() -> [UInt8] {
    if next() % 2 == 0 { return bytes(Int(next() % 1200) + 4) }
    let message =
      "INVITE sip:sip@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bK\(next())\r\n"
      + "Max-Forwards: 70\r\nFrom: <sip:noise@127.0.0.1>;tag=\(next())\r\nTo: <sip:sip@127.0.0.1>\r\n"
      + "Call-ID: \(next())\r\nCSeq: 1 INVITE\r\nContact: <sip:noise@127.0.0.1:9>\r\nContent-Length: 400\r\n\r\nv=0\r\n"
    let whole = Array(message.utf8)
    return Array(whole.prefix(Int(next() % UInt64(whole.count))))
  }

  /// Bytes without sense, a header that is cut off, or a packet of a foreign source that looks right.
  mutating func media() -> [UInt8] {
    switch next() % 3 {
    case 0: return bytes(Int(next() % 300) + 1)
    case 1: return Array(([0x80, 0] + bytes(10)).prefix(Int(next() % 12)))
    default: return [0x80, 0] + bytes(10) + bytes(160)
    }
  }
}
