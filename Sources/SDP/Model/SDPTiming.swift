import WireSupport

/// A `t=` line with the `r=` lines and the `z=` line that belong to it (RFC 8866 §5.9–5.11).
public struct SDPTimeDescription: Hashable, Sendable {
  /// When the session starts, in seconds since 1900 (NTP); 0 means that it has always been.
  public var start: UInt64
  /// When it ends, in seconds since 1900; 0 means never.
  public var stop: UInt64
  /// The `r=` lines.
  public var repeats: [SDPRepeat]
  /// The `z=` line: how offsets shift with daylight saving.
  public var zones: SDPZoneAdjustments?

  /// A period.
  public init(start: UInt64 = 0, stop: UInt64 = 0, repeats: [SDPRepeat] = [], zones: SDPZoneAdjustments? = nil) {
    self.start = start
    self.stop = stop
    self.repeats = repeats
    self.zones = zones
  }

  /// `t=0 0`, which is what every offer and answer has (RFC 3264 §5).
  public static let permanent = SDPTimeDescription()
  /// Shared, so that the common description allocates nothing for it.
  static let onlyPermanent = [permanent]
}

/// An `r=` line (RFC 8866 §5.10): `7d 1h 0 25h`.
public struct SDPRepeat: Hashable, Sendable {
  /// The line behind `r=`, checked.
  public let text: SDPText

  /// Reads the line; nil when it is not an interval, a duration and at least one offset.
  public init?(_ text: SDPText) {
    var reader = SDPFieldReader(text)
    var count = 0
    while let word = reader.nextWord() {
      guard SDPTypedTime.seconds(word) != nil else { return nil }
      count += 1
    }
    guard count >= 3 else { return nil }
    self.text = text
  }

  /// The interval between repetitions, the duration of each and the offsets from the start, all in seconds.
  public var seconds: (interval: Int64, duration: Int64, offsets: [Int64]) {
    var reader = SDPFieldReader(text)
    var all = [Int64]()
    while let word = reader.nextWord() { all.append(SDPTypedTime.seconds(word) ?? 0) }
    guard all.count >= 2 else { return (0, 0, []) }
    return (all[0], all[1], Array(all[2...]))
  }
}

/// A `z=` line (RFC 8866 §5.11): `2882844526 -1h 2898848070 0`.
public struct SDPZoneAdjustments: Hashable, Sendable {
  /// The line behind `z=`, checked.
  public let text: SDPText

  /// Reads the line; nil when it is not pairs of a time and an offset.
  public init?(_ text: SDPText) {
    var reader = SDPFieldReader(text)
    var count = 0
    while let time = reader.nextWord() {
      guard time.decimal != nil, let offset = reader.nextWord(), SDPTypedTime.seconds(offset) != nil else { return nil }
      count += 1
    }
    guard count >= 1 else { return nil }
    self.text = text
  }

  /// Each adjustment: its moment in seconds since 1900 and the offset in seconds.
  public var adjustments: [(time: UInt64, offset: Int64)] {
    var reader = SDPFieldReader(text)
    var result = [(time: UInt64, offset: Int64)]()
    while let time = reader.nextWord(), let offset = reader.nextWord() {
      result.append((time.decimal ?? 0, SDPTypedTime.seconds(offset) ?? 0))
    }
    return result
  }
}

/// `typed-time`: a number with an optional sign and unit (RFC 8866 §9).
enum SDPTypedTime {
  /// The time in seconds; nil when it is none or does not fit.
  static func seconds(_ text: SDPText) -> Int64? {
    let bytes = text.bytes
    var (start, end) = (0, bytes.count)
    guard end > 0 else { return nil }
    let negative = bytes[0] == UInt8(ascii: "-")
    if negative { start = 1 }
    let unit: Int64
    switch bytes[end - 1] {
    case UInt8(ascii: "d"): unit = 86_400
    case UInt8(ascii: "h"): unit = 3_600
    case UInt8(ascii: "m"): unit = 60
    case UInt8(ascii: "s"): unit = 1
    default: unit = 0
    }
    if unit != 0 { end -= 1 }
    guard start < end, let number = SDPGrammar.decimal(bytes.extracting(start..<end)),
      let value = Int64(exactly: number)
    else { return nil }
    let (scaled, overflow) = value.multipliedReportingOverflow(by: max(unit, 1))
    return overflow ? nil : (negative ? -scaled : scaled)
  }
}

/// A `b=` line (RFC 8866 §5.8): kilobits a second for `CT` and `AS`, bits a second for `TIAS` (RFC 3890).
public struct SDPBandwidth: Hashable, Sendable {
  /// `AS`, `CT`, `TIAS`, `RS`, `RR` or another.
  public var type: SDPText
  /// The number in the type's unit.
  public var value: UInt64

  /// A bandwidth.
  public init(type: SDPText, value: UInt64) {
    self.type = type
    self.value = value
  }
}
