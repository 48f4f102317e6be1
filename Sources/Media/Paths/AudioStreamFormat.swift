/// One payload type of a stream, as offer and answer settled it.
public struct AudioStreamFormat: Sendable {
  /// The RTP payload type, 0 to 127.
  public var payloadType: UInt8
  /// The codec that it means.
  public var codec: AudioCodec
  /// What the peer's `a=fmtp` says about what it wants to receive.
  public var peerParameters: AudioFormatParameters

  /// A payload type that means `codec`.
  public init(payloadType: UInt8, codec: AudioCodec, peerParameters: AudioFormatParameters = .init()) {
    self.payloadType = payloadType
    self.codec = codec
    self.peerParameters = peerParameters
  }
}
