import WireSupport

/// What was negotiated for an audio stream.
public struct AudioStreamParameters: Hashable, Sendable {
  /// The codec's SDP encoding name: `opus`, `PCMU`, `PCMA`.
  public var codec: String
  /// The rate at which the codec works, Hz.
  public var sampleRate: Int
  /// The SRTP crypto suite (RFC 4568 §6.2), nil when the audio is not encrypted.
  public var srtpSuite: String?
  /// Where we receive RTP.
  public var localAddress: TransportAddress
  /// Where the peer's SDP says that it receives RTP.
  public var remoteAddress: TransportAddress
  /// Milliseconds of audio a packet.
  public var packetMilliseconds: Int
  /// Whether telephone-event (RFC 4733) was agreed on, so that DTMF can be sent.
  public var supportsDTMF: Bool
}

/// The figures of an audio stream: a value, as of one moment.
public struct AudioStreamStatistics: Hashable, Sendable {
  /// RTP packets sent.
  public var packetsSent: UInt64 = 0
  /// RTP payload bytes sent.
  public var bytesSent: UInt64 = 0
  /// RTP packets received from the peer, without those that were dropped as foreign or forged.
  public var packetsReceived: UInt64 = 0
  /// RTP payload bytes received.
  public var bytesReceived: UInt64 = 0
  /// Packets that the sequence numbers say were sent and that never came (RFC 3550 appendix A.3).
  public var packetsLost: Int64 = 0
  /// Packets that came too late to be played.
  public var packetsLate: UInt64 = 0
  /// Packets that came twice.
  public var packetsDuplicated: UInt64 = 0
  /// Packets that came out of order.
  public var packetsReordered: UInt64 = 0
  /// Packets that failed authentication, were replayed, malformed or from a foreign source: dropped and counted.
  public var packetsRejected: UInt64 = 0
  /// Interarrival jitter by RFC 3550 §6.4.1, ms.
  public var jitterMilliseconds: Double = 0
  /// Round-trip time from RTCP (RFC 3550 §6.4.1), ms; nil until a report has come back.
  public var roundTripMilliseconds: Double?
  /// The share of our packets that the peer reports lost, 0…1; nil until a report came.
  public var remoteLossFraction: Double?
  /// The jitter that the peer reports of our packets, ms.
  public var remoteJitterMilliseconds: Double?
  /// What the jitter buffer adds at present, ms.
  public var bufferMilliseconds: Double = 0
  /// Audio that was made up for missing packets, ms.
  public var concealedMilliseconds: Double = 0
  /// Frames recovered from a later packet's forward error correction.
  public var framesRecovered: UInt64 = 0
  /// The estimated one-way delay from mouth to ear, ms: packetisation, codec, half the round trip, jitter buffer and
  /// one mixer frame on each side.
  public var oneWayMilliseconds: Double = 0
  /// Listening quality as a MOS by ITU-T G.107 from measured loss, 1…4.5.
  public var mosListening: Double = 0
  /// Conversational quality as a MOS by ITU-T G.107 from measured loss and delay, 1…4.5.
  public var mosConversational: Double = 0
  /// The level of what we send, dBFS (RMS of the last frame; −100 for silence).
  public var levelSent: Double = -100
  /// The level of what we receive, dBFS.
  public var levelReceived: Double = -100

  /// All zero.
  public init() {}
}
