import SDP
import SIPParser
import SIPSimple
import SIPSimpleTesting
import Testing
import WireSupport

@Suite("What the two sides agree on: codecs, SRTP, media, RFC 3264 and RFC 4568")
struct NegotiationTests {
  @Test(
    "the first codec of the caller's that the callee has",
    arguments: [
      (["opus", "PCMU", "PCMA"], ["opus", "PCMU", "PCMA"], "opus"), (["PCMA", "opus"], ["opus", "PCMA"], "PCMA"),
      (["PCMU", "PCMA"], ["PCMA"], "PCMA"), (["opus"], ["PCMU", "opus"], "opus"), (["PCMU"], ["opus", "PCMU"], "PCMU"),
    ])
  func codecs(_ alice: [String], _ bob: [String], _ expected: String) async throws {
    let network = VirtualNetwork(seed: 1)
    try await network.run {
      let pair = Pair(network) {
        $0.codecs = alice
        $0.bobCodecs = bob
      }
      try await pair.start()
      let call = try await pair.establish()
      await network.sleep(for: .seconds(2))
      #expect(await call.aliceStream.parameters?.codec == expected)
      #expect(await call.bobStream.parameters?.codec == expected)
      #expect(Signal.dominant(pair.bobDevice.played.suffix(8000), rate: Pair.rate) == 440)
      #expect(Signal.dominant(pair.aliceDevice.played.suffix(8000), rate: Pair.rate) == 880)
      await pair.stop()
    }
  }

  @Test("no codec in common: 488, and a sentence on both sides")
  func noCodec() async throws {
    let network = VirtualNetwork(seed: 2)
    try await network.run {
      let pair = Pair(network) {
        $0.codecs = ["PCMU"]
        $0.bobCodecs = ["opus"]
      }
      try await pair.start()
      async let received = pair.bobReceives()
      let calling = network.task { try await pair.alice.call(pair.target) }
      let bob = try await received
      let refusal = await #expect(throws: SIPSimpleError.self) { try await bob.accept() }
      #expect(refusal?.code == .negotiation)
      #expect(refusal?.message.contains("no media in common") == true)
      let failure = await #expect(throws: SessionFailure.self) { try await calling.value }
      #expect(failure?.reason == .rejected && failure?.code == 488)
      let own = try await bob.outcome().failure
      #expect(own?.reason == .media && own?.code == 488)
      #expect(own?.description.contains("no media in common") == true)
      await pair.stop()
    }
  }

  @Test(
    "SRTP: each policy against each",
    arguments: SRTPEncryption.allCases.flatMap { caller in SRTPEncryption.allCases.map { (caller, $0) } })
  func encryption(_ caller: SRTPEncryption, _ callee: SRTPEncryption) async throws {
    let network = VirtualNetwork(seed: 3)
    try await network.run {
      let pair = Pair(network) {
        $0.encryption = caller
        $0.bobEncryption = callee
      }
      try await pair.start()
      let isImpossible = (caller == .mandatory && callee == .disabled) || (caller == .disabled && callee == .mandatory)
      if isImpossible {
        async let received = pair.bobReceives()
        let calling = network.task { try await pair.alice.call(pair.target) }
        let bob = try await received
        await #expect(throws: SIPSimpleError.self) { try await bob.accept() }
        let failure = await #expect(throws: SessionFailure.self) { try await calling.value }
        #expect(failure?.code == 488)
      } else {
        let call = try await pair.establish()
        await network.sleep(for: .seconds(2))
        let isEncrypted = caller != .disabled && callee != .disabled
        for stream in [call.aliceStream, call.bobStream] {
          #expect(await (stream.parameters?.srtpSuite != nil) == isEncrypted)
          #expect(await stream.statistics.packetsRejected == 0)
        }
        #expect(Signal.dominant(pair.bobDevice.played.suffix(8000), rate: Pair.rate) == 440)
        #expect(Signal.dominant(pair.aliceDevice.played.suffix(8000), rate: Pair.rate) == 880)
      }
      await pair.stop()
    }
  }

