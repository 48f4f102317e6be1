import WireSupport

/// A transport protocol as Via and the `transport` parameter name it. Open: an unknown one is carried intact.
public struct SIPTransport: Hashable, Sendable, CustomStringConvertible {
  /// The name in upper case, as in Via: `UDP`.
  public let name: String

  /// The transport that `name` spells, in any case.
  public init(_ name: String) { self.name = name.uppercased() }

  private init(literal: String) { name = literal }

  init(_ text: SIPText) {
    let span = text.span
    if span.count == 3 {
      switch (span[0].lowercasedASCII, span[1].lowercasedASCII, span[2].lowercasedASCII) {
      case (0x75, 0x64, 0x70): self = .udp
      case (0x74, 0x63, 0x70): self = .tcp
      case (0x74, 0x6c, 0x73): self = .tls
      case (0x77, 0x73, 0x73): self = .wss
      default: self.init(text.description)
      }
    } else {
      self.init(text.description)
    }
  }

  /// RFC 3261 §18
  public static let udp = SIPTransport(literal: "UDP")
  /// RFC 3261 §18
  public static let tcp = SIPTransport(literal: "TCP")
  /// RFC 3261 §26.2
  public static let tls = SIPTransport(literal: "TLS")
  /// RFC 7118
  public static let ws = SIPTransport(literal: "WS")
  /// RFC 7118
  public static let wss = SIPTransport(literal: "WSS")

  /// Whether the transport itself delivers every message once: then nothing is retransmitted (RFC 3261 §17).
  public var isReliable: Bool { self != .udp }
  /// Whether the transport is encrypted.
  public var isSecure: Bool { self == .tls || self == .wss }
  /// The port that is meant when none is written (RFC 3261 §18.1, RFC 7118 §5).
  public var defaultPort: UInt16 {
    switch self {
    case .tls: 5061
    case .ws: 80
    case .wss: 443
    default: 5060
    }
  }
  /// As the `transport` parameter spells it.
  public var parameterName: String { name.lowercased() }
  public var description: String { name }
}
