import SIPParser
import SIPTransaction
import Testing

@Suite("RFC 3261 §12 dialogs")
struct DialogTests {
  private func invite() throws -> SIPRequest {
    var request = SIPRequest(method: .invite, uri: try SIPURI("sip:bob@biloxi.example"))
    request.headers.append(.via, try SIPVia("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"))
    request.headers.set(.from, try SIPNameAddress("\"Alice\" <sip:alice@atlanta.example>;tag=a"))
    request.headers.set(.to, try SIPNameAddress("<sip:bob@biloxi.example>"))
    request.headers.set(.callID, text: "id")
    request.headers.set(.cseq, SIPCSeq(100, .invite))
    request.headers.set(.contact, SIPContact(try SIPURI("sip:alice@192.0.2.1")))
    return request
  }

  private func response(
    _ status: SIPStatus, routes: [String] = [], contact: String? = "sip:bob@192.0.2.4", tag: String? = "b"
  ) throws -> SIPResponse {
    var response = SIPResponse(to: try invite(), status: status, toTag: tag)
    for route in routes { response.headers.append(.recordRoute, try SIPNameAddress(route)) }
    if let contact { response.headers.set(.contact, SIPContact(try SIPURI(contact))) }
    return response
  }

  @Test("§12.1.2: the caller's dialog: route set reversed, target from Contact, CSeq goes on from the INVITE")
  func caller() throws {
    let routes = ["<sip:p2.example;lr>", "<sip:p1.example;lr>"]
    var dialog = try SIPDialog(request: try invite(), response: try response(.ringing, routes: routes))
    #expect(dialog.isEarly && dialog.isInitiator)
    #expect(dialog.id == SIPDialogID(callID: "id", localTag: "a", remoteTag: "b"))
    let bye = try dialog.makeRequest(.bye)
    #expect(bye.uri.description == "sip:bob@192.0.2.4")
    #expect(try bye.values(.route).map(\.description) == routes.reversed())
    #expect(try bye.value(.cseq) == SIPCSeq(101, .bye))
    #expect(try bye.value(.from)?.description == "\"Alice\" <sip:alice@atlanta.example>;tag=a")
    #expect(try bye.value(.to)?.tag == "b")
    #expect(bye.headers.text(.callID) == "id")
    #expect(dialog.nextHop.description == "sip:p1.example;lr")
  }

  @Test("§12.1.1: the callee's dialog: route set in order, its own CSeq, the peer's remembered")
  func callee() throws {
    var request = try invite()
    for route in ["<sip:p1.example;lr>", "<sip:p2.example;lr>"] {
      request.headers.append(.recordRoute, try SIPNameAddress(route))
    }
    var dialog = try SIPDialog(request: request, localTag: "b")
    #expect(!dialog.isInitiator)
    #expect(dialog.id == SIPDialogID(callID: "id", localTag: "b", remoteTag: "a"))
    #expect(dialog.remoteSequence == 100)
    let bye = try dialog.makeRequest(.bye)
    #expect(bye.uri.description == "sip:alice@192.0.2.1")
    #expect(try bye.values(.route).map(\.uri.description) == ["sip:p1.example;lr", "sip:p2.example;lr"])
    #expect(try bye.value(.from)?.tag == "b" && bye.value(.to)?.tag == "a")
    #expect(try bye.value(.cseq) == SIPCSeq(1, .bye))
  }

  @Test("§12.2.1.1: a strict router takes the Request-URI and the target goes to the end of the route")
  func strictRouting() throws {
    let routes = ["<sip:p2.example;lr>", "<sip:p1.example>"]
    var dialog = try SIPDialog(request: try invite(), response: try response(.ok, routes: routes))
    let bye = try dialog.makeRequest(.bye)
    #expect(bye.uri.description == "sip:p1.example")
    #expect(try bye.values(.route).map(\.uri.description) == ["sip:p2.example;lr", "sip:bob@192.0.2.4"])
    #expect(dialog.nextHop.description == "sip:p1.example")
  }

  @Test("§12.2.1.1: no route set: the target alone, without its URI headers")
  func noRoutes() throws {
    var dialog = try SIPDialog(
      request: try invite(), response: try response(.ok, contact: "sip:bob@192.0.2.4?Subject=x"))
    let bye = try dialog.makeRequest(.bye)
    #expect(bye.uri.description == "sip:bob@192.0.2.4")
    #expect(!bye.headers.contains(.route))
  }

  @Test("§13.2.2.4: the 2xx sets route and target of an early dialog anew; a refresh changes the target alone")
  func confirming() throws {
    var dialog = try SIPDialog(request: try invite(), response: try response(.ringing, routes: ["<sip:p1.example;lr>"]))
    dialog.confirm(with: try response(.ok, routes: ["<sip:p9.example;lr>"], contact: "sip:bob@192.0.2.5"))
    #expect(!dialog.isEarly)
    #expect(dialog.routeSet.map(\.uri.description) == ["sip:p9.example;lr"])
    #expect(dialog.remoteTarget.description == "sip:bob@192.0.2.5")
    dialog.confirm(with: try response(.ok, routes: ["<sip:p7.example;lr>"], contact: "sip:bob@192.0.2.6"))
    #expect(dialog.routeSet.map(\.uri.description) == ["sip:p9.example;lr"])
    #expect(dialog.remoteTarget.description == "sip:bob@192.0.2.6")
  }

  @Test("§13.2.2.4: the ACK to a 2xx has the INVITE's CSeq number and the dialog's route")
  func acknowledgement() throws {
    var dialog = try SIPDialog(request: try invite(), response: try response(.ok, routes: ["<sip:p1.example;lr>"]))
    _ = try dialog.makeRequest(.info)
    let ack = dialog.makeAcknowledgement(sequence: 100)
    #expect(try ack.value(.cseq) == SIPCSeq(100, .ack))
    #expect(try ack.values(.route).count == 1)
    #expect(dialog.localSequence == 101)
  }

  @Test("§12.2.2: CSeq must rise; gaps are allowed")
  func ordering() throws {
    var dialog = try SIPDialog(request: try invite(), localTag: "b")
    let verdicts = [99, 100, 101, 101, 500, 499, 501].map { dialog.receive(sequence: $0) }
    #expect(verdicts == [.outOfOrder, .outOfOrder, .accept, .outOfOrder, .accept, .outOfOrder, .accept])
  }

  @Test("§12.1.1: a peer without tag has the empty one; a request without Contact makes no dialog")
  func oldPeers() throws {
    let dialog = try SIPDialog(request: try invite(), response: try response(.ok, tag: nil))
    #expect(dialog.id.remoteTag == "")
    let bare = try SIPDialog(request: try invite(), response: try response(.ok, contact: nil))
    #expect(bare.remoteTarget.description == "sip:bob@biloxi.example")
    var request = try invite()
    request.headers.removeAll(.contact)
    #expect(throws: SIPTransactionError(.header, expected: "")) { try SIPDialog(request: request, localTag: "b") }
  }
}
