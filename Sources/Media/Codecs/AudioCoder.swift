/// Turns samples into payloads: one talker's sending half of a codec.
///
/// Everything that a coder needs is allocated when it is made; `encode` allocates nothing. A coder is confined to the
/// executor that owns its path.
public protocol AudioEncoder: AnyObject {
  /// The rate of the samples that it takes, in Hz.
  var sampleRate: Int { get }
  /// How many samples one packet holds: what `encode` must be given.
  var frameSampleCount: Int { get }
  /// How much later a sound leaves the decoder than it entered here, in samples, apart from the frame itself.
  var lookahead: Int { get }

  /// Encodes one frame of mono samples.
  ///
  /// - Parameters:
  ///   - samples: exactly `frameSampleCount` samples.
  ///   - payload: room for `AudioCodec.maximumPayloadSize` bytes.
  /// - Returns: the number of bytes written; 0 when the frame needs no packet (discontinuous transmission).
  /// - Throws: `MediaError` with code `.invalidArgument` for a frame of another size or too little room,
  ///   `.codecFailed` when the codec's library refuses.
  func encode(_ samples: Span<Int16>, into payload: inout MutableSpan<UInt8>) throws(MediaError) -> Int

  /// Learns what the receiver reports, so that a codec with redundancy can spend as much on it as the loss is worth.
  ///
  /// - Parameter fractionLost: the share of packets that an RTCP report says were lost, 0 to 1.
  func adapt(toLoss fractionLost: Double)

  /// Forgets the past, as if nothing had been encoded.
  func reset()
}

extension AudioEncoder {
  /// No look-ahead, as most codecs have none.
  public var lookahead: Int { 0 }
  /// A codec without redundancy has nothing to adapt.
  public func adapt(toLoss fractionLost: Double) {}
  /// A codec without memory has nothing to forget.
  public func reset() {}
}

/// Turns payloads back into samples, and makes up for those that are lost: the receiving half of a codec.
///
/// Payloads come from the network: any bytes are safe to decode, and what is wrong with them is thrown. Nothing is
/// allocated after the decoder was made.
public protocol AudioDecoder: AnyObject {
  /// The rate of the samples that it gives, in Hz.
  var sampleRate: Int { get }
  /// Whether concealment has faded into silence, so that going on concealing says nothing.
  var hasFadedOut: Bool { get }

  /// How many samples `payload` holds; nil when it is malformed.
  func sampleCount(of payload: Span<UInt8>) -> Int?

  /// Whether `payload` repeats enough of the frame before it for `recover`.
  func repeatsPreviousFrame(_ payload: Span<UInt8>) -> Bool

  /// Decodes one payload.
  ///
  /// - Returns: the number of samples written to `samples`.
  /// - Throws: `MediaError` with code `.malformedPayload` for a payload that this codec did not make, and
  ///   `.invalidArgument` where `samples` has too little room.
  func decode(_ payload: Span<UInt8>, into samples: inout MutableSpan<Int16>) throws(MediaError) -> Int

  /// Restores the lost frame before `next` from what `next` repeats of it.
  ///
  /// - Parameters:
  ///   - next: the payload after the lost one.
  ///   - count: the length of the lost frame in samples.
  ///   - samples: room for `count` samples.
  /// - Returns: `count`, or 0 when `next` repeats nothing: then conceal.
  func recover(
    from next: Span<UInt8>, count: Int, into samples: inout MutableSpan<Int16>
  ) throws(MediaError) -> Int

  /// Writes what most plausibly followed what was decoded last, fading out when the gap goes on.
  ///
  /// - Parameters:
  ///   - count: the samples that are missing; a codec may round up to its own step of at most 2.5 ms.
  ///   - samples: room for `count` samples and one step.
  /// - Returns: the number of samples written.
  func conceal(count: Int, into samples: inout MutableSpan<Int16>) -> Int

  /// Forgets the past, as if nothing had been decoded.
  func reset()
}

extension AudioDecoder {
  /// Most codecs send nothing twice.
  public func repeatsPreviousFrame(_ payload: Span<UInt8>) -> Bool { false }
  /// Nothing can be restored where nothing is sent twice.
  public func recover(
    from next: Span<UInt8>, count: Int, into samples: inout MutableSpan<Int16>
  ) throws(MediaError) -> Int { 0 }
}

extension MediaError.Code {
  /// A payload from the network is not one that its codec makes.
  public static let malformedPayload = MediaError.Code("malformed-payload")
}
