import WireSupport

/// `a=rtcp:53020 IN IP4 126.16.64.4` (RFC 3605): where RTCP goes when it is not the next port.
public struct SDPRTCPAddress: Hashable, Sendable {
  /// The port.
  public var port: UInt16
  /// The address, nil when it is that of RTP.
  public var connection: SDPConnection?

  /// An RTCP port, and an address where it differs.
  public init(port: UInt16, connection: SDPConnection? = nil) {
    self.port = port
    self.connection = connection
  }
}

extension SDPAttributeKey where Value == SDPRTCPAddress {
  /// RFC 3605 §2.1
  public static var rtcp: Self {
    Self(.rtcp, expected: "a port, and a network type, address type and address or nothing") { text in
      var words = SDPFieldReader(text)
      guard let port = words.nextWord()?.decimal.flatMap({ UInt16(exactly: $0) }) else { return nil }
      if words.isAtEnd { return SDPRTCPAddress(port: port) }
      guard let network = words.nextWord(), let type = words.nextWord(), let address = words.nextWord(), words.isAtEnd
      else { return nil }
      return SDPRTCPAddress(
        port: port,
        connection: SDPConnection(
          text: SDPText("\(network) \(type) \(address)"), networkTypeEnd: network.count,
          addressTypeEnd: network.count + 1 + type.count))
    } print: { value in
      SDPText(value.connection.map { "\(value.port) \($0.text)" } ?? String(value.port))
    }
  }
}

/// `a=rtcp-fb:98 nack pli` (RFC 4585 §4.2).
public struct SDPRTCPFeedback: Hashable, Sendable {
  /// The format that it holds for; `*` for all.
  public var format: SDPText
  /// `ack`, `nack`, `trr-int`, `ccm`, …
  public var type: SDPText
  /// What follows the type; empty when nothing does.
  public var parameters: SDPText

  /// A feedback capability.
  public init(format: SDPText, type: SDPText, parameters: SDPText = "") {
    self.format = format
    self.type = type
    self.parameters = parameters
  }
}

extension SDPAttributeKey where Value == SDPRTCPFeedback {
  /// RFC 4585 §4.2
  public static var rtcpFeedback: Self {
    Self(.rtcpFeedback, expected: "a format and a feedback type") { text in
      var words = SDPFieldReader(text)
      guard let format = words.nextWord(), let type = words.nextWord() else { return nil }
      return SDPRTCPFeedback(format: format, type: type, parameters: words.rest)
    } print: {
      SDPText($0.parameters.isEmpty ? "\($0.format) \($0.type)" : "\($0.format) \($0.type) \($0.parameters)")
    }
  }
}

/// `a=ssrc:2754920552 cname:abc` (RFC 5576 §4.1).
public struct SDPSourceAttribute: Hashable, Sendable {
  /// The source's identifier.
  public var ssrc: UInt32
  /// `cname`, `msid`, …
  public var name: SDPText
  /// What follows the colon; nil without one.
  public var value: SDPText?

  /// An attribute of a source.
  public init(ssrc: UInt32, name: SDPText, value: SDPText? = nil) {
    self.ssrc = ssrc
    self.name = name
    self.value = value
  }
}

extension SDPAttributeKey where Value == SDPSourceAttribute {
  /// RFC 5576 §4.1
  public static var ssrc: Self {
    Self(.ssrc, expected: "an SSRC and an attribute") { text in
      var words = SDPFieldReader(text)
      guard let ssrc = words.nextWord()?.decimal.flatMap({ UInt32(exactly: $0) }), !words.isAtEnd else { return nil }
      let rest = words.rest
      guard let colon = rest.bytes.firstIndex(of: SDPGrammar.colon) else {
        return SDPSourceAttribute(ssrc: ssrc, name: rest)
      }
      return SDPSourceAttribute(ssrc: ssrc, name: rest.slice(0, colon), value: rest.slice(colon + 1, rest.count))
    } print: { value in
      SDPText(value.value.map { "\(value.ssrc) \(value.name):\($0)" } ?? "\(value.ssrc) \(value.name)")
    }
  }
}
