import SIPParser
import SIPTransaction
import WireSupport

/// How the messages of a user agent are written.
extension SIPUserAgentCore {
  func makeResponse(
    to request: SIPRequest, _ status: SIPStatus, _ record: InvitationRecord, reason: String? = nil,
    headers: SIPHeaders? = nil, body: SIPBody? = nil
  ) -> SIPResponse {
    var response = makeResponse(to: request, status, tag: record.key.localTag, reason: reason)
    if request.method == .invite, status > .trying, status.code < 300 {
      response.headers.set(.contact, SIPContact(record.contact))
      if status.isSuccess { addCapabilities(to: &response.headers) }
    }
    append(headers, to: &response.headers)
    attach(body, to: &response)
    return response
  }

  func makeResponse(
    to request: SIPRequest, _ status: SIPStatus, tag: String, reason: String? = nil
  ) -> SIPResponse {
    var response = SIPResponse(answering: request, status, reason: reason, tag: tag)
    if let product = configuration.product { response.headers.set(.server, text: product) }
    return response
  }

  func addProduct(to request: inout SIPRequest) {
    if let product = configuration.product { request.headers.set(.userAgent, text: product) }
  }

  /// Allow, Supported and Accept: what RFC 3261 §11.2 and §13.2.1 ask for.
  func addCapabilities(to headers: inout SIPHeaders, accept: Bool = false) {
    headers.set(.allow, configuration.allowedMethods)
    if !configuration.supportedOptions.isEmpty {
      headers.set(.supported, text: configuration.supportedOptions.joined(separator: ", "))
    }
    if accept { headers.set(.accept, text: configuration.acceptedContentTypes.joined(separator: ", ")) }
  }

  func append(_ extra: SIPHeaders?, to headers: inout SIPHeaders) {
    guard let extra else { return }
    for line in extra.lines { headers.append(line.name, text: line.value.description) }
  }

  func attach(_ body: SIPBody?, to request: inout SIPRequest) {
    guard let body else { return }
    request.headers.set(.contentType, text: body.contentType)
    request.body = body.bytes
  }

  func attach(_ body: SIPBody?, to response: inout SIPResponse) {
    guard let body else { return }
    response.headers.set(.contentType, text: body.contentType)
    response.body = body.bytes
  }

  /// Where a request in a dialog goes: on the connection on which the peer was heard while it lives, else to the next
  /// hop that the dialog names, else to where the peer was heard.
  func inDialogTarget(_ record: InvitationRecord) -> SIPTransmissionTarget {
    if let flow = record.flow, flow.transport.isReliable, endpoint.isOpen(flow) { return .flow(flow) }
    let fallback = record.flow.map { SIPTransmissionTarget.flow($0) } ?? record.target
    guard let hop = record.dialog?.nextHop, case .ip(let ip) = hop.host else {
      // A name: looking it up is not ours (RFC 3263); the peer is where it was heard.
      if let flow = record.flow, flow.transport.isReliable { return record.target }
      return fallback
    }
    let transport = hop.transport ?? (hop.isSecure ? .tls : fallback.transport)
    let address = TransportAddress(ip: ip, port: hop.port ?? transport.defaultPort)
    if let flow = record.flow, flow.transport == transport, flow.remote == address, endpoint.isOpen(flow) {
      return .flow(flow)
    }
    if case .destination(let first) = record.target, first.transport == transport, first.address == address {
      return record.target
    }
    return .destination(
      SIPDestination(transport: transport, address: address, serverName: transport.isSecure ? "\(ip)" : nil))
  }

  /// Our Contact toward a target: the local address of its transport.
  func makeContact(user: String?, isSecure: Bool, _ target: SIPTransmissionTarget) -> SIPURI? {
    var local = endpoint.localAddress(for: target.transport, toward: target.remote.ip)
    if local == nil, case .flow(let flow) = target { local = flow.local }
    guard let local else { return nil }
    var parameters = SIPParameters.uri()
    if target.transport != .udp { parameters["transport"] = target.transport.parameterName }
    return SIPURI(
      scheme: isSecure ? .sips : .sip, user: user, host: .ip(local.ip), port: local.port, parameters: parameters)
  }
}
