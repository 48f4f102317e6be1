import Glibc

/// An open file descriptor, closed with its last reference, whose errors name the file.
final class AudioFile {
  let path: String
  private let descriptor: Int32

  private init(path: String, descriptor: Int32) {
    self.path = path
    self.descriptor = descriptor
  }

  deinit { close(descriptor) }

  /// Opens a regular file for reading.
  static func openForReading(_ path: String) throws(MediaError) -> (file: AudioFile, byteCount: Int) {
    // O_NONBLOCK: opening a FIFO that nobody writes to would otherwise wait for ever.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(.cannotOpenFile, "cannot open the file", path) }
    let file = AudioFile(path: path, descriptor: descriptor)
    var information = stat()
    guard fstat(descriptor, &information) == 0 else {
      throw failure(.fileInputOutput, "cannot read the file's size", path)
    }
    guard information.st_mode & S_IFMT == S_IFREG else {
      throw MediaError(.cannotOpenFile, "it is not a regular file", subject: path)
    }
    return (file, Int(information.st_size))
  }

  /// Creates a file, or empties the one that is there.
  static func create(_ path: String) throws(MediaError) -> AudioFile {
    let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure(.cannotOpenFile, "cannot create the file", path) }
    return AudioFile(path: path, descriptor: descriptor)
  }

  /// Reads up to `count` bytes at `offset` into the front of `buffer`; the count that was read, less only at the end.
  func read(_ count: Int, at offset: Int, into buffer: inout MutableSpan<UInt8>) throws(MediaError) -> Int {
    try buffer.withUnsafeMutableBytes { (target) throws(MediaError) in
      let wanted = min(count, target.count)
      var done = 0
      while done < wanted, let base = target.baseAddress {
        let count = pread(descriptor, base + done, wanted - done, off_t(offset + done))
        if count == 0 { break }
        if count < 0 {
          if errno == EINTR { continue }
          throw Self.failure(.fileInputOutput, "cannot read the file", path)
        }
        done += count
      }
      return done
    }
  }

  /// Writes all of `bytes` at `offset`.
  func write(_ bytes: Span<UInt8>, at offset: Int) throws(MediaError) {
    try bytes.withUnsafeBytes { (source) throws(MediaError) in
      var done = 0
      while done < source.count, let base = source.baseAddress {
        let count = pwrite(descriptor, base + done, source.count - done, off_t(offset + done))
        if count < 0 {
          if errno == EINTR { continue }
          throw Self.failure(.fileInputOutput, "cannot write the file", path)
        }
        done += count
      }
    }
  }

  /// Asks the system to read that part ahead into memory, without waiting.
  func readAhead(_ offset: Int, _ count: Int) {
    posix_fadvise(descriptor, off_t(offset), off_t(count), POSIX_FADV_WILLNEED)
  }

  private static func failure(_ code: MediaError.Code, _ what: String, _ path: String) -> MediaError {
    let number = errno
    var text = [CChar](repeating: 0, count: 128)
    _ = strerror_r(number, &text, text.count)
    let words = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    return MediaError(
      code, "\(what): \(String(decoding: words, as: UTF8.self))", subject: path, underlyingCode: number)
  }
}
