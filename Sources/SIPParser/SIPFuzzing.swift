import WireSupport

/// The properties that every input must have, for the fuzzer and for tests: one place to state them.
public enum SIPFuzzing {
  /// Reads `bytes` as a message, as a stream and as a URI, and everything in it as typed values.
  /// - Returns: whether it was accepted as a message. Traps when a property does not hold, which is what a fuzzer looks for.
  @discardableResult
  public static func run(_ bytes: [UInt8]) -> Bool {
    runStream(bytes)
    runBodies(bytes)
    if let uri = try? SIPURI(bytes: bytes) {
      precondition(uri.rawText.bytes == bytes, "a URI prints as it came")
      precondition(uri.isEquivalent(to: uri), "a URI is equivalent to itself")
      var changed = uri
      changed.user = uri.user
      changed.port = uri.port
      precondition((try? SIPURI(bytes: changed.rawText.bytes)) != nil, "a changed URI is a URI")
      if let number = SIPTelephoneNumber(uri), number.uri.isWellFormed {
        precondition(SIPTelephoneNumber(number.uri) == number, "a telephone number reads the same")
      }
      precondition(uri.scheme == .tel || uri.matches(uri.description), "a URI matches itself")
    }
    let message: SIPMessage
    do throws(SIPParseError) {
      message = try SIPMessage(parsing: bytes)
    } catch {
      precondition(error.offset.map { $0 >= 0 && $0 <= bytes.count } ?? true, "an error lies within the input")
      if let answer = SIPResponse(rejecting: error, toTag: "tag") {
        precondition(isOneMessage(try? answer.serialized()), "an answer to a broken request can be sent")
      }
      return false
    }
    let printed = try? message.serialized()
    precondition(printed != nil, "what was read can be printed")
    precondition(isOneMessage(printed), "and read again")
    _ = SIPRedaction.redacted(bytes)
    do throws(SIPParseError) {
      try message.checkHeaders()
      checkRewriting(message)
    } catch {
      precondition(error.header != nil && error.recovered != nil, "a header's error names the header")
    }
    do throws(SIPParseError) { try message.checkMandatoryHeaders() } catch {
      if let answer = SIPResponse(rejecting: error, toTag: "tag") { _ = try? answer.serialized() }
    }
    if case .request(let request) = message {
      _ = try? SIPResponse(to: request, status: .ok, toTag: "tag").serialized()
    }
    for line in message.headers.lines { _ = message.headers.text(line.name) }
    return true
  }

  /// Reads `bytes` as a body of several parts, under every boundary that it may have, and as a fragment.
  private static func runBodies(_ bytes: [UInt8]) {
    let text = SIPText(bytes: bytes)
    for line in bytes.split(separator: Byte.lf).lazy.filter({ $0.starts(with: [Byte.dash, Byte.dash]) }).prefix(4) {
      let boundary = String(decoding: line.dropFirst(2).filter { $0 != Byte.cr }, as: UTF8.self)
      let type = SIPMediaType("multipart", "mixed", parameters: ["boundary": boundary])
      guard let body = try? SIPMultipart(text, type: type) else { continue }
      for part in body.parts { _ = try? part.multipart() }
      _ = try? body.leaves()
      // Unless the boundary stands in a part, or is one of those that are read and not written, it can be sent.
      guard let sent = try? body.serialized() else { continue }
      let again = try? SIPMultipart(SIPText(bytes: sent), type: body.contentType)
      precondition(again?.parts.map(\.content) == body.parts.map(\.content), "a body reads the same")
    }
    guard let fragment = try? SIPFragment(text), let sent = try? fragment.serialized() else { return }
    let again = try? SIPFragment(SIPText(bytes: sent))
    precondition(
      again?.content == fragment.content && again?.headers.count == fragment.headers.count, "a fragment, too")
  }

  private static func isOneMessage(_ bytes: [UInt8]?) -> Bool {
    guard let bytes, let message = try? SIPMessage(parsing: bytes), let again = try? message.serialized() else {
      return false
    }
    return again == bytes
  }

  /// Reading, writing and reading again gives the same typed value, for every typed header.
  private static func checkRewriting(_ message: SIPMessage) {
    var rewriting = Rewriting(headers: message.headers)
    try? SIPTypedHeaders.visitAll(with: &rewriting)
  }

  private struct Rewriting: SIPHeaderKeyVisitor {
    let headers: SIPHeaders

    func visit<Value: Equatable>(_ key: SIPHeaderKey<Value>) throws(SIPParseError) {
      guard headers.contains(key.name), let values = try? headers.values(key), !values.isEmpty else { return }
      var copy = headers
      copy.set(key, values)
      precondition(copy.problems.isEmpty, "a value that was read can be written")
      let again = try? copy.values(key)
      precondition(again == values, "and reads the same")
    }
  }

  /// A stream gives the same whether it comes at once or in pieces.
  private static func runStream(_ bytes: [UInt8]) {
    var whole = SIPStreamFramer()
    whole.append(bytes)
    let expected = drain(&whole)
    var pieces = SIPStreamFramer()
    var actual = [String]()
    var start = 0
    var step = 1
    while start < bytes.count {
      let end = min(bytes.count, start + step)
      pieces.append(bytes.span.extracting(start..<end))
      actual += drain(&pieces)
      start = end
      step = step % 7 + 1
    }
    precondition(actual.prefix(expected.count).elementsEqual(expected), "splitting a stream changes nothing")
  }

  private static func drain(_ framer: inout SIPStreamFramer) -> [String] {
    var result = [String]()
    do throws(SIPParseError) {
      while let event = try framer.next() {
        switch event {
        case .message(let message): result.append(String(decoding: (try? message.serialized()) ?? [], as: UTF8.self))
        case .ping: result.append("ping")
        case .pong: result.append("pong")
        }
      }
    } catch {
      if result.last != "error" { result.append("error") }
    }
    return result
  }
}
