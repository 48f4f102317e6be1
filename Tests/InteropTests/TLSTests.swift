import Foundation
import Testing

/// OpenSSL's own client and server against our TLS.
@Suite("TLS against openssl", .serialized, .enabled(if: Program.openssl.isInstalled, "openssl is not installed"))
struct TLSTests {
  @Test("openssl s_client shakes hands: TLS 1.3 and the certificate that we were given")
  func handshake() async throws {
    try await InteropMatrix.record(.openssl, "s_client sees TLS 1.3 and our certificate") {
      let folder = try ScratchFolder("tls")
      let identity = try await Identity.make("bob.example", in: folder)
      let sip = try await SIPCommand.audioSession(
        transport: .tls, more: ["--tls-certificate", identity.certificate, "--tls-key", identity.key])
      let client = try PeerProcess(
        "s_client", "openssl",
        [
          "s_client", "-brief", "-connect", "127.0.0.1:\(sip.port)", "-servername", "bob.example",
          "-verify_hostname", "bob.example", "-CAfile", identity.certificate,
        ], in: folder, lifetime: 20)
      try await client.line(containing: "Protocol version: TLSv1.3")
      try await client.line(containing: "Peer certificate: CN = bob.example")
      try await client.line(containing: "Verification: OK")
      try await client.stop()
      try await sip.process.stop()
    }
  }

  @Test("TLS 1.2 is spoken, what is older is not", arguments: [("-tls1_2", true), ("-tls1_1", false)])
  func versions(option: String, isSpoken: Bool) async throws {
    try await InteropMatrix.record(
      .openssl, isSpoken ? "s_client with TLS 1.2 is served" : "s_client with TLS 1.1 is refused"
    ) {
      let folder = try ScratchFolder("tls")
      let sip = try await SIPCommand.audioSession(transport: .tls)
      let client = try PeerProcess(
        "s_client", "openssl",
        ["s_client", "-brief", "-connect", "127.0.0.1:\(sip.port)", option, "-cipher", "DEFAULT:@SECLEVEL=0"],
        in: folder, lifetime: 20)
      if isSpoken {
        try await client.line(containing: "Protocol version: TLSv1.2")
        try await client.stop()
      } else {
        try #require(try await client.exitCode() != 0, "\(client.log)")
        try #require(!client.log.contains("Protocol version"), "\(client.log)")
      }
      try await sip.process.stop()
    }
  }

  /// Starts `openssl s_server` with a certificate, which prints what it decrypts.
  private func server(_ identity: Identity, in folder: ScratchFolder) async throws -> (PeerProcess, port: UInt16) {
    let port = try LoopbackPorts.take()
    let server = try PeerProcess(
      "s_server", "openssl",
      ["s_server", "-accept", "127.0.0.1:\(port)", "-cert", identity.certificate, "-key", identity.key], in: folder,
      lifetime: 30)
    try await server.line(containing: "ACCEPT")
    return (server, port)
  }

  @Test("A callee with the right certificate gets our INVITE")
  func rightName() async throws {
    try await InteropMatrix.record(.openssl, "s_server with the right certificate gets the INVITE") {
      let folder = try ScratchFolder("tls")
      let identity = try await Identity.make("127.0.0.1", in: folder)
      let (server, port) = try await server(identity, in: folder)
      let sip = try await SIPCommand.audioSession(
        calling: "sip:bob@127.0.0.1:\(port);transport=tls", more: ["--tls-ca", identity.certificate])
      try await server.line(containing: "INVITE sip:bob@127.0.0.1:\(port)")
      try await sip.process.stop()
      try await server.stop()
    }
  }

  @Test("A callee with another's name, or whom nobody vouches for, is refused, and the caller is told why")
  func wrongName() async throws {
    try await InteropMatrix.record(.openssl, "s_server with the wrong certificate is refused") {
      let folder = try ScratchFolder("tls")
      let other = try await Identity.make("mallory.example", in: folder)
      let (server, port) = try await server(other, in: folder)
      let target = "sip:bob@127.0.0.1:\(port);transport=tls"
      let misnamed = try await SIPCommand.audioSession(calling: target, more: ["--tls-ca", other.certificate])
      let first = try await misnamed.outcome()
      try #require(first.exitStatus == 23, "\(misnamed.process.log)")
      try #require(misnamed.process.log.contains("certificate"), "\(misnamed.process.log)")

      let stranger = try await Identity.make("127.0.0.1", in: folder)
      let untrusted = try await SIPCommand.audioSession(calling: target, more: ["--tls-ca", stranger.certificate])
      let second = try await untrusted.outcome()
      try #require(second.exitStatus == 23, "\(untrusted.process.log)")
      try #require(untrusted.process.log.contains("certificate"), "\(untrusted.process.log)")

      try #require(!server.log.contains("INVITE"), "the INVITE was sent to a stranger")
      print("wrong name: \(misnamed.process.log.split(separator: "\n").first { $0.contains("certificate") } ?? "")")
      print("no trust: \(untrusted.process.log.split(separator: "\n").first { $0.contains("certificate") } ?? "")")
      try await server.stop()
    }
  }
}
