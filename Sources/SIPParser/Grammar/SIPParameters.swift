import WireSupport

/// The parameters of a header value or of a URI: names are case-insensitive, order and spelling are kept.
///
/// Reading scans the text, which was checked when its header was: looking one up allocates nothing. `parameters["ttl"]`
/// gives the value as a string with quotes and escapes undone; `text("tag")` gives the bytes as they stand.
public struct SIPParameters: Sendable {
  /// How values are written.
  enum Grammar: Sendable {
    /// `;name=token` or `;name="quoted"`
    case header
    /// `;name=value` with percent escapes
    case uri
    /// `name=value, name="value"` (RFC 3261 §20.7)
    case authentication
  }

  var storage: [UInt8]
  var range: TextRange
  let grammar: Grammar
  /// False once a name was set that is no token: then the value cannot be sent.
  private(set) var isWellFormed = true

  init(storage: [UInt8], range: TextRange, grammar: Grammar) {
    self.storage = storage
    self.range = range
    self.grammar = grammar
  }

  /// No parameters of a header value.
  public init() { self.init(storage: [], range: .empty, grammar: .header) }

  /// Whether there is none.
  public var isEmpty: Bool { range.isEmpty }

  /// The text as it stands, its first `;` included.
  public var rawText: SIPText { SIPText(storage: storage, range: range) }

  /// Whether there is a parameter of this name, with a value or without.
  public func contains(_ name: String) -> Bool { find(name) != nil }

  /// The value as it stands, quotes and escapes included; empty for a parameter without value; nil for none.
  public func text(_ name: String) -> SIPText? {
    guard let entry = find(name) else { return nil }
    return SIPText(storage: storage, range: entry.value)
  }

  /// The value with quotes or percent escapes undone; empty for a parameter without value; nil for none.
  ///
  /// Setting quotes or escapes what needs it, replaces the parameter where it stands or appends it; setting the empty
  /// string writes the name alone, setting nil removes it.
  public subscript(name: String) -> String? {
    get {
      guard let text = text(name) else { return nil }
      return decode(text)
    }
    set { set(name, newValue) }
  }

  /// The names and values in order, values as the subscript gives them.
  public var entries: [(name: String, value: String)] {
    var result = [(name: String, value: String)]()
    forEachEntry { entry in
      result.append(
        (
          decode(SIPText(storage: storage, range: entry.name)),
          decode(SIPText(storage: storage, range: entry.value))
        ))
      return true
    }
    return result
  }

  // MARK: Scanning

  struct Entry {
    var name: TextRange
    var value: TextRange
    /// From the separator before the name to the end of the value.
    var whole: TextRange
  }

  func find(_ name: String) -> Entry? {
    var result: Entry?
    let count = name.utf8.count
    forEachEntry { entry in
      guard entry.name.count == count || grammar == .uri, matches(entry.name, name) else { return true }
      result = entry
      return false
    }
    return result
  }

  private func matches(_ range: TextRange, _ name: String) -> Bool {
    let text = SIPText(storage: storage, range: range)
    if text.equalsIgnoringCase(name) { return true }
    // RFC 3261 §19.1.4: `%6C%72` is `lr`, in a URI.
    guard grammar == .uri, text.span.firstIndex(of: Byte.percent) != nil else { return false }
    return SIPText(SIPEscape.unescape(text)).equalsIgnoringCase(name)
  }

  /// Calls `body` with each entry until it returns false. The text has been validated, so this only looks for its joints.
  func forEachEntry(_ body: (Entry) -> Bool) {
    let bytes = storage.span
    let separator = grammar == .authentication ? Byte.comma : Byte.semicolon
    let end = min(range.upper, bytes.count)
    var index = range.lower
    while index < end {
      let start = index
      if bytes[index] == separator { index &+= 1 }
      index = skipSpace(bytes, index, end)
      let nameStart = index
      while index < end, bytes[index] != Byte.equals, bytes[index] != separator, !isSpace(bytes[index]) { index &+= 1 }
      let name = TextRange(nameStart, index)
      var value = TextRange(index, index)
      var last = index
      index = skipSpace(bytes, index, end)
      if index < end, bytes[index] == Byte.equals {
        index = skipSpace(bytes, index &+ 1, end)
        let valueStart = index
        if index < end, bytes[index] == Byte.quote {
          index &+= 1
          while index < end, bytes[index] != Byte.quote { index &+= bytes[index] == Byte.backslash ? 2 : 1 }
          index = min(index &+ 1, end)
        } else {
          while index < end, bytes[index] != separator, !isSpace(bytes[index]) { index &+= 1 }
        }
        value = TextRange(valueStart, index)
        last = index
        index = skipSpace(bytes, index, end)
      }
      if !name.isEmpty, !body(Entry(name: name, value: value, whole: TextRange(start, last))) { return }
      // Progress even over text that was never validated.
      while index < end, bytes[index] != separator { index &+= 1 }
      if index == start { index &+= 1 }
    }
  }

