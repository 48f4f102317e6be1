import SIPParser

/// How a request is to be refused: the status, and the headers that tell the sender what would be accepted.
public struct SIPRefusal: Sendable {
  /// The status.
  public var status: SIPStatus
  /// The reason phrase.
  public var reason: String
  /// Allow, Accept, Unsupported, WWW-Authenticate, …
  public var headers: SIPHeaders

  /// A refusal; the reason phrase is the status' own when nil.
  public init(_ status: SIPStatus, reason: String? = nil, headers: SIPHeaders = .init()) {
    self.status = status
    self.reason = reason ?? status.defaultReason
    self.headers = headers
  }

  /// A refusal because of what a header's parser says.
  init(_ error: SIPParseError) { self.init(error.status, reason: error.reason) }

  /// The answer to `request`; `tag` is the To tag for a request without one.
  public func response(to request: SIPRequest, tag: String) -> SIPResponse {
    var response = SIPResponse(to: request, status: status, reason: reason, toTag: tag)
    addHeaders(to: &response.headers)
    return response
  }

  /// Puts the headers of the refusal at the end of a response's.
  public func addHeaders(to headers: inout SIPHeaders) {
    for line in self.headers.lines { headers.append(line.name, text: line.value.description) }
  }
}
