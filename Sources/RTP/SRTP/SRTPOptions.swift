/// What an SRTP context does beside its suite (RFC 4568 §6.3's session parameters).
public struct SRTPOptions: Hashable, Sendable {
  /// Whether RTP payloads are encrypted; false is SDES's `UNENCRYPTED_SRTP` (authenticated only).
  public var encryptsRTP: Bool
  /// Whether RTCP is encrypted; false is SDES's `UNENCRYPTED_SRTCP`. A receiver goes by each packet's E flag.
  public var encryptsRTCP: Bool
  /// How many SSRCs a context serves; a key holder's packet from one more is refused with `.tooManySources`.
  public var maximumSources: Int

  /// Encrypts everything, for 64 sources at most.
  public init(encryptsRTP: Bool = true, encryptsRTCP: Bool = true, maximumSources: Int = 64) {
    self.encryptsRTP = encryptsRTP
    self.encryptsRTCP = encryptsRTCP
    self.maximumSources = max(1, maximumSources)
  }

  /// Caps on what one key may protect (RFC 3711 §9.2).
  static let rtpLifetime: UInt64 = 1 << 48
  static let rtcpLifetime: UInt64 = 1 << 31
}

/// Rollover estimation of RFC 3711 §3.3.1 on 48-bit indices (rollover counter ‖ sequence number).
enum SRTPIndex {
  /// The index that `sequence` most likely means when `highest` is the highest authenticated one. Negative when it would
  /// lie before the first packet; at most 2^48 + 65535.
  static func estimate(_ sequence: UInt16, highest: Int64) -> Int64 {
    let last = Int64(highest & 0xffff)
    let next = Int64(sequence)
    var rollover = highest >> 16
    if last < 0x8000 {
      if next - last > 0x8000 { rollover -= 1 }
    } else if last - 0x8000 > next {
      rollover += 1
    }
    return rollover << 16 | next
  }
}
