import WireSupport

/// Hides secrets in a message's bytes, for traces and logs.
public enum SIPRedaction {
  /// Parameters of the authentication headers whose values are hidden: what an offline guess at the password needs.
  static let secretParameters: Set<String> = ["response", "rspauth", "nextnonce", "cnonce", "opaque"]

  /// `message` with digest responses, bearer tokens and SDES keys (RFC 4568 `inline:`) replaced by asterisks of the same
  /// length, so that offsets and Content-Length stay true. Bytes that are no message come back with the same treatment.
  public static func redacted(_ message: [UInt8]) -> [UInt8] {
    var result = message
    var start = 0
    while start < message.count {
      let end = message.span.firstIndex(of: Byte.lf, from: start) ?? message.count
      hide(&result, start, end)
      start = end + 1
    }
    return result
  }

  private static func hide(_ bytes: inout [UInt8], _ start: Int, _ end: Int) {
    let length = end - start
    guard length > 8 else { return }
    if bytes[start] == UInt8(ascii: "a"), bytes[start + 1] == Byte.equals {
      // a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY
      var index = start
      while let key = find("inline:", in: bytes, index, end) {
        index = mask(&bytes, key, end) {
          $0 == Byte.space || $0 == Byte.cr || $0 == Byte.semicolon || $0 == UInt8(ascii: "|")
        }
      }
      return
    }
    // Any line of a header whose name ends in "authorization", or Authentication-Info: folds have no name of their own, so
    // the secret parameters are hidden wherever they stand.
    for name in ["response=\"", "rspauth=\"", "nextnonce=\"", "cnonce=\"", "opaque=\""] {
      var index = start
      while let value = find(name, in: bytes, index, end) { index = mask(&bytes, value, end) { $0 == Byte.quote } }
    }
    if let value = find("authorization:", in: bytes, start, end) {
      // Several credentials may stand on the line (RFC 9110 §11.6.2), so the scheme is looked for in all of it.
      for scheme in ["bearer ", "basic "] {
        var index = value
        while let token = find(scheme, in: bytes, index, end) {
          var first = token
          while first < end, isSpace(bytes[first]) { first += 1 }
          index = mask(&bytes, first, end) { isSpace($0) || $0 == Byte.cr || $0 == Byte.comma }
        }
      }
    }
  }

  /// Where `name`, in lower case, ends in `bytes` if it is found in any case.
  private static func find(_ name: String, in bytes: [UInt8], _ start: Int, _ end: Int) -> Int? {
    let name = name.utf8.span
    guard end - start >= name.count else { return nil }
    var place = start
    while place <= end - name.count {
      var index = 0
      while index < name.count, bytes[place + index].lowercasedASCII == name[index] { index += 1 }
      if index == name.count { return place + index }
      place += 1
    }
    return nil
  }

  private static func mask(_ bytes: inout [UInt8], _ start: Int, _ end: Int, until: (UInt8) -> Bool) -> Int {
    var index = start
    while index < end, !until(bytes[index]) {
      bytes[index] = Byte.star
      index += 1
    }
    return max(index, start + 1)
  }
}
