/// A named telephone event (RFC 4733 §3.2): the DTMF digits, and any other code as a number.
public struct TelephoneEvent: Hashable, Sendable, CustomStringConvertible {
  /// The event code, 0–255; 0–9 are the digits, 10 `*`, 11 `#`, 12–15 `A`–`D`, 16 flash.
  public let code: UInt8

  /// The event of this code.
  public init(code: UInt8) { self.code = code }

  /// Flash (hook flash).
  public static let flash = TelephoneEvent(code: 16)

  /// The DTMF digit `0`–`9`, `*`, `#`, `A`–`D` (either case); nil for any other character.
  public init?(digit: Character) {
    guard let ascii = digit.asciiValue else { return nil }
    switch ascii {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): code = ascii - UInt8(ascii: "0")
    case UInt8(ascii: "*"): code = 10
    case UInt8(ascii: "#"): code = 11
    case UInt8(ascii: "A")...UInt8(ascii: "D"): code = ascii - UInt8(ascii: "A") + 12
    case UInt8(ascii: "a")...UInt8(ascii: "d"): code = ascii - UInt8(ascii: "a") + 12
    default: return nil
    }
  }

  /// The digit, nil for an event that is none.
  public var digit: Character? {
    switch code {
    case 0...9: Character(UnicodeScalar(UInt8(ascii: "0") + code))
    case 10: "*"
    case 11: "#"
    case 12...15: Character(UnicodeScalar(UInt8(ascii: "A") + code - 12))
    default: nil
    }
  }

  /// The digit, or `event 16`.
  public var description: String { digit.map(String.init) ?? "event \(code)" }
}

/// The four bytes of a telephone-event payload (RFC 4733 §2.3).
public struct TelephoneEventPayload: Hashable, Sendable {
  /// The event.
  public var event: TelephoneEvent
  /// Whether the event has ended (the E bit).
  public var isEnd: Bool
  /// The tone's power below 0 dBm0 in dB, 0–63; larger is quieter.
  public var volume: UInt8
  /// The event's duration so far in timestamp units.
  public var duration: UInt16

  /// A payload of these fields.
  public init(event: TelephoneEvent, isEnd: Bool, volume: UInt8, duration: UInt16) {
    self.event = event
    self.isEnd = isEnd
    self.volume = volume
    self.duration = duration
  }

  /// Reads a payload's first four bytes; any further ones are ignored.
  /// - Throws: `.truncated`.
  public init(parsing bytes: Span<UInt8>) throws(RTPError) {
    guard bytes.count >= 4 else {
      throw RTPError(.truncated, at: bytes.count, expected: "a 4-byte telephone-event payload")
    }
    event = TelephoneEvent(code: bytes[0])
    isEnd = bytes[1] & 0x80 != 0
    volume = bytes[1] & 0x3f
    duration = bytes.uint16(at: 2)
  }

  /// The payload's four bytes, as they go on the wire.
  public var bytes: InlineArray<4, UInt8> {
    [
      event.code, (isEnd ? 0x80 : 0) | min(63, volume), UInt8(duration >> 8),
      UInt8(truncatingIfNeeded: duration),
    ]
  }
}
