import Testing

@testable import Media

/// Short ways to call coders from tests.
enum Coding {
  static func encode(_ encoder: any AudioEncoder, _ samples: [Int16]) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 4096)
    var room = bytes.mutableSpan
    let count = try encoder.encode(samples.span, into: &room)
    return Array(bytes[..<count])
  }

  static func decode(_ decoder: any AudioDecoder, _ payload: [UInt8]) throws -> [Int16] {
    var samples = [Int16](repeating: 0, count: 6000)
    var room = samples.mutableSpan
    let count = try decoder.decode(payload.span, into: &room)
    return Array(samples[..<count])
  }

  static func recover(_ decoder: any AudioDecoder, from payload: [UInt8], _ count: Int) throws -> [Int16] {
    var samples = [Int16](repeating: 0, count: 6000)
    var room = samples.mutableSpan
    let count = try decoder.recover(from: payload.span, count: count, into: &room)
    return Array(samples[..<count])
  }

  static func conceal(_ decoder: any AudioDecoder, _ count: Int) -> [Int16] {
    var samples = [Int16](repeating: 1, count: 6000)
    var room = samples.mutableSpan
    let count = decoder.conceal(count: count, into: &room)
    return Array(samples[..<count])
  }

  static func through(
    _ encoder: any AudioEncoder, _ decoder: any AudioDecoder, _ samples: [Int16]
  ) throws -> (payload: [UInt8], heard: [Int16]) {
    let payload = try encode(encoder, samples)
    return (payload, try decode(decoder, payload))
  }

  /// The samples cut into the encoder's frames and encoded.
  static func packets(_ encoder: any AudioEncoder, _ samples: [Int16]) throws -> [[UInt8]] {
    let size = encoder.frameSampleCount
    return try (0..<samples.count / size).map { try encode(encoder, Array(samples[$0 * size..<($0 + 1) * size])) }
  }
}
