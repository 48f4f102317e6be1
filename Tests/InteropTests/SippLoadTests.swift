import SIPSimple
import Testing

/// A hundred calls with sipp's built-in scenarios, many at a time, on one `SIPApplication`.
@Suite(
  "sipp: a hundred calls on one application", .serialized,
  .enabled(if: Program.sipp.isInstalled, "\(Program.sipp.whySkipped)"))
struct SippLoadTests {
  private static let calls = 100

  /// An application on a port of loopback, without encryption, which sipp does not do.
  private func application(_ user: String) throws -> (SIPApplication, port: UInt16) {
    let (port, rtp) = (try LoopbackPorts.take(), try LoopbackPorts.take(400))
    let listen = SIPListenAddress(.udp, TransportAddress(ip: .loopback, port: port))
    let configuration = SIPApplicationConfiguration(
      account: .direct(user: user), sip: SIPSettings(listen: [listen]),
      rtp: RTPSettings(portRange: rtp...(rtp + 399), audioCodecs: ["PCMU"], encryption: .disabled))
    return (SIPApplication(configuration), port)
  }

  @Test("Its uac calls us, twenty at a time")
  func uac() async throws {
    try await InteropMatrix.record(.sipp, "uac calls one application 100 times, 20 at once") {
      let (application, port) = try application("service")
      try await application.run {
        let answering = Task {
          var answered = 0
          for try await event in application.events {
            guard case .incomingSession(let session) = event else { continue }
            try await session.accept()
            answered += 1
          }
          return answered
        }
        let sipp = try SippPeer(.uac, calling: port, calls: Self.calls, rate: 50, holding: 400, atOnce: 20)
        let result = try await sipp.result()
        answering.cancel()
        try #require(
          result.exitCode == 0 && result.successful == Self.calls && result.failed == 0, "\(result) \(sipp.errors)")
        let left = await application.sessions.count
        try #require(left == 0, "\(left) sessions are left")
      }
    }
  }

  @Test("We call its uas, ten at a time")
  func uas() async throws {
    try await InteropMatrix.record(.sipp, "We call its uas 100 times, 10 at once") {
      let (application, _) = try application("alice")
      let sipp = try SippPeer(.uas, calls: Self.calls)
      try await application.run {
        try await withThrowingTaskGroup(of: Void.self) { group in
          for lane in 0..<10 {
            group.addTask {
              for _ in stride(from: lane, to: Self.calls, by: 10) {
                let session = try await application.call("sip:service@127.0.0.1:\(sipp.port)", streams: [.audio()])
                await session.end()
              }
            }
          }
          try await group.waitForAll()
        }
      }
      let result = try await sipp.result()
      try #require(
        result.exitCode == 0 && result.successful == Self.calls && result.failed == 0, "\(result) \(sipp.errors)")
    }
  }
}
