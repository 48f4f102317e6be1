/// How the samples of a WAV file are written.
public struct WaveFormat: Hashable, Sendable {
  /// A sample's encoding.
  public enum Encoding: Hashable, Sendable {
    /// Signed 16-bit integers, little-endian (format tag 1).
    case pcm16
    /// ITU-T G.711 A-law (format tag 6).
    case aLaw
    /// ITU-T G.711 µ-law (format tag 7).
    case muLaw
  }

  /// The encoding of a sample.
  public let encoding: Encoding
  /// Samples a second in each channel, 4000 to 192000 Hz.
  public let sampleRate: Int
  /// 1 or 2.
  public let channelCount: Int

  /// Bytes of one sample of each channel.
  public var bytesPerFrame: Int { channelCount * (encoding == .pcm16 ? 2 : 1) }
}

/// Where the sound lies in a WAV file, and in which format.
struct WaveHeader: Hashable, Sendable {
  let format: WaveFormat
  /// The first byte of the sound.
  let dataOffset: Int
  /// Bytes of sound, whole frames, all of which lie in the file.
  let dataCount: Int

  /// Chunks before the sound that are stepped over.
  static let maximumChunks = 1_000

  /// Reads the header of a file of `byteCount` bytes.
  ///
  /// Lengths in the file are not believed: they are compared with the file's size. A data chunk that says 0, 2^32 - 1, or
  /// more than there is, as that of a recording that was cut off, ends with the file.
  ///
  /// - Parameters:
  ///   - name: the file's name, for errors.
  ///   - read: fills the buffer from that offset as far as the file goes and returns the count.
  static func parse(
    byteCount: Int, name: String,
    read: (_ offset: Int, _ into: inout MutableSpan<UInt8>) throws(MediaError) -> Int
  ) throws(MediaError) -> WaveHeader {
    func bytes(_ offset: Int, _ count: Int) throws(MediaError) -> [UInt8] {
      var result = [UInt8](repeating: 0, count: count)
      var span = result.mutableSpan
      let got = try read(offset, &span)
      result.removeLast(count - got)
      return result
    }
    let start = try bytes(0, 12)
    guard start.count == 12, matches(start, 8, "WAVE"), matches(start, 0, "RIFF") || matches(start, 0, "RF64") else {
      if matches(start, 0, "RIFX") {
        throw MediaError(
          .unsupportedFormat, "the WAV file is big-endian (RIFX), expected RIFF", subject: name, offset: 0)
      }
      throw MediaError(.malformedFile, "it is not a WAV file, expected RIFF … WAVE", subject: name, offset: 0)
    }
    var offset = 12
    var format: WaveFormat?
    for _ in 0..<maximumChunks {
      let head = try bytes(offset, 8)
      guard head.count == 8 else {
        throw MediaError(
          .malformedFile, "the WAV file ends before its \(format == nil ? "fmt" : "data") chunk", subject: name,
          offset: offset)
      }
      let size = Int(little(head, 4, 4))
      let content = offset + 8
      if matches(head, 0, "fmt ") {
        guard size >= 16 else {
          throw MediaError(
            .malformedFile, "the WAV file's fmt chunk has \(size) bytes, expected 16 or more", subject: name,
            offset: offset)
        }
        format = try parseFormat(try bytes(content, min(size, 40)), name, content)
      } else if matches(head, 0, "data") {
        guard let format else {
          throw MediaError(
            .malformedFile, "the WAV file has no fmt chunk before its data chunk", subject: name, offset: offset)
        }
        let rest = max(0, byteCount - content)
        let claimed = size == 0 || size == Int(UInt32.max) ? rest : min(size, rest)
        return WaveHeader(
          format: format, dataOffset: content, dataCount: claimed - claimed % format.bytesPerFrame)
      }
      // Chunks are padded to an even length.
      offset = content + size + (size & 1)
    }
    throw MediaError(
      .malformedFile, "the WAV file has more than \(maximumChunks) chunks and no sound", subject: name,
      offset: offset)
  }

  private static func parseFormat(
    _ bytes: [UInt8], _ name: String, _ offset: Int
  ) throws(MediaError) -> WaveFormat {
    guard bytes.count >= 16 else {
      throw MediaError(
        .malformedFile, "the WAV file ends within its fmt chunk", subject: name, offset: offset + bytes.count)
    }
    func unsupported(_ what: String, _ at: Int) -> MediaError {
      MediaError(.unsupportedFormat, "the WAV file has \(what)", subject: name, offset: offset + at)
    }
    var tag = little(bytes, 0, 2)
    let channels = Int(little(bytes, 2, 2))
    let rate = Int(little(bytes, 4, 4))
    let blockBytes = Int(little(bytes, 12, 2))
    let bits = Int(little(bytes, 14, 2))
    // WAVE_FORMAT_EXTENSIBLE: the tag is the first two bytes of a GUID.
    if tag == 0xfffe, bytes.count >= 26 { tag = little(bytes, 24, 2) }
    let encoding: WaveFormat.Encoding
    switch (tag, bits) {
    case (1, 16): encoding = .pcm16
    case (6, 8): encoding = .aLaw
    case (7, 8): encoding = .muLaw
    case (1, _): throw unsupported("\(bits)-bit samples, expected 16-bit", 14)
    case (3, _): throw unsupported("floating-point samples, expected 16-bit integers", 0)
    default: throw unsupported("format \(tag) with \(bits) bits, expected 16-bit PCM, A-law or µ-law", 0)
    }
    guard channels == 1 || channels == 2 else { throw unsupported("\(channels) channels, expected 1 or 2", 2) }
    guard AudioResampler.rates.contains(rate) else {
      throw unsupported("a rate of \(rate) Hz, expected 4000 to 192000 Hz", 4)
    }
    let format = WaveFormat(encoding: encoding, sampleRate: rate, channelCount: channels)
    guard blockBytes == format.bytesPerFrame else {
      throw MediaError(
        .malformedFile,
        "the WAV file says that a frame of samples has \(blockBytes) bytes, expected \(format.bytesPerFrame)",
        subject: name, offset: offset + 12)
    }
    return format
  }

  private static func matches(_ bytes: [UInt8], _ offset: Int, _ text: StaticString) -> Bool {
    guard bytes.count >= offset + text.utf8CodeUnitCount else { return false }
    for index in 0..<text.utf8CodeUnitCount where bytes[offset + index] != text.utf8Start[index] { return false }
    return true
  }

  /// An unsigned little-endian integer that lies within `bytes`.
  private static func little(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt32 {
    var value: UInt32 = 0
    for index in (0..<count).reversed() { value = value << 8 | UInt32(bytes[offset + index]) }
    return value
  }
}
