import SIPParser
import Testing
import WireSupport

@Suite("RFC 3261 §18.3 framing: datagrams and streams")
struct FramingTests {
  static let invite = wire(
    "INVITE sip:b@c SIP/2.0\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\nTo: <sip:b@c>\nFrom: <sip:a@c>;tag=1\n"
      + "Call-ID: x@y\nCSeq: 1 INVITE\nSubject: a\n  folded one\nl: 5\n\nhello")
  static let response = wire(
    "SIP/2.0 180 Ringing\nv: SIP/2.0/TCP h;branch=z9hG4bK1\nt: <sip:b@c>;tag=2\nf: <sip:a@c>;tag=1\n"
      + "i: x@y\nCSeq: 1 INVITE\nContent-Length: 0\n\n")

  static func wire(_ text: String) -> [UInt8] { Array(text.utf8).flatMap { $0 == 10 ? [13, 10] : [$0] } }

  /// What a framer gives for these pieces: messages by their bytes, keep-alives by name.
  static func events(_ pieces: [ArraySlice<UInt8>], limits: SIPLimits = .standard) throws -> [String] {
    var framer = SIPStreamFramer(limits: limits)
    var result = [String]()
    for piece in pieces {
      framer.append(Array(piece))
      while let event = try framer.next() {
        switch event {
        case .message(let message): result.append(String(decoding: try message.serialized(), as: UTF8.self))
        case .ping: result.append("ping")
        case .pong: result.append("pong")
        }
      }
    }
    #expect(framer.bufferedBytes == 0)
    return result
  }

  @Test("A stream split at every offset, and byte by byte, gives the same messages")
  func splitting() throws {
    let stream = Self.invite + [13, 10, 13, 10] + Self.response + Self.response + [13, 10] + Self.invite
    let whole = try Self.events([stream[...]])
    #expect(whole.count == 7)
    #expect(whole[1...2] == ["pong", "ping"] && whole[5] == "pong")
    #expect(Array(whole[0].utf8) == Self.invite && Array(whole[3].utf8) == Self.response)
    for place in 0...stream.count { #expect(try Self.events([stream[..<place], stream[place...]]) == whole) }
    #expect(try Self.events(stream.indices.map { stream[$0...$0] }) == whole)
  }

  @Test("Every torture message that is whole gives the same on a stream, byte by byte", arguments: Corpus.allFiles)
  func drip(_ file: Corpus.File) throws {
    let testCase = try #require(ConformanceCase(name: file.name, bytes: file.bytes, expectation: file.expectation))
    func run(_ pieces: [ArraySlice<UInt8>]) -> [String] {
      var framer = SIPStreamFramer()
      var result = [String]()
      for piece in pieces {
        framer.append(Array(piece))
        do throws(SIPParseError) {
          while let event = try framer.next() {
            if case .message(let message) = event {
              result.append(String(decoding: (try? message.serialized()) ?? [], as: UTF8.self))
            }
          }
        } catch {
          return result + ["\(error)"]
        }
      }
      return result
    }
    let bytes = testCase.bytes
    let whole = run([bytes[...]])
    #expect(run(bytes.indices.map { bytes[$0...$0] }) == whole)
  }

  @Test("RFC 3261 §18.3: a stream needs Content-Length")
  func streamNeedsLength() throws {
    var framer = SIPStreamFramer()
    framer.append(Self.wire("BYE sip:a@b SIP/2.0\nVia: SIP/2.0/TCP h\nCall-ID: 1\n\n"))
    let error = try #require(throws: SIPParseError.self) { try framer.next() }
    #expect(
      error.header == .contentLength && error.status == .badRequest && error.recovered?.headers.contains(.via) == true)
    #expect(throws: SIPParseError.self) { try framer.next() }
  }

  @Test("A datagram: surplus ignored, short body an error, the rest without Content-Length")
  func datagrams() throws {
    #expect(try SIPMessage(parsing: Self.invite + [1, 2, 3]).body == Array("hello".utf8))
    let error = try #require(throws: SIPParseError.self) { try SIPMessage(parsing: Self.invite.dropLast()) }
    #expect(error.code == .truncated && error.reason == "Content-Length Mismatch")
    #expect(error.recovered?.method == .invite && error.recovered?.headers.count == 5)
    let message = try SIPMessage(parsing: Self.wire("\n\nACK sip:a@b SIP/2.0\nVia: SIP/2.0/UDP h\n\nrest"))
    #expect(message.body == Array("rest".utf8))
    #expect(SIPMessage.isKeepAlive([13, 10, 13, 10]) && SIPMessage.isKeepAlive([UInt8]()))
    #expect(!SIPMessage.isKeepAlive(Self.invite))
  }

  static let limits = SIPLimits(startLineBytes: 40, headerBytes: 300, headerCount: 6, valueCount: 4, bodyBytes: 10)
  @Test(
    "Limits are errors with a fitting status, on datagrams and streams",
    arguments: [
      ("OPTIONS sip:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@b SIP/2.0\nl: 0\n\n", 414),
      ("OPTIONS sip:a@b SIP/2.0\nX: " + String(repeating: "x", count: 400) + "\nl: 0\n\n", 513),
      ("OPTIONS sip:a@b SIP/2.0\n" + String(repeating: "X: y\n", count: 7) + "l: 0\n\n", 513),
      ("OPTIONS sip:a@b SIP/2.0\nl: 11\n\n01234567890", 413),
      ("OPTIONS sip:a@b SIP/2.0\nl: 99999999999999999999999999\n\n", 413),
      ("OPTIONS sip:a@b SIP/2.0\nl: 18446744073709551616\n\n", 413),
    ])
  func limit(_ text: String, _ status: UInt16) throws {
    let bytes = Self.wire(text)
    let error = try #require(throws: SIPParseError.self) { try SIPMessage(parsing: bytes, limits: Self.limits) }
    #expect(error.status.code == status && error.code == .limit)
    var framer = SIPStreamFramer(limits: Self.limits)
    var found: SIPParseError?
    for byte in bytes {
      framer.append([byte])
      do throws(SIPParseError) { while try framer.next() != nil {} } catch { found = error }
      if found != nil { break }
    }
    #expect(found?.status.code == status)
  }

  @Test("The number of values is limited when they are read")
  func valueLimit() throws {
    let message = try SIPMessage(
      parsing: Self.wire("OPTIONS sip:a@b SIP/2.0\nRoute: <sip:a>,<sip:a>,<sip:a>\nRoute: <sip:a>,<sip:a>\n\n"),
      limits: Self.limits)
    #expect(throws: SIPParseError.self) { try message.values(.route) }
    #expect(try message.value(.route)?.uri.description == "sip:a")
  }

  @Test("A stream that never ends a line or a header is refused at its limit, and costs no more than it has bytes")
  func endless() throws {
    for (piece, prefix) in [
      ("x", ""), ("X: y\n", "OPTIONS sip:a@b SIP/2.0\n"), (" x\n", "OPTIONS sip:a@b SIP/2.0\nA: b\n"),
    ] {
      var framer = SIPStreamFramer()
      framer.append(Self.wire(prefix))
      var fed = 0
      var refused = false
      let bytes = Self.wire(piece)
      while !refused, fed < 200_000 {
        framer.append(bytes)
        fed += bytes.count
        do throws(SIPParseError) { while try framer.next() != nil {} } catch { refused = true }
      }
      #expect(refused && fed <= 66_000)
    }
  }
}
