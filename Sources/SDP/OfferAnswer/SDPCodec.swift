/// A format that a side can receive: what `m=`, `a=rtpmap` and `a=fmtp` say together.
public struct SDPCodec: Hashable, Sendable {
  /// The encoding's name, `opus`, `PCMU`, `telephone-event`; compares without regard to case.
  public var name: String
  /// The RTP timestamp's rate in Hz. For G722 it is 8000 (RFC 3551 §4.5.2).
  public var clockRate: Int
  /// Audio channels; 2 for Opus, always (RFC 7587 §7).
  public var channels: Int
  /// The payload type number. Of a local codec: the number that is wished for; one that the session has already given to
  /// the codec goes before it (RFC 3264 §8.3.2).
  public var payloadType: UInt8
  /// What this side says in `a=fmtp`.
  public var parameters: SDPFormatParameters?

  /// A format.
  public init(
    _ name: String, clockRate: Int, channels: Int = 1, payloadType: UInt8, parameters: SDPFormatParameters? = nil
  ) {
    self.name = name
    self.clockRate = clockRate
    self.channels = channels
    self.payloadType = payloadType
    self.parameters = parameters
  }

  /// Whether both are the same encoding, whatever their numbers and parameters (RFC 3264 §6.1).
  ///
  /// Some senders leave out Opus's `/2`, which says nothing since there is no other: it is not compared.
  public func isSameEncoding(as other: SDPCodec) -> Bool {
    clockRate == other.clockRate && SDPText(name).equalsIgnoringCase(SDPText(other.name))
      && (channels == other.channels || isNamed("opus"))
  }

  /// Whether this is RFC 4733's telephone-event.
  public var isTelephoneEvent: Bool { isNamed("telephone-event") }

  /// Whether the format only accompanies others, so that a stream of nothing but such formats is none:
  /// telephone-event, CN (RFC 3389), red (RFC 2198).
  public var isAuxiliary: Bool { isTelephoneEvent || isNamed("CN") || isNamed("red") }

  func isNamed(_ other: SDPText) -> Bool { SDPText(name).equalsIgnoringCase(other) }
}

/// The numbers that RFC 3551 §6 binds to encodings, which need no `a=rtpmap`.
enum StaticPayloadTypes {
  /// What the number means; nil for dynamic, reserved and unassigned ones.
  static func codec(_ payloadType: UInt8) -> SDPCodec? {
    let (name, clockRate, channels): (String, Int, Int)
    switch payloadType {
    case 0: (name, clockRate, channels) = ("PCMU", 8000, 1)
    case 3: (name, clockRate, channels) = ("GSM", 8000, 1)
    case 4: (name, clockRate, channels) = ("G723", 8000, 1)
    case 5: (name, clockRate, channels) = ("DVI4", 8000, 1)
    case 6: (name, clockRate, channels) = ("DVI4", 16000, 1)
    case 7: (name, clockRate, channels) = ("LPC", 8000, 1)
    case 8: (name, clockRate, channels) = ("PCMA", 8000, 1)
    case 9: (name, clockRate, channels) = ("G722", 8000, 1)
    case 10: (name, clockRate, channels) = ("L16", 44100, 2)
    case 11: (name, clockRate, channels) = ("L16", 44100, 1)
    case 12: (name, clockRate, channels) = ("QCELP", 8000, 1)
    case 13: (name, clockRate, channels) = ("CN", 8000, 1)
    case 14: (name, clockRate, channels) = ("MPA", 90000, 1)
    case 15: (name, clockRate, channels) = ("G728", 8000, 1)
    case 16: (name, clockRate, channels) = ("DVI4", 11025, 1)
    case 17: (name, clockRate, channels) = ("DVI4", 22050, 1)
    case 18: (name, clockRate, channels) = ("G729", 8000, 1)
    case 25: (name, clockRate, channels) = ("CelB", 90000, 1)
    case 26: (name, clockRate, channels) = ("JPEG", 90000, 1)
    case 28: (name, clockRate, channels) = ("nv", 90000, 1)
    case 31: (name, clockRate, channels) = ("H261", 90000, 1)
    case 32: (name, clockRate, channels) = ("MPV", 90000, 1)
    case 33: (name, clockRate, channels) = ("MP2T", 90000, 1)
    case 34: (name, clockRate, channels) = ("H263", 90000, 1)
    default: return nil
    }
    return SDPCodec(name, clockRate: clockRate, channels: channels, payloadType: payloadType)
  }

  /// The first number bound to the encoding, nil when there is none.
  static func number(of codec: SDPCodec) -> UInt8? {
    (UInt8(0)...34).first { Self.codec($0)?.isSameEncoding(as: codec) == true }
  }
}

extension SDPMedia {
  /// The RTP formats of the `m=` line in order, each with what `a=rtpmap` (or RFC 3551 §6) and `a=fmtp` say.
  ///
  /// A format that is not a payload type, has no meaning, or stands twice is left out: it cannot be used, and the others can.
  public var codecs: [SDPCodec] {
    var maps = [UInt8: SDPRTPMap]()
    for map in readableValues(.rtpmap) where maps[map.payloadType] == nil { maps[map.payloadType] = map }
    var parameters = [UInt8: SDPFormatParameters]()
    for value in readableValues(.fmtp) {
      guard let number = value.format.decimal, number < 128, parameters[UInt8(number)] == nil else { continue }
      parameters[UInt8(number)] = value.parameters
    }
    var seen = Set<UInt8>()
    var result = [SDPCodec]()
    for format in formats {
      guard let number = format.decimal, number < 128, seen.insert(UInt8(number)).inserted else { continue }
      let payloadType = UInt8(number)
      var codec: SDPCodec
      if let map = maps[payloadType] {
        codec = SDPCodec(map.name, clockRate: map.clockRate, channels: map.channels, payloadType: payloadType)
      } else if let known = StaticPayloadTypes.codec(payloadType) {
        codec = known
      } else {
        continue
      }
      codec.parameters = parameters[payloadType]
      result.append(codec)
    }
    return result
  }
}
