/// The codecs that an endpoint can use, in its order of preference. A value: each account may have its own.
public struct AudioCodecRegistry: Sendable {
  /// The codecs, most preferred first.
  public private(set) var codecs: [AudioCodec]

  /// A registry of these codecs, most preferred first.
  public init(_ codecs: [AudioCodec]) { self.codecs = codecs }

  /// Every codec of this module, one line each, in the order that serves a listener best.
  public static let standard = AudioCodecRegistry([
    .opus,
    .pcmu,
    .pcma,
  ])

  /// Adds a codec as the least preferred, replacing one of the same rtpmap.
  public mutating func register(_ codec: AudioCodec) {
    if let index = codecs.firstIndex(where: {
      $0.matches(name: codec.name, clockRate: codec.clockRate, channels: codec.channels)
    }) {
      codecs[index] = codec
    } else {
      codecs.append(codec)
    }
  }

  /// The codecs of these names in this order, and no others: a user's preference list.
  ///
  /// - Parameter names: encoding names in any case, optionally with a clock rate (`speex/16000`).
  /// - Throws: `MediaError` with code `.invalidArgument` for a name that no codec has.
  public func preferring(_ names: [String]) throws(MediaError) -> AudioCodecRegistry {
    var result: [AudioCodec] = []
    for wanted in names {
      let found = codecs.filter {
        wanted.lowercased() == $0.name.lowercased() || wanted.lowercased() == "\($0.name)/\($0.clockRate)".lowercased()
      }
      guard !found.isEmpty else {
        let known = codecs.map(\.name).joined(separator: ", ")
        throw MediaError(.invalidArgument, "there is no codec of this name, expected one of \(known)", subject: wanted)
      }
      for codec in found where !result.contains(where: { $0.rtpmap == codec.rtpmap }) { result.append(codec) }
    }
    return AudioCodecRegistry(result)
  }

  /// The codec that an rtpmap names.
  public func codec(name: String, clockRate: Int, channels: Int = 1) -> AudioCodec? {
    codecs.first { $0.matches(name: name, clockRate: clockRate, channels: channels) }
  }

  /// The codec that a payload type means without an rtpmap (RFC 3551 §6).
  public func codec(staticPayloadType: UInt8) -> AudioCodec? {
    codecs.first { $0.staticPayloadType == staticPayloadType }
  }
}
