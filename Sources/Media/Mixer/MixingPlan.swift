/// How to compute what everyone hears with few additions.
///
/// Each port `d` hears a set of ports S(d). Ports that hear the same set share one sum, and so do ports whose sets differ
/// only by themselves: in a room where everyone hears everyone, S(d) ∪ {d} is the same for all, so one sum and one
/// subtraction each serve N ports in O(N). The sets that remain are summed on their own, or from the most shared
/// sum where the difference to it is smaller.
///
/// The plan is rebuilt when the topology changed, in storage that was reserved when the ports were added.
struct MixingPlan {
  /// Words of a set, as in the topology that the plan was built from.
  private(set) var words = 1
  /// The sets that are summed, the most shared first; `words` words each.
  private(set) var groupSets: [UInt64] = []
  /// For each group: true when it is computed from the first group's sum and the difference.
  private(set) var groupUsesBase: [Bool] = []
  /// For each group, where its listeners begin in `listeners`; one more at the end.
  private(set) var groupStarts: [Int] = []
  /// The slots that hear something, by group.
  private(set) var listeners: [Int] = []
  /// For each slot: true when its own voice is in its group's sum and must be taken out.
  private(set) var subtractsSelf: [Bool] = []

  // Working storage of `rebuild`.
  private var candidates: [Candidate] = []
  private var table: [Int32] = []
  private var choices: [Int32] = []
  private var groupOrder: [Int32] = []

  /// A set that somebody could be served from: S(`slot`), with the slot itself added or not.
  private struct Candidate {
    var slot: Int
    var withSelf: Bool
    var hash: UInt64
    var wanted = 0
    var users = 0
    var next = 0
  }

  /// How many different sums a tick computes at most.
  var groupCount: Int { groupUsesBase.count }

  /// How many frames are added or subtracted in a tick in which everyone speaks.
  var additionsPerTick: Int {
    var count = 0
    for group in 0..<groupCount {
      for word in 0..<words {
        let set = groupSets[group * words + word]
        count += (groupUsesBase[group] ? set ^ groupSets[word] : set).nonzeroBitCount
      }
      for position in groupStarts[group]..<groupStarts[group + 1] where subtractsSelf[listeners[position]] {
        count += 1
      }
    }
    return count
  }

  /// Reserves storage for `topology`'s capacity; leaves the plan as it is, for a tick may be using it.
  mutating func reserve(for topology: borrowing MixingTopology) {
    let capacity = topology.capacity
    guard capacity > choices.count else { return }
    groupSets.reserveCapacity(capacity * topology.words)
    groupUsesBase.reserveCapacity(capacity)
    groupStarts.reserveCapacity(capacity + 1)
    listeners.append(contentsOf: repeatElement(0, count: capacity - listeners.count))
    subtractsSelf.append(contentsOf: repeatElement(false, count: capacity - subtractsSelf.count))
    candidates.reserveCapacity(capacity * 2)
    var tableSize = 16
    while tableSize < capacity * 4 { tableSize *= 2 }
    table = [Int32](repeating: -1, count: tableSize)
    choices = [Int32](repeating: -1, count: capacity)
    groupOrder.reserveCapacity(capacity)
  }

  /// Computes the groups for `topology`, which `reserve(for:)` was told of. Allocates nothing.
  mutating func rebuild(from topology: borrowing MixingTopology) {
    words = topology.words
    groupSets.removeAll(keepingCapacity: true)
    groupUsesBase.removeAll(keepingCapacity: true)
    groupStarts.removeAll(keepingCapacity: true)
    groupOrder.removeAll(keepingCapacity: true)
    candidates.removeAll(keepingCapacity: true)
    for index in table.indices { table[index] = -1 }
    choose(topology)
    collect(topology)
  }

  /// Each listener takes, of the set it hears and that set with itself, the one that more listeners want.
  private mutating func choose(_ topology: borrowing MixingTopology) {
    for slot in 0..<topology.capacity {
      choices[slot] = -1
      subtractsSelf[slot] = false
      guard topology.hearsAny(slot) else { continue }
      candidates[candidate(topology, slot, withSelf: false)].wanted += 1
      if !topology.isHeard(slot, by: slot) { candidates[candidate(topology, slot, withSelf: true)].wanted += 1 }
    }
    for slot in 0..<topology.capacity where topology.hearsAny(slot) {
      var choice = candidate(topology, slot, withSelf: false)
      if !topology.isHeard(slot, by: slot) {
        let other = candidate(topology, slot, withSelf: true)
        if candidates[other].wanted > candidates[choice].wanted {
          choice = other
          subtractsSelf[slot] = true
        }
      }
      choices[slot] = Int32(choice)
      candidates[choice].users += 1
    }
  }

  /// Lays out the chosen sets, the most shared first, and their listeners.
  private mutating func collect(_ topology: borrowing MixingTopology) {
    var shared = -1
    for index in candidates.indices where candidates[index].users > 0 {
      if shared < 0 || candidates[index].users > candidates[shared].users { shared = index }
    }
    if shared >= 0 { groupOrder.append(Int32(shared)) }
    for index in candidates.indices where candidates[index].users > 0 && index != shared {
      groupOrder.append(Int32(index))
    }
    var start = 0
    for place in 0..<groupOrder.count {
      let index = Int(groupOrder[place])
      groupStarts.append(start)
      candidates[index].next = start
      start += candidates[index].users
      var members = 0
      var difference = 0
      for word in 0..<words {
        let set = setWord(topology, candidates[index].slot, candidates[index].withSelf, word)
        members += set.nonzeroBitCount
        difference += (set ^ (groupUsesBase.isEmpty ? 0 : groupSets[word])).nonzeroBitCount
        groupSets.append(set)
      }
      groupUsesBase.append(!groupUsesBase.isEmpty && difference < members)
    }
    groupStarts.append(start)
    for slot in 0..<topology.capacity where choices[slot] >= 0 {
      let index = Int(choices[slot])
      listeners[candidates[index].next] = slot
      candidates[index].next += 1
    }
  }

  private func setWord(_ topology: borrowing MixingTopology, _ slot: Int, _ withSelf: Bool, _ word: Int) -> UInt64 {
    let set = topology.heard(by: slot, word: word)
    return withSelf && slot >> 6 == word ? set | 1 << UInt64(slot & 63) : set
  }

  /// The index of the candidate with this set, found in or added to the hash table.
  private mutating func candidate(_ topology: borrowing MixingTopology, _ slot: Int, withSelf: Bool) -> Int {
    var hash: UInt64 = 0
    for word in 0..<words {
      hash = (hash ^ setWord(topology, slot, withSelf, word)) &* 0x9e37_79b9_7f4a_7c15
      hash ^= hash >> 29
    }
    let mask = table.count - 1
    var place = Int(truncatingIfNeeded: hash) & mask
    // At most half of the table is ever filled, so an empty place comes.
    while table[place] >= 0 {
      let index = Int(table[place])
      if candidates[index].hash == hash, isSame(topology, candidates[index], slot, withSelf) { return index }
      place = (place + 1) & mask
    }
    table[place] = Int32(candidates.count)
    candidates.append(Candidate(slot: slot, withSelf: withSelf, hash: hash))
    return candidates.count - 1
  }

  private func isSame(
    _ topology: borrowing MixingTopology, _ found: Candidate, _ slot: Int, _ withSelf: Bool
  ) -> Bool {
    for word in 0..<words
    where setWord(topology, found.slot, found.withSelf, word) != setWord(topology, slot, withSelf, word) {
      return false
    }
    return true
  }
}
