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
      source.setEventHandler {
        switch signals.next() {
        case .first: handler()
        case .echo: break
        case .second: _exit(128 + number)
        }
      }
      source.resume()
      return source
    }
  }

  /// Nothing more is told.
  func end() { for source in sources { source.cancel() } }
}

/// Tells a second signal from an echo of the first: `timeout` sends its own to the process and to its group.
private final class InterruptionCount: Sendable {
  private static let echo: UInt64 = 500_000_000
  /// When the first came, ns of uptime; 0 before.
  private let first = Atomic<UInt64>(0)

  /// What a signal that comes now is.
  func next() -> Kind {
    let now = max(1, DispatchTime.now().uptimeNanoseconds)
    let (wasFirst, first) = first.compareExchange(expected: 0, desired: now, ordering: .relaxed)
    if wasFirst { return .first }
    return now < first &+ Self.echo ? .echo : .second
  }

  enum Kind { case first, echo, second }
}
