import WireSupport

/// The name of an attribute: any token, the known ones as static members. Names compare byte for byte.
public struct SDPAttributeName: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The name's bytes.
  public let text: SDPText
  /// The name `text`.
  public init(_ text: SDPText) { self.text = text }
  /// The name that the literal spells.
  public init(stringLiteral value: String) { text = SDPText(value) }
  /// The name.
  public var description: String { text.string }

  /// RFC 8866 §6.6
  public static let rtpmap: SDPAttributeName = "rtpmap"
  /// RFC 8866 §6.15
  public static let fmtp: SDPAttributeName = "fmtp"
  /// RFC 8866 §6.4
  public static let ptime: SDPAttributeName = "ptime"
  /// RFC 8866 §6.5
  public static let maxptime: SDPAttributeName = "maxptime"
  /// RFC 8866 §6.7.1
  public static let recvonly: SDPAttributeName = "recvonly"
  /// RFC 8866 §6.7.2
  public static let sendrecv: SDPAttributeName = "sendrecv"
  /// RFC 8866 §6.7.3
  public static let sendonly: SDPAttributeName = "sendonly"
  /// RFC 8866 §6.7.4
  public static let inactive: SDPAttributeName = "inactive"
  /// RFC 4568 §4
  public static let crypto: SDPAttributeName = "crypto"
  /// RFC 3605 §2.1
  public static let rtcp: SDPAttributeName = "rtcp"
  /// RFC 5761 §5.1.1
  public static let rtcpMux: SDPAttributeName = "rtcp-mux"
  /// RFC 4585 §4.2
  public static let rtcpFeedback: SDPAttributeName = "rtcp-fb"
  /// RFC 5576 §4.1
  public static let ssrc: SDPAttributeName = "ssrc"
  /// RFC 8839 §5.1
  public static let candidate: SDPAttributeName = "candidate"
  /// RFC 8839 §5.4
  public static let iceUsernameFragment: SDPAttributeName = "ice-ufrag"
  /// RFC 8839 §5.4
  public static let icePassword: SDPAttributeName = "ice-pwd"
  /// RFC 5888 §4
  public static let mid: SDPAttributeName = "mid"
  /// RFC 5888 §5
  public static let group: SDPAttributeName = "group"
  /// RFC 4574 §4
  public static let label: SDPAttributeName = "label"
  /// RFC 4145 §4
  public static let setup: SDPAttributeName = "setup"
  /// RFC 8122 §5
  public static let fingerprint: SDPAttributeName = "fingerprint"
}

/// One `a=` line (RFC 8866 §5.13): `name` or `name:value`, kept as it was written.
public struct SDPAttribute: Hashable, Sendable {
  /// What stands behind `a=`.
  public let text: SDPText
  private let nameCount: UInt32

  /// A line already checked, whose name is `nameCount` bytes long.
  init(text: SDPText, nameCount: Int) {
    self.text = text
    self.nameCount = UInt32(truncatingIfNeeded: nameCount)
  }

  /// An attribute with a value, or without one (RFC 8866 calls that a property attribute).
  public init(_ name: SDPAttributeName, _ value: SDPText? = nil) {
    guard let value else {
      self.init(text: name.text, nameCount: name.text.count)
      return
    }
    var line = [UInt8]()
    line.reserveCapacity(name.text.count + 1 + value.count)
    line.append(contentsOf: name.text.storage[Int(name.text.lower)..<Int(name.text.upper)])
    line.append(SDPGrammar.colon)
    line.append(contentsOf: value.storage[Int(value.lower)..<Int(value.upper)])
    self.init(text: SDPText(bytes: line), nameCount: name.text.count)
  }

  /// The name.
  public var name: SDPAttributeName { SDPAttributeName(text.slice(0, Int(nameCount))) }

  /// What follows the colon; nil when there is no colon.
  public var value: SDPText? {
    Int(nameCount) < text.count ? text.slice(Int(nameCount) + 1, text.count) : nil
  }

  /// Whether the attribute has this name.
  public func isNamed(_ name: SDPAttributeName) -> Bool {
    guard Int(nameCount) == name.text.count else { return false }
    let (a, b) = (text.bytes, name.text.bytes)
    for index in 0..<b.count where a[index] != b[index] { return false }
    return true
  }

  /// Whether the value must not be shown: SDES keys and ICE passwords.
  var isSecret: Bool { isNamed(.crypto) || isNamed(.icePassword) || isNamed("key-mgmt") }
}

extension SDPAttribute: CustomStringConvertible {
  /// The line without `a=`; secrets are hidden.
  public var description: String { isSecret ? "\(name):<hidden>" : text.string }
}
