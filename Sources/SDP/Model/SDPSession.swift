/// A session description (RFC 8866): read with `init(parsing:)`, written with ``serialized()``.
public struct SDPSession: Hashable, Sendable, SDPAttributed {
  /// The `o=` line.
  public var origin: SDPOrigin
  /// The `s=` line; `-` when the session has no name.
  public var name: SDPText
  /// The `i=` line.
  public var information: SDPText?
  /// The `u=` line.
  public var uri: SDPText?
  /// The `e=` lines.
  public var emails: [SDPText]
  /// The `p=` lines.
  public var phones: [SDPText]
  /// The `c=` line that holds for media parts without their own.
  public var connection: SDPConnection?
  /// The `b=` lines.
  public var bandwidths: [SDPBandwidth]
  /// The `t=` lines with their `r=` and `z=`.
  public var times: [SDPTimeDescription]
  /// The `k=` line, which is obsolete and should be ignored (RFC 8866 §5.12).
  public var key: SDPText?
  /// The `a=` lines before the first `m=`.
  public var attributes: [SDPAttribute]
  /// The media parts in order.
  public var media: [SDPMedia]

  /// A description with `t=0 0`.
  public init(
    origin: SDPOrigin, name: SDPText = "-", connection: SDPConnection? = nil, attributes: [SDPAttribute] = [],
    media: [SDPMedia] = []
  ) {
    self.origin = origin
    self.name = name
    emails = []
    phones = []
    self.connection = connection
    bandwidths = []
    times = SDPTimeDescription.onlyPermanent
    self.attributes = attributes
    self.media = media
  }

  /// Nothing yet: what the parser fills in.
  init(blank origin: SDPOrigin) {
    // Field by field: an initializer that delegates copies the whole value.
    self.origin = origin
    name = origin.text
    emails = []
    phones = []
    bandwidths = []
    times = []
    attributes = []
    media = []
  }

  /// Where `media` is to be sent: its own `c=` line, or the session's.
  public func connection(of media: SDPMedia) -> SDPConnection? { media.connections.first ?? connection }

  /// The direction of `media`: its own attribute, or the session's, or sendrecv (RFC 8866 §6.7).
  public func direction(of media: SDPMedia) -> SDPDirection {
    media.statedDirection ?? statedDirection ?? .sendReceive
  }

  /// The first value of `key` in `media`, or in the session part where the media part has none.
  ///
  /// - Throws: as ``SDPAttributed/value(_:)``.
  public func value<Value>(_ key: SDPAttributeKey<Value>, of media: SDPMedia) throws(SDPError) -> Value? {
    if let value = try media.value(key) { return value }
    return try value(key)
  }
}
