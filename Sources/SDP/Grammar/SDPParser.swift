import WireSupport

extension SDPSession {
  /// Reads a description. The bytes are shared, not copied.
  ///
  /// Lines end with CRLF or LF, the last one with either or nothing.
  /// - Throws: ``SDPError`` with the line (from 1), the offset, and what was expected.
  public init(
    parsing bytes: [UInt8], limits: SDPLimits = SDPLimits(), tolerance: SDPTolerance = .field
  ) throws(SDPError) {
    guard bytes.count <= min(limits.bytes, Int(Int32.max)) else {
      throw SDPError(.limitExceeded, expected: "at most \(limits.bytes) bytes", status: 488)
    }
    var session = SDPSession(blank: SDPOrigin.blank)
    var parser = SDPParser(storage: bytes, limits: limits, tolerance: tolerance)
    try parser.run(bytes.span, into: &session)
    self = consume session
  }

  /// Reads a description from a copy of `bytes`; otherwise as ``init(parsing:limits:tolerance:)-([UInt8],_,_)``.
  public init(
    parsing bytes: Span<UInt8>, limits: SDPLimits = SDPLimits(), tolerance: SDPTolerance = .field
  ) throws(SDPError) {
    guard bytes.count <= limits.bytes else {
      throw SDPError(.limitExceeded, expected: "at most \(limits.bytes) bytes", status: 488)
    }
    var writer = ByteWriter()
    writer.write(bytes)
    try self.init(parsing: writer.finish(), limits: limits, tolerance: tolerance)
  }
}

/// One pass over the lines of a description.
///
/// Each line type has a rank, in the order of RFC 8866 §5; the rank may only grow, and stay only where the type repeats.
struct SDPParser {
  let storage: [UInt8]
  let limits: SDPLimits
  let tolerance: SDPTolerance

  /// The line being read: its number from 1, and where its value lies.
  var line = 0
  var start = 0
  var end = 0

  private var rank = Rank.start
  /// Whether an `m=` line has been read. Then the last element of `media` is the part being read.
  private var inMedia = false
  /// The attributes of the part being read, handed over when it ends.
  private var attributes = [SDPAttribute]()

  init(storage: [UInt8], limits: SDPLimits, tolerance: SDPTolerance) {
    self.storage = storage
    self.limits = limits
    self.tolerance = tolerance
  }

  /// The order of lines; a media part starts again behind its `m=`.
  private enum Rank {
    static let start: UInt8 = 0
    static let version: UInt8 = 1
    static let origin: UInt8 = 2
    static let name: UInt8 = 3
    static let information: UInt8 = 4
    static let uri: UInt8 = 5
    static let email: UInt8 = 6
    static let phone: UInt8 = 7
    static let connection: UInt8 = 8
    static let bandwidth: UInt8 = 9
    static let time: UInt8 = 10
    static let key: UInt8 = 11
    static let attribute: UInt8 = 12

    /// The letters by rank, for messages.
    static let letters = ["", "v", "o", "s", "i", "u", "e", "p", "c", "b", "t", "k", "a"]
  }

  var value: SDPText { SDPText(storage: storage, lower: start, upper: end) }

  mutating func run(_ bytes: Span<UInt8>, into session: inout SDPSession) throws(SDPError) {
    var position = 0
    var returns = 0
    while position < bytes.count {
      let feed = bytes.firstIndex(of: SDPGrammar.lineFeed, from: position) ?? bytes.count
      end = feed
      if feed > position, bytes[feed - 1] == SDPGrammar.carriageReturn {
        end = feed - 1
        returns += 1
      }
      line += 1
      start = position
      guard line <= limits.lines else { throw limit("\(limits.lines) lines") }
      if end == start {
        try requireOnlyBlank(bytes, from: position)
        break
      }
      guard end - start >= 2, bytes[start + 1] == UInt8(ascii: "=") else {
        throw error(.malformedLine, "a letter and =")
      }
      start += 2
      if bytes[position] == UInt8(ascii: "a") {
        try readAttribute(bytes, session)
      } else {
        try readLine(bytes[position], bytes, &session)
      }
      position = feed + 1
    }
    try requireCleanBytes(bytes, returns: returns)
    try finish(&session)
  }

