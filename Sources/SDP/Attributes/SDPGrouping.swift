import WireSupport

/// `a=group:BUNDLE audio video` (RFC 5888 §5).
public struct SDPGroup: Hashable, Sendable {
  /// `LS`, `FID`, `BUNDLE`, …
  public var semantics: SDPText
  /// The `a=mid` of the members.
  public var members: [SDPText]

  /// A group.
  public init(semantics: SDPText, members: [SDPText]) {
    self.semantics = semantics
    self.members = members
  }
}

extension SDPAttributeKey where Value == SDPGroup {
  /// RFC 5888 §5
  public static var group: Self {
    Self(.group, expected: "semantics and identification tags") { text in
      var words = SDPFieldReader(text)
      guard let semantics = words.nextWord() else { return nil }
      var members = [SDPText]()
      while let member = words.nextWord() { members.append(member) }
      return SDPGroup(semantics: semantics, members: members)
    } print: { value in
      SDPText(([value.semantics] + value.members).map(\.string).joined(separator: " "))
    }
  }
}

extension SDPAttributeKey where Value == SDPText {
  /// RFC 5888 §4
  public static var mid: Self { token(.mid) }
  /// RFC 4574 §4
  public static var label: Self { token(.label) }
  /// RFC 8839 §5.1, as it is written: the ICE module reads it.
  public static var candidate: Self {
    Self(.candidate, expected: "a candidate") {
      $0.isEmpty ? nil : $0
    } print: {
      $0
    }
  }

  private static func token(_ name: SDPAttributeName) -> Self {
    Self(name, expected: "a token") {
      SDPGrammar.isToken($0.bytes) ? $0 : nil
    } print: {
      $0
    }
  }
}

/// `a=setup` (RFC 4145 §4): who opens the connection.
public enum SDPSetup: String, Hashable, Sendable {
  /// This side connects.
  case active
  /// This side waits.
  case passive
  /// Either; only in an offer.
  case actpass
  /// Nobody for now.
  case holdconn
}

extension SDPAttributeKey where Value == SDPSetup {
  /// RFC 4145 §4
  public static var setup: Self {
    Self(.setup, expected: "active, passive, actpass or holdconn") {
      SDPSetup(rawValue: $0.string)
    } print: {
      SDPText($0.rawValue)
    }
  }
}

/// `a=fingerprint:sha-256 F0:37:…` (RFC 8122 §5).
public struct SDPFingerprint: Hashable, Sendable {
  /// `sha-256`, …; compares without regard to case.
  public var algorithm: SDPText
  /// The digest of the certificate.
  public var digest: [UInt8]

  /// A fingerprint.
  public init(algorithm: SDPText, digest: [UInt8]) {
    self.algorithm = algorithm
    self.digest = digest
  }
}

extension SDPAttributeKey where Value == SDPFingerprint {
  /// RFC 8122 §5
  public static var fingerprint: Self {
    Self(.fingerprint, expected: "a hash function and hexadecimal bytes between colons") { text in
      var words = SDPFieldReader(text)
      guard let algorithm = words.nextWord(), let hex = words.nextWord(), words.isAtEnd, hex.count <= 64 * 3 else {
        return nil
      }
      var digest = [UInt8]()
      var parts = SDPFieldReader(hex)
      while let part = parts.next(upTo: SDPGrammar.colon) {
        guard part.count == 2, let high = part.bytes[0].hexDigitValue, let low = part.bytes[1].hexDigitValue else {
          return nil
        }
        digest.append(high << 4 | low)
      }
      return digest.isEmpty ? nil : SDPFingerprint(algorithm: algorithm, digest: digest)
    } print: { value in
      let hex = value.digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16, uppercase: true) }
      return SDPText("\(value.algorithm) \(hex.joined(separator: ":"))")
    }
  }
}
