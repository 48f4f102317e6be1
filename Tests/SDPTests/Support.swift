import Foundation
import Testing
import WireSupport

@testable import SDP

/// Lines to a description with CRLF.
func wire(_ lines: String) -> [UInt8] {
  var bytes = [UInt8]()
  for line in lines.split(separator: "\n", omittingEmptySubsequences: true) { bytes += Array(line.utf8) + [13, 10] }
  return bytes
}

func parse(_ lines: String, tolerance: SDPTolerance = .field) throws(SDPError) -> SDPSession {
  try SDPSession(parsing: wire(lines), tolerance: tolerance)
}

func text(_ session: SDPSession) throws -> String {
  String(decoding: try session.serialized(), as: UTF8.self).replacingOccurrences(of: "\r\n", with: "\n")
}

func corpus(_ area: String) -> URL {
  URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
    "Corpus/\(area)")
}

func bytes(_ url: URL) throws -> [UInt8] { [UInt8](try Data(contentsOf: url)) }

func address(_ text: String) throws -> TransportAddress { try #require(TransportAddress(text)) }

let opus = SDPCodec("opus", clockRate: 48000, channels: 2, payloadType: 96, parameters: "useinbandfec=1")
let pcmu = SDPCodec("PCMU", clockRate: 8000, payloadType: 0)
let pcma = SDPCodec("PCMA", clockRate: 8000, payloadType: 8)
let events8 = SDPCodec("telephone-event", clockRate: 8000, payloadType: 101, parameters: "0-16")
let events48 = SDPCodec("telephone-event", clockRate: 48000, payloadType: 102, parameters: "0-16")

func key(_ seed: UInt8, _ suite: SDPCryptoSuite = .aesCM128HMACSHA1_80, tag: UInt32 = 1) -> SDPCrypto {
  SDPCrypto(tag: tag, suite: suite, keyAndSalt: (0..<UInt8(suite.keyAndSaltCount ?? 30)).map { $0 &+ seed })
}

func audio(
  _ port: UInt16, _ codecs: [SDPCodec] = [opus, pcmu, events8], host: String = "192.0.2.1",
  direction: SDPDirection = .sendReceive, srtp: SRTPPolicy = .disabled, cryptos: [SDPCrypto] = []
) throws -> SDPLocalMedia {
  let address = TransportAddress(ip: try #require(IPAddress(host)), port: port)
  return SDPLocalMedia(
    .audio, address: address, rtp: SDPLocalRTP(codecs: codecs, srtp: srtp, cryptos: cryptos), direction: direction)
}

func negotiator(_ host: String, id: UInt64 = 7) throws -> SDPNegotiator {
  SDPNegotiator(sessionID: id, address: try #require(IPAddress(host)))
}

/// Two ends that pass descriptions over the wire as bytes.
struct Pair {
  var alice: SDPNegotiator
  var bob: SDPNegotiator

  init() throws {
    alice = try negotiator("192.0.2.1", id: 1)
    bob = try negotiator("192.0.2.2", id: 2)
  }

  /// Alice offers, Bob answers.
  @discardableResult
  mutating func exchange(
    _ offered: [SDPLocalMedia?], _ answered: [SDPLocalMedia?]
  ) throws -> (alice: SDPAgreement, bob: SDPAgreement) {
    try Self.exchange(&alice, offered, &bob, answered)
  }

  static func exchange(
    _ offerer: inout SDPNegotiator, _ offered: [SDPLocalMedia?], _ answerer: inout SDPNegotiator,
    _ answered: [SDPLocalMedia?]
  ) throws -> (alice: SDPAgreement, bob: SDPAgreement) {
    let offer = try SDPSession(parsing: offerer.makeOffer(offered).serialized(), tolerance: .strict)
    try answerer.receiveOffer(offer)
    let theirs = try answerer.makeAnswer(answered)
    let answer = try SDPSession(parsing: theirs.local.serialized(), tolerance: .strict)
    return (try offerer.receiveAnswer(answer), theirs)
  }
}
