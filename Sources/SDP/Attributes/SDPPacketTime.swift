import WireSupport

/// `a=ptime` and `a=maxptime` count milliseconds; some senders write fractions (AES67: `0.125`).
enum SDPPacketTime {
  /// At most 60 s and more than 0; nil otherwise.
  static func parse(_ text: SDPText) -> Duration? {
    var reader = SDPFieldReader(text)
    guard let whole = reader.next(upTo: UInt8(ascii: "."))?.decimal, whole <= 60_000 else { return nil }
    var nanoseconds = Int64(whole) * 1_000_000
    if !reader.isAtEnd {
      let fraction = reader.rest
      guard fraction.count <= 6, var value = fraction.decimal else { return nil }
      for _ in fraction.count..<6 { value *= 10 }
      nanoseconds += Int64(value)
    }
    return nanoseconds > 0 ? .nanoseconds(nanoseconds) : nil
  }

  static func print(_ duration: Duration) -> SDPText {
    let nanoseconds = max(0, duration.wholeNanoseconds)
    let (whole, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
    if rest == 0 { return SDPText(String(whole)) }
    var digits = String(rest + 1_000_000).dropFirst()
    while digits.last == "0" { digits.removeLast() }
    return SDPText("\(whole).\(digits)")
  }
}

extension SDPAttributeKey where Value == Duration {
  /// RFC 8866 §6.4: the media time in a packet.
  public static var ptime: Self {
    Self(.ptime, expected: "milliseconds", parse: SDPPacketTime.parse, print: SDPPacketTime.print)
  }
  /// RFC 8866 §6.5: the longest media time in a packet.
  public static var maxptime: Self {
    Self(.maxptime, expected: "milliseconds", parse: SDPPacketTime.parse, print: SDPPacketTime.print)
  }
}
