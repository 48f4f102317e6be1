/// A value that lives on one executor: it may be *held* anywhere, and is *used* on that executor only.
///
/// The application, its sessions and its streams are actors that share one serial executor. What they share (the audio
/// engine, the mixer's ports) is plain, lock-free and not `Sendable`; this box carries it from one actor to another.
///
/// `@unchecked Sendable` is sound because every access first asks the executor whether the caller runs on it, and the
/// executor is serial: two accesses never overlap. The value is released through the same executor's objects.
package final class Confined<Value>: @unchecked Sendable {
  private var storage: Value
  private let executor: any SerialExecutor

  /// A value bound to `executor`.
  package init(_ value: consuming Value, to executor: any SerialExecutor) {
    self.storage = value
    self.executor = executor
  }

  /// The value; traps, a broken invariant of ours, when the caller is not on the executor.
  package var value: Value {
    get {
      executor.checkIsolated()
      return storage
    }
    set {
      executor.checkIsolated()
      storage = newValue
    }
  }
}
