/// What a codec costs in the E-model (ITU-T G.113 Appendix I): its equipment impairment and how well it bears loss.
public struct CodecImpairment: Hashable, Sendable {
  /// Ie: the impairment without loss, 0 (none) to about 50.
  public var equipment: Double
  /// Bpl: robustness against loss; the higher the more loss it takes to hurt.
  public var robustness: Double

  /// An impairment with these two figures.
  public init(equipment: Double, robustness: Double) {
    self.equipment = equipment
    self.robustness = robustness
  }

  /// G.711 with concealment as in its Appendix I: Ie 0, Bpl 25.1 (G.113 Appendix I).
  public static let g711 = CodecImpairment(equipment: 0, robustness: 25.1)
  /// G.711 where a lost packet is silence: Ie 0, Bpl 4.3 (G.113 Appendix I).
  public static let g711WithoutConcealment = CodecImpairment(equipment: 0, robustness: 4.3)
  /// Opus at 24 kbit/s or more: our approximation. G.113 has no figures for it; on the narrowband scale of G.107, which
  /// ends where a perfect telephone channel does, it is taken as transparent, and as robust as G.711 with concealment: what
  /// FEC restores is not counted as lost at all.
  public static let opus = CodecImpairment(equipment: 0, robustness: 25.1)
  /// G.722 at 64 kbit/s: our approximation. Its published impairment (Ie,wb) belongs to the wideband scale of G.107.1;
  /// on the narrowband scale it sounds no worse than G.711, and its concealment is simpler.
  public static let g722 = CodecImpairment(equipment: 0, robustness: 13)
  /// GSM full rate: Ie 20 (G.113 Appendix I); Bpl 10 is our approximation.
  public static let gsm = CodecImpairment(equipment: 20, robustness: 10)
}
