import SIPParser

/// One torture message with what a standard says about it, and the judge. Without a testing library, so that
/// `Scripts/conformance` can use it too.
///
/// An expectation file has comments (`#`), preparations (`normalize`: bare LF becomes CRLF and a missing empty line is
/// added; `correct-content-length`), one verdict, then facts:
/// - `accept`: parses, and every header is well formed.
/// - `reject parse STATUS`, `reject headers STATUS`: the parser, or the check of its headers, refuses it with this status.
/// - `discard parse`, `discard headers`: the same for a response, which is never answered.
/// - `above STATUS`, `above discard`: accepted here; what is above the parser must answer this. SIPTransaction's
///   `RequestRulesTests` let its rules decide, and also what a proxy answers (`proxy STATUS`).
struct ConformanceCase: Sendable {
  let name: String
  let bytes: [UInt8]
  let verdict: [String]
  let facts: [(name: String, value: String)]

  /// Nil when the expectation has no verdict: an input must not be forgotten.
  init?(name: String, bytes: [UInt8], expectation: String) {
    self.name = name
    var bytes = bytes
    var verdict = [String]()
    var facts = [(name: String, value: String)]()
    for line in expectation.split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
      let rest = words.count > 1 ? String(words[1]) : ""
      switch words[0] {
      case "normalize": bytes = Self.normalized(bytes)
      case "correct-content-length": bytes = Self.withCorrectLength(bytes)
      case "accept", "reject", "discard", "above": verdict = line.split(separator: " ").map { String($0) }
      case "proxy": break
      default: facts.append((String(words[0]), rest))
      }
    }
    if verdict.isEmpty { return nil }
    self.bytes = bytes
    self.verdict = verdict
    self.facts = facts
  }

  /// What is not as expected; nil when all is.
  func judge() -> String? {
    let message: SIPMessage
    do throws(SIPParseError) {
      message = try SIPMessage(parsing: bytes)
    } catch {
      return judge(error, stage: "parse")
    }
    do throws(SIPParseError) {
      try message.checkMandatoryHeaders()
      try message.checkHeaders()
    } catch {
      return judge(error, stage: "headers")
    }
    if verdict[0] == "reject" || verdict[0] == "discard" {
      return "accepted, expected \(verdict.joined(separator: " "))"
    }
    for fact in facts {
      let actual = ConformanceFacts.value(fact.name, of: message) { fact.value }
      if actual != fact.value { return "\(fact.name) is \(actual), expected \(fact.value)" }
    }
    return nil
  }

  private func judge(_ error: SIPParseError, stage: String) -> String? {
    let isResponse = error.recovered?.isResponse ?? false
    let outcome = isResponse ? ["discard", stage] : ["reject", stage, "\(error.status)"]
    if verdict != outcome { return "\(outcome.joined(separator: " ")): \(error)" }
    for fact in facts {
      switch fact.name {
      case "fault": if error.code.description != fact.value { return "fault is \(error.code): \(error)" }
      case "fault-header": if error.header?.description != fact.value { return "fault is elsewhere: \(error)" }
      default: return "no such fact of an error: \(fact.name)"
      }
    }
    // A request that is refused can be answered, whatever is wrong with it (RFC 3261 §8.2), and the answer can be sent.
    if !isResponse, error.status != .versionNotSupported || error.recovered?.headers.contains(.via) == true {
      guard let answer = SIPResponse(rejecting: error, toTag: "t") else { return "cannot be answered: \(error)" }
      do {
        let bytes = try answer.serialized()
        _ = try SIPMessage(parsing: bytes)
      } catch {
        return "the answer cannot be sent: \(error)"
      }
    }
    return nil
  }

  private static func normalized(_ bytes: [UInt8]) -> [UInt8] {
    var result = [UInt8]()
    var hasEmptyLine = false
    for byte in bytes where byte != 13 {
      if byte == 10 {
        if result.suffix(2) == [13, 10] { hasEmptyLine = true }
        result += [13, 10]
      } else {
        result.append(byte)
      }
    }
    return hasEmptyLine ? result : result + [13, 10]
  }

  private static func withCorrectLength(_ bytes: [UInt8]) -> [UInt8] {
    var text = String(decoding: bytes, as: UTF8.self)
    guard let body = text.range(of: "\r\n\r\n"), let field = text.range(of: "Content-Length: ") else { return bytes }
    let length = text[body.upperBound...].utf8.count
    let end = text[field.upperBound...].firstIndex { $0.isNewline } ?? text.endIndex
    text.replaceSubrange(field.upperBound..<end, with: "\(length)")
    return Array(text.utf8)
  }
}

extension String {
  /// The first place of `needle`; a Foundation-free stand-in.
  fileprivate func range(of needle: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(needle) {
        return start..<index(start, offsetBy: needle.count)
      }
      start = index(after: start)
    }
    return nil
  }
}
