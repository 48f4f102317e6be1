import NetworkIO
import SIPParser
import SIPTransaction
import WireSupport

/// A SIP peer over UDP that does exactly what a test tells it, right or wrong: it retransmits nothing, answers nothing
/// and forgets nothing by itself.
///
/// ```swift
/// let peer = ScriptedPeer(network.host("10.0.0.9"))
/// async let call = application.call("sip:robot@10.0.0.9")
/// let invite = try await peer.request(.invite)
/// peer.respond(to: invite, .busyHere)
/// ```
///
/// Use it inside `VirtualNetwork.run` only.
public final class ScriptedPeer: Sendable {
  /// Something that was waited for did not come.
  public struct Silence: Error, Sendable, CustomStringConvertible {
    /// What was waited for, and how long.
    public let description: String
  }

  private struct Waiter {
    var id: UInt64
    var accepts: (SIPMessage) -> Bool
    var continuation: CheckedContinuation<SIPMessage?, Never>
  }

  private struct State {
    var inbox: [(message: SIPMessage, from: TransportAddress)] = []
    var unread: [SIPMessage] = []
    var unparsed: [[UInt8]] = []
    var waiters: [Waiter] = []
    var seen: Set<[UInt8]> = []
    var nextNumber: UInt64 = 1
    var ids: IDSource
    var lastSource: TransportAddress?
  }

  /// Where it receives.
  public let address: TransportAddress
  private let host: VirtualHost
  private let state: Confined<State>

  /// A peer on `host` that listens on a UDP port.
  public init(_ host: VirtualHost, port: UInt16 = 5060) {
    self.host = host
    address = TransportAddress(ip: host.ip, port: port)
    state = Confined(State(ids: host.makeIDSource()), to: host.network.loop)
    host.network.bindDatagrams(address) { [weak self] bytes, source in self?.receive(bytes, from: source) }
  }

  /// Every message that came, retransmissions included, oldest first.
  public var received: [SIPMessage] { state.value.inbox.map(\.message) }
  /// What came and is no SIP message.
  public var unparsed: [[UInt8]] { state.value.unparsed }

  /// How many requests with this method came, retransmissions included.
  public func count(of method: SIPMethod) -> Int {
    received.reduce(0) { sum, message in
      if case .request(let request) = message, request.method == method { sum + 1 } else { sum }
    }
  }

  // MARK: Receiving

  /// The next request with this method that was not read yet; retransmissions are skipped.
  ///
  /// - Throws: `Silence` when none came within `limit` of virtual time.
  public func request(_ method: SIPMethod, within limit: Duration = .seconds(60)) async throws -> SIPRequest {
    let message = await next(limit) { message in
      if case .request(let request) = message { request.method == method } else { false }
    }
    guard case .request(let request)? = message else {
      throw Silence(description: "no \(method) came to \(address) within \(limit)")
    }
    return request
  }

  /// The next response with a status in `statuses` that was not read yet; retransmissions are skipped.
  ///
  /// - Throws: `Silence` when none came within `limit` of virtual time.
  public func response(
    _ statuses: ClosedRange<UInt16> = 101...699, within limit: Duration = .seconds(60)
  ) async throws -> SIPResponse {
    let message = await next(limit) { message in
      if case .response(let response) = message { statuses.contains(response.status.code) } else { false }
    }
    guard case .response(let response)? = message else {
      throw Silence(description: "no response \(statuses) came to \(address) within \(limit)")
    }
    return response
  }

  private func next(_ limit: Duration, _ accepts: @escaping (SIPMessage) -> Bool) async -> SIPMessage? {
    if let index = state.value.unread.firstIndex(where: accepts) { return state.value.unread.remove(at: index) }
    let id = state.value.nextNumber
    state.value.nextNumber += 1
    let loop = host.network.loop
    return await withCheckedContinuation { continuation in
      state.value.waiters.append(Waiter(id: id, accepts: accepts, continuation: continuation))
      loop.schedule(at: loop.now + limit) { [weak self] in
        guard let self, let index = state.value.waiters.firstIndex(where: { $0.id == id }) else { return }
        state.value.waiters.remove(at: index).continuation.resume(returning: nil)
      }
    }
  }

  private func receive(_ bytes: [UInt8], from source: TransportAddress) {
    state.value.lastSource = source
    let message: SIPMessage
    do { message = try SIPMessage(parsing: bytes) } catch {
      state.value.unparsed.append(bytes)
      return
    }
    state.value.inbox.append((message, source))
    guard state.value.seen.insert(bytes).inserted else { return }
    if let index = state.value.waiters.firstIndex(where: { $0.accepts(message) }) {
      state.value.waiters.remove(at: index).continuation.resume(returning: message)
    } else {
      state.value.unread.append(message)
    }
  }

  // MARK: Sending

  /// Sends bytes as they are, to where the last datagram came from unless told otherwise.
  public func send(_ bytes: [UInt8], to destination: TransportAddress? = nil) {
    guard let destination = destination ?? state.value.lastSource else { return }
    host.network.inject(bytes, from: address, to: destination)
  }

  /// Sends a message as it is, to where the last datagram came from unless told otherwise.
  public func send(_ message: SIPMessage, to destination: TransportAddress? = nil) {
    do { send(try message.serialized(), to: destination) } catch {
      preconditionFailure("the test's own message cannot be written: \(error)")
    }
  }

