import Testing
import WireSupport

@testable import Media

/// The bytes of a WAV file, any field of which may lie.
struct WaveBytes {
  var riff = "RIFF", wave = "WAVE"
  var tag = 1, channels = 1, rate = 16_000, bits = 16
  var blockBytes: Int?
  var formatSize = 16
  var extra: [UInt8] = []
  var chunksBefore: [UInt8] = []
  var dataSize: Int?
  var sound: [UInt8] = []

  static func little(_ value: Int, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  var bytes: [UInt8] {
    var result = Array(riff.utf8) + Self.little(36 + sound.count, 4) + Array(wave.utf8) + chunksBefore
    result += Array("fmt ".utf8) + Self.little(formatSize, 4) + Self.little(tag, 2) + Self.little(channels, 2)
    result += Self.little(rate, 4) + Self.little(rate * channels * bits / 8, 4)
    result += Self.little(blockBytes ?? channels * bits / 8, 2) + Self.little(bits, 2) + extra
    return result + Array("data".utf8) + Self.little(dataSize ?? sound.count, 4) + sound
  }

  static func chunk(_ name: String, _ content: [UInt8]) -> [UInt8] {
    Array(name.utf8) + little(content.count, 4) + content + (content.count % 2 == 1 ? [0] : [])
  }
}

func parseWave(_ bytes: [UInt8]) throws(MediaError) -> WaveHeader {
  try WaveHeader.parse(byteCount: bytes.count, name: "test.wav") { (offset, buffer) throws(MediaError) in
    var count = 0
    while count < buffer.count, offset + count < bytes.count {
      buffer[count] = bytes[offset + count]
      count += 1
    }
    return count
  }
}

@Suite("WaveHeader: what a WAV file says is checked against what it is")
struct WaveHeaderTests {
  @Test("the formats that are read")
  func accepted() throws {
    let sound = [UInt8](repeating: 1, count: 8)
    var header = try parseWave(WaveBytes(sound: sound).bytes)
    #expect(header.format == WaveFormat(encoding: .pcm16, sampleRate: 16_000, channelCount: 1))
    #expect(header.dataOffset == 44 && header.dataCount == 8)
    header = try parseWave(WaveBytes(tag: 6, channels: 2, rate: 8_000, bits: 8, sound: sound).bytes)
    #expect(header.format == WaveFormat(encoding: .aLaw, sampleRate: 8_000, channelCount: 2))
    header = try parseWave(WaveBytes(tag: 7, bits: 8, formatSize: 18, extra: [0, 0], sound: sound).bytes)
    #expect(header.format.encoding == .muLaw && header.dataOffset == 46)
    let extensible = WaveBytes(
      tag: 0xfffe, formatSize: 40,
      extra: WaveBytes.little(22, 2) + [16, 0, 4, 0, 0, 0, 1, 0] + [UInt8](repeating: 9, count: 14),
      sound: sound)
    header = try parseWave(extensible.bytes)
    #expect(header.format.encoding == .pcm16 && header.dataCount == 8)
    let chunks = WaveBytes.chunk("LIST", [1, 2, 3]) + WaveBytes.chunk("bext", [UInt8](repeating: 0, count: 602))
    header = try parseWave(WaveBytes(chunksBefore: chunks, sound: sound).bytes)
    #expect(header.dataCount == 8)
    header = try parseWave(WaveBytes(riff: "RF64", dataSize: 0xffff_ffff, sound: sound).bytes)
    #expect(header.dataCount == 8)
  }

  @Test("a length that lies ends with the file", arguments: [0, 9, 10, 5_000, 0x7fff_ffff, 0xffff_fffe, 0xffff_ffff])
  func lengths(claimed: Int) throws {
    #expect(try parseWave(WaveBytes(dataSize: claimed, sound: [1, 2, 3, 4, 5, 6, 7, 8, 9]).bytes).dataCount == 8)
  }

