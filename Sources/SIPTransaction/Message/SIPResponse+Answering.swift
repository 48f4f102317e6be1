import SIPParser

extension SIPResponse {
  /// The response to a request as RFC 3261 §8.2.6 builds it, with Timestamp in a 100, and with Record-Route in a response
  /// that makes a dialog (§12.1.1).
  ///
  /// - Parameters:
  ///   - reason: the reason phrase; the status' own when nil.
  ///   - tag: the To tag, for a request without one. Every response but 100 must have one.
  package init(answering request: SIPRequest, _ status: SIPStatus, reason: String? = nil, tag: String? = nil) {
    self.init(to: request, status: status, reason: reason, toTag: status == .trying ? nil : tag)
    if status == .trying { headers.appendLines(.timestamp, of: request.headers) }
    if request.method == .invite, status > .trying, status.code < 300 {
      headers.appendLines(.recordRoute, of: request.headers)
    }
  }
}
