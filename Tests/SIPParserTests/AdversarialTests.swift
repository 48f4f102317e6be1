import Foundation
import Testing
import WireSupport

@testable import SIPParser

@Suite("Adversarial sizes: linear time, bounded memory, a precise error", .serialized)
struct AdversarialTests {
  static let head = "OPTIONS sip:a@b SIP/2.0\r\n"
  /// So wide that only time decides, not a limit.
  static let wide = SIPLimits(
    startLineBytes: 1 << 24, headerBytes: 1 << 24, headerCount: 1 << 20, valueCount: 1 << 20, bodyBytes: 1 << 24)

  struct Attack: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let make: @Sendable (Int) -> String
    /// Sizes of the two inputs that are timed: the second is four times the first.
    let size: Int

    init(_ name: String, _ size: Int, _ make: @escaping @Sendable (Int) -> String) {
      testDescription = name
      self.make = make
      self.size = size
    }
  }

  static func repeated(_ text: String, _ count: Int) -> String { String(repeating: text, count: count) }

  static let attacks = [
    Attack("one long header", 64_000) { head + "Subject: " + repeated("x", $0) + "\r\n\r\n" },
    Attack("long quoted string", 32_000) { head + "To: \"" + repeated("\\\"", $0) + "\" <sip:a@b>\r\n\r\n" },
    Attack("quoted string without end", 64_000) { head + "To: \"" + repeated("\\", $0) + "\r\n\r\n" },
    Attack("many headers", 10_000) { head + repeated("a:b\r\n", $0) + "\r\n" },
    Attack("many headers of one known name", 10_000) { head + repeated("v: SIP/2.0/UDP a\r\n", $0) + "\r\n" },
    Attack("many folds", 50_000) { head + "Subject: a" + repeated("\r\n b", $0) + "\r\n\r\n" },
    Attack("fold after fold of nothing", 50_000) { head + "Subject: a" + repeated("\r\n ", $0) + "\r\n\r\n" },
    Attack("semicolons", 60_000) { head + "Contact: <sip:a@b>" + repeated(";", $0) + "\r\n\r\n" },
    Attack("parameters", 30_000) { head + "Contact: <sip:a@b>" + repeated(";a=b", $0) + "\r\n\r\n" },
    Attack("URI parameters", 30_000) { head + "Contact: <sip:a@b" + repeated(";a=b", $0) + ">\r\n\r\n" },
    Attack("URI headers", 30_000) { head + "Contact: <sip:a@b?a=b" + repeated("&a=b", $0) + ">\r\n\r\n" },
    Attack("commas", 30_000) { head + "Route: " + repeated("<sip:a>,", $0) + "<sip:a>\r\n\r\n" },
    Attack("challenges", 10_000) { head + "WWW-Authenticate: " + repeated("Digest a=b, ", $0) + "Digest c=d\r\n\r\n" },
    Attack("authentication words", 30_000) { head + "Authorization: " + repeated("a, ", $0) + "b\r\n\r\n" },
    Attack("comments", 60_000) { head + "Retry-After: 1 " + repeated("(", $0) + "\r\n\r\n" },
    Attack("digits", 60_000) { head + "CSeq: " + repeated("9", $0) + " OPTIONS\r\n\r\n" },
    Attack("escapes in the Request-URI", 20_000) { "OPTIONS sip:" + repeated("%41", $0) + "@b SIP/2.0\r\n\r\n" },
    Attack("white space", 60_000) { head + "To:" + repeated(" ", $0) + "<sip:a@b>" + repeated("\t", $0) + "\r\n\r\n" },
    Attack("kinds of privacy", 30_000) { head + "Privacy: a" + repeated(";a", $0) + "\r\n\r\n" },
    Attack("identity parameters", 20_000) { head + "Identity: a" + repeated(";a=b", $0) + "\r\n\r\n" },
    Attack("history index", 30_000) { head + "History-Info: <sip:a>;index=1" + repeated(".1", $0) + "\r\n\r\n" },
    Attack("session dots", 60_000) { head + "Resource-Priority: a" + repeated(".", $0) + "\r\n\r\n" },
    Attack("lone line feeds", 60_000) { head + repeated("\n", $0) },
    Attack("empty lines first", 60_000) { repeated("\r\n", $0) },
    Attack("boundary after boundary", 20_000) {
      head + "Content-Type: multipart/mixed;boundary=b\r\n\r\n" + repeated("--b\r\n", $0) + "--b--"
    },
    Attack("almost boundaries", 20_000) {
      head + "Content-Type: multipart/mixed;boundary=" + repeated("a", 70) + "\r\n\r\n"
        + repeated("--" + repeated("a", 69) + "\r\n", $0)
    },
  ]

  /// Reads all that there is to read.
  private static func read(_ bytes: [UInt8], _ sink: inout Int) {
    do throws(SIPParseError) {
      let message = try SIPMessage(parsing: bytes, limits: wide)
      sink &+= message.headers.count
      do throws(SIPParseError) { try message.checkHeaders() } catch { sink &+= error.offset ?? 0 }
      if case .request(let request) = message {
        do throws(SIPParseError) {
          sink &+= try request.multipart(limits: SIPMultipartLimits(partCount: 65536))?.parts.count ?? 0
        } catch {
          sink &+= error.offset ?? 0
        }
      }
      sink &+= (try? message.serialized().count) ?? 0
    } catch {
      sink &+= error.offset ?? 0
    }
  }

  /// Seconds that this thread works.
  private static func processorTime(_ body: () -> Void) -> Double {
    func now() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
    let start = now()
    body()
    return now() - start
  }

  @Test("Four times the input takes about four times the time", arguments: attacks)
  func linear(_ attack: Attack) {
    let small = Array(attack.make(attack.size).utf8)
    let large = Array(attack.make(attack.size * 4).utf8)
    var sink = 0
    // Processor time of this thread, and the least of several runs: other programs only ever add. Quadratic work is 16
    // times, linear 4: 11 tells them apart.
    var best = Double.infinity
    var smallest = Double.infinity
    var largest = Double.infinity
    for _ in 0..<10 {
      smallest = min(smallest, Self.processorTime { Self.read(small, &sink) })
      largest = min(largest, Self.processorTime { Self.read(large, &sink) })
      // Below 200 µs the clock and the caches decide.
      best = largest / max(smallest, 200e-6)
      if best < 11 { break }
    }
    #expect(best < 11, "\(smallest) for \(small.count) bytes, \(largest) for \(large.count)")
    #expect(sink != 0)
  }

  /// What the default limits make of an input: the code, the status, and the place.
  struct Refusal: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let text: String
    let code: SIPParseError.Code
    let status: SIPStatus
    let offset: Int
    let header: SIPHeaderName?
    let expected: String
  }

  static let refusals = [
    Refusal(
      testDescription: "a header of 64 KB", text: head + "Subject: " + repeated("x", 65_536) + "\r\n\r\n", code: .limit,
      status: .messageTooLarge, offset: 33, header: nil, expected: "at most 65536 bytes of headers"),
    Refusal(
      testDescription: "10 000 headers", text: head + repeated("a:b\r\n", 10_000) + "\r\n", code: .limit,
      status: .messageTooLarge, offset: 25 + 512 * 5, header: nil, expected: "at most 512 header lines"),
    Refusal(
      testDescription: "1 MB of folding", text: head + "Subject: a" + repeated("\r\n ", 350_000) + "\r\n\r\n",
      code: .limit,
      status: .messageTooLarge, offset: 65_536, header: nil, expected: "at most 65536 bytes of headers"),
    Refusal(
      testDescription: "a Content-Length of 2^64", text: head + "Content-Length: 18446744073709551616\r\n\r\n",
      code: .limit,
      status: .requestEntityTooLarge, offset: 65, header: .contentLength, expected: "a body of at most 1048576 bytes"),
    Refusal(
      testDescription: "60 000 semicolons", text: head + "Contact: <sip:a@b>" + repeated(";", 60_000) + "\r\n\r\n",
      code: .headerValue, status: .badRequest, offset: 44, header: .contact, expected: "a parameter name"),
    Refusal(
      testDescription: "4 000 Vias", text: head + "Via: " + repeated("SIP/2.0/UDP a,", 4000) + "SIP/2.0/UDP a\r\n\r\n",
      code: .limit, status: .messageTooLarge, offset: 25 + 5 + 256 * 14, header: .via, expected: "at most 256 values"),
    Refusal(
      testDescription: "a Request-URI of 60 000", text: "OPTIONS sip:" + repeated("a", 60_000) + "@b SIP/2.0\r\n\r\n",
      code: .limit, status: .requestURITooLong, offset: 0, header: nil, expected: "a first line of at most 8192 bytes"),
    Refusal(
      testDescription: "60 000 parentheses", text: head + "Retry-After: 1 " + repeated("(", 60_000) + "\r\n\r\n",
      code: .headerValue, status: .badRequest, offset: 40, header: .retryAfter, expected: "a closing parenthesis"),
  ]

  @Test("Each is refused with the place and what was expected, on datagrams and streams", arguments: refusals)
  func precise(_ refusal: Refusal) throws {
    let bytes = Array(refusal.text.utf8)
    // Not `#require(throws:)`, which takes seconds to describe an input of this size.
    var found: SIPParseError?
    do throws(SIPParseError) { try SIPMessage(parsing: bytes).checkHeaders() } catch { found = error }
    let error = try #require(found)
    #expect(error.code == refusal.code && error.status == refusal.status, "\(error)")
    #expect(
      error.offset == refusal.offset && error.expected == refusal.expected && error.header == refusal.header, "\(error)"
    )
    #expect(error.line.map { $0 > 0 } == true)
    // A stream holds no more than the limits let through, however much is sent.
    var framer = SIPStreamFramer()
    var held = 0
    var start = 0
    var isRefused = false
    while start < bytes.count, !isRefused {
      framer.append(Array(bytes[start..<min(start + 1000, bytes.count)]))
      start += 1000
      do throws(SIPParseError) { while try framer.next() != nil {} } catch { isRefused = true }
      held = max(held, framer.bufferedBytes)
    }
    #expect(held <= 66_600 && isRefused)
  }
}
