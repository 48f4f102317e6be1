import SIPSimple

/// SIP messages as arrows between two columns, as they happen.
struct MessageLadder: Sendable {
  let left: String
  let right: String
  let style: Style
  private let width = 46

  /// The two names above the columns.
  var header: String {
    let gap = String(repeating: " ", count: max(1, width - left.count - right.count + 2))
    return padLeft("ms", 10) + "  " + style.bold(left) + gap + style.bold(right)
  }

  /// One message: `fromLeft` says which side sent it; `time` is milliseconds since the ladder's start.
  func line(_ record: TraceRecord, fromLeft: Bool, milliseconds: Double) -> String {
    let label = Self.label(of: record.bytes)
    let room = width - 4 - label.count
    let before = max(1, room / 2)
    let after = max(1, room - before)
    let shaft =
      fromLeft
      ? "|" + String(repeating: "-", count: before) + " " + label + " " + String(repeating: "-", count: after) + ">|"
      : "|<" + String(repeating: "-", count: before) + " " + label + " " + String(repeating: "-", count: after) + "|"
    return decimal(milliseconds, 1, width: 10) + "  " + (fromLeft ? style.cyan(shaft) : style.green(shaft))
  }

  /// The start line without its version, and the CSeq method of a response: `INVITE`, `180 Ringing (INVITE)`.
  static func label(of message: [UInt8]) -> String {
    let text = String(decoding: message.prefix(4096), as: UTF8.self)
    var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false).makeIterator()
    guard let start = lines.next(), !start.isEmpty else { return "keep-alive" }
    guard start.hasPrefix("SIP/2.0 ") else {
      let method = start.prefix { $0 != " " }
      return String(method) + (text.contains("application/sdp") ? " (SDP)" : "")
    }
    let status = start.dropFirst(8)
    while let line = lines.next(), !line.isEmpty {
      guard line.lowercased().hasPrefix("cseq:") else { continue }
      return "\(status) (\(line.split(separator: " ").last ?? ""))"
    }
    return String(status)
  }
}
