/// Builds a compound RTCP packet (RFC 3550 §6.1) packet by packet in one array, which can be reused.
public struct RTCPBuilder: Sendable {
  /// The compound so far.
  public private(set) var bytes: [UInt8] = []

  /// An empty compound with room for `capacity` bytes.
  public init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

  /// Empties the compound, keeping its memory.
  public mutating func reset() { bytes.removeAll(keepingCapacity: true) }

  /// Appends a sender report with at most 31 blocks; further ones are left out.
  public mutating func appendSenderReport(ssrc: UInt32, _ info: RTCPSenderInfo, blocks: [RTCPReportBlock] = []) {
    let start = begin(.senderReport, count: min(31, blocks.count))
    append(ssrc)
    append(UInt32(truncatingIfNeeded: info.ntp.bits >> 32))
    append(UInt32(truncatingIfNeeded: info.ntp.bits))
    append(info.rtpTimestamp)
    append(info.packetCount)
    append(info.octetCount)
    for block in blocks.prefix(31) { append(block) }
    end(start)
  }

  /// Appends a receiver report with at most 31 blocks; further ones are left out.
  public mutating func appendReceiverReport(ssrc: UInt32, blocks: [RTCPReportBlock] = []) {
    let start = begin(.receiverReport, count: min(31, blocks.count))
    append(ssrc)
    for block in blocks.prefix(31) { append(block) }
    end(start)
  }

  /// Appends a source description of one chunk; each text is cut to 255 bytes.
  public mutating func appendDescription(ssrc: UInt32, items: [(RTCPDescriptionItem, String)]) {
    let start = begin(.sourceDescription, count: 1)
    append(ssrc)
    for (item, text) in items where item.rawValue != 0 {
      bytes.append(item.rawValue)
      appendText(text)
    }
    bytes.append(0)
    pad(start)
    end(start)
  }

  /// Appends a BYE of one source; the reason is cut to 255 bytes.
  public mutating func appendGoodbye(ssrc: UInt32, reason: String? = nil) {
    let start = begin(.goodbye, count: 1)
    append(ssrc)
    if let reason {
      appendText(reason)
      pad(start)
    }
    end(start)
  }

  /// Appends an application-defined packet. Data is padded with zeros to a multiple of 4 and cut to 65 000 bytes.
  public mutating func appendApplication(ssrc: UInt32, subtype: UInt8, name: UInt32, data: Span<UInt8>) {
    let start = begin(.application, count: Int(subtype & 0x1f))
    append(ssrc)
    append(name)
    for index in 0..<min(65_000, data.count) { bytes.append(data[index]) }
    pad(start)
    end(start)
  }

  private mutating func begin(_ type: RTCPPacketType, count: Int) -> Int {
    let start = bytes.count
    bytes.append(0x80 | UInt8(truncatingIfNeeded: count & 0x1f))
    bytes.append(type.rawValue)
    bytes.append(0)
    bytes.append(0)
    return start
  }

  private mutating func end(_ start: Int) {
    let words = (bytes.count - start) / 4 - 1
    bytes[start + 2] = UInt8(truncatingIfNeeded: words >> 8)
    bytes[start + 3] = UInt8(truncatingIfNeeded: words)
  }

  private mutating func pad(_ start: Int) {
    while (bytes.count - start) % 4 != 0 { bytes.append(0) }
  }

  private mutating func append(_ value: UInt32) {
    bytes.append(UInt8(truncatingIfNeeded: value >> 24))
    bytes.append(UInt8(truncatingIfNeeded: value >> 16))
    bytes.append(UInt8(truncatingIfNeeded: value >> 8))
    bytes.append(UInt8(truncatingIfNeeded: value))
  }

  private mutating func append(_ block: RTCPReportBlock) {
    append(block.ssrc)
    append(UInt32(block.fractionLost) << 24 | UInt32(bitPattern: block.cumulativeLost) & 0xff_ffff)
    append(block.highestSequence)
    append(block.jitter)
    append(block.lastSenderReport)
    append(block.delaySinceLastSenderReport)
  }

  private mutating func appendText(_ text: String) {
    // Cut between characters, so that what is left is still UTF-8.
    var text = text.prefix(255)
    while text.utf8.count > 255 { text.removeLast() }
    bytes.append(UInt8(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }
}
