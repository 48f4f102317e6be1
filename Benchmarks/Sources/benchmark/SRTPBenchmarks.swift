import CPeers
import RTP

enum SRTPBenchmarks {
  /// The payload of 20 ms of G.711.
  private static let payload = 160

  static func all() throws -> [Benchmark] {
    try [(SRTPSuite.aesCM128HMACSHA1_80, "aes-cm-80", Int32(0)), (.aeadAES128GCM, "aes-gcm-128", 1)].flatMap {
      suite, name, gcm in
      let (one, both) = (try Stream(suite), try Stream(suite))
      return [
        Benchmark(
          "srtp", "srtp-protect-\(name)-\(12 + payload)",
          peers: [.init(name: "libsrtp2") { peer_srtp_protect(payload, gcm, $0) }]
        ) { iterations in
          for _ in 0..<iterations { _ = try one.protect() }
          return iterations
        },
        Benchmark("srtp", "srtp-roundtrip-\(name)-\(12 + payload)") { iterations in
          for _ in 0..<iterations { try both.protectAndUnprotect() }
          return iterations
        },
      ]
    }
  }

  /// A sender and its receiver, and the packet between them.
  private final class Stream {
    private let sender: SRTPSender
    private let receiver: SRTPReceiver
    private let packet = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 12 + payload + 32)
    private var sequence: UInt16 = 0

    init(_ suite: SRTPSuite) throws {
      let bytes = (0..<(suite.keyLength + suite.saltLength)).map { UInt8($0) }
      let key = try SRTPMasterKey(suite: suite, keyAndSalt: bytes.span)
      sender = try SRTPSender(key: key)
      receiver = try SRTPReceiver(key: key)
      packet.initialize(repeating: 0)
    }

    deinit { packet.deallocate() }

    /// Writes the next header over the same payload, and protects the packet.
    func protect() throws -> Int {
      packet[0] = 0x80
      packet[1] = 0
      packet[2] = UInt8(truncatingIfNeeded: sequence >> 8)
      packet[3] = UInt8(truncatingIfNeeded: sequence)
      for index in 4..<12 { packet[index] = 7 }
      sequence &+= 1
      let packet = packet
      var span = packet.mutableSpan
      return try sender.protectRTP(&span, count: 12 + payload)
    }

    func protectAndUnprotect() throws {
      let count = try protect()
      let packet = packet
      var span = packet.mutableSpan
      _ = try receiver.unprotectRTP(&span, count: count)
    }
  }
}
