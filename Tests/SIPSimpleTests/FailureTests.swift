import NetworkIO
import SIPParser
import SIPSimple
import SIPSimpleTesting
import Testing
import WireSupport

@Suite("A call that fails says why, in a typed reason and a sentence")
struct FailureTests {
  /// Calls and gives the failure with the time that it took.
  private func failure(
    of application: SIPApplication, calling target: String, on network: VirtualNetwork
  ) async throws -> (failure: SessionFailure, after: Duration) {
    let began = network.now
    do {
      _ = try await application.call(target)
      throw Unexpected("the call to \(target) was established")
    } catch let failure as SessionFailure {
      return (failure, network.now - began)
    }
  }

  @Test("TLS to a peer whose certificate is for another name is refused")
  func wrongName() async throws {
    let network = VirtualNetwork(seed: 1)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      let (failure, _) = try await failure(of: pair.alice, calling: "sip:bob@10.0.0.2:5061;transport=tls", on: network)
      #expect(failure.reason == .transport && failure.code == 503 && failure.originator == .remote)
      #expect(failure.description.contains("certificate") && failure.description.contains("10.0.0.2"))
      await pair.stop()
    }
  }

  @Test("nobody listens: a connection is refused at once", arguments: ["tcp", "tls"])
  func refused(_ transport: String) async throws {
    let network = VirtualNetwork(seed: 2)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      let target = "sip:bob@10.0.0.2:7777;transport=\(transport)"
      let (failure, after) = try await failure(of: pair.alice, calling: target, on: network)
      #expect(failure.reason == .transport && failure.code == 503)
      #expect(failure.description.contains("10.0.0.2:7777"))
      #expect(after < .milliseconds(100))
      await pair.stop()
    }
  }

  @Test("nobody answers over UDP: Timer B ends it after 64 × T1 with 408, and the INVITE went out seven times")
  func silence() async throws {
    let network = VirtualNetwork(seed: 3)
    try await network.run {
      let pair = Pair(network)
      let peer = ScriptedPeer(network.host("10.0.0.9"))
      try await pair.start()
      let (failure, after) = try await failure(of: pair.alice, calling: "sip:robot@10.0.0.9", on: network)
      #expect(failure.reason == .noAnswer && failure.code == 408)
      #expect(after == .seconds(32))
      #expect(peer.count(of: .invite) == 7)
      #expect(peer.count(of: .cancel) == 0)
      await pair.stop()
    }
  }

  @Test("a name that does not resolve is told before anything is sent")
  func unresolvable() async throws {
    let network = VirtualNetwork(seed: 4)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      let error = await #expect(throws: SIPSimpleError.self) { try await pair.alice.call("sip:bob@nowhere.test") }
      #expect(error?.code == .unresolvableTarget)
      #expect(error?.message.contains("nowhere.test") == true)
      #expect(network.counters.sent == 0)
      await pair.stop()
    }
  }

  @Test(
    "a target that cannot be read is told before anything is sent",
    arguments: [
      "", "sip:", "sip:@", "bob@", "sip:bob@[::1", "sip:bob@host:99999", "tel:+4930123456", "http://bob.test/",
      "sip:bob@10.0.0.2;transport=sctp", "sip:bob smith@10.0.0.2", "sip:bob@10.0.0.2\r\nVia: x",
    ])
  func badTarget(_ text: String) async throws {
    let network = VirtualNetwork(seed: 5)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      let error = await #expect(throws: SIPSimpleError.self) { try await pair.alice.call(text) }
      #expect(error?.code == .invalidTarget)
      #expect(error?.message.isEmpty == false)
      #expect(network.counters.sent == 0)
      await pair.stop()
    }
  }

  @Test(
    "a refusal carries the peer's status and words",
    arguments: [(486, "Busy Here"), (603, "Decline"), (480, "At lunch")])
  func rejected(_ code: Int, _ phrase: String) async throws {
    let network = VirtualNetwork(seed: 6)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      async let received = pair.bobReceives()
      async let calling = failure(of: pair.alice, calling: pair.target, on: network)
      let bob = try await received
      await bob.ring()
      await bob.reject(code: code, phrase: phrase)
      let (failure, _) = try await calling
      #expect(failure.reason == .rejected && failure.code == code && failure.phrase == phrase)
      #expect(failure.originator == .remote)
      #expect(failure.description == "The peer refused the call with \(code) \(phrase)")
      let own = try await bob.outcome().failure
      #expect(own?.reason == .rejected && own?.code == code && own?.originator == .local)
      #expect(own?.description == "We refused the call with \(code) \(phrase)")
      await pair.stop()
    }
  }

  @Test("a redirection says where it points")
  func redirected() async throws {
    let network = VirtualNetwork(seed: 7)
    try await network.run {
      let pair = Pair(network)
      let peer = ScriptedPeer(network.host("10.0.0.9"))
      try await pair.start()
      async let calling = failure(of: pair.alice, calling: "sip:robot@10.0.0.9", on: network)
      let invite = try await peer.request(.invite)
      peer.respond(to: invite, .movedTemporarily) { response in
        response.headers.removeAll(.contact)
        response.headers.append(.contact, text: "<sip:robot@192.0.2.7:5070>, \"B\" <sip:b@example.test>;q=0.5")
      }
      let (failure, _) = try await calling
      #expect(failure.reason == .redirected(contacts: ["sip:robot@192.0.2.7:5070", "sip:b@example.test"]))
      #expect(failure.code == 302)
      #expect(failure.description.contains("302 Moved Temporarily to sip:robot@192.0.2.7:5070, sip:b@example.test"))
      _ = try await peer.request(.ack)
      await pair.stop()
    }
  }

  @Test("a peer that rings and never answers is cancelled after the answer timeout")
  func neverAnswers() async throws {
    let network = VirtualNetwork(seed: 8)
    try await network.run {
      let pair = Pair(network) { $0.answerTimeout = .seconds(20) }
      try await pair.start()
      async let received = pair.bobReceives()
      async let calling = failure(of: pair.alice, calling: pair.target, on: network)
      let bob = try await received
      await bob.ring()
      let told = try await bob.outcome().failure
      #expect(told?.reason == .cancelled && told?.originator == .remote && told?.code == 487)
      let (failure, after) = try await calling
      #expect(failure.reason == .noAnswer && failure.originator == .remote)
      #expect(after >= .seconds(20) && after < .seconds(21))
      #expect(failure.description.hasPrefix("Nobody answered in time"))
      await pair.stop()
    }
  }

  @Test("without an answer timeout a call rings until the other side's own limit")
  func patient() async throws {
    let network = VirtualNetwork(seed: 9)
    try await network.run {
      let pair = Pair(network) { $0.answerTimeout = nil }
      try await pair.start()
      async let received = pair.bobReceives()
      async let calling = failure(of: pair.alice, calling: pair.target, on: network)
      let bob = try await received
      await bob.ring()
      let (failure, after) = try await calling
      #expect(after > .seconds(299) && failure.code == 480)
      #expect(try await bob.outcome().failure?.reason == .noAnswer)
      await pair.stop()
    }
  }

  @Test("a caller that never sends ACK: the answer is repeated for 64 × T1, then BYE")
  func missingACK() async throws {
    let network = VirtualNetwork(seed: 10)
    try await network.run {
      let pair = Pair(network) { $0.encryption = .disabled }
      let peer = ScriptedPeer(network.host("10.0.0.9"))
      try await pair.start()
      async let received = pair.bobReceives()
      let invite = peer.makeRequest(.invite, to: "sip:bob@10.0.0.2", body: peer.audioSDP())
      peer.send(.request(invite), to: TransportAddress(ip: pair.bobHost.ip, port: 5060))
      let bob = try await received
      let began = network.now
      let failure = await #expect(throws: SessionFailure.self) { try await bob.accept() }
      #expect(failure?.reason == .missingACK && failure?.originator == .remote)
      #expect(failure?.description == "The caller never confirmed the call with ACK, so it was ended")
      let answers = peer.received.filter { if case .response(let one) = $0 { one.status == .ok } else { false } }
      #expect(answers.count == 11)  // at 0, 0.5, 1.5, 3.5, then every 4 s until 31.5 s
      let bye = try await peer.request(.bye)
      #expect(network.now - began >= .seconds(32))
      peer.respond(to: bye, .ok)
      await network.sleep(for: .seconds(40))
      #expect(await pair.bob.signalling.invitations == 0)
      await pair.stop()
    }
  }

  @Test("an application that is not running, or a call without streams, is told so")
  func misuse() async throws {
    let network = VirtualNetwork(seed: 11)
    try await network.run {
      let pair = Pair(network)
      let early = await #expect(throws: SIPSimpleError.self) { try await pair.alice.call(pair.target) }
      #expect(early?.code == .invalidState)
      try await pair.start()
      let empty = await #expect(throws: SIPSimpleError.self) { try await pair.alice.call(pair.target, streams: []) }
      #expect(empty?.code == .invalidConfiguration)
      let session = try await pair.alice.session(to: pair.target)
      await #expect(throws: SIPSimpleError.self) { try await session.accept() }
      await #expect(throws: SIPSimpleError.self) { try await session.hold() }
      await session.end()
      await #expect(throws: SIPSimpleError.self) { try await session.connect() }
      await pair.stop()
      let late = await #expect(throws: SIPSimpleError.self) { try await pair.alice.call(pair.target) }
      #expect(late?.code == .invalidState)
    }
  }

  @Test("a port that is taken is told in a sentence, and nothing stays open")
  func portTaken() async throws {
    let network = VirtualNetwork(seed: 12)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      let bound = Set(network.boundAddresses)
      let device = pair.aliceHost.audioDevice()
      let second = Pair.application("alice2", pair.aliceHost, device, codecs: ["PCMU"], encryption: .disabled)
      let error = await #expect(throws: SIPSimpleError.self) { try await second.start() }
      #expect(error?.code == .network && error?.message.contains("5060") == true)
      #expect(Set(network.boundAddresses) == bound)
      await pair.stop()
    }
  }

  @Test("no codec of that name is told in a sentence")
  func unknownCodec() async throws {
    let network = VirtualNetwork(seed: 13)
    try await network.run {
      let host = network.host("10.0.0.1")
      let application = Pair.application("a", host, host.audioDevice(), codecs: ["G729"], encryption: .disabled)
      let error = await #expect(throws: SIPSimpleError.self) { try await application.start() }
      #expect(error?.code == .invalidConfiguration && error?.message.contains("G729") == true)
      #expect(network.boundAddresses.isEmpty)
    }
  }
}
