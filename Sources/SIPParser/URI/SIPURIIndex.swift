import WireSupport

/// Where the parts of a URI lie in its storage. No references: a typed header can hold it beside its own offsets.
struct SIPURIIndex: Sendable {
  enum Scheme: UInt8, Sendable {
    case sip, sips, tel
    /// `im` or `pres` with a user and a host (RFC 3859, RFC 3860).
    case mailbox
    /// Carried intact.
    case other
  }

  var start: UInt32 = 0
  /// At the colon.
  var schemeEnd: UInt32 = 0
  var userStart: UInt32 = 0
  /// Equal to `userStart` when there is no user.
  var userEnd: UInt32 = 0
  /// Beyond `userEnd` when there is a password; its colon lies at `userEnd`.
  var passwordEnd: UInt32 = 0
  var hostStart: UInt32 = 0
  var hostEnd: UInt32 = 0
  /// The first `;`.
  var parametersStart: UInt32 = 0
  var parametersEnd: UInt32 = 0
  /// After the `?`, or `end`.
  var headersStart: UInt32 = 0
  var end: UInt32 = 0
  /// −1 when not written.
  var port: Int32 = -1
  var scheme: Scheme = .other
  var isWellFormed = true

  /// The same URI in a storage where it stands `distance` bytes further on.
  func shifted(by distance: Int) -> SIPURIIndex {
    let shift = { (value: UInt32) in UInt32(truncatingIfNeeded: Int(value) &+ distance) }
    var result = self
    result.start = shift(start)
    result.schemeEnd = shift(schemeEnd)
    result.userStart = shift(userStart)
    result.userEnd = shift(userEnd)
    result.passwordEnd = shift(passwordEnd)
    result.hostStart = shift(hostStart)
    result.hostEnd = shift(hostEnd)
    result.parametersStart = shift(parametersStart)
    result.parametersEnd = shift(parametersEnd)
    result.headersStart = shift(headersStart)
    result.end = shift(end)
    return result
  }
}

extension SIPFieldReader {
  /// Where a URI stands, which decides where it ends.
  enum URIPlace {
    /// All of the reader's range.
    case whole
    /// Between angle brackets: up to `>`.
    case bracketed
    /// In a header without brackets (RFC 3261 §20): ends at white space, `,`, `;`; `?` is an error.
    case bare
  }

  mutating func readURIIndex(_ place: URIPlace) throws(SIPParseError) -> SIPURIIndex {
    let start = offset
    let stop: Int
    switch place {
    case .whole: stop = end
    case .bracketed:
      guard let found = bytes.firstIndex(of: Byte.greater, from: offset), found < end else {
        throw failure("a closing >")
      }
      stop = found
    case .bare:
      var index = offset
      while index < end, !isSpace(bytes[index]), bytes[index] != Byte.comma, bytes[index] != Byte.semicolon {
        if bytes[index] == Byte.question || bytes[index] == Byte.less {
          throw failure("angle brackets around the URI", at: index)
        }
        index &+= 1
      }
      stop = index
    }
    var index = SIPURIIndex()
    index.start = UInt32(truncatingIfNeeded: start)
    index.end = UInt32(truncatingIfNeeded: stop)
    index.headersStart = index.end

    // The scheme: almost always `sip:`, seen at a glance.
    if start &+ 4 <= stop, bytes[start] | 0x20 == 0x73, bytes[start &+ 1] | 0x20 == 0x69,
      bytes[start &+ 2] | 0x20 == 0x70
    {
      if bytes[start &+ 3] == Byte.colon {
        index.scheme = .sip
        offset = start &+ 3
      } else if start &+ 5 <= stop, bytes[start &+ 3] | 0x20 == 0x73, bytes[start &+ 4] == Byte.colon {
        index.scheme = .sips
        offset = start &+ 4
      }
    } else if start &+ 4 <= stop, bytes[start] | 0x20 == 0x74, bytes[start &+ 1] | 0x20 == 0x65,
      bytes[start &+ 2] | 0x20 == 0x6c, bytes[start &+ 3] == Byte.colon
    {
      index.scheme = .tel
      offset = start &+ 3
    }
    if index.scheme == .other {
      guard start < stop, bytes[start].isLetter else { throw failure("a URI scheme") }
      while offset < stop, CharacterClass.scheme.contains(bytes[offset]) { offset &+= 1 }
      guard offset < stop, bytes[offset] == Byte.colon else { throw failure("a URI scheme and a colon") }
    }
    index.schemeEnd = UInt32(truncatingIfNeeded: offset)
    offset &+= 1

    switch index.scheme {
    case .sip, .sips: try readSIPParts(&index, stop)
    case .tel: try readTelParts(&index, stop)
    case .mailbox, .other:
      let body = UInt32(truncatingIfNeeded: offset)
      guard offset < stop else { throw failure("something after the scheme") }
      while offset < stop {
        guard CharacterClass.opaque.contains(bytes[offset]) else { throw failure("a URI character") }
        offset &+= 1
      }
      (index.userStart, index.userEnd, index.passwordEnd) = (body, body, body)
      (index.hostStart, index.hostEnd) = (body, body)
      (index.parametersStart, index.parametersEnd) = (index.end, index.end)
      findMailbox(&index, stop)
    }
    return index
  }

