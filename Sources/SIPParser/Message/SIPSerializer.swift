import WireSupport

/// Puts a message together: untouched lines are copied in runs, changed ones were written when they were set.
enum SIPSerializer {
  static func serialize(
    _ headers: SIPHeaders, content: SIPText, isBodyChanged: Bool, startLine: TextRange, estimate: Int,
    compose: (inout SIPFieldWriter) -> Void
  ) throws(SIPParseError) -> [UInt8] {
    try checkProblems(headers)
    var bytes = [UInt8]()
    bytes.reserveCapacity(
      max(headers.original.count, estimate + content.count) + headers.edits.count + 64)
    if startLine.isEmpty {
      var writer = SIPFieldWriter(bytes)
      bytes = []
      compose(&writer)
      if let problem = writer.problem {
        throw SIPParseError(
          .unencodable, fault: .local, expected: problem, status: .serverInternalError)
      }
      bytes = writer.bytes
    } else {
      append(headers.original, startLine.lower, startLine.upper, to: &bytes)
      bytes.append(Byte.cr)
      bytes.append(Byte.lf)
    }
    var hasLength = false
    var isTouched = isBodyChanged || startLine.isEmpty
    var runStart = 0
    var runEnd = 0
    var runIsEdited = false
    for record in headers.records {
      if record.id == SIPHeaderName.contentLength.id {
        hasLength = true
        if record.isEdited || isBodyChanged { try checkLength(record, headers, content) }
      }
      if record.isEdited { isTouched = true }
      if record.start == runEnd, record.isEdited == runIsEdited {
        runEnd = Int(record.end)
        continue
      }
      append(runIsEdited ? headers.edits : headers.original, runStart, runEnd, to: &bytes)
      (runStart, runEnd, runIsEdited) = (record.start, Int(record.end), record.isEdited)
    }
    append(runIsEdited ? headers.edits : headers.original, runStart, runEnd, to: &bytes)
    if !hasLength, isTouched {
      var writer = SIPFieldWriter(bytes)
      bytes = []
      writer.bytes.append(contentsOf: "Content-Length: ".utf8)
      writer.write(UInt32(truncatingIfNeeded: content.count))
      writer.bytes.append(Byte.cr)
      writer.bytes.append(Byte.lf)
      bytes = writer.bytes
    }
    bytes.append(Byte.cr)
    bytes.append(Byte.lf)
    append(content.storage, content.range.lower, content.range.upper, to: &bytes)
    return bytes
  }

  /// Appends the header lines alone, for a part of a body or a fragment.
  static func appendLines(_ headers: SIPHeaders, to bytes: inout [UInt8]) throws(SIPParseError) {
    try checkProblems(headers)
    for record in headers.records {
      append(record.isEdited ? headers.edits : headers.original, record.start, Int(record.end), to: &bytes)
    }
  }

  private static func checkProblems(_ headers: SIPHeaders) throws(SIPParseError) {
    for problem in headers.problems {
      // A value that was replaced or removed since is forgiven.
      if headers.records.contains(where: { $0.isEdited && $0.startOffset == problem.start }) {
        throw SIPParseError(
          .unencodable, fault: .local, header: problem.name, expected: problem.expected, status: .serverInternalError)
      }
    }
  }

  private static func checkLength(
    _ record: SIPHeaderRecord, _ headers: SIPHeaders, _ content: SIPText
  ) throws(SIPParseError) {
    let (text, _) = headers.unfolded(record)
    guard text.decimal.map({ Int($0) }) == content.count else {
      throw SIPParseError(
        .contentLength, fault: .local, header: .contentLength, expected: "the body's length, \(content.count)",
        status: .serverInternalError)
    }
  }

  @inline(__always)
  private static func append(_ source: [UInt8], _ start: Int, _ end: Int, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: source[TextRange(start, end).bounds(in: source.count)])
  }
}
