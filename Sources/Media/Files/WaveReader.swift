/// Reads the sound of a WAV file as mono 16-bit samples: 16-bit PCM, A-law or µ-law, mono or stereo (whose channels are
/// averaged), at the file's own rate.
///
/// A file with up to `memoryLimit` bytes of sound is read whole in `init`, so that `read(into:)` never touches the disk.
/// A longer one is read in pieces of 64 KiB, the next megabyte of which the system was asked to fetch ahead: a read then
/// copies from the system's cache. Reading allocates nothing. A reader is confined to its owner.
public final class WaveReader {
  /// The file's path.
  public let path: String
  /// How the file is written.
  public let format: WaveFormat
  /// How many samples there are in each channel.
  public let sampleCount: Int
  /// Sound of up to this many bytes is kept in memory.
  public static let memoryLimit = 1 << 20

  private static let pieceSize = 1 << 16
  private let file: AudioFile
  private let header: WaveHeader
  private var piece: [UInt8]
  /// Which bytes of the sound `piece` holds.
  private var pieceStart = 0
  private var pieceCount = 0
  private var advised = 0
  /// The next byte of the sound.
  private var position = 0

  /// Opens a file and reads its header.
  ///
  /// - Throws: `MediaError` `.cannotOpenFile`, `.fileInputOutput`, `.malformedFile` (with the byte offset) or
  ///   `.unsupportedFormat`.
  public init(path: String) throws(MediaError) {
    let (file, byteCount) = try AudioFile.openForReading(path)
    header = try WaveHeader.parse(byteCount: byteCount, name: path) { (offset, buffer) throws(MediaError) in
      try file.read(buffer.count, at: offset, into: &buffer)
    }
    self.file = file
    self.path = path
    format = header.format
    sampleCount = header.dataCount / header.format.bytesPerFrame
    piece = [UInt8](
      repeating: 0, count: header.dataCount <= Self.memoryLimit ? header.dataCount : Self.pieceSize)
    try fill()
  }

  /// How long the sound lasts.
  public var duration: Duration { .milliseconds(sampleCount * 1_000 / format.sampleRate) }

  /// Whether every sample was read.
  public var isAtEnd: Bool { position >= header.dataCount }

  /// Goes back to the first sample.
  public func rewind() { position = 0 }

  /// Reads the next samples.
  ///
  /// - Returns: how many samples of `output` were written; fewer than it has room for only at the end.
  /// - Throws: `MediaError` `.fileInputOutput`.
  public func read(into output: inout MutableSpan<Int16>) throws(MediaError) -> Int {
    var count = 0
    while count < output.count, !isAtEnd {
      if position < pieceStart || position >= pieceStart + pieceCount {
        try fill()
        // The file was shortened after it was opened: what is gone is the end.
        if position >= pieceStart + pieceCount { position = header.dataCount }
      }
      let step = format.bytesPerFrame
      let frames = min((pieceStart + pieceCount - position) / step, output.count - count)
      guard frames > 0 else {
        position = header.dataCount
        break
      }
      decode(frames, into: &output, at: count)
      position += frames * step
      count += frames
    }
    return count
  }

  /// Loads the piece at `position`.
  private func fill() throws(MediaError) {
    pieceStart = position
    let wanted = min(piece.count, header.dataCount - position)
    let offset = header.dataOffset + position
    pieceCount = try Self.fill(&piece, wanted, from: file, at: offset)
    if header.dataCount > Self.memoryLimit { file.readAhead(offset + pieceCount, 1 << 20) }
  }

  private static func fill(
    _ piece: inout [UInt8], _ count: Int, from file: AudioFile, at offset: Int
  ) throws(MediaError) -> Int {
    var span = piece.mutableSpan
    return try file.read(count, at: offset, into: &span)
  }

  private func decode(_ frames: Int, into output: inout MutableSpan<Int16>, at first: Int) {
    let start = position - pieceStart
    let channels = format.channelCount
    for frame in 0..<frames {
      var sum: Int32 = 0
      for channel in 0..<channels {
        let index = frame * channels + channel
        switch format.encoding {
        case .pcm16:
          let byte = start + index * 2
          sum += Int32(Int16(truncatingIfNeeded: UInt16(piece[byte]) | UInt16(piece[byte + 1]) << 8))
        case .aLaw: sum += Int32(G711.decodeALaw(piece[start + index]))
        case .muLaw: sum += Int32(G711.decodeMuLaw(piece[start + index]))
        }
      }
      output[first + frame] = Int16(truncatingIfNeeded: channels == 2 ? sum >> 1 : sum)
    }
  }
}
