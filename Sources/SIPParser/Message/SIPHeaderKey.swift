/// A type that a header's value can be read as.
public protocol SIPHeaderValue: Sendable {
  /// Reads one value; what follows it (a comma, the end) is the caller's to check.
  static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> Self
  /// Writes the value as on the wire.
  func write(to writer: inout SIPFieldWriter)
}

/// A header's name together with the type of its value: `try message.value(.cseq)` is a `SIPCSeq?`.
///
/// docs/adding-a-header.md shows the ten lines that a new one takes; an application declares its own the same way.
public struct SIPHeaderKey<Value: Sendable>: Sendable {
  /// How often a header may stand and what a comma in it means.
  public enum Form: Sendable {
    /// One value, one line.
    case single
    /// Any number of lines of one value each; a comma belongs to the value (the authentication headers).
    case lines
    /// Any number of values on any number of lines, separated by commas.
    case list
    /// Like `list`, and a line may be empty (Allow, Supported, Accept).
    case listOrEmpty
  }

  /// The header's name.
  public let name: SIPHeaderName
  /// How often it may stand.
  public let form: Form
  @usableFromInline let read: @Sendable (inout SIPFieldReader) throws(SIPParseError) -> Value
  @usableFromInline let write: @Sendable (Value, inout SIPFieldWriter) -> Void

  /// A key that reads and writes with the given functions.
  public init(
    _ name: SIPHeaderName, _ form: Form = .single,
    read: @escaping @Sendable (inout SIPFieldReader) throws(SIPParseError) -> Value,
    write: @escaping @Sendable (Value, inout SIPFieldWriter) -> Void
  ) {
    self.name = name
    self.form = form
    self.read = read
    self.write = write
  }
}

extension SIPHeaderKey where Value: SIPHeaderValue {
  /// A key whose type knows how to read and write itself.
  public init(_ name: SIPHeaderName, _ form: Form = .single) {
    self.init(
      name, form, read: { reader throws(SIPParseError) in try Value.read(&reader) },
      write: { value, writer in value.write(to: &writer) })
  }
}

extension SIPHeaderKey where Value == SIPText {
  /// A key whose value is a token, such as an option tag.
  public static func token(_ name: SIPHeaderName, _ form: Form = .single) -> Self {
    Self(
      name, form, read: { reader throws(SIPParseError) in try reader.readToken() },
      write: { value, writer in
        writer.writeToken(value.description)
      })
  }

  /// A key whose value is all the text of the line.
  public static func text(_ name: SIPHeaderName) -> Self {
    Self(
      name, .single, read: { reader throws(SIPParseError) in try reader.readRest() },
      write: { value, writer in
        writer.write(value)
      })
  }
}

extension SIPHeaderKey where Value == UInt32 {
  /// A key whose value is a decimal number up to `max`.
  public static func number(_ name: SIPHeaderName, max: UInt32 = .max) -> Self {
    Self(
      name, .single, read: { reader throws(SIPParseError) in try reader.readNumber(max: max) },
      write: { value, writer in
        if value > max { writer.fail("a number up to \(max)") }
        writer.write(value)
      })
  }

  /// A key whose value is a number of seconds; a larger one than 2^32 − 1 is read as that.
  public static func seconds(_ name: SIPHeaderName) -> Self {
    Self(
      name, .single, read: { reader throws(SIPParseError) in try reader.readSeconds() },
      write: { value, writer in
        writer.write(value)
      })
  }
}
