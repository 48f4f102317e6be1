import WireSupport

/// The `o=` line (RFC 8866 §5.2): who made the session and which version of its description this is.
///
/// Kept as one text with the places of its fields, since most readers look only at the version.
public struct SDPOrigin: Hashable, Sendable {
  /// The line behind `o=`.
  public let text: SDPText
  private let ends: InlineEnds

  private struct InlineEnds: Hashable, Sendable {
    var username: UInt32
    var sessionID: UInt32
    var version: UInt32
    var networkType: UInt32
    var addressType: UInt32
  }

  /// An origin with numeric identifiers and an IP address.
  public init(username: String = "-", sessionID: UInt64, sessionVersion: UInt64, address: IPAddress) {
    self.init(
      username: SDPText(username), sessionID: SDPText(String(sessionID)),
      sessionVersion: SDPText(String(sessionVersion)),
      networkType: "IN", addressType: address.isV6 ? "IP6" : "IP4", address: SDPText(address.description))
  }

  /// An origin from its six fields, none of which may be empty or hold a space.
  public init(
    username: SDPText, sessionID: SDPText, sessionVersion: SDPText, networkType: SDPText, addressType: SDPText,
    address: SDPText
  ) {
    var line = [UInt8]()
    func end(_ field: SDPText) -> Int {
      line.append(contentsOf: field.storage[Int(field.lower)..<Int(field.upper)])
      let end = line.count
      line.append(SDPGrammar.space)
      return end
    }
    let (a, b, c) = (end(username), end(sessionID), end(sessionVersion))
    let (d, e, f) = (end(networkType), end(addressType), end(address))
    line.removeLast()
    self.init(text: SDPText(storage: line, lower: 0, upper: f), a, b, c, d, e)
  }

  /// A line already cut: the offsets at which its first five fields end.
  init(text: SDPText, _ username: Int, _ sessionID: Int, _ version: Int, _ networkType: Int, _ addressType: Int) {
    self.text = text
    ends = InlineEnds(
      username: UInt32(truncatingIfNeeded: username), sessionID: UInt32(truncatingIfNeeded: sessionID),
      version: UInt32(truncatingIfNeeded: version), networkType: UInt32(truncatingIfNeeded: networkType),
      addressType: UInt32(truncatingIfNeeded: addressType))
  }

  /// No origin yet: stands in while a description is parsed.
  static var blank: SDPOrigin { SDPOrigin(text: SDPText(bytes: []), 0, 0, 0, 0, 0) }

  /// The user's login, `-` for none.
  public var username: SDPText { text.slice(0, Int(ends.username)) }
  /// The session's identifier: digits of any length.
  public var sessionID: SDPText { text.slice(Int(ends.username) + 1, Int(ends.sessionID)) }
  /// The description's version: digits of any length.
  public var sessionVersion: SDPText { text.slice(Int(ends.sessionID) + 1, Int(ends.version)) }
  /// `IN`.
  public var networkType: SDPText { text.slice(Int(ends.version) + 1, Int(ends.networkType)) }
  /// `IP4` or `IP6`.
  public var addressType: SDPText { text.slice(Int(ends.networkType) + 1, Int(ends.addressType)) }
  /// The address or name of the machine.
  public var address: SDPText { text.slice(Int(ends.addressType) + 1, text.count) }

  /// Whether both name the same session: all but the version equal (RFC 8866 §5.2).
  public func isSameSession(as other: SDPOrigin) -> Bool {
    username == other.username && sessionID == other.sessionID && networkType == other.networkType
      && addressType == other.addressType && address == other.address
  }
}

extension SDPOrigin: CustomStringConvertible {
  /// The line without `o=`.
  public var description: String { text.string }
}