  // MARK: Lines

  private mutating func readLine(
    _ letter: UInt8, _ bytes: Span<UInt8>, _ session: inout SDPSession
  ) throws(SDPError) {
    let part = session.media.count - 1
    switch letter {
    case UInt8(ascii: "v"):
      try advance(to: Rank.version, session, repeats: false)
      guard end - start == 1, bytes[start] == UInt8(ascii: "0") else {
        throw error(.unsupportedVersion, "v=0", status: 488)
      }
    case UInt8(ascii: "o"):
      try advance(to: Rank.origin, session, repeats: false)
      session.origin = try readOrigin(bytes)
    case UInt8(ascii: "s"):
      try advance(to: Rank.name, session, repeats: false)
      session.name = try readText("a session name")
    case UInt8(ascii: "i"):
      try advance(to: Rank.information, session, repeats: false)
      let text = try readText("text")
      if inMedia { session.media[part].information = text } else { session.information = text }
    case UInt8(ascii: "u"):
      try advanceInSession(to: Rank.uri, session, repeats: false)
      session.uri = try readText("a URI")
    case UInt8(ascii: "e"):
      try advanceInSession(to: Rank.email, session, repeats: true)
      try checkRepeats(session.emails.count)
      session.emails.append(try readText("an e-mail address"))
    case UInt8(ascii: "p"):
      try advanceInSession(to: Rank.phone, session, repeats: true)
      try checkRepeats(session.phones.count)
      session.phones.append(try readText("a telephone number"))
    case UInt8(ascii: "c"): try readConnectionLine(bytes, &session)
    case UInt8(ascii: "b"): try readBandwidthLine(bytes, &session)
    case UInt8(ascii: "t"):
      try advanceInSession(to: Rank.time, session, repeats: true)
      try checkRepeats(session.times.count)
      try readTime(bytes, &session)
    case UInt8(ascii: "r"): try readRepeat(&session)
    case UInt8(ascii: "z"): try readZones(&session)
    case UInt8(ascii: "k"):
      try advance(to: Rank.key, session, repeats: false)
      let text = try readText("a key")
      if inMedia { session.media[part].key = text } else { session.key = text }
    case UInt8(ascii: "m"):
      try closePart(&session)
      guard session.media.count < limits.media else { throw limit("\(limits.media) media") }
      session.media.append(try readMedia(bytes))
      inMedia = true
      rank = Rank.name  // i= is the first that may follow.
    default: throw error(.unknownType, "one of v o s i u e p c b t r z k a m", at: start - 2)
    }
  }

  private mutating func readAttribute(_ bytes: Span<UInt8>, _ session: borrowing SDPSession) throws(SDPError) {
    if rank != Rank.attribute {
      try advance(to: Rank.attribute, session, repeats: true)
      // Enough for most calls, in one allocation.
      if attributes.capacity == 0 { attributes.reserveCapacity(8) }
    }
    guard attributes.count < limits.attributes else { throw limit("\(limits.attributes) attributes in a part") }
    var index = start
    while index < end, bytes[index] != SDPGrammar.colon {
      guard SDPGrammar.isTokenCharacter(bytes[index]) else {
        throw error(.invalidValue, "an attribute name and : or the end", at: index)
      }
      index += 1
    }
    guard index > start else { throw error(.invalidValue, "an attribute name") }
    attributes.append(SDPAttribute(text: value, nameCount: index - start))
  }

  private mutating func readConnectionLine(_ bytes: Span<UInt8>, _ session: inout SDPSession) throws(SDPError) {
    if inMedia {
      try advanceLoosely(to: Rank.connection, session, repeats: true)
      let part = session.media.count - 1
      try checkRepeats(session.media[part].connections.count)
      session.media[part].connections.append(try readConnection(bytes))
      return
    }
    // Seen in the field, besides a late c=: o= c= s=.
    if !(tolerance.contains(.misplacedConnection) && rank == Rank.origin) {
      try advanceLoosely(to: Rank.connection, session, repeats: false)
    }
    guard session.connection == nil else { throw error(.duplicateLine, "one c= line in the session part") }
    session.connection = try readConnection(bytes)
  }

