import WireSupport

/// Finds the lines of a message in one pass: `memchr` for their ends, eight bytes at a time for the names' colons.
enum SIPMessageParser {
  static func parse(_ bytes: [UInt8], limits: SIPLimits, isStream: Bool) throws(SIPParseError) -> SIPMessage {
    do {
      return try parseStrictly(bytes, limits: limits, isStream: isStream)
    } catch {
      var error = error
      if let offset = error.offset { error.line = lineNumber(of: offset, in: bytes.span) }
      error.recovered = SIPMessageRecovery.recover(bytes, limits: limits)
      throw error
    }
  }

  private static func parseStrictly(
    _ bytes: [UInt8], limits: SIPLimits, isStream: Bool
  ) throws(SIPParseError) -> SIPMessage {
    let span = bytes.span
    var start = 0
    // RFC 3261 §7.5: empty lines before the message are ignored.
    while start &+ 1 < span.count, span[start] == Byte.cr, span[start &+ 1] == Byte.lf { start &+= 2 }
    guard let lineFeed = span.firstIndex(of: Byte.lf, from: start) else {
      throw SIPParseError(.startLine, offset: start, expected: "a line that ends in CRLF", reason: "Bad Start Line")
    }
    guard lineFeed > start, span[lineFeed &- 1] == Byte.cr else {
      throw SIPParseError(.startLine, offset: lineFeed, expected: "CR before LF", reason: "Bad Start Line")
    }
    let line = TextRange(start, lineFeed &- 1)
    guard line.count <= limits.startLineBytes else {
      throw SIPParseError(
        .limit, offset: start, expected: "a first line of at most \(limits.startLineBytes) bytes",
        status: .requestURITooLong)
    }
    let first = try SIPStartLine.read(bytes, line)
    var records = [SIPHeaderRecord]()
    records.reserveCapacity(min(max(span.count / 40, 8), min(limits.headerCount, 64)))
    let bodyStart = try indexHeaders(span, from: lineFeed &+ 1, base: start, limits: limits, into: &records)
    let bodyEnd = try bodyEnd(span, records, bodyStart, limits, isStream: isStream)
    let content = SIPText(storage: bytes, range: TextRange(bodyStart, bodyEnd))
    let headers = SIPHeaders(original: bytes, records: records, limits: limits)
    switch first {
    case .request(let method, let uri):
      return .request(
        SIPRequest(
          method: method, uri: SIPURI(storage: bytes, index: uri), headers: headers, content: content, startLine: line))
    case .response(let status, let reason):
      return .response(
        SIPResponse(
          status: status, reason: SIPText(storage: bytes, range: reason), headers: headers, content: content,
          startLine: line))
    }
  }

