import WireSupport

/// Where one header line stands in its storage.
@usableFromInline
struct SIPHeaderRecord: Sendable {
  /// The name's first byte.
  var startOffset: UInt32
  var valueStartOffset: UInt32
  var valueEndOffset: UInt32
  /// After the CRLF.
  var end: UInt32
  var nameLength: UInt16
  /// The id of the name, 0 for one that is not in the table.
  var id: UInt16
  /// Whether a line break stands in the value.
  var isFolded: Bool
  /// Whether the line is among the edits.
  var isEdited: Bool

  @inline(__always) var start: Int { Int(startOffset) }
  @inline(__always) var nameEnd: Int { Int(startOffset) &+ Int(nameLength) }
  @inline(__always) var valueStart: Int { Int(valueStartOffset) }
  @inline(__always) var valueEnd: Int { Int(valueEndOffset) }

  func lineRange(in count: Int) -> Range<Int> { TextRange(start, Int(end)).bounds(in: count) }

  func shifted(by distance: Int) -> SIPHeaderRecord {
    let shift = { (value: UInt32) in UInt32(truncatingIfNeeded: Int(value) &+ distance) }
    var result = self
    result.startOffset = shift(startOffset)
    result.valueStartOffset = shift(valueStartOffset)
    result.valueEndOffset = shift(valueEndOffset)
    result.end = shift(end)
    return result
  }
}

/// A value that cannot be sent.
struct SIPHeaderProblem: Sendable {
  var name: SIPHeaderName
  /// The offset of its line among the edits, by which a later replacement forgives it.
  var start: UInt32
  var expected: String
}

extension SIPHeaders {
  @usableFromInline
  func matches(_ record: SIPHeaderRecord, _ name: SIPHeaderName) -> Bool {
    if record.id != name.id { return false }
    if record.id != 0 { return true }
    let text = SIPText(
      storage: record.isEdited ? edits : original, range: TextRange(record.start, record.nameEnd))
    return text.equalsIgnoringCase(name.description)
  }

  @usableFromInline
  func firstIndex(_ name: SIPHeaderName, from start: Int) -> Int? {
    var index = start
    while index < records.count {
      if matches(records[index], name) { return index }
      index += 1
    }
    return nil
  }

  @usableFromInline
  func duplicate(_ record: SIPHeaderRecord, _ name: SIPHeaderName) -> SIPParseError {
    SIPParseError(
      .duplicateHeader, offset: record.isEdited ? nil : record.start, header: name, expected: "the header once",
      reason: "Duplicate \(name) Header")
  }

  /// The value's text with folds undone, and how its offsets relate to the message.
  @usableFromInline
  func unfolded(_ record: SIPHeaderRecord) -> (text: SIPText, fixed: Int?) {
    let storage = record.isEdited ? edits : original
    let range = TextRange(record.valueStart, record.valueEnd)
    guard record.isFolded else { return (SIPText(storage: storage, range: range), nil) }
    // RFC 3261 §7.3.1: a line break followed by white space is worth one space.
    var bytes = [UInt8]()
    bytes.reserveCapacity(range.count)
    var index = range.lower
    let end = min(range.upper, storage.count)
    while index < end {
      if storage[index] == Byte.cr || storage[index] == Byte.lf {
        while index < end, storage[index] == Byte.cr || storage[index] == Byte.lf || isSpace(storage[index]) {
          index += 1
        }
        bytes.append(Byte.space)
      } else {
        bytes.append(storage[index])
        index += 1
      }
    }
    return (SIPText(bytes: bytes), record.isEdited ? nil : record.valueStart)
  }

  @inlinable
  func values<Value>(
    of record: SIPHeaderRecord, _ key: SIPHeaderKey<Value>
  ) throws(SIPParseError) -> [Value] {
    var result = [Value]()
    let limit = limits.valueCount
    try forEachValue(of: record, key) { value in
      guard result.count < limit else { return nil }
      result.append(value)
      return true
    }
    return result
  }

