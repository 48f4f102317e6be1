import WireSupport

/// One Via value (RFC 3261 §20.42): the transport, where responses go back to, and the branch of the transaction.
public struct SIPVia: Sendable {
  private var storage: [UInt8]
  private var transportRange: TextRange
  private var hostRange: TextRange
  private var portNumber: Int32
  private var parameterRange: TextRange
  private var whole: TextRange
  private var isWellFormed = true

  /// A Via to send: `SIP/2.0/transport host:port;branch=…`, with an empty `rport` when asked for (RFC 3581 §3).
  public init(
    transport: SIPTransport, host: SIPHost, port: UInt16? = nil, branch: String, requestsResponsePort: Bool = true
  ) {
    var parameters: SIPParameters = ["branch": branch]
    if requestsResponsePort { parameters["rport"] = "" }
    self.init(transport: transport, host: host, port: port, parameters: parameters)
  }

  /// A Via to send with exactly these parameters.
  public init(transport: SIPTransport, host: SIPHost, port: UInt16? = nil, parameters: SIPParameters) {
    var writer = SIPFieldWriter()
    writer.write("SIP/2.0/")
    let transportStart = writer.bytes.count
    writer.writeToken(transport.name)
    transportRange = TextRange(transportStart, writer.bytes.count)
    writer.write(" ")
    let hostStart = writer.bytes.count
    let text = host.description
    writer.write(text)
    if case .name = host, text.isEmpty || !text.utf8.allSatisfy({ CharacterClass.host.contains($0) }) {
      writer.fail("a host name")
    }
    hostRange = TextRange(hostStart, writer.bytes.count)
    portNumber = -1
    if let port {
      portNumber = Int32(port)
      writer.write(":")
      writer.write(UInt32(port))
    }
    let parameterStart = writer.bytes.count
    writer.write(parameters)
    isWellFormed = writer.problem == nil
    storage = writer.bytes
    parameterRange = TextRange(parameterStart, storage.count)
    whole = TextRange(0, storage.count)
  }

  /// Reads one Via value.
  public init(_ text: some StringProtocol) throws(SIPParseError) {
    let bytes = Array(text.utf8)
    var reader = SIPFieldReader(
      bytes.span, storage: bytes, range: TextRange(0, bytes.count), context: SIPFieldContext(header: .via))
    self = try Self.read(&reader)
    guard reader.isAtEnd else { throw reader.failure("the end of the Via") }
  }

  /// The transport; one that is not ours is carried by its name.
  public var transport: SIPTransport { SIPTransport(SIPText(storage: storage, range: transportRange)) }
  /// The sent-by host.
  public var host: SIPHost { SIPHost(rawHost) }
  /// The sent-by host as it stands.
  public var rawHost: SIPText { SIPText(storage: storage, range: hostRange) }
  /// The sent-by port, nil when it is not written: then it is the transport's default.
  public var port: UInt16? { portNumber >= 0 ? UInt16(truncatingIfNeeded: portNumber) : nil }

  /// The parameters.
  public var parameters: SIPParameters {
    get { SIPParameters(storage: storage, range: parameterRange, grammar: .header) }
    set { replaceParameters(newValue) }
  }

  /// The branch (RFC 3261 §8.1.1.7).
  public var branch: SIPText? { parameters.text("branch") }

  /// Whether the branch begins with the magic cookie of RFC 3261 and has something after it (RFC 4475 §3.2.1).
  public var hasMagicCookie: Bool {
    guard let branch else { return false }
    let cookie: StaticString = "z9hG4bK"
    guard branch.count > 7 else { return false }
    let span = branch.span
    return cookie.withUTF8Buffer { buffer in
      for index in 0..<7 where span[index] != buffer[index] { return false }
      return true
    }
  }

  /// Where the request came from, as its receiver saw it (RFC 3261 §18.2.1). IPv6 with or without brackets (RFC 5118 §4.5).
  public var received: IPAddress? {
    get { parameters.text("received").flatMap { IPAddress(ascii: $0.span) } }
    set { parameters["received"] = newValue.map { "\($0)" } }
  }

