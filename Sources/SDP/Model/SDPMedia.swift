import WireSupport

/// The kind of a media stream: the first word of its `m=` line. Open.
public struct SDPMediaKind: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The word.
  public let text: SDPText
  /// The kind named `text`.
  public init(_ text: SDPText) { self.text = text }
  /// The kind that the literal names.
  public init(stringLiteral value: String) { text = SDPText(value) }
  /// The word.
  public var description: String { text.string }

  /// Sound.
  public static let audio: SDPMediaKind = "audio"
  /// Pictures that move.
  public static let video: SDPMediaKind = "video"
  /// Text in real time (RFC 4103).
  public static let text: SDPMediaKind = "text"
  /// Something that an application knows: BFCP, a data channel, a screen.
  public static let application: SDPMediaKind = "application"
  /// Messages: MSRP (RFC 4975).
  public static let message: SDPMediaKind = "message"
  /// Pictures: T.38.
  public static let image: SDPMediaKind = "image"
}

/// A media part: an `m=` line and what follows it up to the next (RFC 8866 §5.14).
public struct SDPMedia: Hashable, Sendable, SDPAttributed {
  /// audio, video, message, …
  public var kind: SDPMediaKind
  /// The port; 0 means that the stream is refused or removed (RFC 3264 §6, §8.2).
  public var port: UInt16
  /// How many consecutive ports, nil when the line does not say.
  public var portCount: UInt16?
  /// The transport: `RTP/AVP`, `RTP/SAVP`, `TCP/MSRP`, …
  public var proto: SDPText
  /// The formats as they stand on the line, separated by spaces.
  public var formatList: SDPText
  /// The `i=` line.
  public var information: SDPText?
  /// The `c=` lines: more than one only for layered multicast.
  public var connections: [SDPConnection]
  /// The `b=` lines.
  public var bandwidths: [SDPBandwidth]
  /// The `k=` line, which is obsolete and should be ignored (RFC 8866 §5.12).
  public var key: SDPText?
  /// The `a=` lines in order.
  public var attributes: [SDPAttribute]

  /// A media part.
  public init(
    kind: SDPMediaKind, port: UInt16, proto: SDPText, formats: [SDPText], connection: SDPConnection? = nil,
    attributes: [SDPAttribute] = []
  ) {
    self.init(kind: kind, port: port, portCount: nil, proto: proto, formatList: "")
    self.formats = formats
    if let connection { connections = [connection] }
    self.attributes = attributes
  }

  init(kind: SDPMediaKind, port: UInt16, portCount: UInt16?, proto: SDPText, formatList: SDPText) {
    self.kind = kind
    self.port = port
    self.portCount = portCount
    self.proto = proto
    self.formatList = formatList
    connections = []
    bandwidths = []
    attributes = []
  }

  /// The formats: payload type numbers for RTP, media types or `*` for others.
  public var formats: [SDPText] {
    get {
      var reader = SDPFieldReader(formatList)
      var result = [SDPText]()
      while let word = reader.nextWord() { result.append(word) }
      return result
    }
    set {
      var line = [UInt8]()
      for format in newValue {
        if !line.isEmpty { line.append(SDPGrammar.space) }
        line.append(contentsOf: format.storage[Int(format.lower)..<Int(format.upper)])
      }
      formatList = SDPText(bytes: line)
    }
  }

  /// The `c=` line of this part alone.
  public var connection: SDPConnection? {
    get { connections.first }
    set { connections = newValue.map { [$0] } ?? [] }
  }
}
