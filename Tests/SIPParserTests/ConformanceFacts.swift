import SIPParser

/// The facts that an expectation file can state about an accepted message.
enum ConformanceFacts {
  static func value(_ fact: String, of message: SIPMessage, expected: () -> String) -> String {
    do {
      return try read(fact, message, expected()) ?? "none"
    } catch {
      return "error: \(error)"
    }
  }

  private static func read(_ fact: String, _ message: SIPMessage, _ expected: String) throws -> String? {
    if let result = try startLine(fact, message) { return result }
    if let result = try address(fact, message, expected) { return result }
    let headers = message.headers
    switch fact {
    case "count":
      let name = String(expected.split(separator: " ")[0])
      return "\(name) \(headers.lines.filter { $0.name == SIPHeaderName(name) }.count)"
    case "text":
      let name = String(expected.split(separator: " ")[0])
      return "\(name) \(headers.text(SIPHeaderName(name))?.description ?? "none")"
    case "vias": return try headers.values(.via).map { "\($0.transport) \($0.host)" }.joined(separator: ", ")
    case "via-port": return try headers.value(.via)?.port.map { "\($0)" }
    case "branches": return try headers.values(.via).map { $0.branch?.description ?? "none" }.joined(separator: ", ")
    case "branches-last":
      let branch = try headers.values(.via).last?.branch?.description ?? "none"
      return branch.hasPrefix(expected) ? expected : branch
    case "received": return try headers.value(.via)?.received.map { "\($0)" }
    case "received-last": return try headers.values(.via).last?.received.map { "\($0)" }
    case "magic-cookie": return try headers.value(.via)?.hasMagicCookie == true ? "yes" : "no"
    case "max-forwards": return try headers.value(.maxForwards).map { "\($0)" }
    case "call-id": return try headers.value(.callID)?.description
    case "cseq": return try headers.value(.cseq).map { "\($0.number) \($0.method)" }
    case "subject": return try headers.value(.subject)?.description
    case "content-type": return try headers.value(.contentType).map { "\($0.type)/\($0.subtype)" }
    case "accepts": return try headers.values(.accept).map { "\($0.type)/\($0.subtype)" }.joined(separator: ", ")
    case "requires": return try headers.values(.require).map(\.description).joined(separator: ", ")
    case "route-host": return try headers.value(.route).map { "\($0.uri.host)" }
    case "route-loose": return try headers.value(.route)?.uri.isLooseRouter == true ? "yes" : "no"
    case "authorization-scheme": return try headers.value(.authorization)?.scheme.description
    case "authorization-parameter":
      let name = String(expected.split(separator: " ")[0])
      return try headers.value(.authorization).map { "\(name) \($0.parameters[name] ?? "none")" }
    case "body-bytes": return "\(message.body.count)"
    default: return "no such fact"
    }
  }

  private static func startLine(_ fact: String, _ message: SIPMessage) throws -> String? {
    switch (message, fact) {
    case (.request(let request), "method"): request.method.name
    case (.request(let request), "uri"): request.uri.description
    case (.request(let request), "uri-user"): shown(request.uri.user)
    case (.request(let request), "uri-password"): shown(request.uri.password)
    case (.request(let request), "uri-host"): request.uri.host.description
    case (.request(let request), "uri-port"): request.uri.port.map { "\($0)" } ?? "none"
    case (.request(let request), "uri-parameter"):
      request.uri.parameters.entries.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    case (.response(let response), "status"): "\(response.status)"
    case (.response(let response), "reason"): response.reason
    default: nil
    }
  }

  private static func address(_ fact: String, _ message: SIPMessage, _ expected: String) throws -> String? {
    let contacts = try message.values(.contact).compactMap(\.address)
    let parts = fact.split(separator: "-", maxSplits: 1)
    guard parts.count == 2 else { return nil }
    let address: SIPNameAddress?
    switch parts[0] {
    case "to": address = try message.value(.to)
    case "from": address = try message.value(.from)
    case "contact": address = contacts.first
    default: return nil
    }
    switch parts[1] {
    case "tag": return address?.tag?.description
    case "uri": return address?.uri.description
    case "display": return shown(address?.displayName)
    case "user": return shown(address?.uri.user)
    case "host": return address?.uri.host.description
    case "port": return address?.uri.port.map { "\($0)" }
    case "parameter":
      let name = String(expected.split(separator: " ", maxSplits: 1)[0])
      return "\(name) \(address?.parameters[name] ?? "none")"
    case "users": return contacts.map { shown($0.uri.user) }.joined(separator: ", ")
    case "hosts": return contacts.map { "\($0.uri.host)" }.joined(separator: ", ")
    case "uris": return contacts.map { "\($0.uri)" }.joined(separator: ", ")
    case "uri-parameters":
      return address?.uri.parameters.entries.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
    case "uri-headers": return address?.uri.headers.map { "\($0.name)=\($0.value)" }.joined(separator: ", ")
    default: return nil
    }
  }

  /// Control characters as `\xNN`, so that an expectation file can be read.
  private static func shown(_ text: String?) -> String {
    guard let text else { return "none" }
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar.value < 0x20 || scalar.value == 0x7f {
        result += "\\x" + (scalar.value < 16 ? "0" : "") + String(scalar.value, radix: 16)
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
