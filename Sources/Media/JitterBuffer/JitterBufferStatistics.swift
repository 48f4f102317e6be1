/// What a ``JitterBuffer`` did since it was made: each decision is counted once.
public struct JitterBufferStatistics: Hashable, Sendable {
  /// Packets that were put in, of whatever fate.
  public internal(set) var received = 0
  /// Packets that were played.
  public internal(set) var played = 0
  /// Packets that came after their turn.
  public internal(set) var late = 0
  /// Packets that came twice.
  public internal(set) var duplicates = 0
  /// Packets that were thrown away though they came in time: malformed, out of any order, or too old after a stall.
  public internal(set) var discarded = 0
  /// Packets that came before one that was sent earlier.
  public internal(set) var reordered = 0
  /// Times that playing stopped as nothing was there (the ends of talkspurts are not counted).
  public internal(set) var underruns = 0
  /// Times that timestamps or sequence numbers jumped, or the source changed, and all began anew.
  public internal(set) var restarts = 0
  /// Sound that was made up in place of lost or late packets, in ms.
  public internal(set) var concealedMilliseconds = 0.0
  /// Lost sound that forward error correction restored, in ms. Not counted as concealed.
  public internal(set) var recoveredMilliseconds = 0.0
  /// Silence that the sender left out, in ms.
  public internal(set) var silenceMilliseconds = 0.0
  /// Sound that was added by stretching speech, in ms.
  public internal(set) var expandedMilliseconds = 0.0
  /// Sound that was removed by shortening speech, in ms.
  public internal(set) var compressedMilliseconds = 0.0
  /// Packets that are waiting now.
  public internal(set) var waiting = 0
  /// The delay that the buffer adds to the fastest packets now, in ms.
  public internal(set) var currentDelayMilliseconds = 0.0
  /// The delay that it is aiming at, in ms.
  public internal(set) var targetDelayMilliseconds = 0.0
  /// The longest delay that it added, in ms.
  public internal(set) var maximumDelayMilliseconds = 0.0
  /// The mean delay that it added to the packets it played, in ms.
  public internal(set) var meanDelayMilliseconds = 0.0
  /// The share of frames lately lost, 0 to 1.
  public internal(set) var recentLoss = 0.0

  /// Nothing happened yet.
  public init() {}
}
