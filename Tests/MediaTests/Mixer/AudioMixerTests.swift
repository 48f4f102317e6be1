import Glibc
import Testing
import WireSupport

@testable import Media

/// What a listener ought to hear, computed one connection at a time.
private func expected(_ voices: [[Int16]], _ position: Int) -> Double {
  let sum = voices.reduce(0) { $0 + Int($1[position]) }
  if voices.count < 2 { return Double(sum) }
  let magnitude = Double(abs(sum))
  guard magnitude > 24_576 else { return Double(sum) }
  let excess = magnitude - 24_576
  let headroom = 8_191.0
  return (sum < 0 ? -1 : 1) * (24_576 + headroom * excess / (excess + headroom))
}

@Suite("AudioMixer: everyone hears the sum of those connected to them")
struct AudioMixerTests {
  @Test("a mixer agrees with a naive model over random topologies", arguments: 0..<60)
  func randomTopology(seed: UInt64) throws {
    var ids = IDSource.seeded(seed)
    let mixer = try AudioMixer(sampleRate: 8_000)
    let count = Int(ids.next(in: 1...90))
    var ports: [ScriptedPort] = []
    var names: [AudioPortID] = []
    var hears = [[Bool]](repeating: [Bool](repeating: false, count: count), count: count)
    let loud = ids.next(in: 0...1) == 1
    for _ in 0..<count {
      let port = ScriptedPort()
      ports.append(port)
      names.append(try mixer.add(port))
    }
    // Sparse, dense, rooms, and rooms with exceptions: what each asks of the plan differs.
    let density = [0.05, 0.5, 1.0][Int(ids.next(in: 0...2))]
    let rooms = Int(ids.next(in: 1...4))
    for listener in 0..<count {
      for speaker in 0..<count {
        if listener == speaker, ids.nextUnit() > 0.03 { continue }
        guard listener % rooms == speaker % rooms || ids.nextUnit() < 0.01, ids.nextUnit() <= density else { continue }
        hears[listener][speaker] = true
        mixer.connect(names[speaker], to: names[listener])
      }
    }
    for _ in 0..<6 {
      for port in ports {
        port.voice =
          ids.nextUnit() < 0.3
          ? nil
          : (0..<160).map { _ in Int16(truncatingIfNeeded: Int(ids.next() >> (loud ? 48 : 53)) - (loud ? 0 : 1024)) }
      }
      mixer.tick()
      for listener in 0..<count {
        let voices = (0..<count).filter { hears[listener][$0] }.compactMap { ports[$0].voice }
        for position in 0..<160 {
          let heard = Double(ports[listener].heard[position])
          // Exact below the knee; above it the model's rounding may differ by one step.
          guard abs(heard - expected(voices, position)) <= 1 else {
            Issue.record("seed \(seed): port \(listener) heard \(heard), not \(expected(voices, position))")
            return
          }
        }
      }
      // Change the topology a little between ticks.
      let speaker = Int(ids.next(in: 0...UInt64(count - 1)))
      let listener = Int(ids.next(in: 0...UInt64(count - 1)))
      if hears[listener][speaker] {
        mixer.disconnect(names[speaker], from: names[listener])
      } else {
        mixer.connect(names[speaker], to: names[listener])
      }
      hears[listener][speaker].toggle()
      #expect(mixer.isConnected(names[speaker], to: names[listener]) == hears[listener][speaker])
    }
    #expect(mixer.connections.count == hears.reduce(0) { $0 + $1.count { $0 } })
  }

  private func plan(_ count: Int, _ hears: (_ listener: Int, _ speaker: Int) -> Bool) -> MixingPlan {
    var topology = MixingTopology()
    var plan = MixingPlan()
    topology.reserve(count)
    plan.reserve(for: topology)
    for listener in 0..<count {
      for speaker in 0..<count where hears(listener, speaker) { _ = topology.set(speaker, heardBy: listener, true) }
    }
    plan.rebuild(from: topology)
    return plan
  }

  @Test("the cost of a tick is linear where all hear all", arguments: [2, 16, 64, 256, 1_000])
  func linearCost(count: Int) {
    // One sum of all, and each takes itself out.
    #expect(plan(count) { $0 != $1 }.additionsPerTick == 2 * count)
    // A recorder that only listens shares the sum.
    #expect(plan(count) { $0 != $1 && $1 != 0 }.additionsPerTick <= 2 * count)
  }

