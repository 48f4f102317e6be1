/// Netstrings (`5:hello,`), in which baresip's control connection wraps its JSON.
struct NetstringDecoder {
  private var buffer: [UInt8] = []
  private static let longest = 1 << 20

  static func encode(_ payload: [UInt8]) -> [UInt8] { Array("\(payload.count):".utf8) + payload + [UInt8(ascii: ",")] }

  mutating func append(_ bytes: some Sequence<UInt8>) { buffer.append(contentsOf: bytes) }

  /// The next whole payload, or nil until more bytes came.
  mutating func next() throws -> [UInt8]? {
    guard let colon = buffer.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    guard let count = Int(String(decoding: buffer[..<colon], as: UTF8.self)), (0...Self.longest).contains(count) else {
      throw InteropError("not a netstring: \(String(decoding: buffer.prefix(40), as: UTF8.self))")
    }
    let end = colon + 1 + count
    guard buffer.count > end else { return nil }
    let payload = Array(buffer[(colon + 1)..<end])
    buffer.removeFirst(end + 1)
    return payload
  }
}
