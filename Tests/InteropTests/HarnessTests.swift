import Testing

@Suite("Harness: what the interop tests measure with")
struct HarnessTests {
  @Test("A tone is found at its own frequency and at no other")
  func tone() {
    let recording = Recording(rate: 8000, samples: Tone.sine(440, count: 8000, rate: 8000))
    #expect(recording.seconds(of: 440) == 1)
    #expect(recording.seconds(of: 880) == 0)
    #expect(recording.silentSeconds == 0)
  }

  @Test("Silence is no tone")
  func silence() {
    let recording = Recording(rate: 8000, samples: [Double](repeating: 0, count: 4000))
    #expect(recording.seconds(of: 440) == 0)
    #expect(recording.silentSeconds == 0.5)
  }

  @Test("A written WAV file reads back")
  func wav() throws {
    let folder = try ScratchFolder("wav")
    try Tone.write(frequency: 880, seconds: 1, rate: 16000, to: folder.path("tone.wav"))
    let recording = try Recording(path: folder.path("tone.wav"))
    #expect(recording.rate == 16000)
    #expect(recording.samples.count == 16000)
    #expect(recording.seconds(of: 880) == 1)
  }

  @Test("Netstrings survive being split anywhere", arguments: 1...12)
  func netstrings(piece: Int) throws {
    var decoder = NetstringDecoder()
    var found: [String] = []
    let bytes = NetstringDecoder.encode(Array("hello".utf8)) + NetstringDecoder.encode([])
    for start in stride(from: 0, to: bytes.count, by: piece) {
      decoder.append(bytes[start..<min(start + piece, bytes.count)])
      while let payload = try decoder.next() { found.append(String(decoding: payload, as: UTF8.self)) }
    }
    #expect(found == ["hello", ""])
  }

  @Test("The matrix gains a row, keeps the others and is stable")
  func matrix() {
    let empty = "# Interop\n\n<!-- matrix -->\n<!-- /matrix -->\n\nrest\n"
    let one = InteropMatrix.updated(empty, .sipp, "100 calls", "pass")
    let two = InteropMatrix.updated(one, .baresip, "A call", "fail")
    #expect(two.contains("| 100 calls | – | pass | – | – |\n| A call | fail | – | – | – |\n<!-- /matrix -->\n\nrest\n"))
    #expect(InteropMatrix.updated(two, .baresip, "A call", "fail") == two)
  }
}

/// The peers against each other: where these fail, the machine or a peer is at fault, and not our endpoint.
@Suite(
  "Harness: the peers work on this machine", .serialized,
  .enabled(if: Program.baresip.isInstalled, "\(Program.baresip.whySkipped)"))
struct PeerTests {
  @Test(
    "Two baresips hear each other's tones, digits and hang-up",
    arguments: [(BaresipPeer.Codec.opus, BaresipPeer.Encryption.sdes), (.pcmu, .none)])
  func baresip(codec: BaresipPeer.Codec, encryption: BaresipPeer.Encryption) async throws {
    let alice = try await BaresipPeer.start("alice", tone: 440, codec: codec, encryption: encryption)
    let bob = try await BaresipPeer.start("bob", tone: 880, codec: codec, encryption: encryption)
    try await alice.dial(bob.uri)
    try await alice.established()
    try await bob.established()
    try await alice.sendDigits("12#")
    _ = try await eventually("bob to hear 12#") { bob.receivedDigits() == "12#" ? true : nil }
    try await bob.receives(packets: 75)
    let mark = bob.control.mark
    try await alice.control.command("hold")
    try await bob.control.event("CALL_REMOTE_SDP", "offer", since: mark)
    try await alice.control.command("resume")
    try await bob.receives(packets: 50)
    try await bob.hangUp()
    try await alice.control.event("CALL_CLOSED")
    let (bobHeard, aliceHeard) = (try await bob.stopAndReadRecording(), try await alice.stopAndReadRecording())
    #expect(bobHeard.seconds(of: 440) > 1, "\(bobHeard.seconds) s, \(bobHeard.tonality(440))")
    #expect(aliceHeard.seconds(of: 880) > 1, "\(aliceHeard.seconds) s, \(aliceHeard.tonality(880))")
  }

  @Test("sipp calls sipp", .enabled(if: Program.sipp.isInstalled, "\(Program.sipp.whySkipped)"))
  func sipp() async throws {
    let answering = try SippPeer(.uas, calls: 5)
    let calling = try SippPeer(.uac, calling: answering.port, calls: 5, holding: 100)
    let result = try await calling.result()
    #expect(result.exitCode == 0 && result.successful == 5 && result.failed == 0, "\(calling.errors)")
    try await answering.process.stop()
  }
}
