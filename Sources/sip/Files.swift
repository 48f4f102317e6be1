#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that cannot be used, in a sentence.
struct FileProblem: Error, CustomStringConvertible {
  let description: String
}

/// The few things that the commands do with files; no Foundation for so little.
enum Files {
  /// The text of a small file.
  static func text(_ path: String, limit: Int = 1 << 20) throws(FileProblem) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileProblem(description: "\(path) cannot be read: \(reason())") }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = buffer.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
      if count == 0 { break }
      guard count > 0 else { throw FileProblem(description: "\(path) cannot be read: \(reason())") }
      bytes.append(contentsOf: buffer[..<count])
      guard bytes.count <= limit else { throw FileProblem(description: "\(path) is larger than \(limit) bytes") }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func isReadable(_ path: String) -> Bool { access(path, R_OK) == 0 }

  /// A new folder that only we can enter, under TMPDIR or /tmp.
  static func makeTemporaryFolder(_ prefix: String) throws(FileProblem) -> String {
    let base = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
    var template = Array("\(base)/\(prefix)-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { buffer -> String? in
      buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) }
    }
    guard let made else { throw FileProblem(description: "no folder can be made under \(base): \(reason())") }
    return made
  }

  /// Makes a folder unless it is there.
  static func makeFolder(_ path: String) throws(FileProblem) {
    if mkdir(path, 0o755) != 0, errno != EEXIST {
      throw FileProblem(description: "the folder \(path) cannot be made: \(reason())")
    }
  }

  private static func reason() -> String { strerror(errno).map { String(cString: $0) } ?? "error \(errno)" }
}
