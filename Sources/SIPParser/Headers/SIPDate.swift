import WireSupport

/// Date (RFC 3261 §20.17): RFC 1123's form, always GMT.
public struct SIPDate: Hashable, Sendable, CustomStringConvertible {
  /// Seconds since 1970-01-01 00:00:00 UTC, leap seconds not counted.
  public var secondsSince1970: Int64

  /// A moment, in seconds since 1970.
  public init(secondsSince1970: Int64) { self.secondsSince1970 = secondsSince1970 }

  private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// `Sat, 13 Nov 2010 23:29:00 GMT`
  public var description: String {
    // Years 0 to 9999 only: the form has four digits.
    let seconds = min(max(secondsSince1970, -62_167_219_200), 253_402_300_799)
    var day = seconds / 86400
    var rest = seconds % 86400
    if rest < 0 {
      rest += 86400
      day -= 1
    }
    let weekday = Self.days[Int(((day % 7) + 7) % 7)]
    let (year, month, dayOfMonth) = Self.civil(day)
    let two = { (value: Int64) in value < 10 ? "0\(value)" : "\(value)" }
    let yearText = String(repeating: "0", count: max(0, 4 - String(year).count)) + String(year)
    return "\(weekday), \(two(dayOfMonth)) \(Self.months[Int(month) - 1]) \(yearText) "
      + "\(two(rest / 3600)):\(two(rest / 60 % 60)):\(two(rest % 60)) GMT"
  }

  /// Year, month and day of a day since 1970-01-01, in the proleptic Gregorian calendar.
  private static func civil(_ day: Int64) -> (Int64, Int64, Int64) {
    let shifted = day + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthIndex = (5 * dayOfYear + 2) / 153
    let month = monthIndex < 10 ? monthIndex + 3 : monthIndex - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthIndex + 2) / 5 + 1)
  }

  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let year = month <= 2 ? year - 1 : year
    let era = (year >= 0 ? year : year - 399) / 400
    let yearOfEra = year - era * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

extension SIPDate: SIPHeaderValue {
  public static func read(_ reader: inout SIPFieldReader) throws(SIPParseError) -> SIPDate {
    let weekday = try reader.readToken("a day of the week")
    guard days.contains(where: { weekday == $0 }) else { throw reader.failure("a day of the week") }
    guard reader.consumeSeparator(Byte.comma) else { throw reader.failure("a comma after the day of the week") }
    let day = try reader.readNumber(max: 31, "a day of the month")
    reader.skipSpace()
    let name = try reader.readToken("a month")
    guard let month = months.firstIndex(where: { name == $0 }) else { throw reader.failure("a month") }
    reader.skipSpace()
    let year = try reader.readNumber(max: 9999, "a year of four digits")
    reader.skipSpace()
    let hour = try reader.readNumber(max: 23, "an hour")
    guard reader.consume(Byte.colon) else { throw reader.failure("a colon") }
    let minute = try reader.readNumber(max: 59, "a minute")
    guard reader.consume(Byte.colon) else { throw reader.failure("a colon") }
    let second = try reader.readNumber(max: 60, "a second")
    reader.skipSpace()
    let zone = try reader.readToken("GMT")
    guard zone == "GMT" else { throw reader.failure("GMT") }
    let date = Self.days(year: Int64(year), month: Int64(month) + 1, day: max(Int64(day), 1))
    return SIPDate(
      secondsSince1970: date * 86400 + Int64(hour) * 3600 + Int64(minute) * 60 + Int64(second))
  }

  public func write(to writer: inout SIPFieldWriter) { writer.write(description) }
}

extension SIPHeaderKey where Value == SIPDate {
  /// RFC 3261 §20.17
  public static let date = SIPHeaderKey(.date)
}