  /// Whether there is an `rport`, with a value or without (RFC 3581 §3).
  public var hasResponsePort: Bool { parameters.contains("rport") }

  /// The value of `rport`; nil when there is none or it is empty.
  public var responsePort: UInt16? {
    get { parameters.text("rport")?.decimal.flatMap { UInt16(exactly: $0) } }
    set { parameters["rport"] = newValue.map { String($0) } }
  }

  /// The `ttl` of a multicast request.
  public var ttl: UInt8? { parameters.text("ttl")?.decimal.flatMap { UInt8(exactly: $0) } }
  /// The `maddr`: where a response to a multicast request goes.
  public var maddr: SIPHost? { parameters.text("maddr").map { SIPHost($0) } }

  private mutating func replaceParameters(_ parameters: SIPParameters) {
    var writer = SIPFieldWriter()
    let start = whole.lower
    writer.write(
      SIPText(storage: storage, range: TextRange(start, parameterRange.isEmpty ? whole.upper : parameterRange.lower)))
    let parameterStart = writer.bytes.count
    writer.write(parameters)
    if writer.problem != nil { isWellFormed = false }
    storage = writer.bytes
    transportRange = TextRange(transportRange.lower - start, transportRange.upper - start)
    hostRange = TextRange(hostRange.lower - start, hostRange.upper - start)
    parameterRange = TextRange(parameterStart, storage.count)
    whole = TextRange(0, storage.count)
  }
}

extension SIPVia: SIPHeaderValue {
  private init(
    storage: [UInt8], transport: TextRange, host: TextRange, port: Int32, parameters: TextRange, whole: TextRange
  ) {
    self.storage = storage
    transportRange = transport
    hostRange = host
    portNumber = port
    parameterRange = parameters
    self.whole = whole
  }

  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPVia {
    reader.skipSpace()
    let start = reader.offset
    // sent-protocol: protocol-name SLASH protocol-version SLASH transport
    _ = try reader.readRange(.token, "a protocol name")
    guard reader.consumeSeparator(Byte.slash) else { throw reader.failure("a slash after the protocol name") }
    _ = try reader.readRange(.token, "a protocol version")
    guard reader.consumeSeparator(Byte.slash) else { throw reader.failure("a slash after the protocol version") }
    let transport = try reader.readRange(.token, "a transport")
    guard isSpace(reader.next) else { throw reader.failure("white space after the transport") }
    reader.skipSpace()
    let host = try reader.readHostRange(reader.end)
    var port: Int32 = -1
    var last = reader.offset
    if reader.consumeSeparator(Byte.colon) {
      port = Int32(try reader.readPort(reader.end))
      last = reader.offset
    }
    let parameters = try reader.readParameterRange()
    if !parameters.isEmpty { last = parameters.upper }
    reader.offset = last
    return SIPVia(
      storage: reader.storage, transport: transport, host: host, port: port, parameters: parameters,
      whole: TextRange(start, last))
  }

  public func write(to writer: inout SIPFieldWriter) {
    if !isWellFormed { writer.fail("a Via whose parts are well formed") }
    writer.write(SIPText(storage: storage, range: whole))
  }
}

extension SIPVia: Hashable, CustomStringConvertible {
  /// The same text, byte for byte.
  public static func == (lhs: SIPVia, rhs: SIPVia) -> Bool {
    SIPText(storage: lhs.storage, range: lhs.whole) == SIPText(storage: rhs.storage, range: rhs.whole)
  }
  public func hash(into hasher: inout Hasher) { hasher.combine(SIPText(storage: storage, range: whole)) }
  public var description: String { SIPText(storage: storage, range: whole).description }
}

extension SIPHeaderKey where Value == SIPVia {
  /// RFC 3261 §20.42
  public static let via = SIPHeaderKey(.via, .list)
}
