import WireSupport

/// Finds the parts of a multipart body: one pass over its lines.
struct SIPMultipartReader {
  let storage: [UInt8]
  let boundary: [UInt8]
  let limits: SIPMultipartLimits
  let depth: Int

  /// `boundary` of RFC 2046 §5.1.1: one to 70 characters, the last no space.
  static func isBoundary(_ bytes: [UInt8]) -> Bool {
    guard !bytes.isEmpty, bytes.count <= 70, bytes.last != Byte.space else { return false }
    return bytes.allSatisfy { $0.isDigit || $0.isLetter || "'()+_,-./:=? ".utf8.contains($0) }
  }

  /// What is read as a boundary: any visible characters, for not every peer keeps to the RFC's.
  static func isReadableBoundary(_ bytes: [UInt8]) -> Bool {
    !bytes.isEmpty && bytes.count <= 70 && bytes.last != Byte.space && bytes.allSatisfy { $0 >= 0x20 && $0 < 0x7f }
  }

  static func failure(_ offset: Int, _ expected: String, _ code: SIPParseError.Code = .body) -> SIPParseError {
    SIPParseError(code, offset: offset, expected: expected, reason: "Bad Multipart Body")
  }

  /// A line that is a delimiter: its first byte, the byte after its line break, and whether it closes the body.
  private struct Delimiter {
    var start: Int
    var end: Int
    var isClosing: Bool
  }

  func parts(in range: TextRange) throws(SIPParseError) -> [SIPBodyPart] {
    let bytes = storage.span
    let stop = min(range.upper, bytes.count)
    guard var current = delimiter(bytes, from: range.lower, stop) else {
      throw Self.failure(range.lower, "a line with the boundary")
    }
    var parts = [SIPBodyPart]()
    while !current.isClosing {
      guard let next = delimiter(bytes, from: current.end, stop) else {
        throw Self.failure(stop, "a closing boundary")
      }
      guard parts.count < limits.partCount else {
        throw SIPParseError(
          .limit, offset: current.end, expected: "at most \(limits.partCount) parts", status: .requestEntityTooLarge)
      }
      // The line break before a delimiter belongs to it (RFC 2046 §5.1.1).
      var end = next.start
      if end > current.end, bytes[end &- 1] == Byte.lf { end &-= 1 }
      if end > current.end, bytes[end &- 1] == Byte.cr { end &-= 1 }
      parts.append(try part(bytes, current.end, max(end, current.end)))
      current = next
    }
    if parts.isEmpty { throw Self.failure(current.start, "a part before the closing boundary") }
    return parts
  }

  /// The first delimiter line at or after `start`, which is the beginning of a line.
  private func delimiter(_ bytes: Span<UInt8>, from start: Int, _ stop: Int) -> Delimiter? {
    var line = start
    while line < stop {
      if let found = delimiter(bytes, at: line, stop) { return found }
      guard let lineFeed = bytes.firstIndex(of: Byte.lf, from: line), lineFeed < stop else { return nil }
      line = lineFeed &+ 1
    }
    return nil
  }

  private func delimiter(_ bytes: Span<UInt8>, at line: Int, _ stop: Int) -> Delimiter? {
    var index = line
    guard stop &- line >= boundary.count &+ 2, bytes[line] == Byte.dash, bytes[line &+ 1] == Byte.dash else {
      return nil
    }
    index &+= 2
    for byte in boundary {
      if bytes[index] != byte { return nil }
      index &+= 1
    }
    var isClosing = false
    if index &+ 1 < stop, bytes[index] == Byte.dash, bytes[index &+ 1] == Byte.dash {
      isClosing = true
      index &+= 2
    }
    index = skipSpace(bytes, index, stop)
    if index < stop, bytes[index] == Byte.cr { index &+= 1 }
    if index < stop {
      // Another boundary may begin like this one: only the end of the line tells.
      guard bytes[index] == Byte.lf else { return nil }
      index &+= 1
    }
    return Delimiter(start: line, end: index, isClosing: isClosing)
  }

  private func part(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) throws(SIPParseError) -> SIPBodyPart {
    var records = [SIPHeaderRecord]()
    var messageLimits = SIPLimits.standard
    messageLimits.headerBytes = limits.headerBytes
    do {
      if hasEmptyLine(bytes, start, end) {
        let body = try SIPMessageParser.indexHeaders(
          bytes.extracting(0..<end), from: start, base: start, limits: messageLimits, into: &records)
        return SIPBodyPart(
          headers: SIPHeaders(original: storage, records: records, limits: messageLimits),
          content: SIPText(storage: storage, range: TextRange(body, end)), depth: depth &+ 1)
      }
      // RFC 2046 §5.1.1: a part may be headers alone, whose last line break is the delimiter's.
      let copy = storage[TextRange(start, end).bounds(in: storage.count)] + [Byte.cr, Byte.lf, Byte.cr, Byte.lf]
      _ = try SIPMessageParser.indexHeaders(
        Array(copy).span, from: 0, base: 0, limits: messageLimits, into: &records)
      return SIPBodyPart(
        headers: SIPHeaders(original: Array(copy), records: records, limits: messageLimits),
        content: SIPText(bytes: []),
        depth: depth &+ 1)
    } catch {
      var error = error
      if error.code != .limit { error.reason = "Bad Multipart Body" }
      throw error
    }
  }

  /// Whether headers end in an empty line within the part.
  private func hasEmptyLine(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
    var line = start
    while line &+ 1 < end {
      if bytes[line] == Byte.cr, bytes[line &+ 1] == Byte.lf { return true }
      if line &- start > limits.headerBytes { return true }
      guard let lineFeed = bytes.firstIndex(of: Byte.lf, from: line), lineFeed < end else { return false }
      line = lineFeed &+ 1
    }
    return false
  }
}

extension SIPMultipart {
  init(
    _ content: SIPText, type: SIPMediaType, limits: SIPMultipartLimits, depth: Int
  ) throws(SIPParseError) {
    let start = content.range.lower
    guard depth < limits.depth else {
      throw SIPParseError(
        .limit, offset: start, expected: "parts nested at most \(limits.depth) deep", status: .requestEntityTooLarge)
    }
    guard let boundary = type.parameters["boundary"],
      SIPMultipartReader.isReadableBoundary(Array(boundary.utf8))
    else {
      throw SIPParseError(
        .body, offset: start, header: .contentType, expected: "a boundary of 1 to 70 characters",
        reason: "Bad Multipart Boundary")
    }
    let reader = SIPMultipartReader(
      storage: content.storage, boundary: Array(boundary.utf8), limits: limits, depth: depth)
    var rest = type.parameters
    rest.remove("boundary")
    subtype = type.subtype
    self.boundary = boundary
    parameters = rest
    parts = try reader.parts(in: content.range)
  }
}
