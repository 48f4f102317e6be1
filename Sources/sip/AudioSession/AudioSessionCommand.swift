import ArgumentParser
import SIPSimple

extension SRTPEncryption: ExpressibleByArgument {}

/// `sip audio-session`: waits for a call, or makes one.
struct AudioSessionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "audio-session",
    abstract: "Make an audio call, or wait for one.",
    discussion: """
      Without a target it waits for calls. With one it calls: sip:bob@192.0.2.7:5070;transport=tcp, or bob@192.0.2.7.

      While it runs:
        h  hang up          SPACE  hold, resume      m  mute
        r  record           p      RTP statistics    s  SIP trace
        0-9 * # A-D         send a DTMF digit        ?  this help
        Ctrl-D or q         quit

      \(ExitStatus.help)
      """)

  /// What carries the signalling.
  enum Transport: String, ExpressibleByArgument, CaseIterable {
    case udp, tcp, tls
  }

  @Argument(help: "Who to call; nobody: wait for a call.")
  var target: String?

  @Option(name: [.short, .long], help: "Our user name in the calls that we make.")
  var account = "sip"

  @Option(help: "The name shown to the other side.")
  var displayName: String?

  @Option(help: "The transport to listen on, and to call with where the target names none.")
  var transport: Transport = .udp

  @Option(help: "The local address to use; 0.0.0.0 for every one.")
  var address = "0.0.0.0"

  @Option(help: "The local SIP port; 0: the system chooses.")
  var port: UInt16 = 0

  @Option(help: "The ports for RTP and RTCP, as FIRST-LAST.")
  var rtpPorts = "50000-50500"

  @Option(defaultAsFlag: 0, help: "Answer calls by itself, after N seconds.")
  var autoAnswer: Double? = nil

  @Option(defaultAsFlag: 0, help: "Hang up N seconds after the call is up.")
  var autoHangup: Double? = nil

  @Option(help: "Refuse every call with this status (300-699).")
  var reject: Int?

  @Option(help: "How many calls: made one after another, or waited for. (default: one is made; waiting has no end)")
  var calls: Int?

  @Option(help: "How many of them at a time.")
  var parallel = 1

  @Option(help: "Give up a call that we make when nobody answers within N seconds.")
  var answerTimeout: Double = 180

  @Option(help: "Seconds without any RTP after which a call that nobody watches is ended.")
  var mediaTimeout: Double = 10

  @Option(help: "Play this WAV file to the other side, again and again.")
  var play: String?

  @Option(help: "Record the call into this WAV file; a second call into NAME-2.wav.")
  var record: String?

  @Option(help: "What is recorded: received, sent, conversation (both, mixed) or stereo.")
  var recordContent: RecordContent = .conversation

  @Option(help: "Send these DTMF digits when the call is up.")
  var dtmf: String?

  @Flag(name: [.customShort("s"), .long], help: "Print every SIP message.")
  var traceSip = false

  @Option(help: "Encrypt the audio: disabled, optional or mandatory.")
  var srtp: SRTPEncryption = .optional

  @Option(help: "The codecs, most preferred first, separated by commas: opus,PCMU,PCMA.")
  var codecs: String?

  @Option(help: "Milliseconds of audio a packet.")
  var ptime: Int?

  @Flag(name: [.customShort("S"), .long], help: "Use no sound device.")
  var disableSound = false

  @Flag(name: [.short, .long], help: "Read no keys; answer by itself.")
  var batch = false

  @Flag(help: "Print the outcome as one JSON object at the end.")
  var json = false

  @Option(help: "Our TLS certificate (PEM file, the chain behind it).")
  var tlsCertificate: String?

  @Option(help: "The private key of our TLS certificate (PEM file).")
  var tlsKey: String?

  @Option(help: "Whom to trust on TLS (PEM file); the system's authorities otherwise.")
  var tlsCa: String?

  @Flag(help: "Believe any TLS certificate.")
  var tlsInsecure = false

  enum RecordContent: String, ExpressibleByArgument, CaseIterable {
    case received, sent, conversation, stereo

    var content: AudioStream.RecordingContent {
      switch self {
      case .received: .received
      case .sent: .sent
      case .conversation: .conversation
      case .stereo: .stereo
      }
    }
  }

  func validate() throws {
    for (name, seconds) in [("auto-answer", autoAnswer), ("auto-hangup", autoHangup)] {
      if let seconds, !(0...86_400).contains(seconds) {
        throw ValidationError("--\(name) takes seconds from 0 to 86400, not \(seconds)")
      }
    }
    if let reject, !(300...699).contains(reject) {
      throw ValidationError("--reject takes a SIP status from 300 to 699, not \(reject)")
    }
    guard IPAddress(address) != nil else {
      throw ValidationError("--address takes a numeric address, not \"\(address)\"")
    }
    if let dtmf, let wrong = dtmf.first(where: { !"0123456789*#ABCDabcd".contains($0) }) {
      throw ValidationError("--dtmf: \"\(wrong)\" is not a DTMF digit; use 0-9, *, #, A-D")
    }
    if let calls, calls < 1 { throw ValidationError("--calls takes a number from 1, not \(calls)") }
    guard (1...1000).contains(parallel) else {
      throw ValidationError("--parallel takes a number from 1 to 1000, not \(parallel)")
    }
    for (name, seconds) in [("answer-timeout", answerTimeout), ("media-timeout", mediaTimeout)] {
      guard (0.1...86_400).contains(seconds) else {
        throw ValidationError("--\(name) takes seconds from 0.1 to 86400, not \(seconds)")
      }
    }
    if (tlsCertificate == nil) != (tlsKey == nil) {
      throw ValidationError("--tls-certificate and --tls-key go together")
    }
    _ = try portRange()
  }

  func portRange() throws -> ClosedRange<UInt16> {
    let parts = rtpPorts.split(separator: "-")
    guard parts.count == 2, let first = UInt16(parts[0]), let last = UInt16(parts[1]), first < last, first > 0 else {
      throw ValidationError("--rtp-ports takes two ports as FIRST-LAST, like 50000-50500, not \"\(rtpPorts)\"")
    }
    return first...last
  }

  func run() async throws {
    let inputs = AsyncStream.makeStream(of: AudioSessionRunner.Input.self)
    let interruption = Interruption { inputs.continuation.yield(.interrupted) }
    defer { interruption.end() }
    let runner = try await AudioSessionRunner(self, inputs: inputs.stream, feed: inputs.continuation)
    let status = await runner.run()
    if status != .success { throw status.exitCode }
  }
}
