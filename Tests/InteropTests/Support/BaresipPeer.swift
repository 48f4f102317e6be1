import Foundation

/// A running baresip with one account, no registrar, and a tone for a voice.
final class BaresipPeer: Sendable {
  enum Encryption: String, Sendable {
    case none = ""
    /// SDES, mandatory: offers `RTP/SAVP` and refuses anything else.
    case sdes = ";mediaenc=srtp-mand"
    /// SDES where the other side does it: offers `RTP/AVP` with `a=crypto`.
    case optionalSDES = ";mediaenc=srtp"
  }

  /// As an account's `audio_codecs` names them, with our configuration.
  enum Codec: String, Sendable {
    case opus = "opus/48000/1"
    case pcmu = "PCMU/8000/1"
    case pcma = "PCMA/8000/1"
  }

  let user: String
  let port: UInt16
  let folder: ScratchFolder
  let process: PeerProcess
  let control: BaresipControl

  /// `sip:USER@127.0.0.1:PORT`; baresip answers only to its own user name.
  var uri: String { "sip:\(user)@127.0.0.1:\(port)" }

  /// Starts it and waits until it takes commands.
  ///
  /// - Parameters:
  ///   - tone: the frequency that it plays for as long as a call lasts, in Hz.
  ///   - answers: whether it answers a call by itself.
  ///   - identity: a PEM file with a certificate and its key: it then takes calls over TLS, at `port` + 1.
  static func start(
    _ user: String = "bob", tone: Double, codec: Codec, encryption: Encryption = .none, answers: Bool = true,
    identity: String? = nil
  ) async throws -> BaresipPeer {
    let folder = try ScratchFolder("baresip-\(user)")
    try Tone.write(frequency: tone, seconds: 60, rate: 48000, to: folder.path("source.wav"))
    let (sip, control, rtp) = (try LoopbackPorts.take(), try LoopbackPorts.take(), try LoopbackPorts.take(20))
    let values = [
      "RUN": folder.url.path, "SIP": "\(sip)", "CONTROL": "\(control)", "RTP": "\(rtp)-\(rtp + 19)", "USER": user,
      "ANSWER": answers ? "auto" : "manual", "CODECS": codec.rawValue, "ENCRYPTION": encryption.rawValue,
      "MODULES": try modules(), "TLS": identity.map { "sip_certificate \($0)" } ?? "",
    ]
    for name in ["config", "accounts"] {
      try folder.render(Repository.peers.appendingPathComponent("baresip/\(name)"), as: name, values)
    }
    let process = try PeerProcess("baresip", "baresip", ["-f", folder.url.path], in: folder)
    try await process.line(containing: "baresip is ready")
    return BaresipPeer(
      user: user, port: sip, folder: folder, process: process, control: try BaresipControl(port: control))
  }

  private init(user: String, port: UInt16, folder: ScratchFolder, process: PeerProcess, control: BaresipControl) {
    self.user = user
    self.port = port
    self.folder = folder
    self.process = process
    self.control = control
  }

  /// Where the distribution put baresip's modules.
  private static func modules() throws -> String {
    let candidates = [
      "/usr/lib/baresip/modules", "/usr/lib/x86_64-linux-gnu/baresip/modules",
      "/usr/lib/aarch64-linux-gnu/baresip/modules",
    ]
    guard let found = candidates.first(where: { FileManager.default.fileExists(atPath: $0 + "/ctrl_tcp.so") }) else {
      throw InteropError("baresip's modules are in none of \(candidates.joined(separator: ", "))")
    }
    return found
  }

  func dial(_ uri: String) async throws {
    try await control.command("dial", uri)
  }

  /// Waits until its call is up and it has received RTP.
  func established(since mark: Int = 0) async throws {
    try await control.event("CALL_ESTABLISHED", since: mark)
    try await control.event("CALL_RTPESTAB", since: mark)
  }

  /// Plays DTMF digits by RFC 4733.
  func sendDigits(_ digits: String) async throws { try await control.command("sndcode", digits) }

  /// The digits that it received since `mark`, in order.
  func receivedDigits(since mark: Int = 0) -> String {
    control.messages(from: mark).filter { $0.type == "CALL_DTMF_START" }.compactMap(\.param).joined()
  }

  /// How many RTP packets it has received in the current call.
  func receivedPackets() async throws -> Int {
    let text = try await control.command("audio_debug")
    guard let start = text.range(of: "rcvd=") else { return 0 }
    return Int(text[start.upperBound...].prefix { $0.isNumber }) ?? 0
  }

  /// Waits until `count` more RTP packets have come.
  func receives(packets count: Int, within limit: Duration = .seconds(10)) async throws {
    let before = try await receivedPackets()
    _ = try await eventually("\(count) packets at baresip", within: limit) {
      try await receivedPackets() >= before + count ? true : nil
    }
  }

  /// Ends its call, and waits until it says so.
  func hangUp() async throws {
    let mark = control.mark
    try await control.command("hangup")
    try await control.event("CALL_CLOSED", since: mark)
  }

  /// Ends the program, and gives what it heard in its newest call until the first re-INVITE. (The file is complete only when
  /// the program has ended, and a re-INVITE takes its recorder out of the pipeline.)
  func stopAndReadRecording() async throws -> Recording {
    try await stop()
    guard let path = folder.files(suffix: "-dec.wav").last else { throw InteropError("baresip recorded nothing") }
    return try Recording(path: path)
  }

  func stop() async throws { try await process.stop() }
}
