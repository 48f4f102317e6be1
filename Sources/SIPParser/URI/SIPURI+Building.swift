import WireSupport

/// A URI's parts as they stand in its text, to put a changed one together again.
struct SIPURIParts {
  var scheme: SIPURI.Scheme
  var user: String?
  var password: String?
  var host: String
  var port: UInt16?
  var parameters: [UInt8]
  var headers: [UInt8]
}

extension SIPURI {
  init(composing parts: SIPURIParts) {
    var bytes = [UInt8]()
    bytes.reserveCapacity(parts.host.utf8.count + (parts.user?.utf8.count ?? 0) + parts.parameters.count + 16)
    bytes.append(contentsOf: parts.scheme.name.utf8)
    bytes.append(Byte.colon)
    if let user = parts.user {
      bytes.append(contentsOf: user.utf8)
      if let password = parts.password {
        bytes.append(Byte.colon)
        bytes.append(contentsOf: password.utf8)
      }
      if parts.scheme != .tel { bytes.append(Byte.at) }
    }
    bytes.append(contentsOf: parts.host.utf8)
    if let port = parts.port {
      bytes.append(Byte.colon)
      bytes.append(contentsOf: String(port).utf8)
    }
    bytes.append(contentsOf: parts.parameters)
    if !parts.headers.isEmpty {
      bytes.append(Byte.question)
      bytes.append(contentsOf: parts.headers)
    }
    do {
      try self.init(bytes: bytes)
    } catch {
      // Parts that make no URI: the value says so when it is to be sent, and until then shows all of it as its scheme's.
      var index = SIPURIIndex()
      index.end = UInt32(truncatingIfNeeded: bytes.count)
      (index.parametersStart, index.parametersEnd, index.headersStart) = (index.end, index.end, index.end)
      index.isWellFormed = false
      self.init(storage: bytes, index: index)
    }
  }

  /// Changes one part and keeps the others as they are written.
  mutating func recompose(_ change: (inout SIPURIParts) -> Void) {
    let scheme = scheme
    if index.scheme == .other {
      // The text of another scheme has no parts that we know; only a host can be given to it, with a scheme of ours.
      var parts = SIPURIParts(scheme: scheme, host: "", parameters: [], headers: [])
      parts.host = text(index.schemeEnd &+ 1, index.end).description
      change(&parts)
      self = SIPURI(composing: parts)
      return
    }
    var parts = SIPURIParts(
      scheme: scheme, user: rawUser?.description,
      password: index.passwordEnd > index.userEnd ? text(index.userEnd &+ 1, index.passwordEnd).description : nil,
      host: rawHost.description, port: port, parameters: parameters.rawText.bytes, headers: rawHeaders.bytes)
    change(&parts)
    self = SIPURI(composing: parts)
  }
}