  private func decode(_ text: SIPText) -> String {
    grammar == .uri ? SIPEscape.unescape(text) : SIPQuoted.unquote(text)
  }

  // MARK: Changing

  /// Sets, replaces or (nil) removes a parameter; see the subscript.
  public mutating func set(_ name: String, _ value: String?) { set(name, value, .asNeeded) }

  /// Sets a parameter and puts its value in quotes whether it needs them or not.
  public mutating func setQuoted(_ name: String, _ value: String) { set(name, value, .always) }

  /// Sets a parameter of an authentication header without quotes. A value that needs them cannot be sent.
  mutating func setUnquoted(_ name: String, _ value: String) { set(name, value, .never) }

  private enum Quotes { case asNeeded, always, never }

  private mutating func set(_ name: String, _ value: String?, _ quotes: Quotes) {
    var bytes = [UInt8]()
    bytes.reserveCapacity(range.count + name.utf8.count + (value?.utf8.count ?? 0) + 4)
    var done = value == nil
    var entries = [Entry]()
    forEachEntry { entry in
      entries.append(entry)
      return true
    }
    for entry in entries {
      if !matches(entry.name, name) {
        bytes.append(contentsOf: SIPText(storage: storage, range: entry.whole).bytes)
      } else if !done, let value {
        appendEntry(name, value, quotes, to: &bytes)
        done = true
      }
    }
    if !done, let value { appendEntry(name, value, quotes, to: &bytes) }
    if grammar == .authentication, let first = bytes.first, first == Byte.comma {
      bytes.removeFirst()
      while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
    }
    storage = bytes
    range = TextRange(0, bytes.count)
  }

  /// Removes every parameter of this name.
  public mutating func remove(_ name: String) { set(name, nil) }

  private mutating func appendEntry(_ name: String, _ value: String, _ quotes: Quotes, to bytes: inout [UInt8]) {
    switch grammar {
    case .authentication: bytes.append(contentsOf: bytes.isEmpty ? [] : [Byte.comma, Byte.space])
    case .header, .uri: bytes.append(Byte.semicolon)
    }
    if name.isEmpty || grammar != .uri && !name.utf8.allSatisfy({ CharacterClass.token.contains($0) }) {
      isWellFormed = false
    }
    if grammar == .uri {
      SIPEscape.append(name, allowed: .uriParameter, to: &bytes)
    } else {
      bytes.append(contentsOf: name.utf8)
    }
    if value.isEmpty, grammar != .authentication, quotes != .always { return }
    bytes.append(Byte.equals)
    if grammar == .uri { return SIPEscape.append(value, allowed: .uriParameter, to: &bytes) }
    let isPlain =
      !value.isEmpty
      && value.utf8.allSatisfy { byte in
        CharacterClass.token.contains(byte) || byte == Byte.openBracket || byte == Byte.closeBracket
          || byte == Byte.colon
      }
    if quotes == .never || quotes == .asNeeded && grammar == .header && isPlain {
      if !isPlain { isWellFormed = false }
      bytes.append(contentsOf: value.utf8)
    } else {
      SIPQuoted.append(value, to: &bytes)
    }
  }
}

extension SIPParameters: ExpressibleByDictionaryLiteral {
  /// Parameters of a header value in the order given; an empty value writes the name alone.
  public init(dictionaryLiteral elements: (String, String)...) {
    self.init()
    for (name, value) in elements { set(name, value) }
  }
}

extension SIPParameters: Hashable, CustomStringConvertible {
  /// The same text, byte for byte.
  public static func == (lhs: SIPParameters, rhs: SIPParameters) -> Bool { lhs.rawText == rhs.rawText }
  public func hash(into hasher: inout Hasher) { hasher.combine(rawText) }
  public var description: String { rawText.description }
}

@inline(__always)
func isSpace(_ byte: UInt8) -> Bool { byte == Byte.space || byte == Byte.tab }

@inline(__always)
func skipSpace(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
  var index = start
  while index < end, isSpace(bytes[index]) { index &+= 1 }
  return index
}
