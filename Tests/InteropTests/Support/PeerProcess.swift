import Foundation
import Synchronization

/// A program that runs beside a test: its output goes to a file, and it does not outlive the test.
///
/// It is spawned with no signal blocked or ignored. (Foundation's `Process` hands on the mask of the thread that starts it,
/// and a concurrency thread blocks nearly all: such a child cannot be asked to end.)
final class PeerProcess: Sendable {
  private struct State {
    var exitCode: Int32?
  }

  let name: String
  /// Standard output and standard error together.
  let logPath: String
  private let pid: pid_t
  private let standardInput: Int32
  private let state = Mutex(State())

  /// Starts `program` with its output in `folder/name.log`. `timeout` (coreutils) ends it after `lifetime` seconds
  /// whatever happens to us.
  init(
    _ name: String, _ program: String, _ arguments: [String], in folder: ScratchFolder, lifetime: Int = 120,
    environment: [String: String] = [:]
  ) throws {
    self.name = name
    logPath = folder.path("\(name).log")

    var input: [Int32] = [0, 0]
    guard pipe(&input) == 0 else { throw InteropError("no pipe for \(name)") }
    // No other child may hold our end open.
    for descriptor in input { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input[0], 0)
    posix_spawn_file_actions_addopen(&actions, 1, logPath, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o644)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    posix_spawnattr_setflags(&attributes, Int16(flags))

    let command = ["env", "-C", folder.url.path, "timeout", "--kill-after=2", "\(lifetime)", program] + arguments
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
    var child: pid_t = 0
    let result = Self.withCStrings(command) { argv in
      Self.withCStrings(variables) { posix_spawnp(&child, "env", &actions, &attributes, argv, $0) }
    }
    close(input[0])
    guard result == 0 else {
      close(input[1])
      throw InteropError("cannot start \(program): \(String(cString: strerror(result)))")
    }
    pid = child
    standardInput = input[1]
  }

  deinit {
    close(standardInput)
    if isRunning {
      // `timeout` hands it on, and follows it with SIGKILL two seconds later.
      kill(pid, SIGTERM)
      var status: Int32 = 0
      waitpid(pid, &status, 0)
    }
  }

  private static func withCStrings<Result>(
    _ strings: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    var pointers: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return body(&pointers)
  }

  /// Everything it printed so far.
  var log: String {
    FileManager.default.contents(atPath: logPath).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  var isRunning: Bool { status == nil }

  /// What the program itself (the child of `timeout`) holds in memory, in bytes; nil where that cannot be read.
  var residentBytes: Int? {
    let children = try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
    guard let child = children?.split(separator: " ").first,
      let status = try? String(contentsOfFile: "/proc/\(child)/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") })
    else { return nil }
    return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }.map { $0 * 1024 }
  }

  /// Its exit code once it has ended: its own, 124 where `timeout` ended it, or 128 plus the signal.
  private var status: Int32? {
    state.withLock { state in
      if let exitCode = state.exitCode { return exitCode }
      var status: Int32 = 0
      guard waitpid(pid, &status, WNOHANG) == pid else { return nil }
      let signal = status & 0x7f
      state.exitCode = signal == 0 ? (status >> 8) & 0xff : 128 + signal
      return state.exitCode
    }
  }

  /// Types at its standard input.
  func type(_ text: String) throws {
    let bytes = Array(text.utf8)
    guard write(standardInput, bytes, bytes.count) == bytes.count else { throw InteropError("\(name) reads no more") }
  }

  /// Waits until a line of its output contains `text`, and gives that line.
  @discardableResult
  func line(containing text: String, within limit: Duration = .seconds(10)) async throws -> String {
    do {
      return try await eventually("\"\(text)\" from \(name)", within: limit) {
        // Whether it runs is asked first: what it said last is then in the log.
        let running = isRunning
        if let line = log.split(whereSeparator: \.isNewline).first(where: { $0.contains(text) }) { return String(line) }
        guard running else { throw InteropError("\(name) ended before it said \"\(text)\"") }
        return nil
      }
    } catch {
      throw InteropError("\(error); the end of what it said:\n\(log.suffix(1500))")
    }
  }

  /// Waits until it has ended, and gives its exit code; 124 where `timeout` ended it.
  func exitCode(within limit: Duration = .seconds(20)) async throws -> Int32 {
    do {
      return try await eventually("\(name) to end", within: limit) { status }
    } catch {
      throw InteropError("\(error); the end of what it said:\n\(log.suffix(1500))")
    }
  }

  /// Asks it to end (SIGTERM) and waits until it is gone.
  func stop() async throws {
    if isRunning { kill(pid, SIGTERM) }
    _ = try await exitCode(within: .seconds(5))
  }
}
