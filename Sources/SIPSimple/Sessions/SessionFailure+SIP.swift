import SIPParser
import SIPUserAgent

extension SessionFailure {
  /// The failure that an invitation's end means for a session that had not started.
  init(_ end: SIPInvitationEnd, originator: Originator) {
    switch end {
    case .rejected(let rejection):
      let code = Int(rejection.status.code)
      let reason: Reason =
        code / 100 == 3
        ? .redirected(contacts: rejection.contacts.map { $0.uri.description })
        : code == 408 ? .noAnswer : .rejected
      self.init(reason, code: code, phrase: rejection.reason, originator: .remote)
    case .declined(let status):
      self.init(.rejected, code: Int(status.code), phrase: status.defaultReason, originator: .local)
    case .noAnswer:
      self.init(
        .noAnswer, code: 480, phrase: "Temporarily Unavailable", originator: originator == .local ? .remote : .local)
    case .timedOut:
      self.init(
        .noAnswer, code: 408, phrase: "Request Timeout", originator: .remote,
        detail: "no response at all came to the INVITE")
    case .noAck: self.init(.missingACK, code: 408, phrase: "Request Timeout", originator: .remote)
    case .transportFailed(let text):
      self.init(.transport, code: 503, phrase: "Service Unavailable", originator: .remote, detail: text)
    case .protocolError(let text):
      self.init(.transport, code: 500, phrase: "Server Internal Error", originator: .remote, detail: text)
    case .dialogLost(let status):
      self.init(
        .transport, code: Int(status?.code ?? 481), phrase: status?.defaultReason ?? "Call Does Not Exist",
        originator: .remote)
    case .cancelled, .localHangup:
      self.init(.cancelled, code: 487, phrase: "Request Terminated", originator: .local)
    case .cancelledByPeer, .remoteHangup:
      self.init(.cancelled, code: 487, phrase: "Request Terminated", originator: .remote)
    }
  }
}

extension SessionEnd {
  /// The end that an invitation's end means for a session that had started.
  init(_ end: SIPInvitationEnd) {
    switch end {
    case .localHangup, .cancelled, .declined: self.init(originator: .local, reason: .hangup)
    case .remoteHangup, .cancelledByPeer, .rejected: self.init(originator: .remote, reason: .hangup)
    case .noAck: self.init(originator: .remote, reason: .missingACK)
    case .dialogLost, .timedOut, .transportFailed, .protocolError, .noAnswer:
      self.init(originator: .remote, reason: .dialogLost)
    }
  }
}

extension SIPHeaders {
  /// What the sender calls its program: User-Agent of a request, Server of a response.
  var productText: String? { (text(.userAgent) ?? text(.server))?.description }
}
