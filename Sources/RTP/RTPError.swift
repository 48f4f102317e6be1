/// What went wrong in an RTP, RTCP or SRTP operation: the code, where in the packet, and what was expected there.
///
/// It holds no heap memory, so a storm of bad packets costs no allocation. Two errors are equal when their codes are.
public struct RTPError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The kind of an error. Open: later versions may add kinds.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    private enum Kind: UInt8 {
      case truncated, version, padding, extensionLength, length, payloadType, bufferTooSmall, payloadTooLarge
      case authenticationFailed, replayed, keyExhausted, unknownKey, tooManySources, indexReused, keyLength, cipher
      case closed
    }
    private let kind: Kind

    /// The packet ends before a field does.
    public static let truncated = Code(kind: .truncated)
    /// The version field is not 2 (RFC 3550 §5.1).
    public static let version = Code(kind: .version)
    /// The padding count does not fit the packet (RFC 3550 §5.1, §6.4.1).
    public static let padding = Code(kind: .padding)
    /// The header extension does not fit the packet, or the one to write is no multiple of four bytes (§5.3.1).
    public static let extensionLength = Code(kind: .extensionLength)
    /// An RTCP length field disagrees with the datagram, or a count with the length (RFC 3550 §A.2).
    public static let length = Code(kind: .length)
    /// A payload or packet type that cannot stand here (RFC 3550 §A.2, RFC 5761 §4).
    public static let payloadType = Code(kind: .payloadType)
    /// The caller's buffer cannot hold the result.
    public static let bufferTooSmall = Code(kind: .bufferTooSmall)
    /// The payload exceeds the session's `maximumPayload`.
    public static let payloadTooLarge = Code(kind: .payloadTooLarge)
    /// The authentication tag is wrong (RFC 3711 §3.3, RFC 7714 §7).
    public static let authenticationFailed = Code(kind: .authenticationFailed)
    /// The packet's index was seen before or is older than the replay window (RFC 3711 §3.3.2).
    public static let replayed = Code(kind: .replayed)
    /// The key has protected as many packets as its lifetime allows (RFC 3711 §9.2).
    public static let keyExhausted = Code(kind: .keyExhausted)
    /// No key has the packet's master key identifier (RFC 3711 §3.1).
    public static let unknownKey = Code(kind: .unknownKey)
    /// The context already serves as many SSRCs as it may.
    public static let tooManySources = Code(kind: .tooManySources)
    /// Protecting this packet would use a key stream twice (RFC 3711 §9.1).
    public static let indexReused = Code(kind: .indexReused)
    /// A master key, salt or identifier of a length that the suite does not have.
    public static let keyLength = Code(kind: .keyLength)
    /// libcrypto refused an operation: memory, or a library without the algorithm.
    public static let cipher = Code(kind: .cipher)
    /// The session has said BYE.
    public static let closed = Code(kind: .closed)

    /// The code's name.
    public var description: String { "\(kind)" }
  }

  /// The kind of the error; alone decides equality.
  public let code: Code
  /// The offset in the packet, in bytes, at which it was found; 0 where no place applies.
  public let offset: Int
  /// What was expected, for people.
  public let expected: StaticString

  init(_ code: Code, at offset: Int = 0, expected: StaticString) {
    self.code = code
    self.offset = offset
    self.expected = expected
  }

  /// Whether the codes are the same; place and expectation do not matter.
  public static func == (lhs: RTPError, rhs: RTPError) -> Bool { lhs.code == rhs.code }

  /// One line: the code, the offset and the expectation. Never packet bytes or keys.
  public var description: String { "RTP: \(code) at offset \(offset): expected \(expected)" }
}