  @Test("the samples of an encrypted call never cross the wire in the clear, those of a plain one do")
  func clearText() async throws {
    for encryption in [SRTPEncryption.mandatory, .disabled] {
      let network = VirtualNetwork(seed: 4)
      try await network.run {
        let pair = Pair(network) { $0.encryption = encryption }
        pair.aliceDevice.setCapture([], loops: false)  // µ-law silence is a run of 0xff
        try await pair.start()
        let runs = Counter()
        network.observeDatagrams { datagram in
          if datagram.traffic == .media, datagram.bytes.count > 100,
            datagram.bytes.dropFirst(20).prefix(60).allSatisfy({ $0 == 0xff })
          {
            runs.add(1)
          }
        }
        _ = try await pair.establish()
        await network.sleep(for: .seconds(2))
        #expect(encryption == .disabled ? runs.value > 50 : runs.value == 0)
        await pair.stop()
      }
    }
  }

  @Test("an offer with media that we do not know: refused with port 0 in their place, while audio works")
  func unknownMedia() async throws {
    let network = VirtualNetwork(seed: 5)
    try await network.run {
      let pair = Pair(network) { $0.encryption = .optional }
      let peer = ScriptedPeer(network.host("10.0.0.9"))
      try await pair.start()
      async let received = pair.bobReceives()
      let offer =
        peer.audioSDP().replacing("m=audio", with: "m=video 40002 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\nm=audio")
        + "m=message 2855 TCP/TLS/MSRP *\r\na=path:msrps://10.0.0.9:2855/x;tcp\r\n"
      let invite = peer.makeRequest(.invite, to: "sip:bob@10.0.0.2", body: offer)
      peer.send(.request(invite), to: TransportAddress(ip: pair.bobHost.ip, port: 5060))
      let bob = try await received
      let accepting = network.task { try await bob.accept() }
      let response = try await peer.response(200...200)
      peer.send(.request(peer.makeRequest(.ack, after: invite, response, sequence: 1)))
      try await accepting.value
      let answer = try SDPSession(parsing: response.body)
      #expect(answer.media.map(\.kind.description) == ["video", "audio", "message"])
      #expect(answer.media.map { $0.port == 0 } == [true, false, true])
      #expect(await bob.streams.count == 1)
      let stream = try await bob.audioStream()
      await network.sleep(for: .seconds(1))
      #expect(await stream.statistics.packetsSent >= 49)
      await pair.stop()
    }
  }

  @Test("an offer of nothing that we know: 488, and nobody is asked")
  func onlyUnknownMedia() async throws {
    let network = VirtualNetwork(seed: 6)
    try await network.run {
      let pair = Pair(network)
      let peer = ScriptedPeer(network.host("10.0.0.9"))
      try await pair.start()
      let offer = peer.audioSDP().replacing("m=audio 40000 RTP/AVP 0", with: "m=video 40000 RTP/AVP 34")
      let bob = TransportAddress(ip: pair.bobHost.ip, port: 5060)
      peer.send(.request(peer.makeRequest(.invite, to: "sip:bob@10.0.0.2", body: offer)), to: bob)
      #expect(try await peer.response(200...699).status == .notAcceptableHere)
      let broken = peer.makeRequest(.invite, to: "sip:bob@10.0.0.2", body: "v=0\r\nnonsense\r\n")
      peer.send(.request(broken), to: bob)
      let status = try await peer.response(200...699).status
      #expect(status.code == 400 || status.code == 488)
      #expect(await pair.bob.sessions.isEmpty)
      #expect(await pair.bob.signalling.liveInvitations == 0)
      await pair.stop()
    }
  }

