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
    var parser = SDPParser(storage: bytes, limits: limits, tolerance: tolerance)
    self = try parser.run(bytes.span)
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
  private var origin: SDPOrigin?
  private var name: SDPText?
  private var head: SDPSession?
  private var current: SDPMedia?
  private var media = [SDPMedia]()
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

  mutating func run(_ bytes: Span<UInt8>) throws(SDPError) -> SDPSession {
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
        try readAttribute(bytes)
      } else {
        try readLine(bytes[position], bytes)
      }
      position = feed + 1
    }
    try requireCleanBytes(bytes, returns: returns)
    return try finish()
  }

  // MARK: Lines

  private mutating func readLine(_ letter: UInt8, _ bytes: Span<UInt8>) throws(SDPError) {
    switch letter {
    case UInt8(ascii: "v"):
      try advance(to: Rank.version, repeats: false)
      guard end - start == 1, bytes[start] == UInt8(ascii: "0") else {
        throw error(.unsupportedVersion, "v=0", status: 488)
      }
    case UInt8(ascii: "o"):
      try advance(to: Rank.origin, repeats: false)
      origin = try readOrigin(bytes)
    case UInt8(ascii: "s"):
      try advance(to: Rank.name, repeats: false)
      let name = try readText("a session name")
      guard let origin else { throw error(.missingLine, "o= before s=") }
      if head != nil {
        head?.name = name
      } else {
        var session = SDPSession(origin: origin, name: name)
        session.times = []
        head = session
      }
      self.name = name
    case UInt8(ascii: "i"):
      try advance(to: Rank.information, repeats: false)
      let text = try readText("text")
      if current != nil { current?.information = text } else { head?.information = text }
    case UInt8(ascii: "u"):
      try advanceInSession(to: Rank.uri, repeats: false)
      let text = try readText("a URI")
      head?.uri = text
    case UInt8(ascii: "e"):
      try advanceInSession(to: Rank.email, repeats: true)
      try checkRepeats(head?.emails.count)
      let text = try readText("an e-mail address")
      head?.emails.append(text)
    case UInt8(ascii: "p"):
      try advanceInSession(to: Rank.phone, repeats: true)
      try checkRepeats(head?.phones.count)
      let text = try readText("a telephone number")
      head?.phones.append(text)
    case UInt8(ascii: "c"): try readConnectionLine(bytes)
    case UInt8(ascii: "b"): try readBandwidthLine(bytes)
    case UInt8(ascii: "t"):
      try advanceInSession(to: Rank.time, repeats: true)
      try checkRepeats(head?.times.count)
      try readTime(bytes)
    case UInt8(ascii: "r"):
      guard current == nil, rank == Rank.time, let last = head?.times.indices.last else {
        throw error(.misplacedLine, "r= behind t=")
      }
      guard let value = SDPRepeat(value) else {
        throw error(.invalidValue, "an interval, a duration and offsets")
      }
      try checkRepeats(head?.times[last].repeats.count)
      head?.times[last].repeats.append(value)
    case UInt8(ascii: "z"):
      guard current == nil, rank == Rank.time, let last = head?.times.indices.last else {
        throw error(.misplacedLine, "z= behind t= or r=")
      }
      guard head?.times[last].zones == nil else { throw error(.duplicateLine, "one z= line") }
      guard let value = SDPZoneAdjustments(value) else { throw error(.invalidValue, "pairs of a time and an offset") }
      head?.times[last].zones = value
    case UInt8(ascii: "k"):
      try advance(to: Rank.key, repeats: false)
      let text = try readText("a key")
      if current != nil { current?.key = text } else { head?.key = text }
    case UInt8(ascii: "m"): try readMediaLine(bytes)
    default: throw error(.unknownType, "one of v o s i u e p c b t r z k a m", at: start - 2)
    }
  }

  private mutating func readAttribute(_ bytes: Span<UInt8>) throws(SDPError) {
    if rank != Rank.attribute {
      try advance(to: Rank.attribute, repeats: true)
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

  private mutating func readConnectionLine(_ bytes: Span<UInt8>) throws(SDPError) {
    if current != nil {
      try advanceLoosely(to: Rank.connection, repeats: true)
      try checkRepeats(current?.connections.count)
      let connection = try readConnection(bytes)
      current?.connections.append(connection)
      return
    }
    if tolerance.contains(.misplacedConnection), let origin, head == nil, rank == Rank.origin {
      // Seen in the field: o= c= s=. The name comes later.
      var session = SDPSession(origin: origin, name: "-", connection: try readConnection(bytes))
      session.times = []
      head = session
      return
    }
    try advanceLoosely(to: Rank.connection, repeats: false)
    guard head?.connection == nil else { throw error(.duplicateLine, "one c= line in the session part") }
    let connection = try readConnection(bytes)
    head?.connection = connection
  }

  private mutating func readBandwidthLine(_ bytes: Span<UInt8>) throws(SDPError) {
    try advanceLoosely(to: Rank.bandwidth, repeats: true)
    let text = value
    guard let colon = text.bytes.firstIndex(of: SDPGrammar.colon), SDPGrammar.isToken(text.bytes.extracting(0..<colon)),
      let number = text.slice(colon + 1, text.count).decimal
    else { throw error(.invalidValue, "a bandwidth type, : and a number") }
    let bandwidth = SDPBandwidth(type: text.slice(0, colon), value: number)
    try checkRepeats(current == nil ? head?.bandwidths.count : current?.bandwidths.count)
    if current != nil { current?.bandwidths.append(bandwidth) } else { head?.bandwidths.append(bandwidth) }
  }

  private mutating func readMediaLine(_ bytes: Span<UInt8>) throws(SDPError) {
    try closePart()
    guard media.count < limits.media else { throw limit("\(limits.media) media") }
    current = try readMedia(bytes)
    rank = Rank.name  // i= is the first that may follow.
  }

  // MARK: Order

  private mutating func advance(to next: UInt8, repeats: Bool) throws(SDPError) {
    if next <= Rank.name {
      guard current == nil, rank == next - 1 else {
        if rank >= next {
          throw error(
            current == nil && rank == next ? .duplicateLine : .misplacedLine, "one \(Rank.letters[Int(next)])= line")
        }
        throw error(.missingLine, "\(Rank.letters[Int(rank) + 1])=")
      }
    } else {
      guard rank >= Rank.name else { throw error(.missingLine, "\(Rank.letters[Int(rank) + 1])=") }
      if next == rank {
        guard repeats else { throw error(.duplicateLine, "one \(Rank.letters[Int(next)])= line") }
      } else if next < rank {
        throw error(.misplacedLine, "\(Rank.letters[Int(next)])= before \(Rank.letters[Int(rank)])=")
      }
      if next > Rank.time, rank < Rank.time, current == nil { try requireTime() }
    }
    rank = next
  }

  /// For the lines that no media part has.
  private mutating func advanceInSession(to next: UInt8, repeats: Bool) throws(SDPError) {
    guard current == nil else { throw error(.misplacedLine, "\(Rank.letters[Int(next)])= before the first m=") }
    try advance(to: next, repeats: repeats)
  }

  /// For c= and b=, which many put behind t= or a=.
  private mutating func advanceLoosely(to next: UInt8, repeats: Bool) throws(SDPError) {
    if tolerance.contains(.misplacedConnection), rank >= Rank.name, next < rank { return }
    try advance(to: next, repeats: repeats)
  }

  private func requireTime() throws(SDPError) {
    guard tolerance.contains(.missingTiming) || head?.times.isEmpty == false else {
      throw error(.missingLine, "t= before this line")
    }
  }

  /// Ends the session part or a media part: hands over what was collected for it.
  private mutating func closePart() throws(SDPError) {
    guard rank >= Rank.name else { throw error(.missingLine, "\(Rank.letters[Int(rank) + 1])=") }
    if var part = current.take() {
      part.attributes = attributes
      media.append(part)
    } else {
      try requireTime()
      head?.attributes = attributes
    }
    attributes = []
  }

  private mutating func finish() throws(SDPError) -> SDPSession {
    start = storage.count
    line = max(line, 1)
    try closePart()
    guard var session = head.take() else { throw error(.missingLine, "s=") }
    if session.times.isEmpty { session.times = SDPTimeDescription.onlyPermanent }
    if !tolerance.contains(.missingConnection), session.connection == nil {
      for part in media where part.connections.isEmpty {
        let place = part.kind.text.origin
        throw SDPError(
          .missingLine, line: place.line, offset: place.offset - 2, expected: "c= in this media part or the session")
      }
    }
    session.media = media
    return session
  }

  // MARK: Bytes

  /// A blank line may only be followed by more of them: some senders end a body so.
  private func requireOnlyBlank(_ bytes: Span<UInt8>, from position: Int) throws(SDPError) {
    for index in position..<bytes.count
    where bytes[index] != SDPGrammar.carriageReturn && bytes[index] != SDPGrammar.lineFeed {
      throw error(.malformedLine, "a letter and =, not a blank line")
    }
  }

  /// No NUL and no CR inside a line (RFC 8866 §9, byte-string). Counting all at once costs less than looking line by line.
  private func requireCleanBytes(_ bytes: Span<UInt8>, returns: Int) throws(SDPError) {
    var found = 0
    var zeros = 0
    for index in 0..<bytes.count {
      found &+= bytes[index] == SDPGrammar.carriageReturn ? 1 : 0
      zeros &+= bytes[index] == 0 ? 1 : 0
    }
    if found == returns && zeros == 0 { return }
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

  private func checkRepeats(_ count: Int?) throws(SDPError) {
    if let count, count >= limits.repeatedLines { throw limit("\(limits.repeatedLines) lines of this type") }
  }

  private func readText(_ what: String) throws(SDPError) -> SDPText {
    guard end > start || tolerance.contains(.emptyText) else { throw error(.invalidValue, what) }
    return value
  }

  private mutating func readTime(_ bytes: Span<UInt8>) throws(SDPError) {
    if end - start == 3, bytes[start] == UInt8(ascii: "0"), bytes[start + 1] == SDPGrammar.space,
      bytes[start + 2] == UInt8(ascii: "0"), head?.times.isEmpty == true
    {
      head?.times = SDPTimeDescription.onlyPermanent
      return
    }
    var position = start
    let first = try field(bytes, &position, "a start time")
    let second = try lastField(bytes, &position, "a stop time")
    guard let from = SDPGrammar.decimal(bytes.extracting(first)), let to = SDPGrammar.decimal(bytes.extracting(second))
    else { throw error(.invalidValue, "two numbers") }
    head?.times.append(SDPTimeDescription(start: from, stop: to))
  }
}
