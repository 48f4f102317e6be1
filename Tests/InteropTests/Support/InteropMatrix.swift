import Foundation
import Synchronization

/// The table of docs/interop.md, peer × feature, kept by the tests themselves.
enum InteropMatrix {
  enum Peer: String, CaseIterable, Sendable {
    case baresip = "baresip 1.0"
    case sipp = "sipp 3.6"
    case openssl = "OpenSSL 3.0"
    case pesq = "PESQ (P.862)"
  }

  private static let file = Mutex(Repository.root.appendingPathComponent("docs/interop.md"))

  /// Runs a test's body and writes `pass` or `fail` into its cell.
  static func record(_ peer: Peer, _ feature: String, _ body: () async throws -> Void) async throws {
    do {
      try await body()
      write(peer, feature, "pass")
    } catch {
      write(peer, feature, "fail")
      throw error
    }
  }

  /// The table with one cell set: rows in the order of their names, a column for each peer, `–` where nothing was tried.
  static func updated(_ text: String, _ peer: Peer, _ feature: String, _ result: String) -> String {
    let (begin, end) = ("<!-- matrix -->", "<!-- /matrix -->")
    guard let start = text.range(of: begin), let stop = text.range(of: end), start.upperBound <= stop.lowerBound else {
      return text
    }
    var rows: [String: [String]] = [:]
    for line in text[start.upperBound..<stop.lowerBound].split(separator: "\n").dropFirst(2) {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      if let name = cells.first, cells.count == Peer.allCases.count + 1 { rows[name] = Array(cells.dropFirst()) }
    }
    var row = rows[feature] ?? Array(repeating: "–", count: Peer.allCases.count)
    if let column = Peer.allCases.firstIndex(of: peer) { row[column] = result }
    rows[feature] = row
    var table = "| feature | " + Peer.allCases.map(\.rawValue).joined(separator: " | ") + " |\n"
    table += "|---|" + String(repeating: "---|", count: Peer.allCases.count) + "\n"
    for name in rows.keys.sorted() {
      table += "| \(name) | " + rows[name, default: []].joined(separator: " | ") + " |\n"
    }
    return text[..<start.upperBound] + "\n" + table + text[stop.lowerBound...]
  }

  private static func write(_ peer: Peer, _ feature: String, _ result: String) {
    file.withLock { file in
      guard let text = try? String(contentsOf: file, encoding: .utf8) else { return }
      let new = updated(text, peer, feature, result)
      if new != text { try? new.write(to: file, atomically: true, encoding: .utf8) }
    }
  }
}
