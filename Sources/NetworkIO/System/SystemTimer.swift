import NIOCore
import WireSupport

/// One deadline on an event loop.
///
/// Re-arming is the common case: a core's next deadline moves with most packets, and mostly to later. So a callback that
/// is already scheduled at or before the deadline is kept, and when it comes too early it schedules the rest of the way;
/// only a deadline before it costs a cancellation.
final class SystemTimer: NetworkTimer, @unchecked Sendable {
  // Unchecked: the mutable state is touched on the loop only, which `arm` and `disarm` make sure of.
  private let loop: any EventLoop
  private let fire: @Sendable () -> Void
  private let callback = Callback()
  private var deadline: Instant?
  private var scheduled: NIOScheduledCallback?
  private var scheduledAt = Instant.distantFuture

  init(loop: any EventLoop, fire: @escaping @Sendable () -> Void) {
    self.loop = loop
    self.fire = fire
    callback.timer = self
  }

  deinit { scheduled?.cancel() }

  func arm(at deadline: Instant) {
    loop.preconditionInEventLoop()
    self.deadline = deadline
    if scheduled != nil {
      if scheduledAt <= deadline { return }
      scheduled?.cancel()
    }
    schedule(at: deadline)
  }

  func disarm() {
    loop.preconditionInEventLoop()
    deadline = nil
  }

  private func schedule(at deadline: Instant) {
    scheduledAt = deadline
    let uptime = NIODeadline.uptimeNanoseconds(UInt64(max(0, deadline.nanoseconds)))
    // A loop that was shut down schedules nothing, and nothing is waiting for it any more.
    scheduled = try? loop.scheduleCallback(at: uptime, handler: callback)
  }

  private func scheduledCallbackCame() {
    scheduled = nil
    guard let deadline else { return }
    if deadline > SystemClock.now() { return schedule(at: deadline) }
    self.deadline = nil
    fire()
  }

  /// What the loop holds, so that a timer that nobody holds any more goes away before its deadline.
  private final class Callback: NIOScheduledCallbackHandler, @unchecked Sendable {
    // Unchecked: written once, by the timer's `init`.
    weak var timer: SystemTimer?

    func handleScheduledCallback(eventLoop: some EventLoop) { timer?.scheduledCallbackCame() }
  }
}
