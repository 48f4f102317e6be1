/// Which of the last 1024 indices were seen: the replay window of SRTP (RFC 3711 §3.3.2 asks for at least 64) and the
/// duplicate filter of plain RTP.
///
/// A ring of bits addressed by index modulo its size: moving forward clears words instead of shifting all of them.
struct SequenceWindow: Sendable {
  enum Answer { case new, seen, tooOld }

  static let size: Int64 = 1024
  private(set) var highest: Int64 = -1
  private var isEmpty = true
  private var words = InlineArray<16, UInt64>(repeating: 0)

  /// Whether `index` could be inserted. Changes nothing.
  func check(_ index: Int64) -> Answer {
    if isEmpty || index > highest { return .new }
    if index <= highest - Self.size { return .tooOld }
    let bit = Int(truncatingIfNeeded: index & (Self.size - 1))
    return words[bit >> 6] & (1 << UInt64(bit & 63)) == 0 ? .new : .seen
  }

  /// Marks `index` as seen, moving the window forward to it. Call it only where `check` said `.new`.
  mutating func insert(_ index: Int64) {
    if isEmpty || index > highest {
      // The caller's indices stay below 2^48, so this difference cannot overflow.
      if isEmpty || index - highest >= Self.size {
        words = InlineArray<16, UInt64>(repeating: 0)
      } else {
        var next = highest + 1
        while next <= index {
          let bit = Int(truncatingIfNeeded: next & (Self.size - 1))
          if bit & 63 == 0, index - next >= 63 {
            words[bit >> 6] = 0
            next += 64
          } else {
            words[bit >> 6] &= ~(1 << UInt64(bit & 63))
            next += 1
          }
        }
      }
      highest = index
      isEmpty = false
    }
    let bit = Int(truncatingIfNeeded: index & (Self.size - 1))
    words[bit >> 6] |= 1 << UInt64(bit & 63)
  }
}
