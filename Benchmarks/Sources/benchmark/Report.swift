/// The rows as a person reads them, and as a script does.
enum Report {
  static func table(_ rows: [Row]) -> String {
    let header = ["name", "ours", "peer", "peer's", "ratio", "allocations"]
    let cells =
      [header]
      + rows.map { row in
        [
          row.name, time(row.ours), row.peer?.name ?? "–", row.peer.map { time($0.nanoseconds) } ?? "–",
          row.peer.map { fixed(row.ours / $0.nanoseconds, 2) } ?? "–", allocations(row.allocations),
        ]
      }
    let widths = header.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    return cells.map { row in
      zip(row, widths).enumerated().map { column, cell in
        let space = String(repeating: " ", count: cell.1 - cell.0.count)
        return column == 0 || column == 2 ? cell.0 + space : space + cell.0
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  /// One array of objects with the keys name, ours_ns, peer, peer_ns, ratio, allocations.
  static func json(_ rows: [Row]) -> String {
    let objects = rows.map { row in
      let peer = row.peer.map { "\"\($0.name)\"" } ?? "null"
      let peerTime = row.peer.map { fixed($0.nanoseconds, 1) } ?? "null"
      let ratio = row.peer.map { fixed(row.ours / $0.nanoseconds, 4) } ?? "null"
      return "{\"name\":\"\(row.name)\",\"ours_ns\":\(fixed(row.ours, 1)),\"peer\":\(peer),\"peer_ns\":\(peerTime),"
        + "\"ratio\":\(ratio),\"allocations\":\(fixed(row.allocations, 2))}"
    }
    return "[" + objects.joined(separator: ",\n ") + "]"
  }

  private static func time(_ nanoseconds: Double) -> String {
    nanoseconds < 10_000 ? fixed(nanoseconds, 0) + " ns" : fixed(nanoseconds / 1000, 1) + " µs"
  }

  private static func allocations(_ count: Double) -> String {
    count == count.rounded() ? fixed(count, 0) : fixed(count, 2)
  }

  /// A decimal with `places` digits behind the point.
  private static func fixed(_ value: Double, _ places: Int) -> String {
    guard value.isFinite else { return "0" }
    var scale = 1.0
    for _ in 0..<places { scale *= 10 }
    let scaled = Int64((value * scale).rounded())
    guard places > 0 else { return "\(scaled)" }
    let digits = String(scaled.magnitude)
    let padded = String(repeating: "0", count: max(0, places + 1 - digits.count)) + digits
    return (scaled < 0 ? "-" : "") + padded.dropLast(places) + "." + padded.suffix(places)
  }
}
