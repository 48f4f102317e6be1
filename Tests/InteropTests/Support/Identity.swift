import Foundation

/// A throw-away certificate and its key, made by `openssl`, in PEM files.
struct Identity: Sendable {
  let certificate: String
  let key: String
  /// Both in one file, as baresip wants them.
  let combined: String

  /// A self-signed one for a numeric address or a host name.
  static func make(_ name: String, in folder: ScratchFolder) async throws -> Identity {
    let isAddress = name.allSatisfy { $0.isNumber || $0 == "." }
    let stem = "\(name)-\(UInt16.random(in: 0...UInt16.max))"
    let identity = Identity(
      certificate: folder.path("\(stem).pem"), key: folder.path("\(stem).key"),
      combined: folder.path("\(stem)-both.pem"))
    let openssl = try PeerProcess(
      "openssl", "openssl",
      [
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=\(name)", "-addext", "subjectAltName=\(isAddress ? "IP" : "DNS"):\(name)",
        "-keyout", identity.key, "-out", identity.certificate,
      ], in: folder, lifetime: 20)
    guard try await openssl.exitCode() == 0 else { throw InteropError("openssl made no certificate: \(openssl.log)") }
    let both = try [identity.certificate, identity.key].map { try String(contentsOfFile: $0, encoding: .utf8) }
    try both.joined().write(toFile: identity.combined, atomically: true, encoding: .utf8)
    return identity
  }
}
