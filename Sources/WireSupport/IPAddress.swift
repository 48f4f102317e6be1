/// An IPv4 or IPv6 address as a number: parsing and printing it allocates nothing but the text.
public enum IPAddress: Hashable, Sendable {
  /// An IPv4 address in host order: 127.0.0.1 is `0x7f00_0001`.
  case v4(UInt32)
  /// An IPv6 address: its upper and lower 64 bits in host order, and the zone (interface index) of a link-local one or 0.
  case v6(high: UInt64, low: UInt64, zone: UInt32)

  /// 127.0.0.1
  public static let loopback = IPAddress.v4(0x7f00_0001)
  /// 0.0.0.0
  public static let any = IPAddress.v4(0)
  /// ::1
  public static let loopbackV6 = IPAddress.v6(high: 0, low: 1, zone: 0)
  /// ::
  public static let anyV6 = IPAddress.v6(high: 0, low: 0, zone: 0)

  /// Whether this is an IPv6 address.
  public var isV6: Bool {
    switch self {
    case .v4: false
    case .v6: true
    }
  }

  /// Whether this address means "every interface" (0.0.0.0 or ::).
  public var isUnspecified: Bool {
    switch self {
    case .v4(let bits): bits == 0
    case .v6(let high, let low, _): high == 0 && low == 0
    }
  }

  /// Whether this address never leaves the machine (127/8 or ::1).
  public var isLoopback: Bool {
    switch self {
    case .v4(let bits): bits >> 24 == 127
    case .v6(let high, let low, _): high == 0 && low == 1
    }
  }

  /// Reads the dotted form (RFC 1123 §2.1: four decimal numbers, no leading zeros beyond a single 0) or the forms of
  /// RFC 4291 §2.2, with or without the brackets of a URI. Nil when the text is neither, so a host *name* gives nil.
  public init?(_ text: some StringProtocol) {
    var bytes = [UInt8]()
    bytes.reserveCapacity(48)
    for byte in text.utf8 {
      if bytes.count >= 64 { return nil }
      bytes.append(byte)
    }
    self.init(ascii: bytes.span)
  }

  /// Like `init(_:)`, over bytes.
  public init?(ascii: Span<UInt8>) {
    var start = 0
    var end = ascii.count
    if end >= 2, ascii[0] == UInt8(ascii: "["), ascii[end - 1] == UInt8(ascii: "]") {
      start = 1
      end -= 1
    }
    let text = ascii.extracting(start..<end)
    if start == 0, let v4 = Self.parseV4(text) {
      self = .v4(v4)
    } else if let (high, low) = Self.parseV6(text) {
      self = .v6(high: high, low: low, zone: 0)
    } else {
      return nil
    }
  }

  static func parseV4(_ text: Span<UInt8>) -> UInt32? {
    var result: UInt32 = 0
    var part: UInt32 = 0
    var digits = 0
    var parts = 0
    for index in 0..<text.count {
      let byte = text[index]
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        if digits > 0 && part == 0 { return nil }
        part = part * 10 + UInt32(byte - UInt8(ascii: "0"))
        digits += 1
        if part > 255 || digits > 3 { return nil }
      case UInt8(ascii: "."):
        if digits == 0 || parts == 3 { return nil }
        result = result << 8 | part
        part = 0
        digits = 0
        parts += 1
      default: return nil
      }
    }
    guard parts == 3, digits > 0 else { return nil }
    return result << 8 | part
  }

  static func parseV6(_ text: Span<UInt8>) -> (UInt64, UInt64)? {
    guard text.count >= 2, text.count <= 45 else { return nil }
    var groups = InlineArray<8, UInt16>(repeating: 0)
    var count = 0
    var gap: Int?
    var index = 0
    if text[0] == UInt8(ascii: ":") {
      guard text[1] == UInt8(ascii: ":") else { return nil }
      gap = 0
      index = 2
    }
    while index < text.count {
      guard count < 8 else { return nil }
      var end = index
      while end < text.count, text[end] != UInt8(ascii: ":") { end += 1 }
      let piece = text.extracting(index..<end)
      if end == text.count, let v4 = parseV4(piece) {
        guard count <= 6 else { return nil }
        groups[count] = UInt16(v4 >> 16)
        groups[count + 1] = UInt16(v4 & 0xffff)
        count += 2
        break
      }
      guard piece.count >= 1, piece.count <= 4 else { return nil }
      var value: UInt16 = 0
      for i in 0..<piece.count {
        guard let digit = piece[i].hexDigitValue else { return nil }
        value = value << 4 | UInt16(digit)
      }
      groups[count] = value
      count += 1
      if end == text.count { break }
      index = end + 1
      if index == text.count { return nil }
      if text[index] == UInt8(ascii: ":") {
        guard gap == nil else { return nil }
        gap = count
        index += 1
      }
    }
    if let gap {
      guard count < 8 else { return nil }
      let tail = count - gap
      for i in 0..<tail { groups[7 - i] = groups[count - 1 - i] }
      for i in gap..<(8 - tail) { groups[i] = 0 }
    } else if count != 8 {
      return nil
    }
    var high: UInt64 = 0
    var low: UInt64 = 0
    for i in 0..<4 {
      high = high << 16 | UInt64(groups[i])
      low = low << 16 | UInt64(groups[i + 4])
    }
    return (high, low)
  }
}

extension IPAddress: CustomStringConvertible {
  /// The dotted form, or RFC 5952's canonical form without brackets.
  public var description: String {
    switch self {
    case .v4(let bits): return "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
    case .v6(let high, let low, let zone):
      var groups = [UInt64]()
      for shift in [48, 32, 16, 0] { groups.append(high >> UInt64(shift) & 0xffff) }
      for shift in [48, 32, 16, 0] { groups.append(low >> UInt64(shift) & 0xffff) }
      // RFC 5952 §4.2: the longest run of at least two zero groups, the first among equals, becomes "::".
      var best = 0..<0
      var start = 0
      while start < 8 {
        var end = start
        while end < 8, groups[end] == 0 { end += 1 }
        if end - start >= 2, end - start > best.count { best = start..<end }
        start = max(end, start + 1)
      }
      let hex = { (part: ArraySlice<UInt64>) in part.map { String($0, radix: 16) }.joined(separator: ":") }
      let text =
        best.isEmpty ? hex(groups[...]) : hex(groups[..<best.lowerBound]) + "::" + hex(groups[best.upperBound...])
      return zone == 0 ? text : "\(text)%\(zone)"
    }
  }
}