  private mutating func readBandwidthLine(_ bytes: Span<UInt8>, _ session: inout SDPSession) throws(SDPError) {
    try advanceLoosely(to: Rank.bandwidth, session, repeats: true)
    let text = value
    guard let colon = text.bytes.firstIndex(of: SDPGrammar.colon), SDPGrammar.isToken(text.bytes.extracting(0..<colon)),
      let number = text.slice(colon + 1, text.count).decimal
    else { throw error(.invalidValue, "a bandwidth type, : and a number") }
    let bandwidth = SDPBandwidth(type: text.slice(0, colon), value: number)
    if inMedia {
      let part = session.media.count - 1
      try checkRepeats(session.media[part].bandwidths.count)
      session.media[part].bandwidths.append(bandwidth)
    } else {
      try checkRepeats(session.bandwidths.count)
      session.bandwidths.append(bandwidth)
    }
  }

  private func readTime(_ bytes: Span<UInt8>, _ session: inout SDPSession) throws(SDPError) {
    if end - start == 3, bytes[start] == UInt8(ascii: "0"), bytes[start + 1] == SDPGrammar.space,
      bytes[start + 2] == UInt8(ascii: "0"), session.times.isEmpty
    {
      session.times = SDPTimeDescription.onlyPermanent
      return
    }
    var position = start
    let first = try field(bytes, &position, "a start time")
    let second = try lastField(bytes, &position, "a stop time")
    guard let from = SDPGrammar.decimal(bytes.extracting(first)), let to = SDPGrammar.decimal(bytes.extracting(second))
    else { throw error(.invalidValue, "two numbers") }
    session.times.append(SDPTimeDescription(start: from, stop: to))
  }

  private func readRepeat(_ session: inout SDPSession) throws(SDPError) {
    guard !inMedia, rank == Rank.time, let last = session.times.indices.last else {
      throw error(.misplacedLine, "r= behind t=")
    }
    guard let value = SDPRepeat(value) else { throw error(.invalidValue, "an interval, a duration and offsets") }
    try checkRepeats(session.times[last].repeats.count)
    session.times[last].repeats.append(value)
  }

  private func readZones(_ session: inout SDPSession) throws(SDPError) {
    guard !inMedia, rank == Rank.time, let last = session.times.indices.last else {
      throw error(.misplacedLine, "z= behind t= or r=")
    }
    guard session.times[last].zones == nil else { throw error(.duplicateLine, "one z= line") }
    guard let value = SDPZoneAdjustments(value) else { throw error(.invalidValue, "pairs of a time and an offset") }
    session.times[last].zones = value
  }

  // MARK: Order

  private mutating func advance(
    to next: UInt8, _ session: borrowing SDPSession, repeats: Bool
  ) throws(SDPError) {
    if next <= Rank.name {
      guard !inMedia, rank == next - 1 else { throw disorder(next) }
    } else {
      guard rank >= Rank.name, next > rank || (next == rank && repeats) else { throw disorder(next) }
      if next > Rank.time, rank < Rank.time, !inMedia { try requireTime(session) }
    }
    rank = next
  }

  /// What to say about a line of rank `next` at this place.
  private func disorder(_ next: UInt8) -> SDPError {
    let letter = Rank.letters[Int(next)]
    if inMedia && next <= Rank.name { return error(.misplacedLine, "\(letter)= before the first m=") }
    if next == rank { return error(.duplicateLine, "one \(letter)= line") }
    if next < rank { return error(.misplacedLine, "\(letter)= before \(Rank.letters[Int(rank)])=") }
    return error(.missingLine, "\(Rank.letters[Int(rank) + 1])= before \(letter)=")
  }

  /// For the lines that no media part has.
  private mutating func advanceInSession(
    to next: UInt8, _ session: borrowing SDPSession, repeats: Bool
  ) throws(SDPError) {
    guard !inMedia else { throw error(.misplacedLine, "\(Rank.letters[Int(next)])= before the first m=") }
    try advance(to: next, session, repeats: repeats)
  }

