import Synchronization

/// A queue of samples between exactly two threads, one that writes and one that reads, without lock or allocation.
///
/// It joins a device's own thread to the mixer's executor. A full ring refuses what has no room, an empty one gives
/// less than was asked for; both sides see how much from the returned count and decide what that means.
public final class SampleRing: @unchecked Sendable {
  // Safe to share although `storage` is a pointer: the writer touches only places from `tail` to `head + capacity`, the
  // reader only those from `head` to `tail`, and each side moves its own index with release order after it is done with
  // the samples, which the other side reads with acquire order before it touches them.

  /// How many samples fit.
  public let capacity: Int
  private let mask: Int
  private let storage: UnsafeMutablePointer<Int16>
  /// Samples ever read and ever written, modulo the word.
  private let head = Atomic<Int>(0)
  private let tail = Atomic<Int>(0)

  /// A ring for at least `capacity` samples (rounded up to a power of two, at most 2^24).
  public init(capacity: Int) {
    var size = 16
    while size < capacity, size < 1 << 24 { size *= 2 }
    self.capacity = size
    mask = size - 1
    storage = .allocate(capacity: size)
    storage.initialize(repeating: 0, count: size)
  }

  deinit { storage.deallocate() }

  /// How many samples wait to be read. Either side may ask; the other side may change it at any moment, the writer only
  /// upwards and the reader only downwards.
  public var count: Int { tail.load(ordering: .acquiring) &- head.load(ordering: .acquiring) }

  /// Appends as many of `samples` as have room; only the writing thread may call this.
  ///
  /// - Returns: how many were taken.
  public func write(_ samples: Span<Int16>) -> Int {
    let end = tail.load(ordering: .relaxed)
    let room = capacity - (end &- head.load(ordering: .acquiring))
    let count = min(room, samples.count)
    guard count > 0 else { return 0 }
    samples.withUnsafeBufferPointer { source in
      guard let base = source.baseAddress else { return }
      let start = end & mask
      let first = min(count, capacity - start)
      (storage + start).update(from: base, count: first)
      storage.update(from: base + first, count: count - first)
    }
    tail.store(end &+ count, ordering: .releasing)
    return count
  }

  /// Takes samples from the front, as many as are there and fit; only the reading thread may call this.
  ///
  /// - Returns: how many samples of `output` were written.
  public func read(into output: inout MutableSpan<Int16>) -> Int {
    let begin = head.load(ordering: .relaxed)
    let count = min(tail.load(ordering: .acquiring) &- begin, output.count)
    guard count > 0 else { return 0 }
    output.withUnsafeMutableBufferPointer { target in
      guard let base = target.baseAddress else { return }
      let start = begin & mask
      let first = min(count, capacity - start)
      base.update(from: storage + start, count: first)
      (base + first).update(from: storage, count: count - first)
    }
    head.store(begin &+ count, ordering: .releasing)
    return count
  }

  /// Drops up to `count` samples from the front; only the reading thread may call this.
  ///
  /// - Returns: how many were dropped.
  public func discard(_ count: Int) -> Int {
    let begin = head.load(ordering: .relaxed)
    let dropped = max(0, min(tail.load(ordering: .acquiring) &- begin, count))
    head.store(begin &+ dropped, ordering: .releasing)
    return dropped
  }
}
