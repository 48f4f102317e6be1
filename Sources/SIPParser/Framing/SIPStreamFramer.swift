import WireSupport

/// Cuts a byte stream (TCP, TLS) into messages (RFC 3261 §18.3): pieces may be split anywhere and hold several messages.
///
/// `append` a piece, then call `next()` until it gives nil. Each byte is looked at a bounded number of times, however it
/// is split: what was searched is not searched again. An error is final: on a stream there is no telling where the next
/// message begins, so the connection must be closed (after answering, if `SIPResponse(rejecting:)` can).
public struct SIPStreamFramer: Sendable {
  /// What comes out of a stream.
  public enum Event: Sendable {
    /// A whole message.
    case message(SIPMessage)
    /// The second CRLF of a pair: a ping, to be answered with a single CRLF (RFC 5626 §4.4.1).
    case ping
    /// A CRLF between messages: the answer to our ping, or the first half of the peer's, or an empty line before a
    /// message (RFC 3261 §7.5). It is reported at once, so a ping is always a `pong` and then a `ping`, however it is split.
    case pong
  }

  private let limits: SIPLimits
  private var buffer = [UInt8]()
  /// The first byte of `buffer` that was not given out.
  private var start = 0
  /// Up to here line feeds have been looked for, and here the line begins that holds it.
  private var searched = 0
  private var lineStart = 0
  /// Whether a CRLF that was given out as a pong came last: another one makes it a ping.
  private var lastWasReturn = false
  /// The header lines seen so far of the message at `start`.
  private var lines = 0
  /// The end of the headers of the message at `start`, once it is found, and the end of its body.
  private var head: (end: Int, bodyEnd: Int)?
  private var failure: SIPParseError?

  /// A framer at the beginning of a stream.
  public init(limits: SIPLimits = .standard) { self.limits = limits }

  /// Bytes that wait for the rest of their message.
  public var bufferedBytes: Int { buffer.count - start }

  /// Takes the next piece of the stream.
  public mutating func append(_ bytes: [UInt8]) { append(bytes.span) }

  /// Takes the next piece of the stream.
  public mutating func append(_ bytes: Span<UInt8>) {
    guard failure == nil else { return }
    if start > 0, start == buffer.count || start > 4096 && start > buffer.count / 2 {
      buffer.removeFirst(start)
      searched -= start
      lineStart -= start
      head = head.map { ($0.end - start, $0.bodyEnd - start) }
      start = 0
    }
    bytes.withUnsafeBufferPointer { buffer.append(contentsOf: $0) }
  }

  /// The next whole message or keep-alive, nil when more bytes are needed.
  public mutating func next() throws(SIPParseError) -> Event? {
    if let failure { throw failure }
    do throws(SIPParseError) {
      return try advance()
    } catch {
      failure = error
      buffer = []
      start = 0
      throw error
    }
  }

  private mutating func advance() throws(SIPParseError) -> Event? {
    if head == nil {
      if let event = keepAlive() { return event }
      guard start < buffer.count else { return nil }
      if buffer[start] == Byte.cr {
        guard buffer.count - start >= 2 else { return nil }
        throw SIPParseError(.startLine, offset: 0, line: 1, expected: "a first line", reason: "Bad Start Line")
      }
      guard let end = try findHead() else { return nil }
      head = (end, try bodyEnd(head: end))
    }
    guard let head, head.bodyEnd <= buffer.count else { return nil }
    let bytes = Array(buffer[start..<head.bodyEnd])
    self.head = nil
    consume(head.bodyEnd - start)
    lastWasReturn = false
    return .message(try SIPMessageParser.parse(bytes, limits: limits, isStream: true))
  }

  private mutating func keepAlive() -> Event? {
    guard buffer.count - start >= 2, buffer[start] == Byte.cr, buffer[start + 1] == Byte.lf else { return nil }
    consume(2)
    lastWasReturn.toggle()
    return lastWasReturn ? .pong : .ping
  }

  private mutating func consume(_ count: Int) {
    start += count
    searched = start
    lineStart = start
    lines = 0
  }

  /// The offset after the empty line that ends the headers.
  private mutating func findHead() throws(SIPParseError) -> Int? {
    while let lineFeed = buffer.span.firstIndex(of: Byte.lf, from: searched) {
      let isEmpty = lineFeed == lineStart || lineFeed == lineStart + 1 && buffer[lineStart] == Byte.cr
      searched = lineFeed + 1
      lineStart = searched
      lines += 1
      if lines == 1, lineFeed - start > limits.startLineBytes + 1 { throw limit("startLineBytes", .requestURITooLong) }
      if searched - start > limits.headerBytes { throw limit("headerBytes", .messageTooLarge) }
      // A lone LF counts here and is refused by the indexer, which says where it stands.
      if isEmpty { return searched }
    }
    searched = buffer.count
    if lines == 0, searched - start > limits.startLineBytes + 1 { throw limit("startLineBytes", .requestURITooLong) }
    if searched - start > limits.headerBytes { throw limit("headerBytes", .messageTooLarge) }
    return nil
  }

  private mutating func bodyEnd(head end: Int) throws(SIPParseError) -> Int {
    let bytes = Array(buffer[start..<end])
    var records = [SIPHeaderRecord]()
    do throws(SIPParseError) {
      guard let firstLine = bytes.span.firstIndex(of: Byte.lf) else { throw limit("startLineBytes", .badRequest) }
      _ = try SIPMessageParser.indexHeaders(bytes.span, from: firstLine + 1, base: 0, limits: limits, into: &records)
      guard let length = try SIPMessageParser.contentLength(bytes.span, records) else {
        throw SIPParseError(
          .missingHeader, header: .contentLength, expected: "Content-Length on a stream",
          reason: "Missing Content-Length")
      }
      guard length <= limits.bodyBytes else { throw SIPMessageParser.tooLarge(limits, end - start) }
      return end + length
    } catch {
      var error = error
      if let offset = error.offset { error.line = SIPMessageParser.lineNumber(of: offset, in: bytes.span) }
      error.recovered = SIPMessageRecovery.recover(bytes, limits: limits)
      throw error
    }
  }

  private func limit(_ name: String, _ status: SIPStatus) -> SIPParseError {
    var error = SIPParseError(.limit, offset: limits.headerBytes, expected: "a message within \(name)", status: status)
    error.recovered = SIPMessageRecovery.recover(Array(buffer[start...].prefix(limits.headerBytes)), limits: limits)
    return error
  }
}
