/// Why a media operation failed: what kind of failure (`code`), where, and a sentence that a person can act on.
///
/// Two errors are equal when their codes are: callers switch on the code and show the message.
public struct MediaError: Error, Sendable {
  /// The kind of failure. Open: a later version adds codes without breaking a switch with a `default`.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The code's stable name, as it appears in logs and JSON.
    public let name: String
    /// A code of your own, for a device or codec that this module does not know.
    public init(_ name: String) { self.name = name }

    /// A parameter is outside what the operation supports (a rate, a channel count, a quality).
    public static let invalidArgument = Code("invalid-argument")
    /// A file does not exist or may not be opened.
    public static let cannotOpenFile = Code("cannot-open-file")
    /// Reading or writing an open file failed.
    public static let fileInputOutput = Code("file-input-output")
    /// A file is not what its name says: a malformed WAV header, a truncated chunk.
    public static let malformedFile = Code("malformed-file")
    /// A file is well formed and of a kind that is not supported (24-bit samples, five channels).
    public static let unsupportedFormat = Code("unsupported-format")
    /// No device has this name.
    public static let deviceNotFound = Code("device-not-found")
    /// The device exists and is in use by another program.
    public static let deviceBusy = Code("device-busy")
    /// The device cannot run with the rate or period asked for.
    public static let deviceRejectedFormat = Code("device-rejected-format")
    /// The device failed while it was running (unplugged, driver error).
    public static let deviceFailed = Code("device-failed")
    /// The device is already running, or is not.
    public static let wrongState = Code("wrong-state")
    /// A codec library refused its parameters or its input.
    public static let codecFailed = Code("codec-failed")
    /// A resource of the system (memory, a thread) could not be had.
    public static let resourceUnavailable = Code("resource-unavailable")

    public var description: String { name }
  }

  /// The kind of failure.
  public var code: Code
  /// What happened and what was expected, as one sentence without a full stop.
  public var message: String
  /// The file, device or codec that it happened with.
  public var subject: String?
  /// The byte offset in a file, where that is known.
  public var offset: Int?
  /// The system's `errno`, or an ALSA or codec library's own negative number, where one was given.
  public var underlyingCode: Int32?

  /// An error of kind `code`.
  public init(
    _ code: Code, _ message: String, subject: String? = nil, offset: Int? = nil, underlyingCode: Int32? = nil
  ) {
    self.code = code
    self.message = message
    self.subject = subject
    self.offset = offset
    self.underlyingCode = underlyingCode
  }
}

extension MediaError: Equatable {
  /// Equal when the codes are.
  public static func == (lhs: MediaError, rhs: MediaError) -> Bool { lhs.code == rhs.code }
}

extension MediaError: CustomStringConvertible {
  public var description: String {
    var text = subject.map { "\($0): \(message)" } ?? message
    if let offset { text += " (at byte \(offset))" }
    return text
  }
}
