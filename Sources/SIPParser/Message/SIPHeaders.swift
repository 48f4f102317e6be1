import WireSupport

/// The headers of a message in their order: the bytes as they came, an index of where each stands, and nothing typed
/// until it is asked for.
///
/// What is not touched is sent byte for byte as it came. What is set or appended is written at once, and a value that
/// cannot be sent makes the message refuse to serialise.
public struct SIPHeaders: Sendable {
  /// The message as it came; never changed.
  var original: [UInt8]
  /// Lines that were set or appended since.
  var edits: [UInt8]
  @usableFromInline var records: [SIPHeaderRecord]
  /// The first value that cannot be sent, until it is replaced.
  var problems: [SIPHeaderProblem]
  @usableFromInline var limits: SIPLimits

  /// No headers.
  public init() {
    original = []
    edits = []
    records = []
    problems = []
    limits = .standard
  }

  init(original: [UInt8], records: [SIPHeaderRecord], limits: SIPLimits) {
    self.original = original
    self.records = records
    self.limits = limits
    edits = []
    problems = []
  }

  /// How many header lines, a folded one counting once.
  public var count: Int { records.count }
  /// Whether there is no header.
  public var isEmpty: Bool { records.isEmpty }

  /// Whether there is a line of this name.
  public func contains(_ name: SIPHeaderName) -> Bool { firstIndex(name, from: 0) != nil }

  // MARK: Raw access

  /// One header line.
  public struct Line: Sendable {
    /// The name, compact or long.
    public let name: SIPHeaderName
    /// The name as it stands on the wire.
    public let spelling: SIPText
    /// The value without the white space around it; folds are kept.
    public let value: SIPText
  }

  /// The line at `index`, from 0.
  public subscript(index: Int) -> Line? {
    guard index >= 0, index < records.count else { return nil }
    let record = records[index]
    let storage = record.isEdited ? edits : original
    let spelling = SIPText(storage: storage, range: TextRange(record.start, record.nameEnd))
    return Line(
      name: SIPHeaderName(id: record.id, other: spelling.description), spelling: spelling,
      value: SIPText(storage: storage, range: TextRange(record.valueStart, record.valueEnd)))
  }

  /// All lines in order.
  public var lines: [Line] { (0..<records.count).compactMap { self[$0] } }

  /// The first value of this name as text with folds undone, for headers without a key.
  public func text(_ name: SIPHeaderName) -> SIPText? {
    firstIndex(name, from: 0).map { unfolded(records[$0]).text }
  }

  /// Appends a line of any name. A value with a line break in it makes the message refuse to serialise.
  public mutating func append(_ name: SIPHeaderName, text: String) {
    let record = encode(name) { $0.write(text) }
    records.append(record)
  }

  /// Replaces every line of this name by one, where the first stood or at the end.
  public mutating func set(_ name: SIPHeaderName, text: String) {
    let record = encode(name) { $0.write(text) }
    replace(name, with: record)
  }

  /// Removes every line of this name; whether there was one.
  @discardableResult
  public mutating func removeAll(_ name: SIPHeaderName) -> Bool {
    guard let first = firstIndex(name, from: 0) else { return false }
    let rest = records[(first + 1)...].filter { !matches($0, name) }
    records.replaceSubrange(first..., with: rest)
    return true
  }

  // MARK: Typed access

  // Inlined into their callers, to be compiled for the header's type; what does not depend on it is not.

  /// The value of a header that stands at most once, nil when it does not stand; the first of a list.
  ///
  /// A `.single` header that stands twice is an error (RFC 4475 §3.3.8), for the two ends of a call may pick different ones.
  @inlinable
  public func value<Value>(_ key: SIPHeaderKey<Value>) throws(SIPParseError) -> Value? {
    guard let index = firstIndex(key.name, from: 0) else { return nil }
    if key.form == .single {
      if let other = firstIndex(key.name, from: index + 1) {
        throw duplicate(records[other], key.name)
      }
    }
    var result: Value?
    if key.form == .listOrEmpty {
      try forEach(key) { value in
        result = value
        return false
      }
      return result
    }
    try forEachValue(of: records[index], key) { value in
      result = value
      return false
    }
    return result
  }

  /// Every value of a header in order, over its lines and commas.
  @inlinable
  public func values<Value>(_ key: SIPHeaderKey<Value>) throws(SIPParseError) -> [Value] {
    var result = [Value]()
    try forEach(key) { value in
      result.append(value)
      return true
    }
    return result
  }

