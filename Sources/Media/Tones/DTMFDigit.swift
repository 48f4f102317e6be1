/// The sixteen digits of a telephone's keypad and their pairs of frequencies (ITU-T Q.23).
public struct DTMFDigit: Hashable, Sendable {
  /// `0`–`9`, `*`, `#`, `A`–`D`.
  public let character: Character
  /// The row's frequency in Hz.
  public let lowFrequency: Double
  /// The column's frequency in Hz.
  public let highFrequency: Double

  /// The rows' frequencies in Hz, from the top.
  public static var lowFrequencies: [Double] { [697, 770, 852, 941] }
  /// The columns' frequencies in Hz, from the left.
  public static var highFrequencies: [Double] { [1209, 1336, 1477, 1633] }

  /// The digit for a character, `a`–`d` included; nil for any other.
  public init?(_ character: Character) {
    for row in 0..<4 {
      for column in 0..<4 where Self.character(row: row, column: column) == character.uppercased() {
        self.init(row: row, column: column)
        return
      }
    }
    return nil
  }

  init(row: Int, column: Int) {
    character = Character(Self.character(row: row, column: column))
    lowFrequency = Self.lowFrequencies[row]
    highFrequency = Self.highFrequencies[column]
  }

  private static func character(row: Int, column: Int) -> String {
    [["1", "2", "3", "A"], ["4", "5", "6", "B"], ["7", "8", "9", "C"], ["*", "0", "#", "D"]][row][column]
  }

  /// The digit as sound.
  public func tone(for duration: Duration) -> ToneSegment {
    ToneSegment(lowFrequency, highFrequency, for: duration)
  }
}
