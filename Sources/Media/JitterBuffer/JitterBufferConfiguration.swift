/// The bounds within which a ``JitterBuffer`` adapts.
///
/// The old SDK had no settings for its jitter buffer; these defaults are ours. Equal minimum and maximum give a fixed
/// delay, as a modem or a measurement wants it.
public struct JitterBufferConfiguration: Hashable, Sendable {
  /// The delay below which the target never falls, in ms.
  public var minimumDelay: Int
  /// The delay above which the target never rises, in ms; what would wait longer is discarded.
  public var maximumDelay: Int
  /// The target before anything is known about the network, in ms. It is forgotten within about a second.
  public var initialDelay: Int
  /// The share of packets that the target delay makes to arrive in time, 0.5 to 0.999.
  public var onTimeShare: Double
  /// Whether the target grows by a frame when packets are lost that the packets after them can restore.
  public var waitsForErrorCorrection: Bool

  /// Bounds; whatever is out of order is brought into it: 0 ≤ minimum ≤ initial ≤ maximum ≤ 1000.
  public init(
    minimumDelay: Int = 0, maximumDelay: Int = 400, initialDelay: Int = 10, onTimeShare: Double = 0.98,
    waitsForErrorCorrection: Bool = true
  ) {
    self.minimumDelay = min(max(minimumDelay, 0), 1000)
    self.maximumDelay = min(max(maximumDelay, self.minimumDelay), 1000)
    self.initialDelay = min(max(initialDelay, self.minimumDelay), self.maximumDelay)
    self.onTimeShare = onTimeShare.isFinite ? min(max(onTimeShare, 0.5), 0.999) : 0.98
    self.waitsForErrorCorrection = waitsForErrorCorrection
  }
}
