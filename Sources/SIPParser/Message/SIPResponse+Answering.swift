extension SIPResponse {
  /// The response to `request` that RFC 3261 §8.2.6 describes: Via, From, To, Call-ID and CSeq are copied byte for byte.
  ///
  /// `toTag` is added to a To that has none, in every response but 100 (§8.2.6.2); pass nil for 100, or when the To is
  /// tagged already.
  public init(to request: SIPRequest, status: SIPStatus, reason: String? = nil, toTag: String? = nil) {
    self.init(status: status, reason: reason)
    copy(request.headers, toTag: toTag)
  }

  /// The answer to a request that was refused, from what could be recovered of it; nil when it must not be answered: it was
  /// a response or an ACK, or had no Via.
  public init?(rejecting error: SIPParseError, toTag: String? = nil) {
    guard let recovered = error.recovered, recovered.isAnswerable else { return nil }
    self.init(status: error.status, reason: error.reason)
    copy(recovered.headers, toTag: toTag)
  }

  private mutating func copy(_ source: SIPHeaders, toTag: String?) {
    headers.appendLines(.via, of: source)
    headers.appendLines(.from, of: source)
    headers.appendLines(.to, of: source)
    if let toTag {
      // A To that cannot be read is sent back as it came: the peer cannot have expected a tag in it.
      _ = try? headers.updateFirst(.to) { to in
        if to.tag == nil { to = to.withTag(toTag) }
      }
    }
    headers.appendLines(.callID, of: source)
    headers.appendLines(.cseq, of: source)
  }
}
