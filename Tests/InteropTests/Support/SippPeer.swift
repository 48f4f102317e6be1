import Foundation

/// A run of sipp: one of its built-in scenarios, or one of `Tests/Interop/peers/sipp`.
struct SippPeer: Sendable {
  enum Scenario: Sendable {
    case builtIn(String)
    case file(String)

    static let uac = Scenario.builtIn("uac")
    static let uas = Scenario.builtIn("uas")
    static let busy = Scenario.file("busy")
    static let decline = Scenario.file("decline")
    static let redirect = Scenario.file("redirect")
    static let noAnswer = Scenario.file("no-answer")
    static let neverACK = Scenario.file("never-ack")

    var arguments: [String] {
      switch self {
      case .builtIn(let name): ["-sn", name]
      case .file(let name): ["-sf", Repository.peers.appendingPathComponent("sipp/\(name).xml").path]
      }
    }
  }

  let port: UInt16
  let folder: ScratchFolder
  let process: PeerProcess

  /// Starts it. It ends by itself after `calls` calls.
  ///
  /// - Parameters:
  ///   - target: the port of loopback to call; nil to wait for calls.
  ///   - tcp: over one TCP connection in place of UDP.
  ///   - atOnce: at most this many calls at a time.
  ///   - holding: how long an established call of the built-in caller lasts, in milliseconds.
  init(
    _ scenario: Scenario, calling target: UInt16? = nil, calls: Int, rate: Int = 10, holding: Int = 500,
    atOnce: Int? = nil, tcp: Bool = false, user: String = "service", limit: Int = 90
  ) throws {
    folder = try ScratchFolder("sipp")
    port = try LoopbackPorts.take()
    let media = try LoopbackPorts.take(4)
    var arguments = scenario.arguments
    arguments += ["-i", "127.0.0.1", "-p", "\(port)", "-mi", "127.0.0.1", "-mp", "\(media)"]
    arguments += ["-m", "\(calls)", "-nostdin", "-timeout", "\(limit)", "-timeout_error", "-trace_err"]
    arguments += ["-error_file", "errors.log", "-t", tcp ? "t1" : "u1"]
    if let target {
      arguments += ["-r", "\(rate)", "-d", "\(holding)", "-s", user, "127.0.0.1:\(target)"]
    }
    if let atOnce { arguments += ["-l", "\(atOnce)"] }
    process = try PeerProcess("sipp", "sipp", arguments, in: folder, lifetime: limit + 10)
  }

  /// Waits until it has ended, and gives what it counted.
  func result(within limit: Duration = .seconds(100)) async throws -> (exitCode: Int32, successful: Int, failed: Int) {
    let code = try await process.exitCode(within: limit)
    return (code, Self.count("Successful call", in: process.log), Self.count("Failed call", in: process.log))
  }

  /// What it complained about, for a failure's message.
  var errors: String { (try? String(contentsOfFile: folder.path("errors.log"), encoding: .utf8)) ?? "" }

  /// The cumulative value of a counter on its closing screen.
  static func count(_ counter: String, in log: String) -> Int {
    let line = log.split(whereSeparator: \.isNewline).last { $0.contains(counter) }
    let last = line?.split(separator: "|").last?.filter { !$0.isWhitespace }
    return last.flatMap { Int($0) } ?? -1
  }
}
