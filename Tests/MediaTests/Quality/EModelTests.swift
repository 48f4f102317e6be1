import Testing

@testable import Media

@Suite("ITU-T G.107 E-model")
struct EModelTests {
  @Test func theDefaultsGiveTheRecommendationsRating() {
    let model = EModel()
    #expect(abs(model.rating - 93.2) < 0.05)
    #expect(abs(model.conversationalScore - 4.41) < 0.005)
    #expect(model.listeningRating >= model.rating)
  }

  /// R over one-way delay for G.711 without echo, in the rounded figures that are commonly quoted.
  @Test(arguments: [
    (0.0, 93.2), (50, 92), (100, 91), (150, 90), (200, 87), (250, 80), (300, 74), (350, 68), (400, 63), (450, 59),
  ])
  func delayCosts(delay: Double, rating: Double) {
    var model = EModel()
    model.absoluteDelay = delay
    #expect(abs(model.rating - rating) < 1.6, "\(model.rating)")
  }

  /// MOS over R, from the table in G.107 Annex B.
  @Test(arguments: [(93.2, 4.41), (90.0, 4.34), (80, 4.02), (70, 3.60), (60, 3.10), (50, 2.58)])
  func scoreOfRating(rating: Double, score: Double) {
    #expect(abs(EModel.score(rating: rating) - score) < 0.006)
  }

  @Test func scoresHaveEnds() {
    #expect(EModel.score(rating: -5) == 1)
    #expect(EModel.score(rating: 0) == 1)
    #expect(EModel.score(rating: 120) == 4.5)
    #expect(EModel.score(rating: 5) >= 1)
  }

  /// Ie,eff = Ie + (95 - Ie) · Ppl / (Ppl / BurstR + Bpl), §7.5.
  @Test func lossCosts() {
    var model = EModel(codec: .g711)
    model.packetLoss = 5
    #expect(abs(model.effectiveEquipmentImpairment - 95 * 5 / (5 + 25.1)) < 1e-9)
    model.burstRatio = 2
    #expect(abs(model.effectiveEquipmentImpairment - 95 * 5 / (2.5 + 25.1)) < 1e-9)
    model.codec = .g711WithoutConcealment
    model.burstRatio = 1
    #expect(abs(model.effectiveEquipmentImpairment - 95 * 5 / (5 + 4.3)) < 1e-9)
    model.codec = .gsm
    model.packetLoss = 0
    #expect(abs(model.rating - 73.2) < 0.1)
  }

  @Test func nonsenseStaysWithinTheScale() {
    for loss in [-5.0, 1_000, .infinity] {
      var model = EModel()
      model.packetLoss = loss
      model.absoluteDelay = loss
      model.burstRatio = -1
      let score = model.conversationalScore
      #expect((1.0...4.5).contains(score) || loss == .infinity)
    }
  }

  @Test func burstRatioOfWhatWasSeen() {
    #expect(EModel.burstRatio(lost: 0, bursts: 0, expected: 100) == 1)
    #expect(abs(EModel.burstRatio(lost: 50, bursts: 10, expected: 1_000) - 5 * 0.95) < 1e-9)
    #expect(EModel.burstRatio(lost: 10, bursts: 10, expected: 1_000) == 1)
  }
}
