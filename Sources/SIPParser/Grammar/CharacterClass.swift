/// A set of ASCII characters as two 64-bit maps, so that a membership test is a shift and no table is loaded.
///
/// Bytes from 0x80 up are in no class: where UTF-8 may stand (display names, reasons, quoted strings) the grammar asks
/// separately.
struct CharacterClass: Sendable {
  let low: UInt64
  let high: UInt64

  @inline(__always)
  func contains(_ byte: UInt8) -> Bool {
    byte < 128 && ((byte < 64 ? low : high) >> UInt64(byte & 63)) & 1 == 1
  }

  /// RFC 3261 §25.1 `token`.
  @inline(__always) static var token: Self { .init(low: 0x03ff_6ca2_0000_0000, high: 0x47ff_ffff_87ff_fffe) }
  /// RFC 3261 §25.1 `word` (Call-ID).
  @inline(__always) static var word: Self { .init(low: 0xd7ff_efa6_0000_0000, high: 0x6fff_ffff_bfff_fffe) }
  /// `user` without the escapes: unreserved and user-unreserved.
  @inline(__always) static var user: Self { .init(low: 0xabff_ffd2_0000_0000, high: 0x47ff_fffe_87ff_fffe) }
  /// What is read as `user`: telephone exchanges send `#` unescaped in service codes (`sip:*21#@pbx`), where nothing is
  /// ambiguous. It is never written: `SIPEscape.escapeUser` makes it `%23`.
  @inline(__always) static var readableUser: Self { .init(low: 0xabff_ffda_0000_0000, high: 0x47ff_fffe_87ff_fffe) }
  /// `password` without the escapes.
  @inline(__always) static var password: Self { .init(low: 0x23ff_7fd2_0000_0000, high: 0x47ff_fffe_87ff_fffe) }
  /// `paramchar` of a URI without the escapes.
  @inline(__always) static var uriParameter: Self { .init(low: 0x07ff_efd2_0000_0000, high: 0x47ff_fffe_afff_fffe) }
  /// `hname` and `hvalue` of a URI without the escapes.
  @inline(__always) static var uriHeader: Self { .init(low: 0x87ff_ef92_0000_0000, high: 0x47ff_fffe_afff_fffe) }
  /// A host name: letters, digits, `-`, `.` and, because private networks use it, `_`.
  @inline(__always) static var host: Self { .init(low: 0x03ff_6000_0000_0000, high: 0x07ff_fffe_87ff_fffe) }
  /// What may stand between the brackets of an IPv6 reference.
  @inline(__always) static var ipv6: Self { .init(low: 0x07ff_4000_0000_0000, high: 0x0000_007e_0000_007e) }
  /// The characters of a URI's scheme after its first letter.
  @inline(__always) static var scheme: Self { .init(low: 0x03ff_6800_0000_0000, high: 0x07ff_fffe_07ff_fffe) }
  /// An unquoted parameter value. Wider than `gen-value`: peers send `/`, `@` and `=` there, and nothing is ambiguous.
  @inline(__always) static var parameterValue: Self { .init(low: 0xa7ff_effa_0000_0000, high: 0x7fff_ffff_efff_ffff) }
  /// The body of a URI whose scheme is not ours: anything visible but `<`, `>` and `"`.
  @inline(__always) static var opaque: Self { .init(low: 0xafff_fffa_0000_0000, high: 0x7fff_ffff_ffff_ffff) }
}

/// The bytes that the grammar names.
enum Byte {
  static let tab = UInt8(ascii: "\t")
  static let lf = UInt8(ascii: "\n")
  static let cr = UInt8(ascii: "\r")
  static let space = UInt8(ascii: " ")
  static let quote = UInt8(ascii: "\"")
  static let percent = UInt8(ascii: "%")
  static let star = UInt8(ascii: "*")
  static let plus = UInt8(ascii: "+")
  static let comma = UInt8(ascii: ",")
  static let dash = UInt8(ascii: "-")
  static let slash = UInt8(ascii: "/")
  static let colon = UInt8(ascii: ":")
  static let semicolon = UInt8(ascii: ";")
  static let less = UInt8(ascii: "<")
  static let equals = UInt8(ascii: "=")
  static let greater = UInt8(ascii: ">")
  static let question = UInt8(ascii: "?")
  static let at = UInt8(ascii: "@")
  static let openBracket = UInt8(ascii: "[")
  static let backslash = UInt8(ascii: "\\")
  static let closeBracket = UInt8(ascii: "]")
  static let openParenthesis = UInt8(ascii: "(")
  static let closeParenthesis = UInt8(ascii: ")")
  static let ampersand = UInt8(ascii: "&")
}
