import WireSupport

/// Reads from a broken message what an answer to it needs, giving up on a line at a time.
enum SIPMessageRecovery {
  static func recover(_ bytes: [UInt8], limits: SIPLimits) -> SIPRecoveredMessage {
    let span = bytes.span
    var offset = 0
    while offset < span.count, span[offset] == Byte.cr || span[offset] == Byte.lf { offset += 1 }
    let isResponse =
      span.count - offset >= 4 && span[offset] | 0x20 == 0x73 && span[offset + 1] | 0x20 == 0x69
      && span[offset + 2] | 0x20 == 0x70 && span[offset + 3] == Byte.slash
    var methodEnd = offset
    while methodEnd < min(span.count, offset + 128), CharacterClass.token.contains(span[methodEnd]) { methodEnd += 1 }
    let method = isResponse || methodEnd == offset ? nil : SIPMethod(span.extracting(offset..<methodEnd))

    var records = [SIPHeaderRecord]()
    let stop = min(span.count, offset + limits.headerBytes)
    offset = span.firstIndex(of: Byte.lf, from: offset).map { $0 + 1 } ?? stop
    var lines = 0
    while offset < stop, lines < limits.headerCount {
      lines += 1
      guard let lineFeed = endOfFoldedLine(span, from: offset, stop: stop) else { break }
      if lineFeed <= offset + 1 { break }
      // One line alone, followed by an empty one, is a message of its own to the strict indexer.
      var one = [SIPHeaderRecord]()
      if let record = record(span, offset, lineFeed, limits, &one), isWanted(record.id) { records.append(record) }
      offset = lineFeed + 1
    }
    return SIPRecoveredMessage(
      method: method, isResponse: isResponse, headers: SIPHeaders(original: bytes, records: records, limits: limits))
  }

  private static func isWanted(_ id: UInt16) -> Bool {
    id == SIPHeaderName.via.id || id == SIPHeaderName.from.id || id == SIPHeaderName.to.id
      || id == SIPHeaderName.callID.id || id == SIPHeaderName.cseq.id
  }

  private static func record(
    _ span: Span<UInt8>, _ start: Int, _ lineFeed: Int, _ limits: SIPLimits, _ records: inout [SIPHeaderRecord]
  ) -> SIPHeaderRecord? {
    // Without the empty line the indexer ends in an error, after it has indexed the line.
    _ = try? SIPMessageParser.indexHeaders(
      span.extracting(0...lineFeed), from: start, base: start, limits: limits, into: &records)
    guard let record = records.first, Int(record.end) == lineFeed + 1, record.valueStart < record.valueEnd else {
      return nil
    }
    // A line that will be sent back must be one line to everybody.
    for index in start..<(lineFeed - 1) where span[index] == Byte.cr || span[index] == Byte.lf {
      let isFold =
        span[index] == Byte.cr
        ? span[index + 1] == Byte.lf && isSpace(span[index + 2]) : index > start && span[index - 1] == Byte.cr
      if !isFold { return nil }
    }
    return record
  }

  private static func endOfFoldedLine(_ span: Span<UInt8>, from start: Int, stop: Int) -> Int? {
    var place = start
    while let lineFeed = span.firstIndex(of: Byte.lf, from: place), lineFeed < stop {
      if lineFeed + 1 < stop, isSpace(span[lineFeed + 1]), lineFeed > start + 1 {
        place = lineFeed + 1
      } else {
        return lineFeed
      }
    }
    return nil
  }
}
