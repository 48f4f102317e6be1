/// Base64 of RFC 4648 §4, for keys in `a=crypto`.
enum Base64 {
  private static let alphabet = [UInt8]("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  static func encode(_ bytes: [UInt8]) -> [UInt8] {
    var result = [UInt8]()
    result.reserveCapacity((bytes.count + 2) / 3 * 4)
    var index = 0
    while index < bytes.count {
      let left = bytes.count - index
      let word =
        UInt32(bytes[index]) << 16 | (left > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
        | (left > 2 ? UInt32(bytes[index + 2]) : 0)
      result.append(alphabet[Int(word >> 18 & 63)])
      result.append(alphabet[Int(word >> 12 & 63)])
      result.append(left > 1 ? alphabet[Int(word >> 6 & 63)] : UInt8(ascii: "="))
      result.append(left > 2 ? alphabet[Int(word & 63)] : UInt8(ascii: "="))
      index += 3
    }
    return result
  }

  /// The bytes; nil when a character is not of the alphabet or bits are left over. Padding may be missing.
  static func decode(_ text: Span<UInt8>) -> [UInt8]? {
    var count = text.count
    var padding = 0
    while padding < 2, count > 0, text[count - 1] == UInt8(ascii: "=") {
      count -= 1
      padding += 1
    }
    guard count % 4 != 1, padding == 0 || (count + padding) % 4 == 0 else { return nil }
    var result = [UInt8]()
    result.reserveCapacity(count * 3 / 4)
    var bits: UInt32 = 0
    var held = 0
    for index in 0..<count {
      let digit: UInt8
      switch text[index] {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): digit = text[index] - UInt8(ascii: "A")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): digit = text[index] - UInt8(ascii: "a") + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = text[index] - UInt8(ascii: "0") + 52
      case UInt8(ascii: "+"): digit = 62
      case UInt8(ascii: "/"): digit = 63
      default: return nil
      }
      bits = bits << 6 | UInt32(digit)
      held += 6
      if held >= 8 {
        held -= 8
        result.append(UInt8(bits >> UInt32(held) & 0xff))
        bits &= (1 << UInt32(held)) - 1
      }
    }
    return bits == 0 ? result : nil
  }
}
