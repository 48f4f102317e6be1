import WireSupport

/// A `name-addr` or `addr-spec` with its header parameters (RFC 3261 §20.10): From, To, Contact, Route, Refer-To, …
public struct SIPNameAddress: Sendable {
  private var storage: [UInt8]
  private var display: TextRange
  private var uriIndex: SIPURIIndex
  private var parameterRange: TextRange
  /// The whole value, parameters included.
  private var whole: TextRange
  private var isWellFormed = true

  /// An address to send: `"displayName" <uri>;parameters`.
  public init(displayName: String? = nil, uri: SIPURI, parameters: SIPParameters = .init()) {
    var writer = SIPFieldWriter()
    if let displayName { writer.writeQuoted(displayName) }
    display = TextRange(0, writer.bytes.count)
    if displayName != nil { writer.bytes.append(Byte.space) }
    writer.bytes.append(Byte.less)
    let start = writer.bytes.count
    writer.write(uri.rawText)
    uriIndex = uri.index.shifted(by: start - Int(uri.index.start))
    writer.bytes.append(Byte.greater)
    let parameterStart = writer.bytes.count
    writer.write(parameters)
    storage = writer.bytes
    parameterRange = TextRange(parameterStart, storage.count)
    whole = TextRange(0, storage.count)
    isWellFormed = writer.problem == nil && uri.isWellFormed
  }

  /// Reads `"Name" <sip:a@b>;tag=x` or `sip:a@b;tag=x`: after the latter's URI every parameter is the header's.
  public init(_ text: some StringProtocol) throws(SIPParseError) {
    let bytes = Array(text.utf8)
    var reader = SIPFieldReader(bytes.span, storage: bytes, range: TextRange(0, bytes.count))
    self = try Self.read(&reader)
    guard reader.isAtEnd else { throw reader.failure("the end of the address") }
  }

  /// The display name without quotes and escapes; nil when there is none.
  public var displayName: String? {
    get { display.isEmpty ? nil : SIPQuoted.unquote(SIPText(storage: storage, range: display)) }
    set { self = SIPNameAddress(displayName: newValue, uri: uri, parameters: parameters) }
  }

  /// The URI.
  public var uri: SIPURI {
    get { SIPURI(storage: storage, index: uriIndex) }
    set { self = SIPNameAddress(displayName: displayName, uri: newValue, parameters: parameters) }
  }

  /// The header's parameters, not the URI's.
  public var parameters: SIPParameters {
    get { SIPParameters(storage: storage, range: parameterRange, grammar: .header) }
    set { replaceParameters(newValue) }
  }

  /// The `tag` of a From or To (RFC 3261 §19.3).
  public var tag: SIPText? { parameters.text("tag") }

  /// The same address with this tag, or with none.
  public func withTag(_ tag: String?) -> SIPNameAddress {
    var result = self
    var parameters = parameters
    parameters.set("tag", tag)
    result.replaceParameters(parameters)
    return result
  }

  private mutating func replaceParameters(_ parameters: SIPParameters) {
    // What stands before the parameters keeps its spelling, its brackets or their lack included.
    var writer = SIPFieldWriter()
    let start = whole.lower
    writer.write(
      SIPText(storage: storage, range: TextRange(start, parameterRange.isEmpty ? whole.upper : parameterRange.lower)))
    let parameterStart = writer.bytes.count
    writer.write(parameters)
    storage = writer.bytes
    display = display.isEmpty ? .empty : TextRange(display.lower - start, display.upper - start)
    uriIndex = uriIndex.shifted(by: -start)
    parameterRange = TextRange(parameterStart, storage.count)
    whole = TextRange(0, storage.count)
    if writer.problem != nil { isWellFormed = false }
  }
}

