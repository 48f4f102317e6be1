import WireSupport

/// The lines whose values are fields between spaces: o=, c= and m=.
extension SDPParser {
  /// The next field, which a space must end; `position` moves behind the space.
  func field(_ bytes: Span<UInt8>, _ position: inout Int, _ what: String) throws(SDPError) -> Range<Int> {
    let from = position
    var to = from
    while to < end, bytes[to] != SDPGrammar.space { to += 1 }
    guard to > from, to < end else { throw error(.invalidValue, "\(what) and a space", at: to) }
    position = to + 1
    if tolerance.contains(.extraSpaces) { skipSpaces(bytes, &position) }
    return from..<to
  }

  /// The last field, up to the line's end.
  func lastField(_ bytes: Span<UInt8>, _ position: inout Int, _ what: String) throws(SDPError) -> Range<Int> {
    let from = position
    var to = from
    while to < end, bytes[to] != SDPGrammar.space { to += 1 }
    guard to > from else { throw error(.invalidValue, what, at: to) }
    position = to
    if tolerance.contains(.extraSpaces) { skipSpaces(bytes, &position) }
    guard position == end else { throw error(.invalidValue, "the line's end behind \(what)", at: to) }
    return from..<to
  }

  private func skipSpaces(_ bytes: Span<UInt8>, _ position: inout Int) {
    while position < end, bytes[position] == SDPGrammar.space { position += 1 }
  }

  private func text(_ range: Range<Int>) -> SDPText {
    SDPText(storage: storage, lower: range.lowerBound, upper: range.upperBound)
  }

  /// Whether the fields from the line's start are separated by single spaces, so that the line can be kept as it is.
  private func isTight(_ first: Range<Int>, _ second: Range<Int>, _ third: Range<Int>) -> Bool {
    first.upperBound + 1 == second.lowerBound && second.upperBound + 1 == third.lowerBound
  }

  func readOrigin(_ bytes: Span<UInt8>) throws(SDPError) -> SDPOrigin {
    var position = start
    let username = try field(bytes, &position, "a username")
    let sessionID = try field(bytes, &position, "a session id")
    let version = try field(bytes, &position, "a session version")
    let networkType = try field(bytes, &position, "a network type")
    let addressType = try field(bytes, &position, "an address type")
    let address = try lastField(bytes, &position, "an address")
    guard SDPGrammar.isDigits(bytes.extracting(sessionID)) else {
      throw error(.invalidValue, "a numeric session id", at: sessionID.lowerBound)
    }
    guard SDPGrammar.isDigits(bytes.extracting(version)) else {
      throw error(.invalidValue, "a numeric session version", at: version.lowerBound)
    }
    if isTight(username, sessionID, version), isTight(version, networkType, addressType),
      addressType.upperBound + 1 == address.lowerBound
    {
      return SDPOrigin(
        text: text(start..<address.upperBound), username.upperBound - start, sessionID.upperBound - start,
        version.upperBound - start, networkType.upperBound - start, addressType.upperBound - start)
    }
    return SDPOrigin(
      username: text(username), sessionID: text(sessionID), sessionVersion: text(version),
      networkType: text(networkType), addressType: text(addressType), address: text(address))
  }

  func readConnection(_ bytes: Span<UInt8>) throws(SDPError) -> SDPConnection {
    var position = start
    let networkType = try field(bytes, &position, "a network type")
    let addressType = try field(bytes, &position, "an address type")
    let address = try lastField(bytes, &position, "an address")
    if isTight(networkType, addressType, address) {
      return SDPConnection(
        text: text(start..<address.upperBound), networkTypeEnd: networkType.upperBound - start,
        addressTypeEnd: addressType.upperBound - start)
    }
    let joined = SDPText("\(text(networkType)) \(text(addressType)) \(text(address))")
    return SDPConnection(
      text: joined, networkTypeEnd: networkType.count, addressTypeEnd: networkType.count + 1 + addressType.count)
  }

  func readMedia(_ bytes: Span<UInt8>) throws(SDPError) -> SDPMedia {
    var position = start
    let kind = try field(bytes, &position, "a media type")
    guard SDPGrammar.isToken(bytes.extracting(kind)) else { throw error(.invalidValue, "a media type") }
    let ports = try field(bytes, &position, "a port")
    var portEnd = ports.lowerBound
    while portEnd < ports.upperBound, bytes[portEnd] != SDPGrammar.slash { portEnd += 1 }
    guard
      let port = SDPGrammar.decimal(bytes.extracting(ports.lowerBound..<portEnd)).flatMap({ UInt16(exactly: $0) })
    else { throw error(.invalidValue, "a port from 0 to 65535", at: ports.lowerBound) }
    var portCount: UInt16?
    if portEnd < ports.upperBound {
      portCount = SDPGrammar.decimal(bytes.extracting(portEnd + 1..<ports.upperBound)).flatMap { UInt16(exactly: $0) }
      guard let portCount, portCount > 0 else { throw error(.invalidValue, "a number of ports", at: portEnd + 1) }
    }
    let proto: Range<Int>
    if port == 0, tolerance.contains(.missingFormats),
      bytes.firstIndex(of: SDPGrammar.space, from: position).map({ $0 >= end }) ?? true
    {
      proto = try lastField(bytes, &position, "a transport")
    } else {
      proto = try field(bytes, &position, "a transport")
    }
    let formats = position..<end
    if formats.isEmpty {
      guard port == 0, tolerance.contains(.missingFormats) else { throw error(.invalidValue, "a format", at: end) }
    } else if !tolerance.contains(.extraSpaces) {
      var previous = SDPGrammar.space
      for index in formats {
        guard bytes[index] != SDPGrammar.space || previous != SDPGrammar.space else {
          throw error(.invalidValue, "a format", at: index)
        }
        previous = bytes[index]
      }
      guard previous != SDPGrammar.space else { throw error(.invalidValue, "a format", at: end) }
    }
    return SDPMedia(
      kind: SDPMediaKind(text(kind)), port: port, portCount: portCount, proto: text(proto), formatList: text(formats))
  }
}
