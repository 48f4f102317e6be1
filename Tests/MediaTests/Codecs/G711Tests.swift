import Testing

@testable import Media

@Suite("ITU-T G.711 companding laws")
struct G711Tests {
  /// Every code decodes to the middle of its interval and encodes to itself again; µ-law has two codes for zero.
  @Test func everyCodeSurvivesARoundTrip() {
    for code in UInt8.min...UInt8.max {
      #expect(G711.encodeALaw(G711.decodeALaw(code)) == code)
      #expect(G711.encodeMuLaw(G711.decodeMuLaw(code)) == (code == 0x7F ? 0xFF : code))
    }
  }

  /// Table 2 of the recommendation, built from its decision values: segments end at 31, 95, 223, … 8159 (14 bits).
  @Test func muLawAgreesWithTheTablesDecisionValues() {
    var decisions = [0, 1]
    var outputs = [0]
    var step = 2
    for segment in 0..<8 {
      for _ in 0..<(segment == 0 ? 15 : 16) {
        outputs.append((decisions[decisions.count - 1] * 2 + step) / 2)
        decisions.append(decisions[decisions.count - 1] + step)
      }
      step *= 2
    }
    #expect(decisions.last == 8159)
    #expect(outputs.count == 128 && outputs.last == 8031)
    for sample in 0...32_767 {
      let value = min(sample >> 2, 8158)
      let interval = decisions.lastIndex { $0 <= value } ?? 0
      let code = G711.encodeMuLaw(Int16(sample))
      #expect(code == UInt8(0xFF - interval), "sample \(sample)")
      #expect(Int(G711.decodeMuLaw(code)) == outputs[interval] * 4)
      #expect(G711.encodeMuLaw(~Int16(sample)) == code & 0x7F)
    }
  }

  /// Table 1 of the recommendation: 64 steps of 2 (12 bits: 1 sign, 11 magnitude), then twice as wide each segment.
  @Test func aLawAgreesWithTheTablesDecisionValues() {
    var decisions = [0]
    var step = 2
    for segment in 0..<7 {
      for _ in 0..<(segment == 0 ? 32 : 16) { decisions.append(decisions[decisions.count - 1] + step) }
      step *= 2
    }
    #expect(decisions.last == 4096)
    for sample in 0...32_767 {
      let value = sample >> 3
      let interval = decisions.lastIndex { $0 <= value } ?? 0
      let code = G711.encodeALaw(Int16(sample))
      #expect(code ^ 0x55 == UInt8(0x80 + interval), "sample \(sample)")
      #expect(Int(G711.decodeALaw(code)) == (decisions[interval] + decisions[interval + 1]) * 4)
      #expect(G711.encodeALaw(~Int16(sample)) == code & 0x7F ^ 0x00)
    }
  }

  @Test func wellKnownCodes() {
    #expect(G711.encodeMuLaw(0) == 0xFF)
    #expect(G711.encodeMuLaw(32_767) == 0x80)
    #expect(G711.encodeMuLaw(-32_768) == 0x00)
    #expect(G711.encodeALaw(0) == 0xD5)
    #expect(G711.encodeALaw(32_767) == 0xAA)
    #expect(G711.encodeALaw(-32_768) == 0x2A)
    #expect(G711.decodeMuLaw(0x00) == -32_124)
    #expect(G711.decodeALaw(0xD5) == 8)
  }

  @Test(arguments: [AudioCodec.pcmu, .pcma])
  func theCoderIsTheLawSampleBySample(codec: AudioCodec) throws {
    let encoder = try codec.makeEncoder()
    let decoder = try codec.makeDecoder()
    let isMu = codec.name == "PCMU"
    for start in stride(from: -32_768, to: 32_768, by: 160) {
      let samples = (start..<start + 160).map { Int16(clamping: $0) }
      let (payload, heard) = try Coding.through(encoder, decoder, samples)
      #expect(payload == samples.map { isMu ? G711.encodeMuLaw($0) : G711.encodeALaw($0) })
      #expect(heard == payload.map { isMu ? G711.decodeMuLaw($0) : G711.decodeALaw($0) })
    }
  }
}