  @Test("what is not read is refused, with why and where")
  func refused() {
    let cases: [(WaveBytes, MediaError.Code, String, Int)] = [
      (WaveBytes(riff: "RIFX"), .unsupportedFormat, "big-endian", 0),
      (WaveBytes(riff: "OggS"), .malformedFile, "not a WAV file", 0),
      (WaveBytes(wave: "AVI "), .malformedFile, "not a WAV file", 0),
      (WaveBytes(bits: 24), .unsupportedFormat, "24-bit", 34),
      (WaveBytes(bits: 8), .unsupportedFormat, "8-bit", 34),
      (WaveBytes(tag: 3, bits: 32), .unsupportedFormat, "floating-point", 20),
      (WaveBytes(tag: 85, bits: 0), .unsupportedFormat, "format 85", 20),
      (WaveBytes(tag: 6, bits: 16), .unsupportedFormat, "format 6", 20),
      (WaveBytes(channels: 0), .unsupportedFormat, "0 channels", 22),
      (WaveBytes(channels: 6), .unsupportedFormat, "6 channels", 22),
      (WaveBytes(rate: 0), .unsupportedFormat, "0 Hz", 24),
      (WaveBytes(rate: 0xffff_ffff), .unsupportedFormat, "4294967295 Hz", 24),
      (WaveBytes(blockBytes: 0), .malformedFile, "0 bytes", 32),
      (WaveBytes(blockBytes: 4), .malformedFile, "4 bytes", 32),
      (WaveBytes(formatSize: 2), .malformedFile, "fmt chunk has 2", 12),
    ]
    for (wave, code, words, offset) in cases {
      do throws(MediaError) {
        _ = try parseWave(wave.bytes)
        Issue.record("accepted a file with \(words)")
      } catch {
        #expect(error.code == code && error.message.contains(words) && error.offset == offset, "\(error)")
      }
    }
    let dataFirst = Array("RIFF....WAVE".utf8) + WaveBytes.chunk("data", [1, 2])
    #expect(throws: MediaError(.malformedFile, "")) { try parseWave(dataFirst) }
    let chunks = (0..<1_100).flatMap { _ in WaveBytes.chunk("junk", []) }
    #expect(throws: MediaError(.malformedFile, "")) { try parseWave(WaveBytes(chunksBefore: chunks).bytes) }
  }

  @Test("a header cut off anywhere is refused, never read beyond")
  func truncated() {
    let whole = WaveBytes(sound: []).bytes
    for count in 0..<whole.count {
      #expect(throws: MediaError(.malformedFile, "")) { try parseWave(Array(whole[..<count])) }
    }
  }

  @Test("100 000 mutations: an error, or a header that lies within the file")
  func mutations() {
    var ids = IDSource.seeded(0x5741_5645)
    let seeds = [
      WaveBytes(sound: [UInt8](repeating: 1, count: 40)).bytes,
      WaveBytes(tag: 0xfffe, formatSize: 40, extra: [UInt8](repeating: 1, count: 24), sound: [1, 2]).bytes,
      WaveBytes(tag: 7, channels: 2, bits: 8, chunksBefore: WaveBytes.chunk("LIST", [1, 2, 3]), sound: [1, 2]).bytes,
    ]
    var accepted = 0
    for _ in 0..<100_000 {
      var bytes = seeds[Int(ids.next(in: 0...2))]
      for _ in 0..<ids.next(in: 1...4) {
        let place = Int(ids.next(in: 0...UInt64(bytes.count - 1)))
        switch ids.next(in: 0...3) {
        case 0: bytes[place] = UInt8(truncatingIfNeeded: ids.next())
        case 1: bytes[place] ^= 1 << UInt8(ids.next(in: 0...7))
        case 2: bytes[place] = [0, 0x7f, 0x80, 0xff][Int(ids.next(in: 0...3))]
        default: if bytes.count > 20 { bytes.remove(at: place) }
        }
      }
      guard let header = try? parseWave(bytes) else { continue }
      accepted += 1
      guard header.dataOffset >= 0, header.dataCount >= 0, header.dataOffset + header.dataCount <= bytes.count,
        header.dataCount % header.format.bytesPerFrame == 0
      else {
        Issue.record("\(header) of \(bytes)")
        return
      }
    }
    #expect(accepted > 1_000)
  }
}
