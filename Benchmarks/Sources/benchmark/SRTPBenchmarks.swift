import CPeers
import RTP

enum SRTPBenchmarks {
  /// The payload of 20 ms of G.711.
  private static let payload = 160

  static func all() throws -> [Benchmark] {
    try [(SRTPSuite.aesCM128HMACSHA1_80, "aes-cm-80", Int32(0)), (.aeadAES128GCM, "aes-gcm-128", 1)].flatMap {
      suite, name, gcm in
      [
        Benchmark(
          "srtp", "srtp-protect-\(name)-\(12 + payload)",
          peers: [.init(name: "libsrtp2") { peer_srtp_protect(payload, gcm, $0) }]
        ) { iterations in
          let sender = try SRTPSender(key: try key(suite))
          var packet = [UInt8](repeating: 0, count: 12 + payload + 32)
          var done: UInt64 = 0
          for sequence in 0..<iterations {
            var span = packet.mutableSpan
            write(sequence, into: &span)
            if try sender.protectRTP(&span, count: 12 + payload) > payload { done += 1 }
          }
          return done
        },
        Benchmark("srtp", "srtp-roundtrip-\(name)-\(12 + payload)") { iterations in
          let sender = try SRTPSender(key: try key(suite))
          let receiver = try SRTPReceiver(key: try key(suite))
          var packet = [UInt8](repeating: 0, count: 12 + payload + 32)
          var done: UInt64 = 0
          for sequence in 0..<iterations {
            var span = packet.mutableSpan
            write(sequence, into: &span)
            let count = try sender.protectRTP(&span, count: 12 + payload)
            _ = try receiver.unprotectRTP(&span, count: count)
            done += 1
          }
          return done
        },
      ]
    }
  }

  private static func key(_ suite: SRTPSuite) throws -> SRTPMasterKey {
    let bytes = (0..<(suite.keyLength + suite.saltLength)).map { UInt8($0) }
    return try SRTPMasterKey(suite: suite, keyAndSalt: bytes.span)
  }

  /// An RTP header with this sequence number.
  private static func write(_ sequence: UInt64, into packet: inout MutableSpan<UInt8>) {
    packet[0] = 0x80
    packet[1] = 0
    packet[2] = UInt8(truncatingIfNeeded: sequence >> 8)
    packet[3] = UInt8(truncatingIfNeeded: sequence)
    for index in 4..<8 { packet[index] = 0 }
    for index in 8..<12 { packet[index] = 7 }
  }
}
