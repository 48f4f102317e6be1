import WireSupport

/// A Contact value (RFC 3261 §20.10): an address, or the `*` with which a REGISTER removes all bindings.
public enum SIPContact: Hashable, Sendable {
  /// An address with its parameters.
  case address(SIPNameAddress)
  /// `*`
  case wildcard

  /// A Contact with this URI.
  public init(_ uri: SIPURI, displayName: String? = nil, parameters: SIPParameters = .init()) {
    self = .address(SIPNameAddress(displayName: displayName, uri: uri, parameters: parameters))
  }

  /// The address; nil for `*`.
  public var address: SIPNameAddress? {
    switch self {
    case .address(let address): address
    case .wildcard: nil
    }
  }

  /// The URI; nil for `*`.
  public var uri: SIPURI? { address?.uri }

  /// The `expires` parameter in seconds, nil when it is not there. Nonsense in it is worth 3600 (RFC 3261 §20.10).
  public var expires: UInt32? {
    guard let text = address?.parameters.text("expires") else { return nil }
    if let value = text.decimal { return value }
    let isNumber = !text.isEmpty && text.bytes.allSatisfy { $0.isDigit }
    return isNumber ? .max : 3600
  }

  /// The `q` parameter in thousandths, 0 to 1000; nil when it is not there or malformed.
  public var q: Int? { address?.parameters.text("q").flatMap { SIPQValue.parse($0) } }
}

extension SIPContact: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPContact {
    if reader.consume(Byte.star) {
      reader.skipSpace()
      guard reader.isAtEnd else { throw reader.failure("nothing after *") }
      return .wildcard
    }
    return .address(try SIPNameAddress.read(&reader))
  }

  public func write(to writer: inout SIPFieldWriter) {
    switch self {
    case .address(let address): address.write(to: &writer)
    case .wildcard: writer.write("*")
    }
  }
}

extension SIPHeaderKey where Value == SIPContact {
  /// RFC 3261 §20.10
  public static let contact = SIPHeaderKey(.contact, .list)
}

/// `qvalue` (RFC 3261 §25.1).
enum SIPQValue {
  /// Thousandths; nil when the text is not 0, 1 or a fraction of at most three digits between.
  static func parse(_ text: SIPText) -> Int? {
    let bytes = text.bytes
    guard let first = bytes.first, first == 48 || first == 49, bytes.count <= 5 else { return nil }
    var value = first == 49 ? 1000 : 0
    if bytes.count == 1 { return value }
    guard bytes[1] == UInt8(ascii: ".") else { return nil }
    var weight = 100
    for byte in bytes.dropFirst(2) {
      guard byte.isDigit else { return nil }
      value += Int(byte - 48) * weight
      weight /= 10
    }
    return value <= 1000 ? value : nil
  }
}
