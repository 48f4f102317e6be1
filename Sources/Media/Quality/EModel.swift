import func Glibc.log10
import func Glibc.pow

/// The E-model of ITU-T G.107: how a conversation over a channel with this delay, loss and codec is judged.
///
/// Every parameter of the recommendation's Table 2 is here with its default, with which R is 93.2 and MOS 4.41.
///
/// ```swift
/// var model = EModel(codec: AudioCodec.opus.impairment)
/// model.packetLoss = 1.5          // percent, after FEC and the jitter buffer
/// model.absoluteDelay = 120       // ms, mouth to ear
/// print(model.rating, model.conversationalScore, model.listeningScore)
/// ```
public struct EModel: Hashable, Sendable {
  /// SLR, send loudness rating in dB.
  public var sendLoudness = 8.0
  /// RLR, receive loudness rating in dB.
  public var receiveLoudness = 2.0
  /// STMR, sidetone masking rating in dB.
  public var sidetoneMasking = 15.0
  /// LSTR, listener sidetone rating in dB.
  public var listenerSidetone = 18.0
  /// Ds, D-value of the telephone at the sending side.
  public var sendDValue = 3.0
  /// Dr, D-value of the telephone at the receiving side.
  public var receiveDValue = 3.0
  /// TELR, talker echo loudness rating in dB.
  public var talkerEchoLoudness = 65.0
  /// WEPL, weighted echo path loss in dB.
  public var weightedEchoPathLoss = 110.0
  /// qdu, quantisation distortion units.
  public var quantisation = 1.0
  /// Nc, circuit noise referred to the 0 dBr point, in dBm0p.
  public var circuitNoise = -70.0
  /// Nfor, noise floor at the receiving side in dBmp.
  public var noiseFloor = -64.0
  /// Ps, room noise at the sending side in dB(A).
  public var sendRoomNoise = 35.0
  /// Pr, room noise at the receiving side in dB(A).
  public var receiveRoomNoise = 35.0
  /// A, the advantage that users grant the means of access: 0 for a wire, up to 20 for a satellite.
  public var advantage = 0.0

  /// Ta, the delay from mouth to ear in ms.
  public var absoluteDelay = 0.0
  /// T, the mean one-way delay of the echo path in ms; nil for Ta.
  public var echoDelay: Double?
  /// Tr, the round trip in a four-wire loop in ms; nil for twice Ta.
  public var roundTripDelay: Double?
  /// Ie and Bpl of the codec.
  public var codec: CodecImpairment
  /// Ppl, the share of packets that are lost or too late, in percent.
  public var packetLoss = 0.0
  /// BurstR: the mean length of a burst of loss over that of random loss of the same share; 1 is random.
  public var burstRatio = 1.0

  /// A channel with every parameter at its default, and this codec.
  public init(codec: CodecImpairment = .g711) { self.codec = codec }

  /// R, the transmission rating: 0 to 100; 93.2 at best with the defaults, 80 satisfies, under 60 nearly all complain.
  public var rating: Double {
    signalToNoise.basic - simultaneousImpairment - delayImpairment - effectiveEquipmentImpairment + advantage
  }

  /// The rating without the impairments by delay: what somebody hears who only listens.
  public var listeningRating: Double {
    signalToNoise.basic - simultaneousImpairment - effectiveEquipmentImpairment + advantage
  }

  /// MOS-CQE, 1 to 4.5: the estimated mean opinion of those who converse over it.
  public var conversationalScore: Double { Self.score(rating: rating) }

  /// MOS-LQE, 1 to 4.5: the estimated mean opinion of those who listen to it.
  public var listeningScore: Double { Self.score(rating: listeningRating) }

  /// Ie,eff (G.107 §7.5): the codec's impairment with loss.
  public var effectiveEquipmentImpairment: Double {
    let loss = min(max(packetLoss, 0), 100)
    guard loss > 0 else { return codec.equipment }
    return codec.equipment
      + (95 - codec.equipment) * loss / (loss / max(burstRatio, 0.01) + max(codec.robustness, 0.1))
  }

  /// The mean opinion score that a rating means (G.107 Annex B).
  public static func score(rating: Double) -> Double {
    guard rating > 0 else { return 1 }
    guard rating < 100 else { return 4.5 }
    return max(1, 1 + 0.035 * rating + rating * (rating - 60) * (100 - rating) * 7e-6)
  }

