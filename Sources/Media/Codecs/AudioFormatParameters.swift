/// The value of an `a=fmtp` attribute after the payload type (RFC 8866 §6.15): `name=value` pairs between semicolons.
///
/// Reading is forgiving, as peers are: names match in any case, space around pairs is ignored, the first of two equal
/// names counts, and a number that is none reads as absent.
public struct AudioFormatParameters: Hashable, Sendable, CustomStringConvertible {
  /// One parameter. `value` is nil for a word without `=`.
  public struct Parameter: Hashable, Sendable {
    /// The name as written.
    public var name: String
    /// What follows the `=`.
    public var value: String?
  }

  /// The parameters in the order in which they were written.
  public private(set) var parameters: [Parameter]

  /// No parameters.
  public init() { parameters = [] }

  /// Reads the text after `a=fmtp:<payload type> `. At most 64 parameters are kept: a codec has a dozen.
  public init(parsing text: String) {
    parameters = []
    for piece in text.utf8.split(separator: UInt8(ascii: ";"), maxSplits: 64) {
      let pair = piece.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      let name = Self.trimmed(pair.first)
      guard !name.isEmpty, parameters.count < 64 else { continue }
      parameters.append(Parameter(name: name, value: pair.count == 2 ? Self.trimmed(pair.last) : nil))
    }
  }

  /// Whether there is nothing to write.
  public var isEmpty: Bool { parameters.isEmpty }

  /// The value of the first parameter called `name`; setting nil removes it.
  public subscript(name: String) -> String? {
    get { parameters.first { $0.name.lowercased() == name.lowercased() }?.value }
    set {
      let index = parameters.firstIndex { $0.name.lowercased() == name.lowercased() }
      switch (index, newValue) {
      case (let index?, let value?): parameters[index].value = value
      case (let index?, nil): parameters.remove(at: index)
      case (nil, let value?): parameters.append(Parameter(name: name, value: value))
      case (nil, nil): break
      }
    }
  }

  /// The value of `name` as a decimal number that is not negative; nil when absent or not one.
  public func number(_ name: String) -> Int? {
    guard let value = self[name], let number = Int(value), number >= 0 else { return nil }
    return number
  }

  /// Whether `name` is 1; absent and everything else is no.
  public func flag(_ name: String) -> Bool { number(name) == 1 }

  /// The text to write after `a=fmtp:<payload type> `.
  public var description: String {
    parameters.map { parameter in parameter.value.map { "\(parameter.name)=\($0)" } ?? parameter.name }
      .joined(separator: ";")
  }

  private static func trimmed(_ bytes: Substring.UTF8View?) -> String {
    guard let bytes else { return "" }
    let isSpace = { (byte: UInt8) in byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    let start = bytes.drop(while: isSpace)
    guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(Substring(start[...last]))
  }
}