  @Test(
    "an INVITE without an offer: ours is in the 200, the answer in the ACK (RFC 3261 §13.2.1)",
    arguments: [true, false])
  func offerless(_ isAnswered: Bool) async throws {
    let network = VirtualNetwork(seed: 7)
    try await network.run {
      let pair = Pair(network) { $0.encryption = .optional }
      let peer = ScriptedPeer(network.host("10.0.0.9"))
      try await pair.start()
      async let received = pair.bobReceives()
      let invite = peer.makeRequest(.invite, to: "sip:bob@10.0.0.2")
      peer.send(.request(invite), to: TransportAddress(ip: pair.bobHost.ip, port: 5060))
      let bob = try await received
      let accepting = network.task { try await bob.accept() }
      let response = try await peer.response(200...200)
      let offer = try SDPSession(parsing: response.body)
      #expect(offer.media.map(\.kind.description) == ["audio"])
      let body = isAnswered ? peer.audioSDP() : nil
      peer.send(.request(peer.makeRequest(.ack, after: invite, response, sequence: 1, body: body)))
      if isAnswered {
        try await accepting.value
        let stream = try await bob.audioStream()
        await network.sleep(for: .seconds(1))
        #expect(await stream.statistics.packetsSent >= 49)
        #expect(await stream.parameters?.codec == "PCMU")
      } else {
        let failure = await #expect(throws: SessionFailure.self) { try await accepting.value }
        #expect(failure?.reason == .media)
        let bye = try await peer.request(.bye)
        peer.respond(to: bye, .ok)
      }
      await pair.stop()
    }
  }

  @Test("early media: a 183 with an answer lets us hear the peer before it accepts")
  func earlyMedia() async throws {
    let network = VirtualNetwork(seed: 8)
    try await network.run {
      let pair = Pair(network) { $0.encryption = .disabled }
      let peer = ScriptedPeer(network.host("10.0.0.9"))
      let robot = RTPRobot(network, from: TransportAddress(ip: peer.address.ip, port: 40_000))
      try await pair.start()
      let session = try await pair.alice.session(to: "sip:robot@10.0.0.9")
      let log = EventLog(session, on: network)
      async let connecting: Void = session.connect()
      let invite = try await peer.request(.invite)
      peer.respond(to: invite, .sessionProgress, body: peer.audioSDP())
      await network.sleep(for: .milliseconds(10))
      let theirs = try SDPSession(parsing: invite.body)
      let destination = TransportAddress(ip: pair.aliceHost.ip, port: UInt16(theirs.media[0].port))
      await robot.speak(to: destination, frequency: 1320, for: .seconds(2))
      #expect(Signal.dominant(pair.aliceDevice.played.suffix(8000), rate: Pair.rate, among: [1320, 440]) == 1320)
      peer.respond(to: invite, .ok, body: peer.audioSDP())
      try await connecting
      await robot.speak(to: destination, frequency: 1000, for: .seconds(1))
      #expect(Signal.dominant(pair.aliceDevice.played.suffix(8000), rate: Pair.rate, among: [1320, 1000]) == 1000)
      #expect(log.lines.prefix(2) == ["provisional 183", "willStart"] || log.lines.prefix(1) == ["provisional 183"])
      #expect(log.lines.last == "didStart audio")
      await pair.stop()
    }
  }

  @Test("early media that is not repeated in the 200 counts as the answer (RFC 3261 §13.2.1)")
  func earlyAnswerOnly() async throws {
    let network = VirtualNetwork(seed: 9)
    try await network.run {
      let pair = Pair(network) { $0.encryption = .disabled }
      let peer = ScriptedPeer(network.host("10.0.0.9"))
      try await pair.start()
      async let calling = pair.alice.call("sip:robot@10.0.0.9")
      let invite = try await peer.request(.invite)
      peer.respond(to: invite, .sessionProgress, body: peer.audioSDP())
      await network.sleep(for: .seconds(1))
      peer.respond(to: invite, .ok)
      let session = try await calling
      #expect(await session.streams.count == 1)
      let stream = try await session.audioStream()
      #expect(await stream.statistics.packetsSent > 0)
      await pair.stop()
    }
  }

