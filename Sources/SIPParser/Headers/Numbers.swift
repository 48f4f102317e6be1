extension SIPHeaderKey where Value == UInt32 {
  /// RFC 3261 §20.22: hops left, 0 to 255.
  public static let maxForwards = number(.maxForwards, max: 255)
  /// RFC 3261 §20.14: bytes of the body.
  public static let contentLength = number(.contentLength)
  /// RFC 3261 §20.19, in seconds.
  public static let expires = seconds(.expires)
  /// RFC 3261 §20.23, in seconds.
  public static let minExpires = seconds(.minExpires)
  /// RFC 3262 §7.1: 1 to 2^32 − 1.
  public static let rseq = number(.rseq)
  /// RFC 5393 §5.3.3: how many branches a request may still be forked to.
  public static let maxBreadth = number(.maxBreadth)
  /// RFC 5626 §10: seconds after which the server takes a silent flow for dead.
  public static let flowTimer = number(.flowTimer)
}