  /// Calls `body` with each value of one line until it returns false (enough) or nil (too many: the result is true).
  @inlinable
  @discardableResult
  func forEachValue<Value>(
    of record: SIPHeaderRecord, _ key: SIPHeaderKey<Value>, _ body: (Value) -> Bool?
  ) throws(SIPParseError) -> Bool {
    let (text, fixed) = unfolded(record)
    let storage = text.storage
    var reader = SIPFieldReader(storage.span, text, header: key.name, fixed: fixed)
    reader.skipSpace()
    if reader.isAtEnd, key.form == .listOrEmpty { return false }
    while true {
      let value = try key.read(&reader)
      reader.skipSpace()
      let isLast = reader.isAtEnd
      if !isLast {
        guard key.form == .list || key.form == .listOrEmpty else { throw reader.failure("the end of the value") }
        guard reader.consume(UInt8(ascii: ",")) else { throw reader.failure("a comma or the end of the value") }
        reader.skipSpace()
      }
      guard let goOn = body(value) else { return true }
      if isLast || !goOn { return false }
    }
  }

  @usableFromInline
  func tooMany(_ record: SIPHeaderRecord, _ name: SIPHeaderName) -> SIPParseError {
    SIPParseError(
      .limit, offset: record.isEdited ? nil : record.start, header: name,
      expected: "at most \(limits.valueCount) values", status: .messageTooLarge)
  }

  /// Writes a line among the edits.
  @usableFromInline
  mutating func encode(_ name: SIPHeaderName, _ body: (inout SIPFieldWriter) -> Void) -> SIPHeaderRecord {
    compactIfWasteful()
    let spelling = name.description
    let start = edits.count
    var writer = SIPFieldWriter(edits)
    edits = []
    if name.id == 0 { writer.writeToken(spelling) } else { writer.bytes.append(contentsOf: spelling.utf8) }
    let nameLength = writer.bytes.count - start
    if nameLength > Int(UInt16.max) { writer.fail("a name of at most 65535 bytes") }
    writer.bytes.append(Byte.colon)
    writer.bytes.append(Byte.space)
    let valueStart = writer.bytes.count
    body(&writer)
    let valueEnd = writer.bytes.count
    writer.bytes.append(Byte.cr)
    writer.bytes.append(Byte.lf)
    edits = writer.bytes
    let record = SIPHeaderRecord(
      startOffset: UInt32(truncatingIfNeeded: start), valueStartOffset: UInt32(truncatingIfNeeded: valueStart),
      valueEndOffset: UInt32(truncatingIfNeeded: valueEnd), end: UInt32(truncatingIfNeeded: edits.count),
      nameLength: UInt16(truncatingIfNeeded: nameLength), id: name.id, isFolded: false, isEdited: true)
    if let problem = writer.problem {
      problems.append(SIPHeaderProblem(name: name, start: record.startOffset, expected: problem))
    }
    return record
  }

  @usableFromInline
  mutating func replace(_ name: SIPHeaderName, with record: SIPHeaderRecord) {
    guard let first = firstIndex(name, from: 0) else { return records.append(record) }
    records[first] = record
    guard firstIndex(name, from: first + 1) != nil else { return }
    let rest = records[(first + 1)...].filter { !matches($0, name) }
    records.replaceSubrange((first + 1)..., with: rest)
  }

  /// Lines that were replaced stay behind among the edits; a message edited for ever must not grow for ever.
  private mutating func compactIfWasteful() {
    guard edits.count > 8192 else { return }
    var live = 0
    for record in records where record.isEdited { live += Int(record.end) - record.start }
    guard edits.count > 4 * live + 4096 else { return }
    var kept = [UInt8]()
    kept.reserveCapacity(live)
    var keptProblems = [SIPHeaderProblem]()
    for index in records.indices where records[index].isEdited {
      let record = records[index]
      let start = kept.count
      kept.append(contentsOf: edits[record.lineRange(in: edits.count)])
      records[index] = record.shifted(by: start - record.start)
      for var problem in problems where problem.start == record.startOffset {
        problem.start = UInt32(truncatingIfNeeded: start)
        keptProblems.append(problem)
      }
    }
    edits = kept
    problems = keptProblems
  }
}
