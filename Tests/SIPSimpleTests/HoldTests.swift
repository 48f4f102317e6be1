import SIPParser
import SIPSimple
import SIPSimpleTesting
import Testing
import WireSupport

@Suite("Hold and resume by either side, RFC 3264 §8.4 and RFC 3261 §14")
struct HoldTests {
  /// What each side sends in a second from now.
  private func sentInASecond(_ call: EstablishedCall, on network: VirtualNetwork) async -> (alice: Int, bob: Int) {
    let before = await (call.aliceStream.statistics.packetsSent, call.bobStream.statistics.packetsSent)
    await network.sleep(for: .seconds(1))
    let after = await (call.aliceStream.statistics.packetsSent, call.bobStream.statistics.packetsSent)
    return (Int(after.0 - before.0), Int(after.1 - before.1))
  }

  @Test("media stop both ways and come back, and the events are exact", arguments: [true, false])
  func holdAndResume(_ callerHolds: Bool) async throws {
    let network = VirtualNetwork(seed: 1)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      let call = try await pair.establish()
      await network.sleep(for: .seconds(1))
      let (holder, held) = callerHolds ? (call.alice, call.bob) : (call.bob, call.alice)
      let (holderStream, heldStream) =
        callerHolds ? (call.aliceStream, call.bobStream) : (call.bobStream, call.aliceStream)
      let logs = (
        EventLog(holder, on: network), EventLog(held, on: network), EventLog(holderStream, on: network),
        EventLog(heldStream, on: network)
      )
      await network.sleep(for: .milliseconds(1))
      logs.0.clear()
      logs.1.clear()
      logs.2.clear()
      logs.3.clear()

      try await holder.hold()
      #expect(await holder.isOnHold)
      #expect(await held.isOnHold)
      #expect(await holderStream.held == [.local])
      #expect(await heldStream.held == [.remote])
      await network.sleep(for: .milliseconds(100))
      let sent = await sentInASecond(call, on: network)
      #expect(sent.alice == 0 && sent.bob == 0)
      #expect(Signal.peak(pair.bobDevice.played.suffix(8000)) < 10)
      #expect(Signal.peak(pair.aliceDevice.played.suffix(8000)) < 10)
      // Silence that was agreed on is no failure of the media, however long.
      await network.sleep(for: .seconds(120))

      try await holder.hold()  // again: nothing is sent
      try await holder.unhold()
      #expect(await holder.isOnHold == false)
      #expect(await held.isOnHold == false)
      await network.sleep(for: .milliseconds(200))
      let resumed = await sentInASecond(call, on: network)
      #expect((49...51).contains(resumed.alice) && (49...51).contains(resumed.bob))
      #expect(Signal.dominant(pair.bobDevice.played.suffix(8000), rate: Pair.rate) == 440)
      #expect(Signal.dominant(pair.aliceDevice.played.suffix(8000), rate: Pair.rate) == 880)

      #expect(logs.0.lines == ["hold local on", "renegotiated local", "hold local off", "renegotiated local"])
      #expect(logs.1.lines == ["hold remote on", "renegotiated remote", "hold remote off", "renegotiated remote"])
      #expect(logs.2.lines == ["hold local on", "hold local off"])
      #expect(logs.3.lines == ["hold remote on", "hold remote off"])
      await pair.stop()
    }
  }

  @Test("one side after the other: the call talks again only when both have resumed")
  func both() async throws {
    let network = VirtualNetwork(seed: 2)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      let call = try await pair.establish()
      try await call.alice.hold()
      try await call.bob.hold()
      #expect(await call.aliceStream.held == [.local, .remote])
      #expect(await call.bobStream.held == [.local, .remote])
      try await call.alice.unhold()
      #expect(await call.aliceStream.held == [.remote])
      #expect(await call.bobStream.held == [.local])
      #expect(await sentInASecond(call, on: network) == (0, 0))
      try await call.bob.unhold()
      #expect(await call.aliceStream.held.isEmpty)
      #expect(await call.bobStream.held.isEmpty)
      await network.sleep(for: .milliseconds(200))
      let sent = await sentInASecond(call, on: network)
      #expect(sent.alice >= 49 && sent.bob >= 49)
      await pair.stop()
    }
  }

  @Test("both in the same instant (491, RFC 3261 §14.1): each gets its hold, whoever waits longer", arguments: 0..<8)
  func glare(_ seed: UInt64) async throws {
    let network = VirtualNetwork(seed: 100 + seed)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      let call = try await pair.establish()
      await network.sleep(for: .seconds(1))
      let began = network.now
      async let first: Void = call.alice.hold()
      async let second: Void = call.bob.hold()
      _ = try await (first, second)
      #expect(network.now - began < .seconds(10))
      #expect(await call.aliceStream.held == [.local, .remote])
      #expect(await call.bobStream.held == [.local, .remote])
      async let third: Void = call.alice.unhold()
      async let fourth: Void = call.bob.unhold()
      _ = try await (third, fourth)
      #expect(await call.aliceStream.held.isEmpty)
      #expect(await call.bobStream.held.isEmpty)
      await network.sleep(for: .milliseconds(200))
      let sent = await sentInASecond(call, on: network)
      #expect(sent.alice >= 49 && sent.bob >= 49)
      #expect(await call.alice.state == .connected)
      #expect(await call.bob.state == .connected)
      await pair.stop()
    }
  }

  @Test("hold right after hold, from a crowd of tasks and from both sides, is done in order and ends as asked")
  func crowd() async throws {
    let network = VirtualNetwork(seed: 3)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      let call = try await pair.establish()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<6 {
          group.addTask { try await index % 2 == 0 ? call.alice.hold() : call.alice.unhold() }
          group.addTask { try await index % 2 == 0 ? call.bob.hold() : call.bob.unhold() }
        }
        try await group.waitForAll()
      }
      try await call.alice.unhold()
      try await call.bob.unhold()
      #expect(await call.aliceStream.held.isEmpty)
      #expect(await call.bobStream.held.isEmpty)
      await network.sleep(for: .milliseconds(200))
      let sent = await sentInASecond(call, on: network)
      #expect(sent.alice >= 49 && sent.bob >= 49)
      await pair.stop()
    }
  }

  @Test("hold as soon as the call is accepted, on both sides, needs no patience of the caller's")
  func atOnce() async throws {
    let network = VirtualNetwork(seed: 4)
    try await network.run {
      let pair = Pair(network)
      try await pair.start()
      async let received = pair.bobReceives()
      async let calling = pair.alice.call(pair.target)
      let bob = try await received
      async let accepting: Void = bob.accept()
      let alice = try await calling
      try await alice.hold()
      try await accepting
      try await bob.hold()
      let (a, b) = (try await alice.audioStream(), try await bob.audioStream())
      #expect(await a.held == [.local, .remote])
      #expect(await b.held == [.local, .remote])
      await pair.stop()
    }
  }

  @Test("a peer that refuses the hold leaves everything as it was, and the caller is told")
  func refused() async throws {
    let network = VirtualNetwork(seed: 5)
    try await network.run {
      let pair = Pair(network) { $0.encryption = .disabled }
      let peer = ScriptedPeer(network.host("10.0.0.9"))
      try await pair.start()
      async let calling = pair.alice.call("sip:robot@10.0.0.9")
      let invite = try await peer.request(.invite)
      peer.respond(to: invite, .ok, body: peer.audioSDP())
      let session = try await calling
      let stream = try await session.audioStream()
      let log = EventLog(session, on: network)
      let holding = network.task { try await session.hold() }
      let reinvite = try await peer.request(.invite)
      #expect(String(decoding: reinvite.body, as: UTF8.self).contains("a=sendonly"))
      peer.respond(to: reinvite, .notAcceptableHere)
      let failure = await #expect(throws: SessionFailure.self) { try await holding.value }
      #expect(failure?.reason == .rejected && failure?.code == 488)
      #expect(await !stream.isOnHoldByLocal)
      #expect(log.lines.contains("proposalRejected local 488"))
      let before = await stream.statistics.packetsSent
      await network.sleep(for: .seconds(1))
      #expect(await stream.statistics.packetsSent >= before + 49)
      await pair.alice.stop()
      await pair.bob.stop()
    }
  }

  @Test("the call ends while a hold waits for its answer: hold() throws and does not hang")
  func endsMeanwhile() async throws {
    let network = VirtualNetwork(seed: 6)
    try await network.run {
      let pair = Pair(network) { $0.encryption = .disabled }
      let peer = ScriptedPeer(network.host("10.0.0.9"))
      try await pair.start()
      async let calling = pair.alice.call("sip:robot@10.0.0.9")
      let invite = try await peer.request(.invite)
      peer.respond(to: invite, .ok, body: peer.audioSDP())
      let session = try await calling
      let holding = network.task { try await session.hold() }
      let queued = network.task { try await session.unhold() }
      _ = try await peer.request(.invite)
      peer.send(.request(peer.makeRequest(.bye, answered: invite, sequence: 1)))
      await #expect(throws: (any Error).self) { try await holding.value }
      await #expect(throws: (any Error).self) { try await queued.value }
      #expect(try await session.outcome() == .ended(SessionEnd(originator: .remote, reason: .hangup)))
      await pair.stop()
    }
  }

  @Test("hold by the older way, c=0.0.0.0 (RFC 3264 §8.4), is understood")
  func zeroAddress() async throws {
    let network = VirtualNetwork(seed: 7)
    try await network.run {
      let pair = Pair(network) { $0.encryption = .disabled }
      let peer = ScriptedPeer(network.host("10.0.0.9"))
      try await pair.start()
      async let calling = pair.alice.call("sip:robot@10.0.0.9")
      let invite = try await peer.request(.invite)
      peer.respond(to: invite, .ok, body: peer.audioSDP())
      let session = try await calling
      let stream = try await session.audioStream()
      let held = peer.audioSDP(version: 2).replacing("c=IN IP4 10.0.0.9", with: "c=IN IP4 0.0.0.0")
      peer.send(.request(peer.makeRequest(.invite, answered: invite, sequence: 1, body: held)))
      let answer = try await peer.response(200...200)
      #expect(answer.status == .ok)
      #expect(await stream.isOnHoldByRemote)
      let before = await stream.statistics.packetsSent
      await network.sleep(for: .seconds(1))
      #expect(await stream.statistics.packetsSent == before)
      await pair.stop()
    }
  }
}
