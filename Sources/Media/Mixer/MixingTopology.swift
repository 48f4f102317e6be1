/// Who hears whom: for each port slot `d` the set S(d) of slots that it hears, as rows of a bit matrix.
struct MixingTopology {
  /// Words of a row: slot `i` is bit `i & 63` of word `i >> 6`.
  private(set) var words = 1
  /// How many slots the matrix has room for.
  private(set) var capacity = 0
  private var rows: [UInt64] = []

  /// Makes room for slots 0..<`count`.
  mutating func reserve(_ count: Int) {
    guard count > capacity else { return }
    let newCapacity = max(8, count, capacity * 2)
    let newWords = (newCapacity + 63) / 64
    var newRows = [UInt64](repeating: 0, count: newCapacity * newWords)
    for slot in 0..<capacity {
      for word in 0..<words { newRows[slot * newWords + word] = rows[slot * words + word] }
    }
    rows = newRows
    words = newWords
    capacity = newCapacity
  }

  /// Lets `listener` hear `speaker`, or not; false when that was so before.
  mutating func set(_ speaker: Int, heardBy listener: Int, _ heard: Bool) -> Bool {
    guard isHeard(speaker, by: listener) != heard else { return false }
    rows[listener * words + speaker >> 6] ^= 1 << UInt64(speaker & 63)
    return true
  }

  /// Whether `listener` hears `speaker`.
  func isHeard(_ speaker: Int, by listener: Int) -> Bool {
    rows[listener * words + speaker >> 6] & 1 << UInt64(speaker & 63) != 0
  }

  /// Word `word` of S(`listener`).
  func heard(by listener: Int, word: Int) -> UInt64 { rows[listener * words + word] }

  /// Whether `listener` hears anyone.
  func hearsAny(_ listener: Int) -> Bool {
    for word in 0..<words where rows[listener * words + word] != 0 { return true }
    return false
  }

  /// Removes every connection from and to `slot`.
  mutating func disconnectAll(_ slot: Int) {
    for word in 0..<words { rows[slot * words + word] = 0 }
    let bit: UInt64 = 1 << UInt64(slot & 63)
    for listener in 0..<capacity { rows[listener * words + slot >> 6] &= ~bit }
  }
}
