import WireSupport

/// Whether the audio of a call is encrypted with keys from the SDP (RFC 4568).
public enum SRTPEncryption: String, Sendable, CaseIterable {
  /// Never: a peer that insists on encryption is refused.
  case disabled
  /// Offered and accepted; plain RTP when the peer does not know it.
  case optional
  /// Always: a peer without it is refused.
  case mandatory
}
