import Synchronization
import WireSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An executor whose clock is a number: it runs every ready job, and only when none is left moves time to the next
/// timer. A test that would take minutes takes milliseconds, and takes the same path each time.
///
/// It is both a serial executor (the endpoints' actors run on it) and a task executor (the test's own code does, inside
/// `run`), so "nothing is ready" really means that everybody waits for time to pass. Code inside `run` must therefore
/// not wait for anything outside it: `Task.sleep`, detached tasks and real sockets know another time.
public final class VirtualLoop: SerialExecutor, TaskExecutor, Sendable {
  private enum Job {
    case task(UnownedJob)
    case closure(@Sendable () -> Void)
  }

  private struct State {
    var now = Instant.zero
    var ready: [Job] = []
    var readyHead = 0
    var timers = Deadlines<UInt64>()
    var bodies: [UInt64: @Sendable () -> Void] = [:]
    var nextTimer: UInt64 = 0
    var thread: pthread_t?
  }

  private let state = Mutex(State())

  /// A loop whose time starts at zero.
  public init() {}

  /// The virtual time.
  public var now: Instant { state.withLock { $0.now } }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    state.withLock { $0.ready.append(.task(job)) }
  }

  public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(complexEquality: self) }

  public func isSameExclusiveExecutionContext(other: VirtualLoop) -> Bool { other === self }

  /// Traps when the caller does not run on this loop.
  public func checkIsolated() {
    precondition(isCurrent, "not on the virtual loop: is this code called from outside VirtualNetwork.run?")
  }

  private var isCurrent: Bool {
    state.withLock { state in
      guard let thread = state.thread else { return false }
      return pthread_equal(thread, pthread_self()) != 0
    }
  }

  /// Runs `body` on the loop, after everything that is ready now.
  public func execute(_ body: @escaping @Sendable () -> Void) {
    state.withLock { $0.ready.append(.closure(body)) }
  }

  /// Runs `body` at the virtual time `at`, or as soon as possible when that has passed.
  public func schedule(at: Instant, _ body: @escaping @Sendable () -> Void) {
    state.withLock { state in
      state.nextTimer += 1
      state.bodies[state.nextTimer] = body
      state.timers.set(state.nextTimer, at: max(at, state.now))
    }
  }

  /// Waits `duration` of virtual time; returns at once when the task is cancelled.
  public func sleep(for duration: Duration) async {
    let slot = Sleeper()
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if Task.isCancelled || !slot.wait(continuation) { return continuation.resume() }
        schedule(at: now + duration) { slot.wake() }
      }
    } onCancel: {
      execute { slot.wake() }
    }
  }

  /// Starts a task on this loop, like `Task { }`, which would run elsewhere. `async let` and task groups inside `run`
  /// need nothing of the kind.
  public func task<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
  ) -> Task<Result, any Error> {
    Task(executorPreference: self) { try await body() }
  }

  /// How many timers are set, those included that were disarmed and whose time has not come.
  public var pendingTimers: Int { state.withLock { $0.timers.count } }

  /// How a run can fail without its body failing.
  public struct RunError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What happened, in a sentence.
    public let description: String
  }

  /// Runs `body` with virtual time until it returns.
  ///
  /// - Parameter limit: how much virtual time it may take; then it is cancelled.
  /// - Throws: what `body` throws; `RunError` when it took longer than `limit`, or waits for something that no timer
  ///   will ever bring.
  public func run<Result: Sendable>(
    limit: Duration, _ body: @escaping @Sendable () async throws -> Result
  ) async throws -> Result {
    let outcome = Outcome<Result>()
    let task = Task(executorPreference: self) {
      do { outcome.set(.success(try await body())) } catch { outcome.set(.failure(error)) }
    }
    let deadline = now + limit
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let driver = LoopThread {
          var complaint: RunError?
          while outcome.value == nil {
            if self.step() { continue }
            let next = self.state.withLock { $0.timers.next }
            if complaint == nil, next == nil || (next ?? .zero) > deadline {
              complaint = RunError(
                description: next == nil
                  ? "the run stalled at \(self.now.milliseconds(since: .zero)) ms: it waits for something that no timer brings"
                  : "the run took more than \(limit) of virtual time")
              task.cancel()
              continue
            }
            if complaint != nil, next == nil || (next ?? .zero) > deadline + .seconds(120) { break }
            self.moveToNextTimer()
          }
          // Give what the body left behind (deferred tasks) the chance to run at this moment.
          while self.step() {}
          self.state.withLock { $0.thread = nil }
          if let complaint { return continuation.resume(throwing: complaint) }
          switch outcome.value {
          case .success(let value)?: continuation.resume(returning: value)
          case .failure(let error)?: continuation.resume(throwing: error)
          case nil: continuation.resume(throwing: RunError(description: "the run ended without a result"))
          }
        }
        driver.start()
      }
    } onCancel: {
      task.cancel()
    }
  }

  /// Runs one ready job; false when none is ready.
  private func step() -> Bool {
    let job: Job? = state.withLock { state in
      state.thread = pthread_self()
      guard state.readyHead < state.ready.count else {
        state.ready.removeAll(keepingCapacity: true)
        state.readyHead = 0
        return nil
      }
      defer { state.readyHead += 1 }
      return state.ready[state.readyHead]
    }
    switch job {
    case .task(let job)?:
      job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
      return true
    case .closure(let body)?:
      body()
      return true
    case nil:
      return false
    }
  }

  private func moveToNextTimer() {
    let body = state.withLock { state -> (@Sendable () -> Void)? in
      guard let next = state.timers.next, let timer = state.timers.popDue(at: next) else { return nil }
      state.now = max(state.now, next)
      return state.bodies.removeValue(forKey: timer)
    }
    body?()
  }
}

/// One waiting task: woken by the time or by its cancellation, whichever comes first.
private final class Sleeper: Sendable {
  private struct State {
    var continuation: CheckedContinuation<Void, Never>?
    var isWoken = false
  }
  private let state = Mutex(State())

  /// False when it was woken before it slept.
  func wait(_ continuation: CheckedContinuation<Void, Never>) -> Bool {
    state.withLock { state in
      if state.isWoken { return false }
      state.continuation = continuation
      return true
    }
  }

  func wake() {
    let continuation = state.withLock { state in
      state.isWoken = true
      defer { state.continuation = nil }
      return state.continuation
    }
    continuation?.resume()
  }
}

/// A slot that is filled once, from the loop, and read by the thread that drives it.
private final class Outcome<Value: Sendable>: Sendable {
  private let slot = Mutex<Result<Value, any Error>?>(nil)
  var value: Result<Value, any Error>? { slot.withLock { $0 } }
  func set(_ result: Result<Value, any Error>) { slot.withLock { $0 = result } }
}

/// The thread that drives a virtual loop for the time of one run.
private final class LoopThread: Sendable {
  private let body: @Sendable () -> Void
  init(_ body: @escaping @Sendable () -> Void) { self.body = body }

  func start() {
    // The box is retained for the thread and released by it; the pointer has no other user.
    let box = Unmanaged.passRetained(self).toOpaque()
    var thread = pthread_t()
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    pthread_attr_setstacksize(&attributes, 4 << 20)
    let status = pthread_create(
      &thread, &attributes,
      { raw in
        guard let raw else { return nil }
        Unmanaged<LoopThread>.fromOpaque(raw).takeRetainedValue().body()
        return nil
      }, box)
    pthread_attr_destroy(&attributes)
    if status != 0 {
      // No thread could be made: run here rather than never.
      Unmanaged<LoopThread>.fromOpaque(box).takeRetainedValue().body()
    }
  }
}
