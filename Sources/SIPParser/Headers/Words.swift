extension SIPHeaderKey where Value == SIPMethod {
  /// RFC 3261 §20.5
  public static let allow = SIPHeaderKey(
    .allow, .listOrEmpty,
    read: { reader throws(SIPParseError) in try reader.readMethod() },
    write: { value, writer in writer.writeToken(value.name) })
}

/// Headers whose values are option tags or other single words.
extension SIPHeaderKey where Value == SIPText {
  /// RFC 3261 §20.37: option tags.
  public static let supported = token(.supported, .listOrEmpty)
  /// RFC 3261 §20.32: option tags.
  public static let require = token(.require, .listOrEmpty)
  /// RFC 3261 §20.29: option tags.
  public static let proxyRequire = token(.proxyRequire, .listOrEmpty)
  /// RFC 3261 §20.40: option tags.
  public static let unsupported = token(.unsupported, .listOrEmpty)
  /// RFC 6665 §8.2.2: event packages.
  public static let allowEvents = token(.allowEvents, .listOrEmpty)
}

/// Headers whose value is the whole text of the line.
extension SIPHeaderKey where Value == SIPText {
  /// RFC 3261 §20.36
  public static let subject = text(.subject)
  /// RFC 3261 §20.41
  public static let userAgent = text(.userAgent)
  /// RFC 3261 §20.35
  public static let server = text(.server)
}