  /// Answers a request; `configure` may change or break the response before it goes out.
  ///
  /// - Parameters:
  ///   - tag: the To tag; the same for the whole dialog.
  ///   - body: a session description, sent as `application/sdp`.
  @discardableResult
  public func respond(
    to request: SIPRequest, _ status: SIPStatus, tag: String = "robot", body: String? = nil,
    configure: (inout SIPResponse) -> Void = { _ in }
  ) -> SIPResponse {
    var response = SIPResponse(to: request, status: status, toTag: status == .trying ? nil : tag)
    if request.method == .invite, status != .trying { response.headers.set(.contact, text: "<sip:robot@\(address)>") }
    if let body {
      response.headers.set(.contentType, text: "application/sdp")
      response.body = Array(body.utf8)
    }
    configure(&response)
    send(.response(response))
    return response
  }

  /// A request outside a dialog, from this peer to `uri`: a fresh Call-ID, tag and branch, CSeq 1.
  public func makeRequest(_ method: SIPMethod, to uri: String, body: String? = nil) -> SIPRequest {
    let target: SIPURI
    do { target = try SIPURI(uri) } catch { preconditionFailure("\(uri) is not a URI: \(error)") }
    var request = SIPRequest(method: method, uri: target)
    request.headers.append(.via, text: "SIP/2.0/UDP \(address);branch=\(makeBranch());rport")
    request.headers.append(.maxForwards, text: "70")
    request.headers.append(.from, text: "<sip:robot@\(address)>;tag=\(state.value.ids.token(length: 8))")
    request.headers.append(.to, text: "<\(uri)>")
    request.headers.append(.callID, text: state.value.ids.token(length: 16))
    request.headers.append(.cseq, text: "1 \(method)")
    request.headers.append(.contact, text: "<sip:robot@\(address)>")
    attach(body, to: &request)
    return request
  }

  /// A request in the dialog that `response` to `request` made, with this CSeq number. An ACK gets the number of
  /// `request` and a branch of its own, as the ACK to a 2xx has.
  public func makeRequest(
    _ method: SIPMethod, after request: SIPRequest, _ response: SIPResponse, sequence: UInt32, body: String? = nil
  ) -> SIPRequest {
    let uri = (try? response.headers.value(.contact))?.address?.uri ?? request.uri
    var next = SIPRequest(method: method, uri: uri)
    next.headers.append(.via, text: "SIP/2.0/UDP \(address);branch=\(makeBranch());rport")
    next.headers.append(.maxForwards, text: "70")
    next.headers.appendLines(.from, of: response.headers)
    next.headers.appendLines(.to, of: response.headers)
    next.headers.appendLines(.callID, of: response.headers)
    next.headers.append(.cseq, text: "\(sequence) \(method)")
    if method == .invite { next.headers.append(.contact, text: "<sip:robot@\(address)>") }
    attach(body, to: &next)
    return next
  }

  /// A request of the called side, in the dialog that it made by answering `invite` with `tag`.
  public func makeRequest(
    _ method: SIPMethod, answered invite: SIPRequest, tag: String = "robot", sequence: UInt32, body: String? = nil
  ) -> SIPRequest {
    let uri = (try? invite.headers.value(.contact))?.address?.uri ?? invite.uri
    var next = SIPRequest(method: method, uri: uri)
    next.headers.append(.via, text: "SIP/2.0/UDP \(address);branch=\(makeBranch());rport")
    next.headers.append(.maxForwards, text: "70")
    next.headers.append(.from, text: "\(invite.headers.text(.to)?.description ?? "");tag=\(tag)")
    next.headers.append(.to, text: invite.headers.text(.from)?.description ?? "")
    next.headers.appendLines(.callID, of: invite.headers)
    next.headers.append(.cseq, text: "\(sequence) \(method)")
    if method == .invite { next.headers.append(.contact, text: "<sip:robot@\(address)>") }
    attach(body, to: &next)
    return next
  }

  private func makeBranch() -> String { "z9hG4bK" + state.value.ids.token(length: 12) }

  private func attach(_ body: String?, to request: inout SIPRequest) {
    guard let body else { return }
    request.headers.set(.contentType, text: "application/sdp")
    request.body = Array(body.utf8)
  }

  // MARK: Bodies

  /// A session description of one audio stream at `port` of this peer.
  ///
  /// - Parameters:
  ///   - formats: payload types in the order of preference; static ones need no `rtpmap`.
  ///   - extra: more lines of the audio part, without line ends.
  ///   - more: whole parts after it, `m=` line first, without line ends.
  ///   - version: the session's version in `o=`.
  public func audioSDP(
    port: UInt16 = 40_000, formats: [UInt8] = [0], extra: [String] = [], more: [String] = [], version: Int = 1
  ) -> String {
    let family = address.ip.isV6 ? "IP6" : "IP4"
    let lines =
      [
        "v=0", "o=robot 1 \(version) IN \(family) \(address.ip)", "s=-", "c=IN \(family) \(address.ip)", "t=0 0",
        "m=audio \(port) RTP/AVP \(formats.map(String.init).joined(separator: " "))",
      ] + extra + more
    return lines.map { $0 + "\r\n" }.joined()
  }
}
