/// Samples in the order in which they come, in one piece of memory that is made once.
///
/// A class with memory of its own, so that a path may write into it with a decoder while it reads a payload from its
/// jitter buffer. What has no room is left out.
final class SampleQueue {
  let capacity: Int
  private let memory: UnsafeMutableBufferPointer<Int16>
  private var start = 0
  private var end = 0

  init(capacity: Int) {
    self.capacity = max(1, capacity)
    memory = .allocate(capacity: self.capacity)
    memory.initialize(repeating: 0)
  }

  deinit { memory.deallocate() }

  /// How many samples wait.
  var count: Int { end - start }

  func removeAll() {
    start = 0
    end = 0
  }

  /// Lets `body` write samples behind those that wait; it returns how many it wrote, at most as many as there is room.
  @inline(__always)
  func append<Failure: Error>(
    _ body: (inout MutableSpan<Int16>) throws(Failure) -> Int
  ) throws(Failure) -> Int {
    makeRoom()
    var room = MutableSpan(_unsafeElements: UnsafeMutableBufferPointer(rebasing: memory[end...]))
    let written = min(max(0, try body(&room)), room.count)
    end += written
    return written
  }

  /// Adds `amount` zeros.
  func appendSilence(_ amount: Int) {
    makeRoom()
    let added = max(0, min(amount, capacity - end))
    for index in end..<end + added { memory[index] = 0 }
    end += added
  }

  /// Adds samples.
  func append(_ samples: Span<Int16>) {
    makeRoom()
    let added = min(samples.count, capacity - end)
    samples.withUnsafeBufferPointer { source in
      guard let from = source.baseAddress, let to = memory.baseAddress else { return }
      (to + end).update(from: from, count: added)
    }
    end += added
  }

  /// The first `amount` samples, which are then gone, given to `body`. There must be as many.
  @inline(__always)
  func take<Result, Failure: Error>(
    _ amount: Int, _ body: (Span<Int16>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let taken = min(max(0, amount), count)
    defer { start += taken }
    return try body(Span(_unsafeElements: UnsafeBufferPointer(rebasing: memory[start..<start + taken])))
  }

  /// Lets `body` change the waiting samples and their number: it is given them, the room behind them included, and
  /// returns how many there are afterwards.
  @inline(__always)
  func edit(_ body: (UnsafeMutableBufferPointer<Int16>, _ count: Int) -> Int) {
    makeRoom()
    let waiting = count
    let changed = body(UnsafeMutableBufferPointer(rebasing: memory[start...]), waiting)
    end = start + min(max(0, changed), capacity - start)
  }

  private func makeRoom() {
    guard start > 0, let base = memory.baseAddress else { return }
    base.update(from: base + start, count: count)
    end -= start
    start = 0
  }
}
