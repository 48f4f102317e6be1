import NIOCore
import WireSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The machine's clocks.
enum SystemClock {
  /// CLOCK_MONOTONIC: the clock of NIO's deadlines, and of an ALSA device thread's `clock_nanosleep`.
  static func now() -> Instant {
    Instant(nanoseconds: Int64(truncatingIfNeeded: NIODeadline.now().uptimeNanoseconds))
  }

  /// CLOCK_REALTIME in nanoseconds since 1970.
  static func wall() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
  }
}
