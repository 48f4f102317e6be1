import SIPSimple

/// What a call came to, for the last lines and for `--json`.
struct CallOutcome {
  var peer: String?
  var transport: String?
  var tlsVersion: String?
  var setupMilliseconds: Double?
  var parameters: AudioStreamParameters?
  var statistics = AudioStreamStatistics()
  var failure: SessionFailure?
  var digits = ""

  func json(_ status: ExitStatus, _ totals: CallTotals, _ signalling: SignallingStatistics) -> JSONText {
    // Without a packet there is nothing to judge by.
    let wasHeard = statistics.packetsReceived > 0
    return .object(
      [
        ("outcome", .string("\(status)")),
        ("exit_status", .integer(Int64(status.rawValue))),
        ("sip_status", failure.map { .integer(Int64($0.code)) } ?? .null),
        ("reason", .optional(failure?.phrase)),
        ("peer", .optional(peer)),
        ("setup_ms", .optional(setupMilliseconds, decimals: 2)),
        ("transport", .optional(transport)),
        ("tls_version", .optional(tlsVersion)),
        ("codec", .optional(parameters?.codec)),
        ("srtp_suite", .optional(parameters?.srtpSuite)),
        ("packets_sent", .integer(Int64(statistics.packetsSent))),
        ("packets_received", .integer(Int64(statistics.packetsReceived))),
        ("packets_lost", .integer(statistics.packetsLost)),
        ("packets_late", .integer(Int64(statistics.packetsLate))),
        ("packets_rejected", .integer(Int64(statistics.packetsRejected))),
        ("jitter_ms", .number(statistics.jitterMilliseconds, decimals: 2)),
        ("rtt_ms", .optional(statistics.roundTripMilliseconds, decimals: 2)),
        ("one_way_ms", .optional(wasHeard ? statistics.oneWayMilliseconds : nil, decimals: 1)),
        ("mos", .optional(wasHeard ? statistics.mosConversational : nil, decimals: 2)),
        ("dtmf_received", .string(digits)),
        ("sip_malformed", .integer(Int64(clamping: signalling.endpoint.malformed))),
        ("sip_stray_responses", .integer(Int64(clamping: signalling.endpoint.strayResponses))),
        ("sip_unknown_dialogs", .integer(Int64(clamping: signalling.userAgent.unknownDialogs))),
      ] + totals.json)
  }
}

extension AudioStreamStatistics {
  /// One line for a person.
  var line: String {
    let rtt = roundTripMilliseconds.map { decimal($0, 1) } ?? "-"
    return "sent \(packetsSent) received \(packetsReceived) lost \(packetsLost) late \(packetsLate)"
      + "  jitter \(decimal(jitterMilliseconds, 1)) ms  RTT \(rtt) ms  buffer \(decimal(bufferMilliseconds, 0)) ms"
      + "  MOS \(decimal(mosConversational, 2))"
  }
}