  /// For c= and b=, which many put behind t= or a=.
  private mutating func advanceLoosely(
    to next: UInt8, _ session: borrowing SDPSession, repeats: Bool
  ) throws(SDPError) {
    if tolerance.contains(.misplacedConnection), rank >= Rank.name, next < rank { return }
    try advance(to: next, session, repeats: repeats)
  }

  private func requireTime(_ session: borrowing SDPSession) throws(SDPError) {
    if tolerance.contains(.missingTiming) || !session.times.isEmpty { return }
    throw error(.missingLine, "t= before this line")
  }

  /// Ends the session part or a media part: hands over what was collected for it.
  private mutating func closePart(_ session: inout SDPSession) throws(SDPError) {
    guard rank >= Rank.name else { throw error(.missingLine, "\(Rank.letters[Int(rank) + 1])=") }
    if inMedia {
      swap(&session.media[session.media.count - 1].attributes, &attributes)
    } else {
      try requireTime(session)
      swap(&session.attributes, &attributes)
    }
  }

  private mutating func finish(_ session: inout SDPSession) throws(SDPError) {
    start = storage.count
    line = max(line, 1)
    try closePart(&session)
    if session.times.isEmpty { session.times = SDPTimeDescription.onlyPermanent }
    if tolerance.contains(.missingConnection) || session.connection != nil { return }
    for part in session.media where part.connections.isEmpty {
      let place = part.kind.text.origin
      throw SDPError(
        .missingLine, line: place.line, offset: place.offset - 2, expected: "c= in this media part or the session")
    }
  }

  // MARK: Bytes

  /// A blank line may only be followed by more of them: some senders end a body so.
  private func requireOnlyBlank(_ bytes: Span<UInt8>, from position: Int) throws(SDPError) {
    for index in position..<bytes.count
    where bytes[index] != SDPGrammar.carriageReturn && bytes[index] != SDPGrammar.lineFeed {
      throw error(.malformedLine, "a letter and =, not a blank line")
    }
  }

  /// No NUL and no CR inside a line (RFC 8866 §9, byte-string).
  ///
  /// `returns` are the CR that ended lines: one more in the bytes is a stray one. Counted 8 bytes a step; where the count is
  /// off, the slow look says where.
  private func requireCleanBytes(_ bytes: Span<UInt8>, returns: Int) throws(SDPError) {
    let raw = bytes.bytes
    var found = 0
    var index = 0
    while index &+ 8 <= bytes.count {
      let word = raw.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self) ^ 0x0d0d_0d0d_0d0d_0d0d
      // 0x80 in each byte that was CR, 0 in the others.
      let low: UInt64 = 0x7f7f_7f7f_7f7f_7f7f
      found &+= (~(((word & low) &+ low) | word | low)).nonzeroBitCount
      index &+= 8
    }
    while index < bytes.count {
      if bytes[index] == SDPGrammar.carriageReturn { found &+= 1 }
      index &+= 1
    }
    let isClean = found == returns && bytes.firstIndex(of: 0) == nil
    if isClean { return }
    var line = 1
    for index in 0..<bytes.count {
      switch bytes[index] {
      case SDPGrammar.lineFeed: line += 1
      case 0: throw SDPError(.malformedLine, line: line, offset: index, expected: "no NUL")
      case SDPGrammar.carriageReturn where index + 1 < bytes.count && bytes[index + 1] != SDPGrammar.lineFeed:
        throw SDPError(.malformedLine, line: line, offset: index, expected: "LF behind CR")
      default: break
      }
    }
  }

  // MARK: Errors

  func error(_ code: SDPError.Code, _ expected: String, at offset: Int? = nil, status: UInt16 = 400) -> SDPError {
    SDPError(code, line: line, offset: offset ?? start, expected: expected, status: status)
  }

  private func limit(_ what: String) -> SDPError { error(.limitExceeded, "at most \(what)", status: 488) }

  private func checkRepeats(_ count: Int) throws(SDPError) {
    if count >= limits.repeatedLines { throw limit("\(limits.repeatedLines) lines of this type") }
  }

  private func readText(_ what: String) throws(SDPError) -> SDPText {
    guard end > start || tolerance.contains(.emptyText) else { throw error(.invalidValue, what) }
    return value
  }
}
