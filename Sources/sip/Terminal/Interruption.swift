import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Turns SIGINT and SIGTERM into an event, so that a call is ended with BYE rather than with silence.
///
/// The main thread of a program that runs on Dispatch blocks no signal, whatever mask it is given: `sigwait` in another
/// thread would never see one. A Dispatch source does.
final class Interruption {
  private let sources: [any DispatchSourceSignal]

  /// Calls `handler` at the first signal; the second one ends the process as usual. Until `end()`.
  init(_ handler: @escaping @Sendable () -> Void) {
    let signals = InterruptionCount()
    sources = [SIGINT, SIGTERM].map { number in
      // A source only listens: without this the signal would end the process besides.
      signal(number, SIG_IGN)
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { if signals.isFirst() { handler() } else { _exit(128 + number) } }
      source.resume()
      return source
    }
  }

  /// Nothing more is told.
  func end() { for source in sources { source.cancel() } }
}

/// Which signal is the first.
private final class InterruptionCount: Sendable {
  private let wasSeen = Atomic(false)
  func isFirst() -> Bool { !wasSeen.exchange(true, ordering: .relaxed) }
}
