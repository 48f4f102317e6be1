import NetworkIO
import SIPParser
import SIPTransaction
import WireSupport

/// What a person typed to call: a SIP URI, or `user@host`.
struct CallTarget {
  let uri: SIPURI

  init(_ text: String) throws(SIPSimpleError) {
    let spelled = text.contains(":") && Self.hasScheme(text) ? text : "sip:" + text
    do {
      uri = try SIPURI(spelled)
    } catch {
      throw SIPSimpleError(
        .invalidTarget, "\"\(text)\" is not a SIP address: \(error). Write it like sip:bob@192.0.2.7:5060")
    }
    guard uri.scheme == .sip || uri.scheme == .sips else {
      throw SIPSimpleError(
        .invalidTarget, "\"\(text)\" is a \(uri.scheme.name) address; a call without a provider needs sip: or sips:")
    }
  }

  private static func hasScheme(_ text: String) -> Bool {
    let head = text.prefix { $0 != ":" }
    return !head.isEmpty && head.allSatisfy { $0.isASCII && ($0.isLetter || $0 == "+") } && !head.contains("@")
      && ["sip", "sips", "tel", "im", "pres", "h323", "mailto", "http", "https"].contains(head.lowercased())
  }

  /// Where to send the INVITE: RFC 3263 for a numeric host or a name with an address, a port and a transport.
  func route(
    over listening: [SIPListenAddress], hasTLS: Bool, network: any Network
  ) async throws(SIPSimpleError) -> (uri: SIPURI, destination: SIPDestination) {
    let transport = uri.transport ?? (uri.isSecure ? .tls : listening.first?.transport ?? .udp)
    guard [.udp, .tcp, .tls].contains(transport) else {
      throw SIPSimpleError(
        .invalidTarget, "The transport \(transport) is not spoken; use udp, tcp or tls in \(uri)")
    }
    guard transport != .tls || hasTLS else {
      throw SIPSimpleError(
        .invalidConfiguration, "\(uri) asks for TLS; give SIPSettings.tls, which says whom to trust")
    }
    guard listening.contains(where: { $0.transport == transport }) else {
      throw SIPSimpleError(
        .invalidConfiguration, "\(uri) is called over \(transport), and SIPSettings.listen names no \(transport) port")
    }
    let port = uri.port ?? transport.defaultPort
    let name = uri.rawHost.description
    var addresses: [IPAddress]
    switch uri.host {
    case .ip(let ip): addresses = [ip]
    case .name(let host):
      do { addresses = try await network.resolve(host: host) } catch {
        throw SIPSimpleError(.unresolvableTarget, "\(host) cannot be called: \(error.message)")
      }
    }
    if transport == .udp {
      let families = Set(listening.filter { $0.transport == .udp }.map(\.address.ip.isV6))
      addresses = addresses.filter { families.contains($0.isV6) }
    }
    guard let ip = addresses.first else {
      throw SIPSimpleError(.unresolvableTarget, "\(name) has no address that this machine can reach over \(transport)")
    }
    return (
      uri,
      SIPDestination(
        transport: transport, address: TransportAddress(ip: ip, port: port),
        serverName: transport.isSecure ? name : nil)
    )
  }
}
