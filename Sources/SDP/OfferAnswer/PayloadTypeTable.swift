/// The numbers that our descriptions gave to formats of one stream, so that none is ever given to another
/// (RFC 3264 §8.3.2).
struct PayloadTypeTable: Hashable, Sendable {
  private var codecs = [UInt8: SDPCodec]()

  /// What the number stands for so far.
  subscript(number: UInt8) -> SDPCodec? { codecs[number] ?? StaticPayloadTypes.codec(number) }

  /// The number for `codec`: `preferred` if free or its own; else the one it has had; else a static one; else a free
  /// dynamic one. Nil when there is none left.
  mutating func assign(_ codec: SDPCodec, preferred: UInt8, taken: Set<UInt8>) -> UInt8? {
    var candidates = [preferred]
    candidates += codecs.filter { $0.value.isSameEncoding(as: codec) }.map(\.key).sorted()
    if let number = StaticPayloadTypes.number(of: codec) { candidates.append(number) }
    candidates += Array(96...127)
    // Beyond the dynamic range, but clear of RTCP's types (RFC 5761 §4).
    candidates += Array(35...63)
    for number in candidates where number < 128 && !taken.contains(number) {
      if let owner = self[number], !owner.isSameEncoding(as: codec) { continue }
      codecs[number] = codec
      return number
    }
    return nil
  }

  /// The number given to `codec` before.
  func number(of codec: SDPCodec) -> UInt8? {
    codecs.filter { $0.value.isSameEncoding(as: codec) }.map(\.key).min()
  }
}
