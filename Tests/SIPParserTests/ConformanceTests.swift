import SIPParser
import Testing

@Suite("RFC 4475 and RFC 5118: every torture message is decided as the RFC says")
struct ConformanceTests {
  @Test(arguments: Corpus.allFiles)
  func verdict(_ file: Corpus.File) throws {
    let testCase = try #require(
      ConformanceCase(name: file.name, bytes: file.bytes, expectation: file.expectation), "no expectation")
    let problem = testCase.judge()
    if Corpus(file.corpus).knownFailures.contains(file.name) {
      #expect(problem != nil, "a known failure passes: remove it from known-failures.txt")
    } else {
      #expect(problem == nil, "\(problem ?? "")")
    }
  }

  @Test func noFileIsMissing() {
    #expect(Corpus("sip-rfc4475").files.count == 49)
    #expect(Corpus("sip-rfc5118").files.count == 12)
  }

  @Test("What is not touched is serialised byte for byte", arguments: Corpus.allFiles)
  func roundTrip(_ file: Corpus.File) throws {
    let testCase = try #require(ConformanceCase(name: file.name, bytes: file.bytes, expectation: file.expectation))
    guard let message = try? SIPMessage(parsing: testCase.bytes) else { return }
    let printed = try message.serialized()
    #expect(printed == Array(testCase.bytes.prefix(printed.count)))
    #expect(message.body.count + printed.count <= testCase.bytes.count + message.body.count)
    // Setting every typed value to itself keeps what it says.
    guard (try? message.checkHeaders()) != nil, (try? message.checkMandatoryHeaders()) != nil else { return }
    var copy = message
    for via in try copy.values(.via).reversed() {
      try copy.headers.removeFirst(.via)
      copy.headers.append(.via, via)
    }
    if let to = try message.value(.to) { copy.headers.set(.to, to) }
    if let from = try message.value(.from) { copy.headers.set(.from, from) }
    let again = try SIPMessage(parsing: try copy.serialized())
    #expect(try again.value(.to) == message.value(.to))
    #expect(try again.value(.from) == message.value(.from))
    #expect(again.headers.count >= message.headers.count)
    #expect(again.body == message.body)
  }
}
