import NetworkIO
import Synchronization
import WireSupport

extension Network {
  /// Waits `duration` on this network's clock: real time on the machine's, virtual time on a simulated one. Cancelling
  /// the task ends the wait.
  public func sleep(for duration: Duration) async {
    let wait = Wait()
    let timer = makeTimer { wait.finish() }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        wait.begin(continuation)
        execute { timer.arm(at: now() + duration) }
      }
    } onCancel: {
      wait.finish()
    }
    execute { timer.disarm() }
  }
}

/// A continuation that is resumed once, by the timer or by a cancellation, whichever comes first.
private final class Wait: Sendable {
  private enum State {
    case idle
    case waiting(CheckedContinuation<Void, Never>)
    case finished
  }
  private let state = Mutex(State.idle)

  func begin(_ continuation: CheckedContinuation<Void, Never>) {
    let isFinished = state.withLock { state in
      if case .finished = state { return true }
      state = .waiting(continuation)
      return false
    }
    if isFinished { continuation.resume() }
  }

  func finish() {
    let continuation = state.withLock { state -> CheckedContinuation<Void, Never>? in
      defer { state = .finished }
      if case .waiting(let continuation) = state { return continuation }
      return nil
    }
    continuation?.resume()
  }
}
