/// One value of P-Visited-Network-ID (RFC 7315 §4.3): a network that a registration passed.
public struct SIPVisitedNetwork: Hashable, Sendable {
  /// Its name, without quotes and escapes.
  public var name: String
  /// What follows.
  public var parameters: SIPParameters

  /// A network; a name that is no token is sent in quotes.
  public init(_ name: String, parameters: SIPParameters = .init()) {
    self.name = name
    self.parameters = parameters
  }
}

extension SIPVisitedNetwork: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPVisitedNetwork {
    let name = reader.next == Byte.quote ? try reader.readQuoted() : try reader.readToken("a network's name")
    return SIPVisitedNetwork(SIPQuoted.unquote(name), parameters: try reader.readParameters())
  }

  public func write(to writer: inout SIPFieldWriter) {
    let isToken = !name.isEmpty && name.utf8.allSatisfy { CharacterClass.token.contains($0) }
    if isToken { writer.writeToken(name) } else { writer.writeQuoted(name) }
    writer.write(parameters)
  }
}

extension SIPHeaderKey where Value == SIPVisitedNetwork {
  /// RFC 7315 §4.3
  public static let pVisitedNetworkID = SIPHeaderKey(.pVisitedNetworkID, .list)
}
