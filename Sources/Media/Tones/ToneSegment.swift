/// One or two sine tones together, or silence, for some time.
public struct ToneSegment: Hashable, Sendable {
  /// The first tone's frequency in Hz; 0 for silence.
  public let firstFrequency: Double
  /// The second tone's frequency in Hz; 0 for none.
  public let secondFrequency: Double
  /// How long it lasts.
  public let duration: Duration

  /// One tone, or two.
  ///
  /// Frequencies that are not positive numbers count as 0; those above half the rate they are played at are silent.
  public init(_ firstFrequency: Double, _ secondFrequency: Double = 0, for duration: Duration) {
    self.firstFrequency = firstFrequency > 0 ? firstFrequency : 0
    self.secondFrequency = secondFrequency > 0 && firstFrequency > 0 ? secondFrequency : 0
    self.duration = duration
  }

  /// No tone.
  public static func silence(for duration: Duration) -> ToneSegment { ToneSegment(0, for: duration) }
}

extension [ToneSegment] {
  /// What a caller hears while the other side rings: 425 Hz, 1 s in 5 s (ETSI TR 101 041).
  public static var ringback: [ToneSegment] {
    [ToneSegment(425, for: .seconds(1)), .silence(for: .seconds(4))]
  }

  /// What a caller hears when the other side rings in North America: 440 and 480 Hz, 2 s in 6 s.
  public static var ringbackNorthAmerica: [ToneSegment] {
    [ToneSegment(440, 480, for: .seconds(2)), .silence(for: .seconds(4))]
  }

  /// What a caller hears when the other side is busy: 425 Hz, half a second in a second.
  public static var busy: [ToneSegment] {
    [ToneSegment(425, for: .milliseconds(500)), .silence(for: .milliseconds(500))]
  }
}
