#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Turns SIGINT and SIGTERM into an event, so that a call is ended with BYE rather than with silence.
///
/// Make it before any other thread exists: threads inherit the mask that keeps the signals for the one that waits.
final class Interruption: Sendable {
  private let handler: @Sendable () -> Void

  private init(_ handler: @escaping @Sendable () -> Void) { self.handler = handler }

  /// Calls `handler` at the first signal; the second one ends the process as usual.
  static func watch(_ handler: @escaping @Sendable () -> Void) {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    // The box is retained for the thread and released by it; the pointer has no other user.
    let box = Unmanaged.passRetained(Interruption(handler)).toOpaque()
    var thread = pthread_t()
    let status = pthread_create(&thread, nil, { raw in
      guard let raw else { return nil }
      Unmanaged<Interruption>.fromOpaque(raw).takeRetainedValue().wait()
      return nil
    }, box)
    if status == 0 { pthread_detach(thread) } else { Unmanaged<Interruption>.fromOpaque(box).release() }
  }

  private func wait() {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    var signal: Int32 = 0
    guard sigwait(&signals, &signal) == 0 else { return }
    handler()
    guard sigwait(&signals, &signal) == 0 else { return }
    _exit(128 + signal)
  }
}
