import Foundation
import Testing

@testable import SDP

@Suite("The sdp-transform corpus is read as its expectations say")
struct CorpusTests {
  static let names = ((try? FileManager.default.contentsOfDirectory(atPath: corpus("sdp-transform").path)) ?? [])
    .filter { $0.hasSuffix(".sdp") }.sorted()

  @Test("The corpus is there") func present() { #expect(Self.names.count == 25) }

  @Test("Each file, tolerant and strict", arguments: names)
  func file(_ name: String) throws {
    let input = try bytes(corpus("sdp-transform").appendingPathComponent(name))
    let expectation = corpus("sdp-transform").appendingPathComponent(name.dropLast(4) + ".expect")
    for line in String(decoding: try bytes(expectation), as: UTF8.self).split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      let tolerance: SDPTolerance = parts[0] == "strict" ? .strict : .field
      let wanted = parts[1].trimmingCharacters(in: .whitespaces)
      do throws(SDPError) {
        let session = try SDPSession(parsing: input, tolerance: tolerance)
        #expect(wanted == "accept")
        let printed = try session.serialized()
        #expect(try SDPSession(parsing: printed) == session)
        if tolerance == .strict {
          // Canonical: what was read is what is printed, but for the line ends.
          let normalized = String(decoding: input, as: UTF8.self).split(whereSeparator: \.isNewline)
          #expect(printed == wire(normalized.joined(separator: "\n")))
        }
      } catch {
        #expect(wanted == "reject line \(error.line ?? 0)", "\(error)")
      }
    }
  }
}