  /// Indexes the header lines from `start` and gives the offset after the empty line.
  static func indexHeaders(
    _ bytes: Span<UInt8>, from start: Int, base: Int, limits: SIPLimits, into records: inout [SIPHeaderRecord]
  ) throws(SIPParseError) -> Int {
    var offset = start
    let count = bytes.count
    let stop = min(count, base &+ limits.headerBytes)
    let words = bytes.bytes
    while offset < stop {
      let first = bytes[offset]
      if first == Byte.cr {
        guard offset &+ 1 < count, bytes[offset &+ 1] == Byte.lf else {
          throw headerError(offset, "a header name or an empty line")
        }
        // CR and LF must stand in pairs: a lone one ends a line for some stacks and not for others, and that difference
        // is an attacker's.
        if bytes.hasLoneLineBreak(from: start, to: offset) {
          throw headerError(loneLineBreak(bytes, from: start, to: offset), "CR and LF in pairs")
        }
        return offset &+ 2
      }
      // RFC 3261 §7.3.1: a line that starts with white space continues the one before.
      if isSpace(first), !records.isEmpty {
        let lineFeed = try endOfLine(bytes, from: offset, stop: stop, count: count, limits: limits)
        var valueEnd = lineFeed &- 1
        while valueEnd > offset, isSpace(bytes[valueEnd &- 1]) { valueEnd &-= 1 }
        let last = records.count &- 1
        if records[last].valueStart == records[last].valueEnd {
          // Nothing stood before the fold: the value begins here and holds no line break.
          let valueStart = skipSpace(bytes, offset, valueEnd)
          records[last].valueStartOffset = UInt32(truncatingIfNeeded: valueStart)
          records[last].valueEndOffset = UInt32(truncatingIfNeeded: valueEnd)
        } else if valueEnd > offset {
          records[last].isFolded = true
          records[last].valueEndOffset = UInt32(truncatingIfNeeded: valueEnd)
        }
        records[last].end = UInt32(truncatingIfNeeded: lineFeed &+ 1)
        offset = lineFeed &+ 1
        continue
      }
      guard records.count < limits.headerCount else {
        throw SIPParseError(
          .limit, offset: offset, expected: "at most \(limits.headerCount) header lines", status: .messageTooLarge)
      }

      // The name: eight bytes at a time, the first eight of which also identify it.
      var nameEnd = offset
      var firstWord: UInt64 = 0
      if offset &+ 8 <= count {
        firstWord = UInt64(littleEndian: words.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
        var length = colonOffset(firstWord)
        if length < 8 {
          firstWord &= (1 << UInt64(8 &* length)) &- 1
          nameEnd = offset &+ length
        } else {
          nameEnd = offset &+ 8
          while nameEnd &+ 8 <= stop {
            let word = UInt64(littleEndian: words.unsafeLoadUnaligned(fromByteOffset: nameEnd, as: UInt64.self))
            length = colonOffset(word)
            nameEnd &+= length
            if length < 8 { break }
          }
        }
      }
      while nameEnd < stop, bytes[nameEnd] != Byte.colon { nameEnd &+= 1 }
      guard nameEnd < stop, nameEnd > offset else { throw headerError(offset, "a header name and a colon") }
      var valueStart = nameEnd &+ 1
      var id = SIPHeaderName.identify(bytes, offset, nameEnd, first: firstWord)
      if id == 0 {
        // Not a name of the table: perhaps one with white space before the colon, else it must at least be a token.
        var last = nameEnd
        while last > offset, isSpace(bytes[last &- 1]) { last &-= 1 }
        for index in offset..<last where !CharacterClass.token.contains(bytes[index]) {
          throw headerError(index, "a character of a header name, or a colon")
        }
        guard last > offset, last &- offset <= Int(UInt16.max) else { throw headerError(offset, "a header name") }
        nameEnd = last
        id = SIPHeaderName.identify(bytes.extracting(offset..<nameEnd))
      }

      let lineFeed = try endOfLine(bytes, from: valueStart, stop: stop, count: count, limits: limits)
      var valueEnd = lineFeed &- 1
      while valueStart < valueEnd, isSpace(bytes[valueStart]) { valueStart &+= 1 }
      while valueEnd > valueStart, isSpace(bytes[valueEnd &- 1]) { valueEnd &-= 1 }
      records.append(
        SIPHeaderRecord(
          startOffset: UInt32(truncatingIfNeeded: offset), valueStartOffset: UInt32(truncatingIfNeeded: valueStart),
          valueEndOffset: UInt32(truncatingIfNeeded: valueEnd), end: UInt32(truncatingIfNeeded: lineFeed &+ 1),
          nameLength: UInt16(truncatingIfNeeded: nameEnd &- offset), id: id, isFolded: false, isEdited: false))
      offset = lineFeed &+ 1
    }
    if stop < count {
      throw SIPParseError(
        .limit, offset: offset, expected: "at most \(limits.headerBytes) bytes of headers", status: .messageTooLarge)
    }
    throw SIPParseError(
      .truncated, offset: count, expected: "an empty line after the headers", reason: "Missing End of Headers")
  }

  /// The first CR without LF or LF without CR; the slow way, for a message that is known to have one.
  private static func loneLineBreak(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
    for index in start..<end {
      let isPaired =
        switch bytes[index] {
        case Byte.cr: index &+ 1 < end && bytes[index &+ 1] == Byte.lf
        case Byte.lf: index > start && bytes[index &- 1] == Byte.cr
        default: true
        }
      if !isPaired { return index }
    }
    return start
  }

  /// The place of the first colon in eight bytes, 8 when there is none.
  @inline(__always)
  private static func colonOffset(_ word: UInt64) -> Int {
    let difference = word ^ 0x3a3a_3a3a_3a3a_3a3a
    let zeros = (difference &- 0x0101_0101_0101_0101) & ~difference & 0x8080_8080_8080_8080
    return zeros.trailingZeroBitCount >> 3
  }

  /// The line feed that ends the line; it must follow a carriage return.
  @inline(__always)
  private static func endOfLine(
    _ bytes: Span<UInt8>, from start: Int, stop: Int, count: Int, limits: SIPLimits
  ) throws(SIPParseError) -> Int {
    guard let lineFeed = bytes.firstIndex(of: Byte.lf, from: start) else {
      throw SIPParseError(.truncated, offset: count, expected: "CRLF at the end of the line", reason: "Missing CRLF")
    }
    guard lineFeed < stop else {
      throw SIPParseError(
        .limit, offset: start, expected: "at most \(limits.headerBytes) bytes of headers", status: .messageTooLarge)
    }
    guard lineFeed > start, bytes[lineFeed &- 1] == Byte.cr else { throw headerError(lineFeed, "CR before LF") }
    return lineFeed
  }

  private static func headerError(_ offset: Int, _ expected: String) -> SIPParseError {
    SIPParseError(.headerLine, offset: offset, expected: expected, reason: "Bad Header Line")
  }

  private static func bodyEnd(
    _ bytes: Span<UInt8>, _ records: [SIPHeaderRecord], _ bodyStart: Int, _ limits: SIPLimits, isStream: Bool
  ) throws(SIPParseError) -> Int {
    let available = bytes.count &- bodyStart
    guard let length = try contentLength(bytes, records) else {
      if isStream {
        throw SIPParseError(
          .missingHeader, header: .contentLength, expected: "Content-Length on a stream",
          reason: "Missing Content-Length")
      }
      guard available <= limits.bodyBytes else { throw tooLarge(limits, bodyStart) }
      return bytes.count
    }
    guard length <= limits.bodyBytes else { throw tooLarge(limits, bodyStart) }
    guard length <= available else {
      throw SIPParseError(
        .truncated, offset: bytes.count, header: .contentLength, expected: "\(length) bytes of body, not \(available)",
        reason: "Content-Length Mismatch")
    }
    return bodyStart &+ length
  }

  static func tooLarge(_ limits: SIPLimits, _ offset: Int) -> SIPParseError {
    SIPParseError(
      .limit, offset: offset, header: .contentLength, expected: "a body of at most \(limits.bodyBytes) bytes",
      status: .requestEntityTooLarge)
  }

  /// The Content-Length, nil when there is none; `Int.max` for a number beyond 32 bits.
  static func contentLength(_ bytes: Span<UInt8>, _ records: [SIPHeaderRecord]) throws(SIPParseError) -> Int? {
    var result: Int?
    for record in records where record.id == SIPHeaderName.contentLength.id {
      var value = 0
      guard record.valueStart < record.valueEnd else { throw badLength(record.valueStart, "a number") }
      for index in record.valueStart..<record.valueEnd {
        guard bytes[index].isDigit else { throw badLength(index, "a decimal number") }
        value = min(value &* 10 &+ Int(bytes[index] &- 48), 1 << 40)
      }
      if let earlier = result, earlier != value {
        throw badLength(record.start, "one Content-Length, or the same twice")
      }
      result = value
    }
    return result
  }

  private static func badLength(_ offset: Int, _ expected: String) -> SIPParseError {
    SIPParseError(
      .contentLength, offset: offset, header: .contentLength, expected: expected, reason: "Bad Content-Length Header")
  }

  /// The line that holds a byte, from 1.
  static func lineNumber(of offset: Int, in bytes: Span<UInt8>) -> Int {
    var line = 1
    var place = 0
    while let found = bytes.firstIndex(of: Byte.lf, from: place), found < offset {
      line += 1
      place = found + 1
    }
    return line
  }
}