  /// Calls `body` with every value of a header in order until it returns false: `values` without the array.
  @inlinable
  public func forEach<Value>(
    _ key: SIPHeaderKey<Value>, _ body: (Value) -> Bool
  ) throws(SIPParseError) {
    var count = 0
    var goOn = true
    for record in records where goOn && matches(record, key.name) {
      if count > 0, key.form == .single { throw duplicate(record, key.name) }
      let tooMany = try forEachValue(of: record, key) { value in
        count += 1
        guard count <= limits.valueCount else { return nil }
        goOn = body(value)
        return goOn
      }
      if tooMany {
        throw self.tooMany(record, key.name)
      }
    }
  }

  /// Replaces every line of this header by one with this value, where the first stood or at the end.
  @inlinable
  public mutating func set<Value>(_ key: SIPHeaderKey<Value>, _ value: Value) {
    let record = encode(key.name) { key.write(value, &$0) }
    replace(key.name, with: record)
  }

  /// Replaces every line of this header by these values: a line for each, but one line for a list of words (Allow).
  @inlinable
  public mutating func set<Value>(_ key: SIPHeaderKey<Value>, _ values: [Value]) {
    guard key.form == .listOrEmpty, !values.isEmpty else {
      var place = firstIndex(key.name, from: 0) ?? records.count
      removeAll(key.name)
      for value in values {
        let record = encode(key.name) { key.write(value, &$0) }
        records.insert(record, at: min(place, records.count))
        place += 1
      }
      return
    }
    // Lists of words (Allow, Supported) read better, and cost less, on one line.
    let record = encode(key.name) { writer in
      for (index, value) in values.enumerated() {
        if index > 0 { writer.write(", ") }
        key.write(value, &writer)
      }
    }
    replace(key.name, with: record)
  }

  /// Appends a line with this value after the last line of the message.
  @inlinable
  public mutating func append<Value>(_ key: SIPHeaderKey<Value>, _ value: Value) {
    let record = encode(key.name) { key.write(value, &$0) }
    records.append(record)
  }

  /// Puts a line with this value before the first line of this header, or before every line when there is none.
  @inlinable
  public mutating func prepend<Value>(_ key: SIPHeaderKey<Value>, _ value: Value) {
    let record = encode(key.name) { key.write(value, &$0) }
    records.insert(record, at: firstIndex(key.name, from: 0) ?? 0)
  }

  /// Takes the first value away, off its list or with its line, and gives it; nil when there is none.
  @discardableResult
  @inlinable
  public mutating func removeFirst<Value>(_ key: SIPHeaderKey<Value>) throws(SIPParseError) -> Value? {
    guard let index = firstIndex(key.name, from: 0) else { return nil }
    let values = try values(of: records[index], key)
    if values.count > 1 {
      let record = encode(key.name) { writer in
        for (position, value) in values.dropFirst().enumerated() {
          if position > 0 { writer.write(", ") }
          key.write(value, &writer)
        }
      }
      records[index] = record
    } else {
      records.remove(at: index)
    }
    return values.first
  }

  /// Changes the first value where it stands (the topmost Via gets `received`); false when there is none.
  @discardableResult
  @inlinable
  public mutating func updateFirst<Value>(
    _ key: SIPHeaderKey<Value>, _ change: (inout Value) -> Void
  ) throws(SIPParseError) -> Bool {
    guard let index = firstIndex(key.name, from: 0) else { return false }
    var values = try values(of: records[index], key)
    guard !values.isEmpty else { return false }
    change(&values[0])
    let record = encode(key.name) { writer in
      for (position, value) in values.enumerated() {
        if position > 0 { writer.write(", ") }
        key.write(value, &writer)
      }
    }
    records[index] = record
    return true
  }

  /// Puts every line of this name in `other` at the end of these, byte for byte (Via, Record-Route into a response).
  public mutating func appendLines(_ name: SIPHeaderName, of other: SIPHeaders) {
    for record in other.records where other.matches(record, name) {
      let source = record.isEdited ? other.edits : other.original
      let start = edits.count
      edits.append(contentsOf: source[record.lineRange(in: source.count)])
      if !edits.suffix(2).elementsEqual([Byte.cr, Byte.lf]) { edits.append(contentsOf: [Byte.cr, Byte.lf]) }
      var copy = record.shifted(by: start - record.start)
      copy.isEdited = true
      copy.end = UInt32(truncatingIfNeeded: edits.count)
      records.append(copy)
      for var problem in other.problems where record.isEdited && problem.start == record.startOffset {
        problem.start = copy.startOffset
        problems.append(problem)
      }
    }
  }
}