extension SIPNameAddress: SIPHeaderValue {
  private init(storage: [UInt8], display: TextRange, uri: SIPURIIndex, parameters: TextRange, whole: TextRange) {
    self.storage = storage
    self.display = display
    uriIndex = uri
    parameterRange = parameters
    self.whole = whole
  }

  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPNameAddress {
    reader.skipSpace()
    let start = reader.offset
    var display = TextRange.empty
    var isBare = false
    if reader.next == Byte.quote {
      display = try reader.readQuotedRange()
      reader.skipSpace()
    } else if reader.next != Byte.less {
      // Words of a display name, or a scheme: only what follows the first word tells.
      var last = start
      var words = 0
      while !reader.isAtEnd {
        let byte = reader.next
        if CharacterClass.token.contains(byte) || byte >= 0x80 {
          reader.offset &+= 1
          last = reader.offset
        } else if isSpace(byte) {
          words &+= 1
          reader.skipSpace()
        } else {
          break
        }
      }
      if reader.next == Byte.colon, words == 0 {
        isBare = true
        reader.offset = start
      } else {
        display = TextRange(start, last)
      }
    }
    let uri: SIPURIIndex
    if isBare {
      uri = try reader.readURIIndex(.bare)
    } else {
      guard reader.consume(Byte.less) else { throw reader.failure("a URI, or < after a display name") }
      uri = try reader.readURIIndex(.bracketed)
      guard reader.consume(Byte.greater) else { throw reader.failure("a closing >") }
    }
    let parameters = try reader.readParameterRange()
    return SIPNameAddress(
      storage: reader.storage, display: display, uri: uri, parameters: parameters,
      whole: TextRange(start, reader.offset))
  }

  public func write(to writer: inout SIPFieldWriter) {
    if !isWellFormed || !uriIndex.isWellFormed { writer.fail("an address whose parts are well formed") }
    writer.write(SIPText(storage: storage, range: whole))
  }
}

extension SIPNameAddress: Hashable, CustomStringConvertible {
  /// The same text, byte for byte.
  public static func == (lhs: SIPNameAddress, rhs: SIPNameAddress) -> Bool {
    SIPText(storage: lhs.storage, range: lhs.whole) == SIPText(storage: rhs.storage, range: rhs.whole)
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(SIPText(storage: storage, range: whole)) }
  public var description: String { SIPText(storage: storage, range: whole).description }
}

extension SIPHeaderKey where Value == SIPNameAddress {
  /// RFC 3261 §20.20
  public static let from = SIPHeaderKey(.from)
  /// RFC 3261 §20.39
  public static let to = SIPHeaderKey(.to)
  /// RFC 3261 §20.34
  public static let route = SIPHeaderKey(.route, .list)
  /// RFC 3261 §20.30
  public static let recordRoute = SIPHeaderKey(.recordRoute, .list)
  /// RFC 3515 §2.1
  public static let referTo = SIPHeaderKey(.referTo)
  /// RFC 3261 §20.31
  public static let replyTo = SIPHeaderKey(.replyTo)
  /// RFC 3892 §2.1
  public static let referredBy = SIPHeaderKey(.referredBy)
  /// RFC 3327 §4: what a registrar must route through to reach a contact.
  public static let path = SIPHeaderKey(.path, .list)
  /// RFC 3608 §5: the route that a registered user's requests take.
  public static let serviceRoute = SIPHeaderKey(.serviceRoute, .list)
  /// RFC 3325 §9.1: who the caller is, as the network vouches for it.
  public static let pAssertedIdentity = SIPHeaderKey(.pAssertedIdentity, .list)
  /// RFC 3325 §9.2: which of the caller's identities should be asserted.
  public static let pPreferredIdentity = SIPHeaderKey(.pPreferredIdentity, .list)
  /// RFC 7315 §4.1: the other addresses of a registered user; a line may be empty.
  public static let pAssociatedURI = SIPHeaderKey(.pAssociatedURI, .listOrEmpty)
  /// RFC 7315 §4.2: the Request-URI before it was translated.
  public static let pCalledPartyID = SIPHeaderKey(.pCalledPartyID)
  /// RFC 6794 §4.4.3: the policies that a request is made under.
  public static let policyID = SIPHeaderKey(.policyID, .list)
}
