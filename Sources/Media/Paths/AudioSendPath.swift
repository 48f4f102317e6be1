/// What is sent to a peer: sound at the mixer's rate in, RTP payloads out.
///
/// A resampler brings the sound to the codec's rate, packets of `ptime` are cut from it, the codec encodes them, and
/// each is handed to the closure that was given at the start, with its timestamp. Timestamps run on while nothing is sent
/// (muted, held, silence left out), as RFC 3550 §5.1 wants it. Once made, nothing is allocated.
public final class AudioSendPath {
  /// What goes into the RTP header with a payload.
  public struct Packet: Hashable, Sendable {
    /// The payload type.
    public var payloadType: UInt8
    /// The RTP timestamp of the first sample.
    public var timestamp: UInt32
    /// Whether it is the first after a silence (RFC 3551 §4.1).
    public var marker: Bool
    /// The packet's duration in ticks of the RTP clock.
    public var duration: Int
  }

  /// Takes a payload, valid during the call only, and what belongs to it.
  public typealias Sink = (_ payload: Span<UInt8>, _ packet: Packet) -> Void

  /// The mixer's rate in Hz.
  public let sampleRate: Int
  /// When true, silence is sent in place of the sound.
  public var isMuted = false
  /// When false, nothing is sent: the call is on hold, or another stream of the same source (telephone-event) is sent.
  public var isSending = true

  /// The payload type and codec that are sent.
  public private(set) var format: AudioStreamFormat
  /// The RTP timestamp that the next sample will have: what telephone-event begins with.
  public private(set) var timestamp: UInt32
  /// Packets that the codec could not encode.
  public private(set) var encodingFailures = 0

  private let sink: Sink
  private var encoder: any AudioEncoder
  private var resampler: AudioResampler
  private let frameSampleCount: Int
  private let queue: SampleQueue
  private let silence: [Int16]
  private let payload: UnsafeMutableBufferPointer<UInt8>
  private var isTalking = false
  private var meter = AudioMeter()
  private var metered = 0

  /// The longest payload that any codec may have, in bytes.
  private static let payloadCapacity = 4_096

  /// A path that sends one format.
  ///
  /// - Parameters:
  ///   - format: the payload type and codec, and what the peer said it wants to receive.
  ///   - settings: our wishes; `frameDuration` is the peer's `a=ptime` where it has one.
  ///   - sampleRate: the mixer's rate in Hz.
  ///   - frameSampleCount: how many samples the mixer gives in a tick; nil for 20 ms.
  ///   - timestamp: the first RTP timestamp, which should be random.
  ///   - sink: takes each packet.
  /// - Throws: `MediaError` with code `.invalidArgument` or `.codecFailed`.
  public init(
    format: AudioStreamFormat, settings: AudioCodecSettings = .init(), sampleRate: Int, frameSampleCount: Int? = nil,
    timestamp: UInt32, sink: @escaping Sink
  ) throws(MediaError) {
    guard sampleRate >= 8000 else {
      throw MediaError(.invalidArgument, "a mixer's rate is at least 8000 Hz")
    }
    self.sampleRate = sampleRate
    self.frameSampleCount = max(1, frameSampleCount ?? sampleRate / 50)
    self.timestamp = timestamp
    self.sink = sink
    self.format = format
    encoder = try format.codec.makeEncoder(settings, peer: format.peerParameters)
    resampler = try AudioResampler(from: sampleRate, to: format.codec.sampleRate)
    queue = SampleQueue(capacity: 48_000 / 2)
    silence = [Int16](repeating: 0, count: self.frameSampleCount)
    payload = .allocate(capacity: Self.payloadCapacity)
    payload.initialize(repeating: 0)
  }

  deinit { payload.deallocate() }

  /// Changes the codec or its settings after a new offer and answer. The timestamps go on.
  ///
  /// - Throws: `MediaError` as `init` does, and then all is as before.
  public func setFormat(_ format: AudioStreamFormat, settings: AudioCodecSettings = .init()) throws(MediaError) {
    let encoder = try format.codec.makeEncoder(settings, peer: format.peerParameters)
    let resampler = try AudioResampler(from: sampleRate, to: format.codec.sampleRate)
    self.encoder = encoder
    self.resampler = resampler
    self.format = format
    // Less than a packet: it would have the old rate.
    queue.removeAll()
  }

  /// The duration of a packet in ms.
  public var frameDuration: Int { encoder.frameSampleCount * 1000 / encoder.sampleRate }

  /// How much later a sound leaves than it entered, in ms: packet, resampler and the codec's look-ahead.
  public var delay: Double {
    Double(encoder.frameSampleCount + encoder.lookahead) * 1000 / Double(encoder.sampleRate)
      + Double(resampler.inputLatency) * 1000 / Double(sampleRate)
  }

  /// How loud what we send was in the last 200 ms.
  public var level: AudioLevel { meter.level(frameCount: frameSampleCount) }

  /// Tells the codec what the peer's RTCP report says.
  ///
  /// - Parameter fractionLost: the share of our packets that were lost since the report before, 0 to 1.
  public func adapt(toLoss fractionLost: Double) { encoder.adapt(toLoss: fractionLost) }

  /// Takes a tick of sound at the mixer's rate, and gives the sink each packet that is thereby complete.
  public func consume(_ frame: Span<Int16>) {
    if isMuted || !isSending {
      silence.withUnsafeBufferPointer { zeros in
        push(Span(_unsafeElements: UnsafeBufferPointer(rebasing: zeros[..<min(frame.count, zeros.count)])))
      }
    } else {
      frame.withUnsafeBufferPointer { samples in
        if let base = samples.baseAddress { meter.add(base, samples.count) }
      }
      push(frame)
    }
    metered += 1
    if metered >= AudioMeter.windowTicks {
      metered = 0
      meter.closeWindow()
    }
    let size = encoder.frameSampleCount
    while size > 0, queue.count >= size { queue.take(size) { samples in send(samples) } }
  }

  private func push(_ samples: Span<Int16>) {
    let resampler = resampler
    _ = queue.append { (room: inout MutableSpan<Int16>) -> Int in resampler.process(samples, into: &room) }
  }

  private func send(_ samples: Span<Int16>) {
    let duration = samples.count * format.codec.clockRate / encoder.sampleRate
    let start = timestamp
    timestamp = start &+ UInt32(truncatingIfNeeded: duration)
    guard isSending else {
      isTalking = false
      return
    }
    var length = 0
    do throws(MediaError) {
      var room = MutableSpan(_unsafeElements: payload)
      length = min(try encoder.encode(samples, into: &room), payload.count)
    } catch {
      encodingFailures += 1
    }
    guard length > 0 else {
      isTalking = false
      return
    }
    let packet = Packet(
      payloadType: format.payloadType, timestamp: start, marker: !isTalking, duration: duration)
    isTalking = true
    sink(Span(_unsafeElements: UnsafeBufferPointer(rebasing: payload[..<length])), packet)
  }
}
