/// The timers of a composite engine: one deadline an id, earliest first, so the driver needs a single real timer.
///
/// A binary heap with lazy deletion: setting and clearing cost O(log n), asking for the earliest O(1) amortised.
/// Equal deadlines fire in the order in which they were set, so a virtual run is reproducible.
public struct Deadlines<ID: Hashable & Sendable>: Sendable {
  private struct Entry: Sendable {
    var at: Instant
    var order: UInt64
    var id: ID
  }
  private var heap: [Entry] = []
  private var current: [ID: (at: Instant, order: UInt64)] = [:]
  private var nextOrder: UInt64 = 0

  /// No deadlines.
  public init() {}

  /// How many deadlines are set.
  public var count: Int { current.count }
  /// Whether none is set.
  public var isEmpty: Bool { current.isEmpty }

  /// The earliest deadline, nil when none is set.
  public var next: Instant? { heap.first?.at }

  /// The deadline of `id`.
  public subscript(id: ID) -> Instant? { current[id]?.at }

  /// Sets the deadline of `id`, replacing the one it had; nil clears it.
  public mutating func set(_ id: ID, at deadline: Instant?) {
    guard let deadline else { return clear(id) }
    if let old = current[id], old.at == deadline { return }
    nextOrder &+= 1
    current[id] = (deadline, nextOrder)
    heap.append(Entry(at: deadline, order: nextOrder, id: id))
    siftUp(heap.count - 1)
    dropStale()
  }

  /// Clears the deadline of `id`.
  public mutating func clear(_ id: ID) {
    guard current.removeValue(forKey: id) != nil else { return }
    dropStale()
  }

  /// Removes and returns one id whose deadline is at or before `now`, earliest first.
  public mutating func popDue(at now: Instant) -> ID? {
    guard let first = heap.first, first.at <= now else { return nil }
    current[first.id] = nil
    removeFirst()
    dropStale()
    return first.id
  }

  private func isStale(_ entry: Entry) -> Bool { current[entry.id]?.order != entry.order }

  private mutating func dropStale() {
    while let first = heap.first, isStale(first) { removeFirst() }
    // Re-armed timers leave stale entries in the middle; rebuilding when they outnumber the live ones bounds memory.
    if heap.count > 64, heap.count > 2 * current.count {
      heap = heap.filter { !isStale($0) }
      heap.sort { $0.at == $1.at ? $0.order < $1.order : $0.at < $1.at }
    }
  }

  private mutating func removeFirst() {
    let last = heap.removeLast()
    if heap.isEmpty { return }
    heap[0] = last
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && isBefore(child, least) { least = child }
      if least == parent { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }

  private mutating func siftUp(_ start: Int) {
    var child = start
    while child > 0 {
      let parent = (child - 1) / 2
      guard isBefore(child, parent) else { return }
      heap.swapAt(child, parent)
      child = parent
    }
  }

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    heap[a].at == heap[b].at ? heap[a].order < heap[b].order : heap[a].at < heap[b].at
  }
}
