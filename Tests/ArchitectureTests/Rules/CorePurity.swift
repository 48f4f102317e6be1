/// The rule that a core is told everything: no clock, socket, task, randomness, output or global state of its own; and the
/// rule for all of `Sources` that nothing is forced.
struct CorePurity {
  /// Names that mean a core reaches for something that it should have been handed, each with what it is.
  static let forbidden: [String: String] = [
    "ContinuousClock": "a clock", "SuspendingClock": "a clock", "Date": "a clock", "DispatchTime": "a clock",
    "clock_gettime": "a clock", "gettimeofday": "a clock", "mach_absolute_time": "a clock",
    "Task": "a task", "TaskGroup": "a task", "withTaskGroup": "a task", "withThrowingTaskGroup": "a task",
    "Thread": "a thread", "DispatchQueue": "a thread", "pthread_create": "a thread",
    "Mutex": "a lock: cores are confined to one executor", "NSLock": "a lock", "async": "concurrency",
    "await": "concurrency", "actor": "concurrency",
    "SystemRandomNumberGenerator": "randomness: take an IDSource", "random": "randomness: take an IDSource",
    "randomElement": "randomness: take an IDSource", "shuffled": "randomness: take an IDSource",
    "shuffle": "randomness: take an IDSource", "arc4random": "randomness: take an IDSource",
    "getrandom": "randomness: take an IDSource", "UUID": "randomness: take an IDSource",
    "RAND_bytes": "randomness: take an IDSource",
    "socket": "a socket", "sendto": "a socket", "recvfrom": "a socket", "getaddrinfo": "a socket",
    "fopen": "a file", "FileManager": "a file", "getenv": "the environment", "ProcessInfo": "the environment",
    "print": "output", "debugPrint": "output", "dump": "output", "NSLog": "output", "Logger": "output",
  ]

  /// Names of the list that are everyday words: they count only as a call or a type, never as a member or label.
  static let onlyAsCall: Set = [
    "random", "socket", "print", "dump", "shuffle", "shuffled", "sendto", "recvfrom", "randomElement",
  ]

  static func violations(in project: Project, arrows: Arrows) -> [Violation] {
    var found: [Violation] = []
    for row in arrows.rows where row.kind != "system" {
      let sources = project.sources(of: row.target)
      let own = functions(in: sources.map(\.text))
      for (path, text) in sources {
        if row.kind == "core" { found += impurities(path, text, own: own) }
        found += forced(path, text)
      }
    }
    return found
  }

  /// The everyday words of the list that the target declares as functions of its own.
  private static func functions(in texts: [SourceText]) -> Set<String> {
    onlyAsCall.filter { name in texts.contains { $0.code.contains { $0.contains("func \(name)(") } } }
  }

  private static func impurities(_ path: String, _ text: SourceText, own: Set<String>) -> [Violation] {
    var found: [Violation] = []
    for (index, line) in text.code.enumerated() {
      for (name, before, after) in SourceText.identifiers(in: line) {
        guard let what = forbidden[name] else { continue }
        let isCall = after == UInt8(ascii: "(")
        let isMember = before == UInt8(ascii: ".")
        // `Int.random(…)` and `list.shuffled()` draw from the system; `using:` hands in the generator.
        if ["random", "randomElement", "shuffle", "shuffled"].contains(name) {
          guard isCall, isMember, !line.contains("using:") else { continue }
        } else if onlyAsCall.contains(name) {
          guard isCall, !isMember, !own.contains(name) else { continue }
        } else if isMember || after == UInt8(ascii: ":") {
          continue
        }
        found.append(Violation(path: path, line: index + 1, message: "a core may not use \(name) (\(what))"))
      }
    }
    return found
  }

  /// `try!`, `as!`, a forced unwrap, `fatalError`: each is a crash that a peer's bytes might reach.
  private static func forced(_ path: String, _ text: SourceText) -> [Violation] {
    var found: [Violation] = []
    for (index, line) in text.code.enumerated() {
      let bytes = Array(line.utf8)
      for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "!") && offset > 0 {
        let before = bytes[offset - 1]
        let after = offset + 1 < bytes.count ? bytes[offset + 1] : UInt8(ascii: " ")
        let operand =
          SourceText.isIdentifier(before) || before == UInt8(ascii: ")") || before == UInt8(ascii: "]")
          || before == UInt8(ascii: "?")
        guard operand, after != UInt8(ascii: "=") else { continue }
        found.append(
          Violation(path: path, line: index + 1, message: "nothing is forced with `!`: handle the other case"))
      }
      for (name, _, after) in SourceText.identifiers(in: line) where name == "fatalError" && after == UInt8(ascii: "(")
      {
        found.append(Violation(path: path, line: index + 1, message: "no fatalError: throw, or state a precondition"))
      }
    }
    return found
  }
}
