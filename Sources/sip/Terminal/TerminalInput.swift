#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The keys that a person presses, one by one and without Enter; the terminal is put back as it was on `deinit`.
final class TerminalInput: Sendable {
  private let saved: termios?

  init() {
    var settings = termios()
    guard isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &settings) == 0 else {
      saved = nil
      return
    }
    saved = settings
    settings.c_lflag &= ~tcflag_t(ICANON | ECHO)
    tcsetattr(STDIN_FILENO, TCSANOW, &settings)
  }

  /// Whether keys come from a terminal rather than from a file or a pipe.
  var isTerminal: Bool { saved != nil }

  deinit { restore() }

  func restore() {
    guard var saved else { return }
    tcsetattr(STDIN_FILENO, TCSANOW, &saved)
  }

  /// The keys as they come; ends at end of file (Ctrl-D).
  func keys() -> AsyncStream<Character> {
    AsyncStream { continuation in
      let reader = KeyReader(continuation)
      reader.start()
    }
  }
}

/// Reads standard input on a thread of its own, because `read` blocks.
private final class KeyReader: Sendable {
  private let continuation: AsyncStream<Character>.Continuation
  init(_ continuation: AsyncStream<Character>.Continuation) { self.continuation = continuation }

  func start() {
    // The box is retained for the thread and released by it; the pointer has no other user.
    let box = Unmanaged.passRetained(self).toOpaque()
    var thread = pthread_t()
    let status = pthread_create(
      &thread, nil,
      { raw in
        guard let raw else { return nil }
        Unmanaged<KeyReader>.fromOpaque(raw).takeRetainedValue().run()
        return nil
      }, box)
    if status == 0 { pthread_detach(thread) } else { Unmanaged<KeyReader>.fromOpaque(box).release() }
  }

  private func run() {
    var byte: UInt8 = 0
    while read(STDIN_FILENO, &byte, 1) == 1 {
      if byte == 4 { break }  // Ctrl-D in raw mode
      continuation.yield(Character(Unicode.Scalar(byte)))
    }
    continuation.finish()
  }
}