  @Test(
    "a 200 that makes no sense is acknowledged, ended with BYE, and told in a sentence",
    arguments: ["", "v=0\r\nrubbish"])
  func badAnswer(_ body: String) async throws {
    let network = VirtualNetwork(seed: 10)
    try await network.run {
      let pair = Pair(network) { $0.encryption = .disabled }
      let peer = ScriptedPeer(network.host("10.0.0.9"))
      try await pair.start()
      let calling = network.task { try await pair.alice.call("sip:robot@10.0.0.9") }
      let invite = try await peer.request(.invite)
      peer.respond(to: invite, .ok, body: body.isEmpty ? nil : body)
      _ = try await peer.request(.ack)
      peer.respond(to: try await peer.request(.bye), .ok)
      let failure = await #expect(throws: SessionFailure.self) { try await calling.value }
      #expect(failure?.reason == .media && failure?.code == 488)
      #expect(failure?.description.hasPrefix("The media could not be set up (488") == true)
      await pair.stop()
    }
  }

  @Test("a re-INVITE that moves the media and changes the codec is followed")
  func reinvite() async throws {
    let network = VirtualNetwork(seed: 11)
    try await network.run {
      let pair = Pair(network) {
        $0.codecs = ["PCMU", "PCMA"]
        $0.encryption = .disabled
      }
      let peer = ScriptedPeer(network.host("10.0.0.9"))
      let heard = Counter()
      let last = Counter()
      network.bindDatagrams(TransportAddress(ip: peer.address.ip, port: 41_000)) { bytes, _ in
        guard bytes.count > 12 else { return }
        heard.add(1)
        last.set(Int(bytes[1] & 0x7f))
      }
      try await pair.start()
      async let calling = pair.alice.call("sip:robot@10.0.0.9")
      let invite = try await peer.request(.invite)
      peer.respond(to: invite, .ok, body: peer.audioSDP(formats: [0, 8]))
      let session = try await calling
      let stream = try await session.audioStream()
      let log = EventLog(stream, on: network)
      await network.sleep(for: .seconds(1))
      #expect(await stream.parameters?.codec == "PCMU" && heard.value == 0)
      let moved = peer.audioSDP(port: 41_000, formats: [8], version: 2)
      peer.send(.request(peer.makeRequest(.invite, answered: invite, sequence: 1, body: moved)))
      let answer = try await peer.response(200...200)
      #expect(try SDPSession(parsing: answer.body).media[0].port != 0)
      peer.send(.request(peer.makeRequest(.ack, answered: invite, sequence: 1)))
      await network.sleep(for: .seconds(1))
      #expect(await stream.parameters?.codec == "PCMA")
      #expect(await stream.parameters?.remoteAddress == TransportAddress(ip: peer.address.ip, port: 41_000))
      #expect(heard.value >= 48 && last.value == 8)
      #expect(log.lines.contains("parametersChanged PCMA 10.0.0.9:41000"))

      // One that cannot be accepted is refused, and changes nothing.
      let impossible = peer.audioSDP(port: 42_000, formats: [18], version: 3)
      peer.send(.request(peer.makeRequest(.invite, answered: invite, sequence: 2, body: impossible)))
      #expect(try await peer.response(300...699).status == .notAcceptableHere)
      let before = heard.value
      await network.sleep(for: .seconds(1))
      #expect(heard.value >= before + 48)

      // One without an offer asks for ours; without an answer in the ACK, all stays as it was.
      peer.send(.request(peer.makeRequest(.invite, answered: invite, sequence: 3)))
      let offer = try await peer.response(200...200)
      #expect(try SDPSession(parsing: offer.body).media[0].kind == .audio)
      peer.send(.request(peer.makeRequest(.ack, answered: invite, sequence: 3)))
      let middle = heard.value
      await network.sleep(for: .seconds(1))
      #expect(heard.value >= middle + 48)
      async let holding: Void = session.hold()
      let held = try await peer.request(.invite)
      peer.respond(to: held, .ok, body: peer.audioSDP(port: 41_000, formats: [8], extra: ["a=recvonly"], version: 4))
      try await holding
      await pair.stop()
    }
  }
}
