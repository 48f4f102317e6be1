import WireSupport

extension SIPURI {
  /// Whether both URIs mean the same resource by RFC 3261 §19.1.4 (`tel`: RFC 3966 §4; `im`, `pres`: user, host and headers; other schemes: the same text but
  /// for the scheme's case). The relation is not transitive, which is why it is not `==`.
  public func isEquivalent(to other: SIPURI) -> Bool {
    switch (index.scheme, other.index.scheme) {
    case (.sip, .sip), (.sips, .sips): isSameSIP(other)
    case (.tel, .tel): isSameTel(other)
    case (.mailbox, .mailbox):
      text(index.start, index.schemeEnd).equalsIgnoringCase(other.text(other.index.start, other.index.schemeEnd))
        && Self.normalized(rawUser) == Self.normalized(other.rawUser) && host == other.host && hasSameHeaders(as: other)
    case (.other, .other):
      text(index.start, index.schemeEnd).equalsIgnoringCase(other.text(other.index.start, other.index.schemeEnd))
        && text(index.schemeEnd, index.end) == other.text(other.index.schemeEnd, other.index.end)
    case (.sip, _), (.sips, _), (.tel, _), (.mailbox, _), (.other, _): false
    }
  }

  private func isSameSIP(_ other: SIPURI) -> Bool {
    // The user part is case-sensitive; a port that is written never equals one that is not.
    guard Self.normalized(rawUser) == Self.normalized(other.rawUser),
      Self.normalized(rawPassword) == Self.normalized(other.rawPassword), host == other.host, port == other.port
    else { return false }
    // These count even when only one side has them: without them the URI may lead elsewhere.
    return hasSameParameters(as: other, always: ["user", "ttl", "method", "maddr", "transport"])
      && hasSameHeaders(as: other)
  }

  private var rawPassword: SIPText? {
    index.passwordEnd > index.userEnd ? text(index.userEnd &+ 1, index.passwordEnd) : nil
  }

  private func hasSameParameters(as other: SIPURI, always: Set<String>) -> Bool {
    let mine = Self.normalizedParameters(parameters)
    let theirs = Self.normalizedParameters(other.parameters)
    for (name, value) in mine {
      if let their = theirs[name] {
        if their != value { return false }
      } else if always.contains(name) {
        return false
      }
    }
    return !theirs.keys.contains { always.contains($0) && mine[$0] == nil }
  }

  private func hasSameHeaders(as other: SIPURI) -> Bool {
    let mine = Self.normalizedHeaders(self)
    let theirs = Self.normalizedHeaders(other)
    return mine == theirs
  }

  /// RFC 3966 §4: the digits without separators, and every parameter that either has.
  private func isSameTel(_ other: SIPURI) -> Bool {
    let digits = { (uri: SIPURI) in SIPTelephoneNumber.digits(uri.rawUser?.bytes ?? []).map(\.lowercasedASCII) }
    return digits(self) == digits(other) && telParameters == other.telParameters
  }

  private var telParameters: [String: [UInt8]] {
    var result = Self.normalizedParameters(parameters)
    if let context = result["phone-context"], context.first == Byte.plus {
      result["phone-context"] = SIPTelephoneNumber.digits(context)
    }
    if let digits = result["ext"] { result["ext"] = SIPTelephoneNumber.digits(digits) }
    return result
  }

  private static func normalizedParameters(_ parameters: SIPParameters) -> [String: [UInt8]] {
    var result = [String: [UInt8]]()
    parameters.forEachEntry { entry in
      let name = SIPText(storage: parameters.storage, range: entry.name)
      let value = SIPText(storage: parameters.storage, range: entry.value)
      result[SIPEscape.unescape(name).lowercased()] = (normalized(value) ?? []).map(\.lowercasedASCII)
      return true
    }
    return result
  }

  private static func normalizedHeaders(_ uri: SIPURI) -> [String] {
    uri.headers.map { "\($0.name.lowercased())=\($0.value)" }.sorted()
  }

  /// The text with its escapes undone, except those of reserved characters, which are not equal to the characters
  /// themselves.
  private static func normalized(_ text: SIPText?) -> [UInt8]? {
    guard let text else { return nil }
    let span = text.span
    var bytes = [UInt8]()
    bytes.reserveCapacity(span.count)
    var place = 0
    while place < span.count {
      if span[place] == Byte.percent, place + 2 < span.count, let high = span[place + 1].hexDigitValue,
        let low = span[place + 2].hexDigitValue
      {
        let byte = high << 4 | low
        if ";/?:@&=+$,%".utf8.contains(byte) {
          bytes.append(Byte.percent)
          bytes.append(span[place + 1].lowercasedASCII)
          bytes.append(span[place + 2].lowercasedASCII)
        } else {
          bytes.append(byte)
        }
        place += 3
      } else {
        bytes.append(span[place])
        place += 1
      }
    }
    return bytes
  }
}