  /// Finds user and host of an `im` or `pres` URI; one without them stays in one piece.
  private mutating func findMailbox(_ index: inout SIPURIIndex, _ stop: Int) {
    let name = text(TextRange(Int(index.start), Int(index.schemeEnd)))
    guard name.equalsIgnoringCase("im") || name.equalsIgnoringCase("pres") else { return }
    let body = Int(index.userStart)
    guard let found = bytes.extracting(body..<stop).firstIndex(of: Byte.at), found > 0 else { return }
    offset = body &+ found &+ 1
    defer { offset = stop }
    guard let host = try? readHostRange(stop), offset == stop || bytes[offset] == Byte.question else { return }
    index.scheme = .mailbox
    index.userEnd = UInt32(truncatingIfNeeded: body &+ found)
    index.passwordEnd = index.userEnd
    (index.hostStart, index.hostEnd) = (host.start, host.end)
    (index.parametersStart, index.parametersEnd) = (host.end, host.end)
    if offset < stop { index.headersStart = UInt32(truncatingIfNeeded: offset &+ 1) }
  }

  private mutating func readSIPParts(_ index: inout SIPURIIndex, _ stop: Int) throws(SIPParseError) {
    let start = offset
    index.userStart = UInt32(truncatingIfNeeded: start)
    index.userEnd = index.userStart
    index.passwordEnd = index.userStart
    // `@` may stand nowhere else in a SIP URI, so the first one ends the user part.
    if let found = bytes.extracting(start..<stop).firstIndex(of: Byte.at) {
      let at = start &+ found
      offset = try skipEscaped(.readableUser, from: start, to: at, "a character of a user part")
      guard offset > start else { throw failure("a user before @") }
      index.userEnd = UInt32(truncatingIfNeeded: offset)
      index.passwordEnd = index.userEnd
      if offset < at {
        guard bytes[offset] == Byte.colon else { throw failure("a character of a user part") }
        offset = try skipEscaped(.password, from: offset &+ 1, to: at, "a character of a password")
        guard offset == at else { throw failure("a character of a password") }
        index.passwordEnd = UInt32(truncatingIfNeeded: at)
      }
      offset = at &+ 1
    }
    let host = try readHostRange(stop)
    index.hostStart = host.start
    index.hostEnd = host.end
    if offset < stop, bytes[offset] == Byte.colon {
      offset &+= 1
      index.port = Int32(try readPort(stop))
    }
    try readURIParameters(&index, stop)
    if offset < stop {
      guard bytes[offset] == Byte.question else { throw failure("a port, a parameter or the end of the URI") }
      offset &+= 1
      index.headersStart = UInt32(truncatingIfNeeded: offset)
      while offset < stop {
        offset = try skipEscaped(.uriHeader, from: offset, to: stop, "a character of a URI header")
        guard offset < stop else { break }
        guard bytes[offset] == Byte.equals || bytes[offset] == Byte.ampersand else {
          throw failure("a character of a URI header")
        }
        offset &+= 1
      }
    }
  }

  mutating func readURIParameters(_ index: inout SIPURIIndex, _ stop: Int) throws(SIPParseError) {
    index.parametersStart = UInt32(truncatingIfNeeded: offset)
    while offset < stop, bytes[offset] == Byte.semicolon {
      let name = offset &+ 1
      offset = try skipEscaped(.uriParameter, from: name, to: stop, "a character of a URI parameter")
      guard offset > name else { throw failure("a URI parameter's name") }
      if offset < stop, bytes[offset] == Byte.equals {
        let value = offset &+ 1
        offset = try skipEscaped(.uriParameter, from: value, to: stop, "a character of a URI parameter")
        guard offset > value else { throw failure("a URI parameter's value") }
      }
    }
    index.parametersEnd = UInt32(truncatingIfNeeded: offset)
  }

  /// The first place that neither `allowed` nor a whole escape covers.
  @inline(__always)
  private func skipEscaped(
    _ allowed: CharacterClass, from start: Int, to stop: Int, _ expected: StaticString
  ) throws(SIPParseError) -> Int {
    let rest = bytes.extracting(min(start, stop)..<stop)
    var index = 0
    while index < rest.count {
      let byte = rest[index]
      if allowed.contains(byte) {
        index &+= 1
      } else if byte == Byte.percent {
        guard index &+ 2 < rest.count, rest[index &+ 1].hexDigitValue != nil, rest[index &+ 2].hexDigitValue != nil
        else {
          throw failure("two hexadecimal digits after %", at: start &+ index)
        }
        index &+= 3
      } else {
        break
      }
    }
    return start &+ index
  }

  /// A host name, an IPv4 address or an IPv6 reference in brackets.
  @inline(__always)
  mutating func readHostRange(_ stop: Int) throws(SIPParseError) -> TextRange {
    let start = offset
    if offset < stop, bytes[offset] == Byte.openBracket {
      offset &+= 1
      while offset < stop, CharacterClass.ipv6.contains(bytes[offset]) { offset &+= 1 }
      guard offset < stop, bytes[offset] == Byte.closeBracket, offset > start &+ 2 else {
        throw failure("an IPv6 address and a closing bracket")
      }
      offset &+= 1
    } else {
      let rest = bytes.extracting(min(start, stop)..<stop)
      var index = 0
      while index < rest.count, CharacterClass.host.contains(rest[index]) { index &+= 1 }
      offset = start &+ index
      guard offset > start else { throw failure("a host") }
    }
    return TextRange(start, offset)
  }

  /// A port number, 0 to 65535.
  mutating func readPort(_ stop: Int) throws(SIPParseError) -> UInt16 {
    let start = offset
    var value = 0
    while offset < stop, bytes[offset].isDigit {
      value = min(value &* 10 &+ Int(bytes[offset] &- 48), 65536)
      offset &+= 1
    }
    guard offset > start, value < 65536 else { throw failure("a port from 0 to 65535", at: start) }
    return UInt16(truncatingIfNeeded: value)
  }
}
