/// A set of payload types, 0–127, in 16 bytes.
public struct RTPPayloadTypes: Hashable, Sendable, ExpressibleByArrayLiteral {
  private var low: UInt64 = 0
  private var high: UInt64 = 0

  /// The empty set.
  public init() {}

  /// The set of these types; those above 127 do not exist and are left out.
  public init(_ types: some Sequence<UInt8>) { for type in types { insert(type) } }

  /// The set of these types.
  public init(arrayLiteral elements: UInt8...) { self.init(elements) }

  /// Every payload type.
  public static let all = RTPPayloadTypes(0...127)

  /// Adds a type.
  public mutating func insert(_ type: UInt8) {
    if type < 64 { low |= 1 << UInt64(type) } else if type < 128 { high |= 1 << UInt64(type - 64) }
  }

  /// Whether the set has `type`.
  public func contains(_ type: UInt8) -> Bool {
    if type < 64 { return low & 1 << UInt64(type) != 0 }
    return type < 128 && high & 1 << UInt64(type - 64) != 0
  }
}
