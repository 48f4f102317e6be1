import Synchronization

/// A number that callbacks write and tests read.
final class Counter: Sendable {
  private let number = Atomic<Int>(0)
  var value: Int { number.load(ordering: .relaxed) }
  func add(_ amount: Int) { number.add(amount, ordering: .relaxed) }
  func set(_ value: Int) { number.store(value, ordering: .relaxed) }
}

/// Remembers an object without keeping it alive.
final class WeakBox: Sendable {
  private struct Weak {
    weak var object: (any AnyObject & Sendable)?
  }
  private let storage = Mutex(Weak())
  var object: (any AnyObject & Sendable)? {
    get { storage.withLock { $0.object } }
    set { storage.withLock { $0.object = newValue } }
  }
}
