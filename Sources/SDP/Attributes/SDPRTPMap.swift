import WireSupport

/// `a=rtpmap:96 opus/48000/2` (RFC 8866 §6.6).
public struct SDPRTPMap: Hashable, Sendable {
  /// 0–127.
  public var payloadType: UInt8
  /// The encoding's name; compares without regard to case.
  public var name: String
  /// The RTP timestamp's rate in Hz.
  public var clockRate: Int
  /// Audio channels; 1 when the line does not say.
  public var channels: Int

  /// A mapping.
  public init(payloadType: UInt8, name: String, clockRate: Int, channels: Int = 1) {
    self.payloadType = payloadType
    self.name = name
    self.clockRate = clockRate
    self.channels = channels
  }

  init?(_ text: SDPText) {
    var words = SDPFieldReader(text)
    guard let number = words.nextWord()?.decimal, number < 128, let encoding = words.nextWord(), words.isAtEnd else {
      return nil
    }
    var parts = SDPFieldReader(encoding)
    guard let name = parts.next(upTo: SDPGrammar.slash), !name.isEmpty,
      let rate = parts.next(upTo: SDPGrammar.slash)?.decimal, rate > 0, rate <= UInt64(Int32.max)
    else { return nil }
    var channels = 1
    if !parts.isAtEnd {
      // For audio the parameter is the channel count; another encoding's parameter does not name channels.
      channels = parts.rest.decimal.flatMap { $0 > 0 && $0 <= 255 ? Int($0) : nil } ?? 1
    }
    self.init(payloadType: UInt8(number), name: name.string, clockRate: Int(rate), channels: channels)
  }
}

extension SDPAttributeKey where Value == SDPRTPMap {
  /// RFC 8866 §6.6
  public static var rtpmap: Self {
    Self(.rtpmap, expected: "a payload type below 128, an encoding name / a clock rate in Hz") {
      SDPRTPMap($0)
    } print: {
      SDPText("\($0.payloadType) \($0.name)/\($0.clockRate)\($0.channels > 1 ? "/\($0.channels)" : "")")
    }
  }
}