  @Test("rooms, a listener with an exception, and a whisperer cost what differs and not a sum each")
  func sharedSums() {
    #expect(plan(64) { $0 != $1 && $0 % 4 == $1 % 4 }.additionsPerTick == 2 * 64)
    // Port 0 does not hear port 1.
    #expect(plan(64) { $0 != $1 && !($0 == 0 && $1 == 1) }.additionsPerTick <= 2 * 64 + 2)
  }

  @Test("loud voices are clipped softly and never wrap")
  func softClipping() throws {
    let mixer = try AudioMixer(sampleRate: 16_000)
    let listener = ScriptedPort()
    let ear = try mixer.add(listener)
    for level in [Int16.max, .min] {
      for _ in 0..<40 {
        let id = try mixer.add(ScriptedPort([Int16](repeating: level, count: 320)))
        mixer.connect(id, to: ear)
      }
      mixer.tick()
      // 40 voices at full scale, then 40 more that cancel them.
      if level == .max { #expect(listener.heard.allSatisfy { $0 > 32_700 }) }
    }
    #expect(listener.heard.allSatisfy { abs(Int($0)) <= 40 })
    // The curve rises all the way and has no step at the knee.
    var before = Int(AudioKernels.softClipped(-200_000))
    for value in stride(from: -199_990, through: 200_000, by: 10) {
      let now = Int(AudioKernels.softClipped(Float(value)))
      #expect(now >= before && now - before <= 10)
      before = now
    }
    #expect(AudioKernels.softClipped(24_576) == 24_576 && AudioKernels.softClipped(-24_576) == -24_576)
  }

  @Test("a lone voice passes bit for bit, at any level")
  func transparency() throws {
    let mixer = try AudioMixer(sampleRate: 48_000)
    var ids = IDSource.seeded(7)
    let speaker = ScriptedPort((0..<960).map { _ in Int16(truncatingIfNeeded: Int(ids.next() & 0xffff)) })
    let listener = ScriptedPort()
    let mouth = try mixer.add(speaker)
    mixer.connect(mouth, to: try mixer.add(listener))
    mixer.tick()
    #expect(listener.heard == speaker.voice)
    #expect(speaker.heard == [Int16](repeating: 0, count: 960))
  }

  @Test("input and output volumes multiply, and fade over one frame when they change")
  func volumes() throws {
    let mixer = try AudioMixer(sampleRate: 8_000)
    let listener = ScriptedPort()
    let mouth = try mixer.add(ScriptedPort([Int16](repeating: 1_000, count: 160)))
    let other = try mixer.add(ScriptedPort([Int16](repeating: 500, count: 160)))
    let ear = try mixer.add(listener)
    mixer.connect(mouth, to: ear)
    mixer.setInputVolume(200, of: mouth)
    mixer.tick()
    #expect(listener.heard.allSatisfy { $0 == 2_000 })
    mixer.setOutputVolume(50, of: ear)
    mixer.tick()
    #expect(listener.heard.first.map { (1_990...2_000).contains($0) } == true && listener.heard.last == 1_000)
    mixer.tick()
    #expect(listener.heard.allSatisfy { $0 == 1_000 })
    mixer.connect(other, to: ear)
    mixer.tick()
    #expect(listener.heard.allSatisfy { $0 == 1_250 })
    mixer.setMuted(true, mouth)
    mixer.tick()
    #expect(listener.heard.last == 250)
    mixer.tick()
    #expect(listener.heard.allSatisfy { $0 == 250 })
    mixer.setMuted(false, mouth)
    mixer.tick()
    mixer.tick()
    #expect(listener.heard.allSatisfy { $0 == 1_250 })
    #expect(mixer.inputVolume(of: mouth) == 200 && mixer.outputVolume(of: ear) == 50)
    mixer.setInputVolume(-5, of: mouth)
    mixer.setInputVolume(100_000, of: other)
    #expect(mixer.inputVolume(of: mouth) == 0 && mixer.inputVolume(of: other) == AudioMixer.maximumVolume)
  }

  @Test("levels are those of the last 200 ms")
  func levels() throws {
    let mixer = try AudioMixer(sampleRate: 16_000)
    let speaker = ScriptedPort(sine(1_000, amplitude: 32_767, rate: 16_000, count: 320))
    let mouth = try mixer.add(speaker)
    let ear = try mixer.add(ScriptedPort())
    mixer.connect(mouth, to: ear)
    for _ in 0..<10 { mixer.tick() }
    for level in [mixer.inputLevel(of: mouth), mixer.outputLevel(of: ear)].compactMap({ $0 }) {
      #expect(abs(level.rms + 3.01) < 0.02)
      #expect(abs(level.peak) < 0.02)
    }
    #expect(mixer.outputLevel(of: mouth) == .silence)
    speaker.voice = nil
    for _ in 0..<10 { mixer.tick() }
    #expect(mixer.inputLevel(of: mouth) == .silence)
    #expect(AudioLevel(of: [Int16](repeating: .min, count: 1_000).span) == AudioLevel(rms: 0, peak: 0))
  }

  @Test("an identifier means one port for ever")
  func identifiers() throws {
    let mixer = try AudioMixer(sampleRate: 8_000)
    let first = try mixer.add(ScriptedPort())
    #expect(mixer.remove(first))
    #expect(!mixer.remove(first))
    let second = try mixer.add(ScriptedPort([Int16](repeating: 1, count: 160)))
    #expect(first != second && !mixer.contains(first) && mixer.contains(second))
    #expect(!mixer.connect(first, to: second) && !mixer.setMuted(true, first) && mixer.inputLevel(of: first) == nil)
    #expect(mixer.portCount == 1 && mixer.connections.isEmpty)
  }

  @Test("ports may come and go inside a tick")
  func changesInsideATick() throws {
    let mixer = try AudioMixer(sampleRate: 8_000)
    var ports: [ScriptedPort] = []
    var names: [AudioPortID] = []
    for value in 1...20 {
      let port = ScriptedPort([Int16](repeating: Int16(value), count: 160))
      ports.append(port)
      names.append(try mixer.add(port))
    }
    for speaker in names { for listener in names where speaker != listener { mixer.connect(speaker, to: listener) } }
    var added: [AudioPortID] = []
    for port in ports {
      port.onConsume = {
        // Every listener throws out a port and brings in five, past the reserve of 64.
        if !names.isEmpty { mixer.remove(names.removeLast()) }
        for _ in 0..<5 {
          guard let id = try? mixer.add(ScriptedPort([Int16](repeating: 1, count: 160))) else { continue }
          if let one = names.first { mixer.connect(id, to: one) }
          added.append(id)
        }
      }
    }
    for _ in 0..<5 { mixer.tick() }
    #expect(added.count > 64 && mixer.portCount == names.count + added.count)
  }

  @Test("a tick allocates nothing")
  func noAllocation() throws {
    let mixer = try AudioMixer(sampleRate: 48_000)
    var names: [AudioPortID] = []
    for index in 0..<40 {
      names.append(
        try mixer.add(ScriptedPort(sine(300, amplitude: 9_000, rate: 48_000, count: 960, phase: Double(index)))))
    }
    for speaker in names { for listener in names where speaker != listener { mixer.connect(speaker, to: listener) } }
    mixer.setInputVolume(150, of: names[3])
    mixer.disconnect(names[5], from: names[6])
    for _ in 0..<3 { mixer.tick() }
    let count = allocations { for _ in 0..<50 { mixer.tick() } }
    #expect(count ?? 0 == 0)
    // Nor does the first tick after a change of connections.
    let afterChange = allocations {
      mixer.disconnect(names[7], from: names[8])
      mixer.tick()
      mixer.connect(names[7], to: names[8])
      mixer.tick()
    }
    #expect(afterChange ?? 0 == 0)
  }

  @Test("rates outside of 8 to 48 kHz are refused", arguments: [0, -8_000, 7_999, 8_001, 44_101, 96_000])
  func rates(rate: Int) {
    #expect(throws: MediaError(.invalidArgument, "")) { try AudioMixer(sampleRate: rate) }
  }
}
