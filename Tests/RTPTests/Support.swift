import Foundation
import WireSupport

@testable import RTP

/// The bytes of a hexadecimal text; blanks are ignored.
func hex(_ text: some StringProtocol) -> [UInt8] {
  let digits = text.utf8.compactMap(\.hexDigitValue)
  return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// A file of Tests/Corpus.
func corpus(_ path: String) throws -> String {
  let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  return try String(contentsOf: root.appendingPathComponent("Corpus/\(path)"), encoding: .utf8)
}

extension Span where Element == UInt8 {
  /// A copy of the bytes.
  var array: [UInt8] { (0..<count).map { self[$0] } }
}

/// A packet as bytes.
func packet(
  _ sequence: UInt16, ssrc: UInt32 = 0x1234_5678, timestamp: UInt32? = nil, type: UInt8 = 0, marker: Bool = false,
  payload: [UInt8] = [UInt8](repeating: 0x55, count: 160)
) throws -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: 12)
  let header = RTPHeader(
    marker: marker, payloadType: type, sequenceNumber: sequence, timestamp: timestamp ?? UInt32(sequence) &* 160,
    ssrc: ssrc)
  var span = bytes.mutableSpan
  _ = try RTPPacket.write(header, into: &span)
  return bytes + payload
}

func code(_ body: () throws -> Void) -> RTPError.Code? {
  do { try body() } catch { return (error as? RTPError)?.code }
  return nil
}

/// Milliseconds after the clock's origin.
func ms(_ milliseconds: Double) -> Instant { Instant(nanoseconds: Int64(milliseconds * 1e6)) }

let alice = TransportAddress(ip: .v4(0xc000_0201), port: 4000)
let bob = TransportAddress(ip: .v4(0xc000_0202), port: 5000)
let mallory = TransportAddress(ip: .v4(0xc633_6401), port: 6666)

/// A master key of random bytes.
func masterKey(
  _ suite: SRTPSuite = .aesCM128HMACSHA1_80, seed: UInt64 = 1, identifier: [UInt8] = [], lifetime: UInt64 = 1 << 48
) throws -> SRTPMasterKey {
  var ids = IDSource.seeded(seed)
  return try SRTPMasterKey(
    suite: suite, keyAndSalt: ids.bytes(suite.keyLength + suite.saltLength).span, identifier: identifier,
    lifetime: lifetime)
}

extension SRTPSender {
  /// The protected form of a plain packet.
  func protect(_ plain: [UInt8], control: Bool = false) throws -> [UInt8] {
    var buffer = plain + [UInt8](repeating: 0, count: 200)
    var span = buffer.mutableSpan
    let count = control ? try protectRTCP(&span, count: plain.count) : try protectRTP(&span, count: plain.count)
    return Array(buffer[..<count])
  }
}

extension SRTPReceiver {
  /// The plain form of a protected packet.
  func unprotect(_ protected: [UInt8], control: Bool = false, rolloverOffset: Int = 0) throws -> [UInt8] {
    var buffer = protected
    var span = buffer.mutableSpan
    let result =
      control
      ? try unprotectRTCP(&span, count: protected.count)
      : try unprotectRTP(&span, count: protected.count, rolloverOffset: rolloverOffset)
    return Array(buffer[..<result.count])
  }
}

/// Fisher–Yates with the core's own source.
func shuffle<T>(_ items: inout [T], _ ids: inout IDSource) {
  for index in items.indices.dropFirst() { items.swapAt(index, Int(ids.next(in: 0...UInt64(index)))) }
}
