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

  /// G.711 with concealment as in its Appendix I: Ie 0, Bpl 25.1 (G.113 Table I.4).
  public static let g711 = CodecImpairment(equipment: 0, robustness: 25.1)
  /// G.711 where a lost packet is silence: Ie 0, Bpl 4.3 (G.113 Table I.4).
  public static let g711WithoutConcealment = CodecImpairment(equipment: 0, robustness: 4.3)
  /// Opus at 24 kbit/s or more. G.113 has no figures for it; on the narrowband scale of G.107, which ends where a perfect
  /// telephone channel does, it is transparent. Its Bpl is an approximation: that of G.711 with concealment, as what FEC
  /// restores is not counted as lost at all.
  public static let opus = CodecImpairment(equipment: 0, robustness: 25.1)
  /// G.722 at 64 kbit/s. On the wideband scale (G.113 Appendix IV) its Ie,wb is 13; on the narrowband scale of G.107
  /// there is no figure, and as it sounds no worse than G.711, it is taken for it.
  public static let g722 = CodecImpairment(equipment: 0, robustness: 13)
  /// GSM full rate: Ie 20, Bpl 10 (G.113 Table I.1; robustness of the class with simple concealment).
  public static let gsm = CodecImpairment(equipment: 20, robustness: 10)
  /// iLBC: Ie 11, Bpl 32 (at 15.2 kbit/s, RFC 3951 with its own concealment; approximation after G.113's neighbours).
  public static let ilbc = CodecImpairment(equipment: 11, robustness: 32)
}
