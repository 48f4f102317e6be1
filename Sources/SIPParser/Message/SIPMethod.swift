/// A request method. Case-sensitive (RFC 3261 §7.1); any token is a method.
public struct SIPMethod: Hashable, Sendable, CustomStringConvertible {
  /// The method as on the wire.
  public let name: String

  /// The method named `name`. A name that is no token makes the message refuse to serialise.
  public init(_ name: String) { self.name = name }

  /// RFC 3261 §13
  public static let invite = SIPMethod("INVITE")
  /// RFC 3261 §13.2.2.4
  public static let ack = SIPMethod("ACK")
  /// RFC 3261 §15
  public static let bye = SIPMethod("BYE")
  /// RFC 3261 §9
  public static let cancel = SIPMethod("CANCEL")
  /// RFC 3261 §11
  public static let options = SIPMethod("OPTIONS")
  /// RFC 3261 §10
  public static let register = SIPMethod("REGISTER")
  /// RFC 3262
  public static let prack = SIPMethod("PRACK")
  /// RFC 6665
  public static let subscribe = SIPMethod("SUBSCRIBE")
  /// RFC 6665
  public static let notify = SIPMethod("NOTIFY")
  /// RFC 3903
  public static let publish = SIPMethod("PUBLISH")
  /// RFC 6086
  public static let info = SIPMethod("INFO")
  /// RFC 3515
  public static let refer = SIPMethod("REFER")
  /// RFC 3428
  public static let message = SIPMethod("MESSAGE")
  /// RFC 3311
  public static let update = SIPMethod("UPDATE")

  /// The method as on the wire.
  public var description: String { name }

  /// The method whose bytes these are. They have been checked to be a token.
  init(_ bytes: Span<UInt8>) {
    // The known names come from literals, which cost no allocation and no UTF-8 validation.
    if bytes.count >= 3, bytes.count <= 9, let known = Self.known(bytes) {
      name = known
    } else {
      name = bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
  }

  private static func known(_ bytes: Span<UInt8>) -> String? {
    let words = bytes.bytes
    var word: UInt64
    if bytes.count >= 8 {
      word = UInt64(littleEndian: words.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt64.self))
    } else if bytes.count >= 4 {
      // Two halves that overlap in the middle.
      let high = UInt32(littleEndian: words.unsafeLoadUnaligned(fromByteOffset: bytes.count &- 4, as: UInt32.self))
      word = UInt64(UInt32(littleEndian: words.unsafeLoadUnaligned(fromByteOffset: 0, as: UInt32.self)))
      word |= UInt64(high) << UInt64(8 &* (bytes.count &- 4))
    } else {
      word = UInt64(bytes[0]) | UInt64(bytes[1]) << 8 | UInt64(bytes[2]) << 16
    }
    switch (bytes.count, word) {
    case (6, 0x4554_4956_4e49): return "INVITE"
    case (3, 0x4b_4341): return "ACK"
    case (3, 0x45_5942): return "BYE"
    case (6, 0x4c45_434e_4143): return "CANCEL"
    case (7, 0x53_4e4f_4954_504f): return "OPTIONS"
    case (8, 0x5245_5453_4947_4552): return "REGISTER"
    case (5, 0x4b_4341_5250): return "PRACK"
    case (9, 0x4249_5243_5342_5553): return bytes[8] == UInt8(ascii: "E") ? "SUBSCRIBE" : nil
    case (6, 0x5946_4954_4f4e): return "NOTIFY"
    case (7, 0x48_5349_4c42_5550): return "PUBLISH"
    case (4, 0x4f46_4e49): return "INFO"
    case (5, 0x52_4546_4552): return "REFER"
    case (7, 0x45_4741_5353_454d): return "MESSAGE"
    case (6, 0x4554_4144_5055): return "UPDATE"
    default: return nil
    }
  }
}
