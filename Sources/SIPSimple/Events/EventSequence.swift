import Synchronization

/// How one event of a sequence is treated when a reader is slow or comes late.
public enum EventDelivery: Hashable, Sendable {
  /// Tells of a state: it is never dropped, and the newest with the same key is replayed to a reader who comes later.
  case state(String)
  /// Tells of a moment (a digit, a trace line): never dropped, and not replayed.
  case moment
  /// A measurement: only the newest of the same key waits for a slow reader, and it is replayed.
  case statistics(String)
}

/// An event that knows how it is delivered.
public protocol DeliverableEvent: Sendable {
  /// How this event is treated when a reader is slow or late.
  var delivery: EventDelivery { get }
}

/// A reader did not keep up: more than `EventSequence.capacity` events waited for it. Only that reader's loop ends.
public struct EventOverflowError: Error, Hashable, Sendable, CustomStringConvertible {
  /// How many events were waiting.
  public let waiting: Int
  /// A sentence that says how to mend it.
  public var description: String {
    "This reader of events fell \(waiting) events behind and was ended; read in a task that does nothing slow."
  }
}

/// The events of one object, for any number of readers, each with its own bounded buffer.
///
/// A reader who starts late first gets the current state (the newest event of each state key, in the order in which
/// they happened), then what happens from then on. The sequence ends when its object does.
public struct EventSequence<Element: DeliverableEvent>: AsyncSequence, Sendable {
  /// How many events may wait for one reader before its loop ends with `EventOverflowError`.
  public static var capacity: Int { 1024 }

  let source: EventSource<Element>

  /// Starts a reader: events from now on are buffered for it.
  public func makeAsyncIterator() -> Iterator { Iterator(source: source) }

  /// One reader's place in the sequence.
  public final class Iterator: AsyncIteratorProtocol {
    private let source: EventSource<Element>
    private let id: UInt64

    init(source: EventSource<Element>) {
      self.source = source
      self.id = source.subscribe()
    }

    deinit { source.unsubscribe(id) }

    /// The next event, nil when the object has ended or the task is cancelled.
    public func next() async throws(EventOverflowError) -> Element? { try await source.next(id) }

    /// The next event, nil when the object has ended or the task is cancelled.
    public func next(isolation actor: isolated (any Actor)?) async throws(EventOverflowError) -> Element? {
      try await source.next(id)
    }
  }
}

/// The writing end of an `EventSequence`. Thread-safe; the lock is held for a few stores and never across a resume.
package final class EventSource<Element: DeliverableEvent>: Sendable {
  private struct Reader {
    var buffer: [Element] = []
    var waiting: CheckedContinuation<Result<Element?, EventOverflowError>, Never>?
    var overflow: EventOverflowError?
  }

  private struct State {
    var readers: [UInt64: Reader] = [:]
    var order: [UInt64] = []
    var nextID: UInt64 = 0
    var replay: [Element] = []
    var finished = false
  }

  private let state = Mutex(State())

  package init() {}

  /// The reading end.
  package var events: EventSequence<Element> { EventSequence(source: self) }

  /// How many readers there are.
  package var readerCount: Int { state.withLock { $0.readers.count } }

  /// Delivers `event` to every reader and keeps it for late ones when it tells of a state.
  package func send(_ event: Element) {
    var resumptions: [(CheckedContinuation<Result<Element?, EventOverflowError>, Never>, Element)] = []
    state.withLock { state in
      guard !state.finished else { return }
      let delivery = event.delivery
      if delivery != .moment {
        state.replay.removeAll { $0.delivery == delivery }
        state.replay.append(event)
      }
      // In the order in which they came: a run in virtual time takes the same course each time.
      for id in state.order {
        guard var reader = state.readers[id] else { continue }
        if let waiting = reader.waiting {
          reader.waiting = nil
          resumptions.append((waiting, event))
        } else if reader.overflow == nil {
          if case .statistics = delivery { reader.buffer.removeAll { $0.delivery == delivery } }
          if reader.buffer.count >= EventSequence<Element>.capacity {
            reader.overflow = EventOverflowError(waiting: reader.buffer.count)
          } else {
            reader.buffer.append(event)
          }
        }
        state.readers[id] = reader
      }
    }
    for (continuation, element) in resumptions { continuation.resume(returning: .success(element)) }
  }

  /// Ends the sequence: each reader gets what waits for it, then nil.
  package func finish() {
    let waiting = state.withLock { state in
      state.finished = true
      var waiting: [CheckedContinuation<Result<Element?, EventOverflowError>, Never>] = []
      for id in state.order {
        if let continuation = state.readers[id]?.waiting { waiting.append(continuation) }
        state.readers[id]?.waiting = nil
      }
      return waiting
    }
    for continuation in waiting { continuation.resume(returning: .success(nil)) }
  }

  func subscribe() -> UInt64 {
    state.withLock { state in
      state.nextID += 1
      state.readers[state.nextID] = Reader(buffer: state.replay)
      state.order.append(state.nextID)
      return state.nextID
    }
  }

  func unsubscribe(_ id: UInt64) {
    let waiting = state.withLock { state in
      state.order.removeAll { $0 == id }
      return state.readers.removeValue(forKey: id)?.waiting
    }
    waiting?.resume(returning: .success(nil))
  }

  func next(_ id: UInt64) async throws(EventOverflowError) -> Element? {
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let ready: Result<Element?, EventOverflowError>? = state.withLock { state in
          guard var reader = state.readers[id] else { return .success(nil) }
          defer { state.readers[id] = reader }
          if !reader.buffer.isEmpty { return .success(reader.buffer.removeFirst()) }
          if let overflow = reader.overflow { return .failure(overflow) }
          if state.finished || Task.isCancelled { return .success(nil) }
          reader.waiting = continuation
          return nil
        }
        if let ready { continuation.resume(returning: ready) }
      }
    } onCancel: {
      let waiting = state.withLock { state in
        let waiting = state.readers[id]?.waiting
        state.readers[id]?.waiting = nil
        return waiting
      }
      waiting?.resume(returning: .success(nil))
    }
    return try result.get()
  }
}
