/// What a session has counted and measured: a value, taken at any time.
public struct RTPStatistics: Hashable, Sendable {
  /// RTP packets sent.
  public var packetsSent: Int64 = 0
  /// Payload bytes sent.
  public var bytesSent: Int64 = 0
  /// RTP packets of the talkers received, late ones included, duplicates and dropped ones not.
  public var packetsReceived: Int64 = 0
  /// Payload bytes of these.
  public var bytesReceived: Int64 = 0
  /// Packets that never came.
  public var packetsLost: Int64 = 0
  /// The fraction lost between our last two reports, 0–1.
  public var fractionLost: Double = 0
  /// Packets that came twice.
  public var duplicates: Int64 = 0
  /// Packets that came after a later one.
  public var reordered: Int64 = 0
  /// Gaps in the sequence when they opened, each a run of one or more missing packets.
  public var lossBursts: Int64 = 0
  /// The longest of these, in packets.
  public var longestLossBurst: Int64 = 0
  /// Interarrival jitter (RFC 3550 §6.4.1) in ms, and its highest value.
  public var jitter: Double = 0
  /// The highest jitter so far, in ms.
  public var maximumJitter: Double = 0

  /// Round-trip times in ms by RTCP, nil before the first.
  public var roundTrip: RoundTrip?
  /// What the peer reports on what we send, nil before its first report.
  public var remote: RemoteReport?

  /// RTCP compounds sent.
  public var reportsSent: Int64 = 0
  /// RTCP compounds received and understood.
  public var reportsReceived: Int64 = 0

  /// Datagrams that are neither RTP nor RTCP, or contradict themselves.
  public var malformed: Int64 = 0
  /// Packets whose authentication failed.
  public var authenticationFailures: Int64 = 0
  /// Packets that SRTP had seen before.
  public var replays: Int64 = 0
  /// Packets of others than the talker, those in probation included.
  public var foreign: Int64 = 0
  /// Packets of the talker with an implausible sequence number.
  public var implausible: Int64 = 0
  /// Packets of payload types that were not negotiated.
  public var unknownPayloadType: Int64 = 0
  /// Packets with our own SSRC.
  public var ownSSRC: Int64 = 0
  /// How often the talker's SSRC changed or its sender restarted.
  public var sourceChanges: Int64 = 0

  /// Round-trip times in ms.
  public struct RoundTrip: Hashable, Sendable {
    /// The newest.
    public var last: Double
    /// The least.
    public var minimum: Double
    /// The mean.
    public var mean: Double
    /// The greatest.
    public var maximum: Double
  }

  /// The peer's view of our stream.
  public struct RemoteReport: Hashable, Sendable {
    /// Packets lost in all; negative when duplicates outnumber losses.
    public var packetsLost: Int64
    /// The fraction lost in the peer's last interval, 0–1.
    public var fractionLost: Double
    /// The highest such fraction so far.
    public var maximumFractionLost: Double
    /// Interarrival jitter in ms.
    public var jitter: Double
    /// The highest jitter so far, in ms.
    public var maximumJitter: Double
  }

  /// Nothing counted.
  public init() {}
}
