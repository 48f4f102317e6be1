/// Authentication-Info and Proxy-Authentication-Info (RFC 3261 §20.6, RFC 7615): the server's own proof, and the nonce
/// to use next.
public struct SIPAuthenticationInfo: Hashable, Sendable {
  /// `nextnonce`, `qop`, `rspauth`, `cnonce`, `nc`.
  public var parameters: SIPParameters

  /// Information with these parameters, each in quotes; `setToken` sets one without.
  public init(_ parameters: [(String, String)] = []) {
    self.parameters = SIPParameters(storage: [], range: .empty, grammar: .authentication)
    for (name, value) in parameters { self.parameters.set(name, value) }
  }

  /// Sets a parameter whose grammar forbids quotes: `qop`, `nc`.
  public mutating func setToken(_ name: String, _ value: String) { parameters.setUnquoted(name, value) }

  /// The nonce for the next request.
  public var nextNonce: String? { parameters["nextnonce"] }
}

extension SIPAuthenticationInfo: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPAuthenticationInfo {
    var result = SIPAuthenticationInfo()
    result.parameters = SIPParameters(
      storage: reader.storage, range: try reader.readAuthenticationParameters(), grammar: .authentication)
    return result
  }

  public func write(to writer: inout SIPFieldWriter) {
    if parameters.isEmpty { writer.fail("a parameter") }
    writer.write(parameters)
  }
}

extension SIPAuthenticationInfo: CustomStringConvertible {
  /// The parameters that are no secret.
  public var description: String { SIPAuthentication.shown(parameters) }
}

extension SIPHeaderKey where Value == SIPAuthenticationInfo {
  /// RFC 3261 §20.6
  public static let authenticationInfo = SIPHeaderKey(.authenticationInfo, .lines)
  /// RFC 7615 §4
  public static let proxyAuthenticationInfo = SIPHeaderKey(.proxyAuthenticationInfo, .lines)
}
