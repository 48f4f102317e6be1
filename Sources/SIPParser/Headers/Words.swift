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
  /// RFC 3261 §20.26: `emergency`, `urgent`, `normal`, `non-urgent` or another.
  public static let priority = token(.priority)
  /// RFC 3841 §9.1: `proxy`, `no-fork`, `recurse`, … in the order given.
  public static let requestDisposition = token(.requestDisposition, .list)
  /// RFC 3903 §11.3.1: the entity tag of published state.
  public static let sipETag = token(.sipETag)
  /// RFC 3903 §11.3.2: the published state that a PUBLISH changes.
  public static let sipIfMatch = token(.sipIfMatch)
  /// RFC 5839 §7.3: the state that need not be notified again; `*` for any.
  public static let suppressIfMatch = token(.suppressIfMatch)
  /// RFC 5009 §8: `supported`, `sendonly`, `sendrecv`, `inactive`, `gated`, …
  public static let pEarlyMedia = token(.pEarlyMedia, .listOrEmpty)
  /// RFC 6442 §4.2: `yes`, `no` or another word.
  public static let geolocationRouting = token(.geolocationRouting)
}

/// Headers whose value is the whole text of the line.
extension SIPHeaderKey where Value == SIPText {
  /// RFC 3261 §20.36
  public static let subject = text(.subject)
  /// RFC 3261 §20.41
  public static let userAgent = text(.userAgent)
  /// RFC 3261 §20.35
  public static let server = text(.server)
  /// RFC 3261 §20.25; it may be empty.
  public static let organization = text(.organization)
}
