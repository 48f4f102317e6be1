import Glibc
import Synchronization

/// A POSIX thread that runs one closure, at real-time priority where the system permits.
///
/// Devices need threads of their own: a period must not wait behind whatever the process's task pool is doing.
final class DeviceThread: Sendable {
  private struct Handle {
    var thread: pthread_t?
  }

  private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  private let handle = Mutex(Handle(thread: nil))

  /// Starts the thread, which ends when `body` returns.
  init(_ body: @escaping @Sendable () -> Void) throws(MediaError) {
    let argument = Unmanaged.passRetained(Body(body))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { @Sendable argument in
        guard let argument else { return nil }
        let body = Unmanaged<Body>.fromOpaque(argument).takeRetainedValue()
        // Refused without CAP_SYS_NICE or an rtprio limit; an ordinary thread is then what there is.
        var priority = sched_param()
        priority.sched_priority = 10
        pthread_setschedparam(pthread_self(), SCHED_FIFO, &priority)
        body.run()
        return nil
      }, argument.toOpaque())
    guard code == 0 else {
      argument.release()
      throw MediaError(.resourceUnavailable, "cannot start a thread for the device", underlyingCode: code)
    }
    handle.withLock { $0.thread = thread }
  }

  /// Waits until the thread has ended. Called on the thread itself, it lets the thread end on its own instead.
  func join() {
    let thread = handle.withLock { handle in
      let thread = handle.thread
      handle.thread = nil
      return thread
    }
    guard let thread else { return }
    if pthread_equal(thread, pthread_self()) != 0 { pthread_detach(thread) } else { pthread_join(thread, nil) }
  }

  deinit { join() }
}

/// The system's monotonic clock, for the threads that pace devices.
enum DeviceClock {
  /// Nanoseconds on CLOCK_MONOTONIC.
  static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }

  /// Sleeps until `deadline`, in nanoseconds on CLOCK_MONOTONIC.
  static func sleep(until deadline: Int64) {
    var time = timespec(tv_sec: Int(deadline / 1_000_000_000), tv_nsec: Int(deadline % 1_000_000_000))
    while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, nil) == EINTR {}
  }
}

/// A thread that calls a closure every 20 ms, at absolute deadlines so that it does not drift.
final class PeriodThread: Sendable {
  static let period: Int64 = 20_000_000

  private let stopping: StopFlag
  private let thread: DeviceThread

  /// Starts it; the first call comes one period from now.
  ///
  /// - Parameter body: told whether the period began more than half a period late.
  init(_ body: @escaping @Sendable (_ isLate: Bool) -> Void) throws(MediaError) {
    let flag = StopFlag()
    stopping = flag
    thread = try DeviceThread {
      var deadline = DeviceClock.now() + Self.period
      while true {
        DeviceClock.sleep(until: deadline)
        if flag.isSet { return }
        let lateness = DeviceClock.now() - deadline
        body(lateness > Self.period / 2)
        deadline += Self.period
        // After a long stop (suspend, debugger) go on from now; a burst of old periods would help nobody.
        if lateness > 10 * Self.period { deadline = DeviceClock.now() + Self.period }
      }
    }
  }

  /// Ends the thread, within a period.
  func stop() {
    stopping.set()
    thread.join()
  }
}

/// A flag that one thread sets and another polls.
final class StopFlag: Sendable {
  private let flag = Atomic<Bool>(false)
  var isSet: Bool { flag.load(ordering: .acquiring) }
  func set() { flag.store(true, ordering: .releasing) }
}