  /// BurstR from what was seen: the mean number of packets lost in a row over that of independent loss.
  ///
  /// - Parameters:
  ///   - lost: packets lost.
  ///   - bursts: runs of consecutive lost packets.
  ///   - expected: packets that should have come.
  public static func burstRatio(lost: Int, bursts: Int, expected: Int) -> Double {
    guard lost > 0, bursts > 0, expected > lost else { return 1 }
    let share = Double(lost) / Double(expected)
    return max(1, Double(lost) / Double(bursts) * (1 - share))
  }

  /// Ro (§7.2) and the total noise No that it is made of.
  private var signalToNoise: (basic: Double, noise: Double) {
    let olr = sendLoudness + receiveLoudness
    let nos = sendRoomNoise - sendLoudness - sendDValue - 100 + 0.004 * pow(sendRoomNoise - olr - sendDValue - 14, 2)
    let pre = receiveRoomNoise + 10 * log10(1 + pow(10, (10 - listenerSidetone) / 10))
    let nor = receiveLoudness - 121 + pre + 0.008 * pow(pre - 35, 2)
    let nfo = noiseFloor + receiveLoudness
    let noise = 10 * log10(pow(10, circuitNoise / 10) + pow(10, nos / 10) + pow(10, nor / 10) + pow(10, nfo / 10))
    return (15 - 1.5 * (sendLoudness + noise), noise)
  }

  /// Is (§7.3): too loud a connection, a sidetone that is not right, quantisation.
  private var simultaneousImpairment: Double {
    let (_, noise) = signalToNoise
    let olr = sendLoudness + receiveLoudness
    let xolr = olr + 0.2 * (64 + noise - receiveLoudness)
    let iolr = 20 * (pow(1 + pow(xolr / 8, 8), 1 / 8) - xolr / 8)
    let t = echoDelay ?? absoluteDelay
    let stmro = -10 * log10(pow(10, -sidetoneMasking / 10) + exponential(-t / 4) * pow(10, -talkerEchoLoudness / 10))
    let ist =
      12 * pow(1 + pow((stmro - 13) / 6, 8), 1 / 8) - 28 * pow(1 + pow((stmro + 1) / 19.4, 35), 1 / 35)
      - 13 * pow(1 + pow((stmro - 3) / 33, 13), 1 / 13) + 29
    let q = 37 - 15 * log10(max(quantisation, 0.1))
    let g = 1.07 + 0.258 * q + 0.0602 * q * q
    let signal = signalToNoise.basic
    let z = 46 / 30 - g / 40
    let y = (signal - 100) / 15 + 46 / 8.4 - g / 9
    let iq = 15 * log10(1 + pow(10, y) + pow(10, z))
    return iolr + ist + iq
  }

  /// Id (§7.4): talker echo, listener echo and too long a delay.
  private var delayImpairment: Double {
    let (basic, noise) = signalToNoise
    let ta = max(0, absoluteDelay)
    let t = max(0, echoDelay ?? ta)
    let tr = max(0, roundTripDelay ?? 2 * ta)

    let stmr = sidetoneMasking
    var terv = talkerEchoLoudness - 40 * log10((1 + t / 10) / (1 + t / 150)) + 6 * exponential(-0.3 * t * t)
    if stmr < 9 {
      let stmro = -10 * log10(pow(10, -stmr / 10) + exponential(-t / 4) * pow(10, -talkerEchoLoudness / 10))
      terv += (stmro - stmr) / 2
    }
    let roe = -1.5 * (noise - receiveLoudness)
    let re = 80 + 2.5 * (terv - 14)
    var talker = ((roe - re) / 2 + (pow(roe - re, 2) / 4 + 100).squareRoot() - 1) * (1 - exponential(-t))
    if stmr > 20 {
      let stmro = -10 * log10(pow(10, -stmr / 10) + exponential(-t / 4) * pow(10, -talkerEchoLoudness / 10))
      talker = (talker * talker + pow(stmro - 20, 2)).squareRoot()
    }
    let rle = 10.5 * (weightedEchoPathLoss + 7) * pow(tr + 1, -0.25)
    let listener = (basic - rle) / 2 + (pow(basic - rle, 2) / 4 + 169).squareRoot()

    var late = 0.0
    if ta > 100 {
      let x = log10(ta / 100) / log10(2)
      late = 25 * (pow(1 + pow(x, 6), 1 / 6) - 3 * pow(1 + pow(x / 3, 6), 1 / 6) + 2)
    }
    return talker + listener + late
  }

  private func exponential(_ power: Double) -> Double { pow(2.718281828459045, power) }
}
