import WireSupport

/// A URI: `sip`, `sips`, `tel`, `im` and `pres` taken apart, any other scheme carried intact.
///
/// It is a view of the text it was read from, so reading one allocates nothing and printing it gives the same bytes.
/// Its parts are decoded when asked for and escaped when set. `==` compares the text; RFC 3261 §19.1.4's equivalence,
/// which is not transitive, is `isEquivalent(to:)`.
public struct SIPURI: Sendable {
  /// A URI's scheme.
  public enum Scheme: Hashable, Sendable {
    /// `sip:`
    case sip
    /// `sips:`
    case sips
    /// `tel:` (RFC 3966)
    case tel
    /// Any other; the name in lower case.
    case other(String)

    /// `im:` (RFC 3860), whose user, host and headers can be read.
    public static let im = Scheme.other("im")
    /// `pres:` (RFC 3859), whose user, host and headers can be read.
    public static let pres = Scheme.other("pres")

    /// The scheme's name in lower case.
    public var name: String {
      switch self {
      case .sip: "sip"
      case .sips: "sips"
      case .tel: "tel"
      case .other(let name): name
      }
    }
  }

  var storage: [UInt8]
  var index: SIPURIIndex

  @inline(__always)
  init(storage: [UInt8], index: SIPURIIndex) {
    self.storage = storage
    self.index = index
  }

  /// Reads a URI. Escapes must be whole, characters allowed, a port a number: RFC 3261 §25.1, RFC 3966 §3, RFC 5954.
  public init(_ text: some StringProtocol) throws(SIPParseError) {
    try self.init(bytes: Array(text.utf8))
  }

  /// Reads a URI that is all of `bytes`.
  public init(bytes: [UInt8]) throws(SIPParseError) {
    var reader = SIPFieldReader(bytes.span, storage: bytes, range: TextRange(0, bytes.count))
    let index = try reader.readURIIndex(.whole)
    guard reader.isAtEnd else { throw reader.failure("the end of the URI") }
    self.init(storage: bytes, index: index)
  }

  /// Builds a `sip` or `sips` URI; `user` is escaped as needed. A host name that is none makes the message that holds
  /// the URI refuse to serialise.
  public init(
    scheme: Scheme = .sip, user: String? = nil, password: String? = nil, host: SIPHost, port: UInt16? = nil,
    parameters: SIPParameters = .uri()
  ) {
    self.init(
      composing: SIPURIParts(
        scheme: scheme, user: user.map { SIPEscape.escapeUser($0) }, password: password.map { Self.escapePassword($0) },
        host: host.description, port: port, parameters: parameters.rawText.bytes, headers: []))
  }

  /// The scheme.
  public var scheme: Scheme {
    get {
      switch index.scheme {
      case .sip: .sip
      case .sips: .sips
      case .tel: .tel
      case .mailbox, .other: .other(text(index.start, index.schemeEnd).description.lowercased())
      }
    }
    set { recompose { $0.scheme = newValue } }
  }

  /// Whether the scheme is `sips`.
  public var isSecure: Bool { index.scheme == .sips }

  /// The user with escapes undone; the number of a `tel` URI as written. Nil when there is none.
  public var user: String? {
    get { rawUser.map { SIPEscape.unescape($0) } }
    set { recompose { $0.user = newValue.map { SIPEscape.escapeUser($0) } } }
  }

  /// The user as it stands.
  public var rawUser: SIPText? {
    index.userEnd > index.userStart ? text(index.userStart, index.userEnd) : nil
  }

  /// The password with escapes undone. RFC 3261 §19.1.1 advises against it.
  public var password: String? {
    get {
      index.passwordEnd > index.userEnd
        ? SIPEscape.unescape(text(index.userEnd &+ 1, index.passwordEnd)) : nil
    }
    set { recompose { $0.password = newValue.map { Self.escapePassword($0) } } }
  }

  /// The host; the empty name for a `tel` or unknown URI.
  public var host: SIPHost {
    get { SIPHost(rawHost) }
    set { recompose { $0.host = newValue.description } }
  }

  /// The host as it stands.
  public var rawHost: SIPText { text(index.hostStart, index.hostEnd) }

  /// The port, nil when it is not written. A port that is not written is not the same as 5060 (RFC 3261 §19.1.4).
  public var port: UInt16? {
    get { index.port >= 0 ? UInt16(truncatingIfNeeded: index.port) : nil }
    set { recompose { $0.port = newValue } }
  }

  /// The parameters.
  public var parameters: SIPParameters {
    get {
      SIPParameters(
        storage: storage, range: TextRange(Int(index.parametersStart), Int(index.parametersEnd)), grammar: .uri)
    }
    set { recompose { $0.parameters = newValue.rawText.bytes } }
  }

  /// The headers of a `sip` URI, after `?`: names and values with escapes undone.
  public var headers: [(name: String, value: String)] {
    var result = [(name: String, value: String)]()
    for part in rawHeaders.bytes.split(separator: Byte.ampersand, maxSplits: 256) {
      let pair = part.split(separator: Byte.equals, maxSplits: 1, omittingEmptySubsequences: false)
      let name = SIPEscape.unescape(SIPText(bytes: Array(pair[0])))
      let value = pair.count > 1 ? SIPEscape.unescape(SIPText(bytes: Array(pair[1]))) : ""
      result.append((name, value))
    }
    return result
  }

  /// The text after `?`, which is not part of it.
  public var rawHeaders: SIPText { text(index.headersStart, index.end) }

  /// The URI without its headers and without the `method` parameter: what a Request-URI may be (RFC 3261 §19.1.5).
  public var withoutHeaders: SIPURI {
    guard index.headersStart < index.end || parameters.contains("method") else { return self }
    var result = self
    result.recompose { $0.headers = [] }
    var parameters = result.parameters
    parameters.remove("method")
    result.parameters = parameters
    return result
  }

  /// The whole URI as text.
  public var rawText: SIPText { text(index.start, index.end) }

  // MARK: What calls ask for

  /// The `transport` parameter.
  public var transport: SIPTransport? {
    get { parameters.text("transport").map { SIPTransport($0.description) } }
    set { parameters["transport"] = newValue?.parameterName }
  }

  /// Whether the `lr` parameter says that the element behind this URI is a loose router (RFC 3261 §16.12).
  public var isLooseRouter: Bool { parameters.contains("lr") }

  // MARK: Inside

  @inline(__always)
  func text(_ start: UInt32, _ end: UInt32) -> SIPText {
    SIPText(storage: storage, range: TextRange(Int(start), Int(end)))
  }

  static func escapePassword(_ text: String) -> String {
    var bytes = [UInt8]()
    SIPEscape.append(text, allowed: .password, to: &bytes)
    return String(decoding: bytes, as: UTF8.self)
  }

  /// Whether the URI may be sent: false for one that was built of parts that make no URI.
  var isWellFormed: Bool { index.isWellFormed }
}

extension SIPURI: Hashable, CustomStringConvertible {
  /// The same text, byte for byte; see `isEquivalent(to:)`.
  public static func == (lhs: SIPURI, rhs: SIPURI) -> Bool { lhs.rawText == rhs.rawText }
  public func hash(into hasher: inout Hasher) { hasher.combine(rawText) }
  /// The URI as on the wire.
  public var description: String { rawText.description }
}

extension SIPParameters {
  /// No parameters, or these, in a URI's grammar.
  public static func uri(_ entries: [(String, String)] = []) -> SIPParameters {
    var result = SIPParameters(storage: [], range: .empty, grammar: .uri)
    for (name, value) in entries { result.set(name, value) }
    return result
  }
}
