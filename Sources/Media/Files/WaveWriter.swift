/// Writes 16-bit PCM into a WAV file that is valid at every moment.
///
/// Samples gather in a buffer of 32 KiB (a third of a second at 48 kHz mono). When it is full they are written, and then the
/// lengths in the header: so the header never claims more than the file has, and a program that is killed loses at most
/// what was in the buffer. Writing goes into the system's cache and does not wait for the disk (nor survive a power cut).
/// `write(_:)` allocates nothing. A writer is confined to its owner.
public final class WaveWriter {
  /// The file's path.
  public let path: String
  /// Samples a second in each channel, in Hz.
  public let sampleRate: Int
  /// 1 or 2.
  public let channelCount: Int
  /// How many samples were given to it in each channel.
  public private(set) var sampleCount = 0

  private static let headerCount = 44
  private static let bufferCount = 1 << 15
  /// The header's 32-bit lengths end here; a longer recording stops growing.
  private static let maximumData = Int(UInt32.max) - 1024
  private var file: AudioFile?
  private var buffer: [UInt8] = []
  private var lengths: [UInt8] = [0, 0, 0, 0]
  private var dataCount = 0

  /// Creates the file, or empties the one that is there, and writes the header of an empty recording.
  ///
  /// - Parameters:
  ///   - sampleRate: 4000 to 192000 Hz.
  ///   - channelCount: 1, or 2 for interleaved samples (left, right).
  /// - Throws: `MediaError` `.invalidArgument`, `.cannotOpenFile` or `.fileInputOutput`.
  public init(path: String, sampleRate: Int, channelCount: Int = 1) throws(MediaError) {
    guard AudioResampler.rates.contains(sampleRate), channelCount == 1 || channelCount == 2 else {
      throw MediaError(
        .invalidArgument, "cannot write \(channelCount) channels at \(sampleRate) Hz into a WAV file", subject: path)
    }
    self.path = path
    self.sampleRate = sampleRate
    self.channelCount = channelCount
    let file = try AudioFile.create(path)
    self.file = file
    buffer.reserveCapacity(Self.bufferCount)
    let header = Self.header(sampleRate, channelCount)
    try file.write(header.span, at: 0)
  }

  deinit { try? finish() }

  /// Appends samples, interleaved where there are two channels.
  ///
  /// - Throws: `MediaError` `.fileInputOutput` (a full disk), after which the file holds what was written before;
  ///   `.wrongState` after `finish()`.
  public func write(_ samples: Span<Int16>) throws(MediaError) {
    guard file != nil else { throw MediaError(.wrongState, "the recording is finished", subject: path) }
    for index in 0..<samples.count {
      if buffer.count + 2 > Self.bufferCount { try flush() }
      let bits = UInt16(bitPattern: samples[index])
      buffer.append(UInt8(truncatingIfNeeded: bits))
      buffer.append(UInt8(truncatingIfNeeded: bits >> 8))
    }
    sampleCount += samples.count / channelCount
  }

  /// Writes what is in the buffer, so that the file is complete up to now.
  ///
  /// - Throws: `MediaError` `.fileInputOutput`.
  public func flush() throws(MediaError) {
    guard let file, !buffer.isEmpty else { return }
    defer { buffer.removeAll(keepingCapacity: true) }
    guard dataCount + buffer.count <= Self.maximumData else {
      throw MediaError(
        .fileInputOutput, "the recording has reached 4 GiB, the most that a WAV file holds", subject: path)
    }
    try file.write(buffer.span, at: Self.headerCount + dataCount)
    dataCount += buffer.count
    // The outer length last: whoever reads between the two finds a longer data chunk than file, and stops at its end.
    try patch(dataCount, at: 40, file)
    try patch(dataCount + Self.headerCount - 8, at: 4, file)
  }

  /// Writes the rest and closes the file; a second call does nothing.
  ///
  /// - Throws: `MediaError` `.fileInputOutput`; the file is closed all the same.
  public func finish() throws(MediaError) {
    defer { file = nil }
    try flush()
  }

  private func patch(_ value: Int, at offset: Int, _ file: AudioFile) throws(MediaError) {
    for index in 0..<4 { lengths[index] = UInt8(truncatingIfNeeded: value >> (8 * index)) }
    // A second reference, not a copy: a span of a class's property may not outlive one expression.
    let bytes = lengths
    try file.write(bytes.span, at: offset)
  }

  private static func header(_ rate: Int, _ channels: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    func little(_ value: Int, _ count: Int) {
      for index in 0..<count { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * index))) }
    }
    bytes.append(contentsOf: "RIFF".utf8)
    little(headerCount - 8, 4)
    bytes.append(contentsOf: "WAVEfmt ".utf8)
    little(16, 4)
    little(1, 2)
    little(channels, 2)
    little(rate, 4)
    little(rate * channels * 2, 4)
    little(channels * 2, 2)
    little(16, 2)
    bytes.append(contentsOf: "data".utf8)
    little(0, 4)
    return bytes
  }
}
