import ArgumentParser
import SIPSimple

/// `sip demo`: a call between two endpoints in this process, over the real sockets of loopback.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Place an encrypted call between two endpoints on this machine and show how it went.",
    discussion: """
      Alice calls Bob over TLS, plays a speech file to him, and he talks back with another. Each records what it hears.
      The exit status is 0 only if both heard each other.
      """)

  @Option(help: "How long the call lasts, in seconds; each side talks for half of it.")
  var seconds: Double = 16

  @Flag(help: "Print one JSON object instead of the show.")
  var json = false

  @Option(help: "The folder with alice.wav and bob.wav.")
  var assets = "Assets"

  @Option(help: "The folder for the recordings; a new one under /tmp unless given.")
  var recordings: String?

  @Option(help: "The codec: opus, PCMU or PCMA.")
  var codec = "opus"

  func validate() throws {
    guard (2...3600).contains(seconds) else {
      throw ValidationError("--seconds takes 2 to 3600, not \(seconds)")
    }
  }

  func run() async throws {
    let voices = (alice: "\(assets)/alice.wav", bob: "\(assets)/bob.wav")
    for path in [voices.alice, voices.bob] where !Files.isReadable(path) {
      complain("sip: \(path) cannot be read; run Scripts/demo, or name the folder with --assets")
      throw ExitStatus.noInput.exitCode
    }
    let result: DemoResult
    do {
      let folder: String
      if let recordings {
        try Files.makeFolder(recordings)
        folder = recordings
      } else {
        folder = try Files.makeTemporaryFolder("sipsimple-demo")
      }
      result = try await DemoCall(
        codec: codec, seconds: seconds, voices: voices, folder: folder, show: json ? nil : DemoShow()
      ).run()
    } catch {
      complain("sip: \(error)")
      throw (error as? SessionFailure).map { ExitStatus($0).exitCode } ?? ExitStatus.unavailable.exitCode
    }
    if json { say(result.json.text) } else { for line in result.table { say(line) } }
    if !result.bothHeard { throw ExitStatus.noMedia.exitCode }
  }
}
