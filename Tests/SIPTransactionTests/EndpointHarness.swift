import SIPParser
import SIPTransaction
import WireSupport

/// An endpoint under test, what it has sent and what it has reported.
struct EndpointHarness {
  var endpoint: SIPEndpoint
  var now = Instant.zero
  var sent: [SIPTransmission] = []
  var closed: [SIPFlow] = []
  var events: [SIPEndpointEvent] = []
  private var outputs = SIPEndpointOutputs()

  static let local = TransportAddress(ip: .v4(0xc000_0201), port: 5060)
  static let remote = TransportAddress(ip: .v4(0xc000_0202), port: 5070)
  static let udp = SIPFlow(id: 1, transport: .udp, local: local, remote: remote)
  static let tcp = SIPFlow(id: 2, transport: .tcp, local: local, remote: remote)

  init(configure: (inout SIPEndpointConfiguration) -> Void = { _ in }) {
    var configuration = SIPEndpointConfiguration()
    configure(&configuration)
    endpoint = SIPEndpoint(configuration: configuration, ids: .seeded(3))
    endpoint.setLocalAddress(Self.local, for: .udp)
    endpoint.setLocalAddress(Self.local, for: .tcp)
  }

  mutating func act<Result>(
    _ body: (inout SIPEndpoint, Instant, inout SIPEndpointOutputs) throws -> Result
  ) rethrows -> Result {
    defer {
      for action in outputs.actions {
        switch action {
        case .transmit(let transmission): sent.append(transmission)
        case .closeFlow(let flow): closed.append(flow)
        }
      }
      events += outputs.events
      outputs.removeAll()
    }
    return try body(&endpoint, now, &outputs)
  }

  mutating func receive(_ bytes: [UInt8], on flow: SIPFlow = EndpointHarness.udp) {
    act { $0.receive(bytes, on: flow, at: $1, into: &$2) }
  }

  mutating func receive(_ lines: [String], body: String = "", on flow: SIPFlow = EndpointHarness.udp) {
    receive(
      Array((lines + ["Content-Length: \(body.utf8.count)", "", body]).joined(separator: "\r\n").utf8), on: flow)
  }

  /// Lets the virtual clock jump from deadline to deadline.
  mutating func run(until end: Instant) {
    while let next = endpoint.nextDeadline, next <= end {
      now = max(now, next)
      act { $0.advance(to: $1, into: &$2) }
    }
    now = max(now, end)
  }

  /// What was sent, as messages.
  var messages: [SIPMessage] { sent.compactMap { try? SIPMessage(parsing: $0.bytes) } }
  /// The responses that were sent.
  var responses: [SIPResponse] {
    messages.compactMap { if case .response(let response) = $0 { response } else { nil } }
  }
  /// The requests that were sent.
  var requests: [SIPRequest] {
    messages.compactMap { if case .request(let request) = $0 { request } else { nil } }
  }
  /// The requests that were handed up.
  var received: [(request: SIPRequest, id: SIPServerTransactionID)] {
    events.compactMap { if case .request(let request, let id, _) = $0 { (request, id) } else { nil } }
  }

  /// A request as a peer sends it.
  static func head(
    _ method: String, via: String = "SIP/2.0/UDP 192.0.2.2:5070;branch=z9hG4bK1;rport",
    to: String = "<sip:b@192.0.2.1>",
    cseqMethod: String? = nil, cseq: Int = 1, callID: String = "call1"
  ) -> [String] {
    [
      "\(method) sip:b@192.0.2.1 SIP/2.0", "Via: \(via)", "Max-Forwards: 70", "From: <sip:a@192.0.2.2>;tag=f",
      "To: \(to)", "Call-ID: \(callID)", "CSeq: \(cseq) \(cseqMethod ?? method)",
      "Contact: <sip:a@192.0.2.2:5070>",
    ]
  }

  /// A request of ours without Via.
  static func request(_ method: SIPMethod) throws -> SIPRequest {
    var request = SIPRequest(method: method, uri: try SIPURI("sip:b@192.0.2.2:5070"))
    request.headers.set(.from, try SIPNameAddress("<sip:a@192.0.2.1>;tag=x"))
    request.headers.set(.to, try SIPNameAddress("<sip:b@192.0.2.2>"))
    request.headers.set(.callID, text: "ours")
    request.headers.set(.cseq, SIPCSeq(7, method))
    return request
  }

  static let destination = SIPTransmissionTarget.destination(SIPDestination(transport: .udp, address: remote))
}
