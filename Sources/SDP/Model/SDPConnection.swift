import WireSupport

/// A `c=` line (RFC 8866 §5.7): where media is to be sent.
public struct SDPConnection: Hashable, Sendable {
  /// The line behind `c=`.
  public let text: SDPText
  private let networkTypeEnd: UInt32
  private let addressTypeEnd: UInt32

  /// A line already cut.
  init(text: SDPText, networkTypeEnd: Int, addressTypeEnd: Int) {
    self.text = text
    self.networkTypeEnd = UInt32(truncatingIfNeeded: networkTypeEnd)
    self.addressTypeEnd = UInt32(truncatingIfNeeded: addressTypeEnd)
  }

  /// A unicast IP address.
  public init(_ address: IPAddress) {
    self.init(
      text: SDPText("IN \(address.isV6 ? "IP6" : "IP4") \(address)"), networkTypeEnd: 2, addressTypeEnd: 6)
  }

  /// `IN`.
  public var networkType: SDPText { text.slice(0, Int(networkTypeEnd)) }
  /// `IP4` or `IP6`.
  public var addressType: SDPText { text.slice(Int(networkTypeEnd) + 1, Int(addressTypeEnd)) }
  /// The address with the multicast suffix, if any: `224.2.1.1/127/3`.
  public var address: SDPText { text.slice(Int(addressTypeEnd) + 1, text.count) }

  /// The address or name without the multicast suffix.
  public var host: SDPText {
    let address = address
    return address.slice(0, address.bytes.firstIndex(of: SDPGrammar.slash) ?? address.count)
  }

  /// The address as a number; nil for a name, or for something other than IP.
  public var ip: IPAddress? {
    guard networkType.equalsIgnoringCase("IN") else { return nil }
    return IPAddress(ascii: host.bytes)
  }

  /// The multicast scope of an IPv4 group (RFC 8866 §5.7), nil without one.
  public var timeToLive: UInt8? {
    guard addressType.equalsIgnoringCase("IP4") else { return nil }
    return suffix(0).flatMap { UInt8(exactly: $0) }
  }

  /// The number of consecutive multicast addresses; 1 when the line does not say.
  public var addressCount: UInt64 { suffix(addressType.equalsIgnoringCase("IP4") ? 1 : 0) ?? 1 }

  private func suffix(_ index: Int) -> UInt64? {
    var reader = SDPFieldReader(address)
    for _ in 0...index where reader.next(upTo: SDPGrammar.slash) == nil { return nil }
    return reader.next(upTo: SDPGrammar.slash)?.decimal
  }
}

extension SDPConnection: CustomStringConvertible {
  /// The line without `c=`.
  public var description: String { text.string }
}
