/// An IP address and a port: RFC 8489's *transport address*.
public struct TransportAddress: Hashable, Sendable, CustomStringConvertible {
  /// The IP address.
  public var ip: IPAddress
  /// The port; 0 asks the system to choose one when binding.
  public var port: UInt16

  /// An address and a port.
  public init(ip: IPAddress, port: UInt16) {
    self.ip = ip
    self.port = port
  }

  /// Reads `127.0.0.1:5060` or `[::1]:5060`. Nil when the text is not a numeric address with a port.
  public init?(_ text: some StringProtocol) {
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else { return nil }
    let host = text[..<colon]
    guard let ip = IPAddress(host), ip.isV6 == host.hasPrefix("[") else { return nil }
    self.init(ip: ip, port: port)
  }

  /// `127.0.0.1:5060` or `[::1]:5060`.
  public var description: String { ip.isV6 ? "[\(ip)]:\(port)" : "\(ip):\(port)" }
}
