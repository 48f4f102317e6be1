import WireSupport

/// The host of a URI or of a Via: an address or a name. Names compare without regard to case (RFC 3261 §19.1.4).
public enum SIPHost: Hashable, Sendable {
  /// A numeric address.
  case ip(IPAddress)
  /// A name, as it was written.
  case name(String)

  /// The host that `text` spells; IPv6 with or without brackets.
  public init(_ text: String) {
    if let ip = IPAddress(text) { self = .ip(ip) } else { self = .name(text) }
  }

  init(_ text: SIPText) {
    let span = text.span
    let first = span.count > 0 ? span[0] : 0
    if first.isDigit || first == Byte.openBracket, let ip = IPAddress(ascii: span) {
      self = .ip(ip)
    } else if first == Byte.openBracket, let repaired = Self.repaired(text) {
      self = .ip(repaired)
    } else {
      self = .name(text.description)
    }
  }

  /// RFC 5118 §4.10: the grammar of RFC 3261 lets `[2001:db8:::192.0.2.1]` through; it means two colons.
  private static func repaired(_ text: SIPText) -> IPAddress? {
    var bytes = [UInt8]()
    for byte in text.bytes {
      if byte == Byte.colon, bytes.suffix(2) == [Byte.colon, Byte.colon] { continue }
      bytes.append(byte)
    }
    return IPAddress(ascii: bytes.span)
  }

  public static func == (lhs: SIPHost, rhs: SIPHost) -> Bool {
    switch (lhs, rhs) {
    case (.ip(let a), .ip(let b)): a == b
    case (.name(let a), .name(let b)): SIPText(a).equalsIgnoringCase(b)
    case (.ip, .name), (.name, .ip): false
    }
  }

  public func hash(into hasher: inout Hasher) {
    switch self {
    case .ip(let ip): hasher.combine(ip)
    case .name(let name): for byte in name.utf8 { hasher.combine(byte.lowercasedASCII) }
    }
  }
}

extension SIPHost: CustomStringConvertible {
  /// As it stands in a URI: an IPv6 address in brackets.
  public var description: String {
    switch self {
    case .ip(let ip): ip.isV6 ? "[\(ip)]" : "\(ip)"
    case .name(let name): name
    }
  }
}
