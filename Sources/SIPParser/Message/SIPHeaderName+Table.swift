import WireSupport

extension SIPHeaderName {
  /// The id of the known name that these bytes spell, in any case, long or compact; 0 for any other.
  static func identify(_ bytes: Span<UInt8>) -> UInt16 {
    // Only a token can be a name; the comparison of words below relies on that.
    for index in 0..<bytes.count where !CharacterClass.token.contains(bytes[index]) { return 0 }
    var first: UInt64 = 0
    for index in 0..<min(8, bytes.count) { first |= UInt64(bytes[index]) << UInt64(8 &* index) }
    return identify(bytes, 0, bytes.count, first: first)
  }

  /// Like `identify(_:)` for the name at `start..<end`, told its first eight bytes as a little-endian word (zeros beyond
  /// its end). Names are compared eight bytes at a time with bit 5 set, which makes letters small; the one other byte that
  /// this can turn into a character of a name is CR, which the caller has excluded.
  @inline(__always)
  static func identify(_ bytes: Span<UInt8>, _ start: Int, _ end: Int, first: UInt64) -> UInt16 {
    let count = end &- start
    let small: UInt64 = 0x2020_2020_2020_2020
    if count < 8 {
      let mask: UInt64 = (1 << UInt64(8 &* (count & 7))) &- 1
      return identify(short: first | small & mask)
    }
    let words = bytes.bytes
    // The last eight bytes: together with the first they cover sixteen.
    let last = UInt64(littleEndian: words.unsafeLoadUnaligned(fromByteOffset: end &- 8, as: UInt64.self)) | small
    return identify(bytes, start, end, first | small, last)
  }

  /// A name of less than eight bytes; the word holds no zero byte within the name, so it tells the length too.
  private static func identify(short first: UInt64) -> UInt16 {
    switch first {
    case 0x61: 2  // a
    case 0x62: 72  // b
    case 0x63: 21  // c
    case 0x64: 76  // d
    case 0x65: 16  // e
    case 0x66: 30  // f
    case 0x69: 12  // i
    case 0x6a: 73  // j
    case 0x6b: 93  // k
    case 0x6c: 19  // l
    case 0x6d: 14  // m
    case 0x6f: 26  // o
    case 0x72: 71  // r
    case 0x73: 91  // s
    case 0x74: 97  // t
    case 0x75: 8  // u
    case 0x76: 101  // v
    case 0x78: 87  // x
    case 0x79: 35  // y
    case 0x6f74: 97  // To
    case 0x61_6976: 101  // Via
    case 0x6574_6164: 23  // Date
    case 0x6874_6170: 56  // Path
    case 0x6b63_6172: 66  // RAck
    case 0x6d6f_7266: 30  // From
    case 0x6e69_6f6a: 39  // Join
    case 0x7165_7363: 22  // CSeq
    case 0x7165_7372: 81  // RSeq
    case 0x65_7475_6f72: 80  // Route
    case 0x74_6e65_7665: 26  // Event
    case 0x77_6f6c_6c61: 7  // Allow
    case 0x6573_2d6e_696d: 44  // Min-SE
    case 0x6e6f_7361_6572: 67  // Reason
    case 0x7265_7672_6573: 85  // Server
    case 0x7470_6563_6361: 1  // Accept
    case 0x64_692d_6c6c_6163: 12  // Call-ID
    case 0x65_7269_7571_6572: 77  // Require
    case 0x67_6e69_6e72_6177: 102  // Warning
    case 0x73_6572_6970_7865: 27  // Expires
    case 0x74_6361_746e_6f63: 14  // Contact
    case 0x74_6365_6a62_7573: 91  // Subject
    case 0x79_6361_7669_7270: 61  // Privacy
    default: 0
    }
  }

  /// A name of eight bytes or more.
  private static func identify(
    _ bytes: Span<UInt8>, _ start: Int, _ end: Int, _ first: UInt64, _ last: UInt64
  ) -> UInt16 {
    let count = end &- start
    switch first {
    case 0x2d61_6964_656d_2d70:
      // P-Media-Authorization
      if count == 21, last == 0x6e6f_6974_617a_6972, hasMiddle(bytes, start, "autho") { return 53 }
      return 0
    case 0x2d65_6369_7672_6573:
      // Service-Route
      if count == 13, last == 0x6574_756f_722d_6563 { return 86 }
      return 0
    case 0x2d65_7275_7461_6566:
      // Feature-Caps
      if count == 12, last == 0x7370_6163_2d65_7275 { return 28 }
      return 0
    case 0x2d6e_6f69_7373_6573:
      // Session-Expires
      if count == 15, last == 0x7365_7269_7078_652d { return 87 }
      // Session-ID
      if count == 10, last == 0x6469_2d6e_6f69_7373 { return 88 }
      return 0
    case 0x2d6f_742d_7265_7375:
      // User-to-User
      if count == 12, last == 0x7265_7375_2d6f_742d { return 100 }
      return 0
    case 0x2d74_6e65_746e_6f63:
      // Content-Disposition
      if count == 19, last == 0x6e6f_6974_6973_6f70, hasMiddle(bytes, start, "dis") { return 15 }
      // Content-Encoding
      if count == 16, last == 0x676e_6964_6f63_6e65 { return 16 }
      // Content-ID
      if count == 10, last == 0x6469_2d74_6e65_746e { return 17 }
      // Content-Language
      if count == 16, last == 0x6567_6175_676e_616c { return 18 }
      // Content-Length
      if count == 14, last == 0x6874_676e_656c_2d74 { return 19 }
      // Content-Transfer-Encoding
      if count == 25, last == 0x676e_6964_6f63_6e65, hasMiddle(bytes, start, "transfer-") { return 20 }
      // Content-Type
      if count == 12, last == 0x6570_7974_2d74_6e65 { return 21 }
      return 0
    case 0x2d74_7365_7571_6572:
      // Request-Disposition
      if count == 19, last == 0x6e6f_6974_6973_6f70, hasMiddle(bytes, start, "dis") { return 76 }
      return 0
    case 0x2d79_6c72_6165_2d70:
      // P-Early-Media
      if count == 13, last == 0x6169_6465_6d2d_796c { return 52 }
      return 0
    case 0x2d79_726f_7473_6968:
      // History-Info
      if count == 12, last == 0x6f66_6e69_2d79_726f { return 34 }
      return 0
    case 0x6165_7262_2d78_616d:
      // Max-Breadth
      if count == 11, last == 0x6874_6461_6572_622d { return 40 }
      return 0
    case 0x617a_696e_6167_726f:
      // Organization
      if count == 12, last == 0x6e6f_6974_617a_696e { return 45 }
      return 0
    case 0x632d_7463_656a_6572:
      // Reject-Contact
      if count == 14, last == 0x7463_6174_6e6f_632d { return 73 }
      return 0
    case 0x632d_7470_6563_6361:
      // Accept-Contact
      if count == 14, last == 0x7463_6174_6e6f_632d { return 2 }
      return 0
    case 0x632d_7963_696c_6f70:
      // Policy-Contact
      if count == 14, last == 0x7463_6174_6e6f_632d { return 57 }
      return 0
    case 0x6361_702d_6f66_6e69:
      // Info-Package
      if count == 12, last == 0x6567_616b_6361_702d { return 37 }
      return 0
    case 0x642d_7465_6772_6174:
      // Target-Dialog
      if count == 13, last == 0x676f_6c61_6964_2d74 { return 95 }
      return 0
    case 0x6465_6c6c_6163_2d70:
      // P-Called-Party-ID
      if count == 17, last == 0x6469_2d79_7472_6170, hasMiddle(bytes, start, "-") { return 49 }
      return 0
    case 0x6465_7272_6566_6572:
      // Referred-By
      if count == 11, last == 0x7962_2d64_6572_7265 { return 72 }
      return 0
    case 0x652d_7470_6563_6361:
      // Accept-Encoding
      if count == 15, last == 0x676e_6964_6f63_6e65 { return 3 }
      return 0
    case 0x6563_7275_6f73_6572:
      // Resource-Priority
      if count == 17, last == 0x7974_6972_6f69_7270, hasMiddle(bytes, start, "-") { return 78 }
      return 0
    case 0x6567_612d_7265_7375:
      // User-Agent
      if count == 10, last == 0x746e_6567_612d_7265 { return 99 }
      return 0
    case 0x6572_2d79_786f_7270:
      // Proxy-Require
      if count == 13, last == 0x6572_6975_7165_722d { return 65 }
      return 0
    case 0x6574_6973_6976_2d70:
      // P-Visited-Network-ID
      if count == 20, last == 0x6469_2d6b_726f_7774, hasMiddle(bytes, start, "d-ne") { return 55 }
      return 0
    case 0x6574_726f_7070_7573:
      // Supported
      if count == 9, last == 0x6465_7472_6f70_7075 { return 93 }
      return 0
    case 0x6661_2d79_7274_6572:
      // Retry-After
      if count == 11, last == 0x7265_7466_612d_7972 { return 79 }
      return 0
    case 0x666e_692d_6c6c_6163:
      // Call-Info
      if count == 9, last == 0x6f66_6e69_2d6c_6c61 { return 13 }
      return 0
    case 0x666e_692d_7663_6572:
      // Recv-Info
      if count == 9, last == 0x6f66_6e69_2d76_6365 { return 69 }
      return 0
    case 0x6761_7465_2d70_6973:
      // SIP-ETag
      if count == 8 { return 89 }
      return 0
    case 0x6874_7561_2d77_7777:
      // WWW-Authenticate
      if count == 16, last == 0x6574_6163_6974_6e65 { return 103 }
      return 0
    case 0x692d_7963_696c_6f70:
      // Policy-ID
      if count == 9, last == 0x6469_2d79_6369_6c6f { return 58 }
      return 0
    case 0x6963_6f73_7361_2d70:
      // P-Associated-URI
      if count == 16, last == 0x6972_752d_6465_7461 { return 48 }
      return 0
    case 0x6967_7261_6863_2d70:
      // P-Charging-Function-Addresses
      if count == 29, last == 0x7365_7373_6572_6464, hasMiddle(bytes, start, "ng-function-a") { return 50 }
      // P-Charging-Vector
      if count == 17, last == 0x726f_7463_6576_2d67, hasMiddle(bytes, start, "n") { return 51 }
      return 0
    case 0x6970_7865_2d6e_696d:
      // Min-Expires
      if count == 11, last == 0x7365_7269_7078_652d { return 43 }
      return 0
    case 0x6974_6e65_6874_7561:
      // Authentication-Info
      if count == 19, last == 0x6f66_6e69_2d6e_6f69, hasMiddle(bytes, start, "cat") { return 10 }
      return 0
    case 0x6c2d_7470_6563_6361:
      // Accept-Language
      if count == 15, last == 0x6567_6175_676e_616c { return 4 }
      return 0
    case 0x6d2d_6669_2d70_6973:
      // SIP-If-Match
      if count == 12, last == 0x6863_7461_6d2d_6669 { return 90 }
      return 0
    case 0x6d2d_7265_7773_6e61:
      // Answer-Mode
      if count == 11, last == 0x6564_6f6d_2d72_6577 { return 9 }
      return 0
    case 0x6d61_7473_656d_6974:
      // Timestamp
      if count == 9, last == 0x706d_6174_7365_6d69 { return 96 }
      return 0
    case 0x6d69_742d_776f_6c66:
      // Flow-Timer
      if count == 10, last == 0x7265_6d69_742d_776f { return 29 }
      return 0
    case 0x6e69_2d72_6f72_7265:
      // Error-Info
      if count == 10, last == 0x6f66_6e69_2d72_6f72 { return 25 }
      return 0
    case 0x6e69_2d74_7265_6c61:
      // Alert-Info
      if count == 10, last == 0x6f66_6e69_2d74_7265 { return 6 }
      return 0
    case 0x6f69_7372_6576_6964:
      // Diversion
      if count == 9, last == 0x6e6f_6973_7265_7669 { return 24 }
      return 0
    case 0x6f74_2d72_6566_6572:
      // Refer-To
      if count == 8 { return 71 }
      return 0
    case 0x6f74_2d79_6c70_6572:
      // Reply-To
      if count == 8 { return 75 }
      return 0
    case 0x7069_7263_7362_7573:
      // Subscription-State
      if count == 18, last == 0x6574_6174_732d_6e6f, hasMiddle(bytes, start, "ti") { return 92 }
      return 0
    case 0x722d_6472_6f63_6572:
      // Record-Route
      if count == 12, last == 0x6574_756f_722d_6472 { return 68 }
      return 0
    case 0x722d_7470_6563_6361:
      // Accept-Resource-Priority
      if count == 24, last == 0x7974_6972_6f69_7270, hasMiddle(bytes, start, "esource-") { return 5 }
      return 0
    case 0x7265_6665_7270_2d70:
      // P-Preferred-Identity
      if count == 20, last == 0x7974_6974_6e65_6469, hasMiddle(bytes, start, "red-") { return 54 }
      return 0
    case 0x7265_762d_656d_696d:
      // MIME-Version
      if count == 12, last == 0x6e6f_6973_7265_762d { return 42 }
      return 0
    case 0x726f_7070_7573_6e75:
      // Unsupported
      if count == 11, last == 0x6465_7472_6f70_7075 { return 98 }
      return 0
    case 0x7365_6361_6c70_6572:
      // Replaces
      if count == 8 { return 74 }
      return 0
    case 0x736e_612d_7669_7270:
      // Priv-Answer-Mode
      if count == 16, last == 0x6564_6f6d_2d72_6577 { return 60 }
      return 0
    case 0x7373_6563_6361_2d70:
      // P-Access-Network-Info
      if count == 21, last == 0x6f66_6e69_2d6b_726f, hasMiddle(bytes, start, "-netw") { return 46 }
      return 0
    case 0x7373_6572_7070_7573:
      // Suppress-If-Match
      if count == 17, last == 0x6863_7461_6d2d_6669, hasMiddle(bytes, start, "-") { return 94 }
      return 0
    case 0x7461_636f_6c6f_6567:
      // Geolocation
      if count == 11, last == 0x6e6f_6974_6163_6f6c { return 31 }
      // Geolocation-Error
      if count == 17, last == 0x726f_7272_652d_6e6f, hasMiddle(bytes, start, "i") { return 32 }
      // Geolocation-Routing
      if count == 19, last == 0x676e_6974_756f_722d, hasMiddle(bytes, start, "ion") { return 33 }
      return 0
    case 0x7472_6573_7361_2d70:
      // P-Asserted-Identity
      if count == 19, last == 0x7974_6974_6e65_6469, hasMiddle(bytes, start, "ed-") { return 47 }
      return 0
    case 0x7561_2d79_786f_7270:
      // Proxy-Authenticate
      if count == 18, last == 0x6574_6163_6974_6e65, hasMiddle(bytes, start, "th") { return 62 }
      // Proxy-Authentication-Info
      if count == 25, last == 0x6f66_6e69_2d6e_6f69, hasMiddle(bytes, start, "thenticat") { return 63 }
      // Proxy-Authorization
      if count == 19, last == 0x6e6f_6974_617a_6972, hasMiddle(bytes, start, "tho") { return 64 }
      return 0
    case 0x7573_2d72_6566_6572:
      // Refer-Sub
      if count == 9, last == 0x6275_732d_7265_6665 { return 70 }
      return 0
    case 0x7665_2d77_6f6c_6c61:
      // Allow-Events
      if count == 12, last == 0x7374_6e65_7665_2d77 { return 8 }
      return 0
    case 0x7772_6f66_2d78_616d:
      // Max-Forwards
      if count == 12, last == 0x7364_7261_7772_6f66 { return 41 }
      return 0
    case 0x796c_7065_722d_6e69:
      // In-Reply-To
      if count == 11, last == 0x6f74_2d79_6c70_6572 { return 38 }
      return 0
    case 0x7974_6972_6f69_7270:
      // Priority
      if count == 8 { return 59 }
      return 0
    case 0x7974_6972_7563_6573:
      // Security-Client
      if count == 15, last == 0x746e_6569_6c63_2d79 { return 82 }
      // Security-Server
      if count == 15, last == 0x7265_7672_6573_2d79 { return 83 }
      // Security-Verify
      if count == 15, last == 0x7966_6972_6576_2d79 { return 84 }
      return 0
    case 0x7974_6974_6e65_6469:
      // Identity
      if count == 8 { return 35 }
      // Identity-Info
      if count == 13, last == 0x6f66_6e69_2d79_7469 { return 36 }
      return 0
    case 0x7a69_726f_6874_7561:
      // Authorization
      if count == 13, last == 0x6e6f_6974_617a_6972 { return 11 }
      return 0
    default: return 0
    }
  }

  /// Whether `middle` follows the first eight bytes of a name that is long enough for it.
  private static func hasMiddle(_ bytes: Span<UInt8>, _ start: Int, _ middle: StaticString) -> Bool {
    let count = middle.utf8CodeUnitCount
    return middle.withUTF8Buffer { buffer in
      for index in 0..<count where bytes[start &+ 8 &+ index].lowercasedASCII != buffer[index] { return false }
      return true
    }
  }

  /// The standard spelling of the name with this id.
  static func canonical(_ id: UInt16) -> String {
    switch id {
    case 1: "Accept"
    case 2: "Accept-Contact"
    case 3: "Accept-Encoding"
    case 4: "Accept-Language"
    case 5: "Accept-Resource-Priority"
    case 6: "Alert-Info"
    case 7: "Allow"
    case 8: "Allow-Events"
    case 9: "Answer-Mode"
    case 10: "Authentication-Info"
    case 11: "Authorization"
    case 12: "Call-ID"
    case 13: "Call-Info"
    case 14: "Contact"
    case 15: "Content-Disposition"
    case 16: "Content-Encoding"
    case 17: "Content-ID"
    case 18: "Content-Language"
    case 19: "Content-Length"
    case 20: "Content-Transfer-Encoding"
    case 21: "Content-Type"
    case 22: "CSeq"
    case 23: "Date"
    case 24: "Diversion"
    case 25: "Error-Info"
    case 26: "Event"
    case 27: "Expires"
    case 28: "Feature-Caps"
    case 29: "Flow-Timer"
    case 30: "From"
    case 31: "Geolocation"
    case 32: "Geolocation-Error"
    case 33: "Geolocation-Routing"
    case 34: "History-Info"
    case 35: "Identity"
    case 36: "Identity-Info"
    case 37: "Info-Package"
    case 38: "In-Reply-To"
    case 39: "Join"
    case 40: "Max-Breadth"
    case 41: "Max-Forwards"
    case 42: "MIME-Version"
    case 43: "Min-Expires"
    case 44: "Min-SE"
    case 45: "Organization"
    case 46: "P-Access-Network-Info"
    case 47: "P-Asserted-Identity"
    case 48: "P-Associated-URI"
    case 49: "P-Called-Party-ID"
    case 50: "P-Charging-Function-Addresses"
    case 51: "P-Charging-Vector"
    case 52: "P-Early-Media"
    case 53: "P-Media-Authorization"
    case 54: "P-Preferred-Identity"
    case 55: "P-Visited-Network-ID"
    case 56: "Path"
    case 57: "Policy-Contact"
    case 58: "Policy-ID"
    case 59: "Priority"
    case 60: "Priv-Answer-Mode"
    case 61: "Privacy"
    case 62: "Proxy-Authenticate"
    case 63: "Proxy-Authentication-Info"
    case 64: "Proxy-Authorization"
    case 65: "Proxy-Require"
    case 66: "RAck"
    case 67: "Reason"
    case 68: "Record-Route"
    case 69: "Recv-Info"
    case 70: "Refer-Sub"
    case 71: "Refer-To"
    case 72: "Referred-By"
    case 73: "Reject-Contact"
    case 74: "Replaces"
    case 75: "Reply-To"
    case 76: "Request-Disposition"
    case 77: "Require"
    case 78: "Resource-Priority"
    case 79: "Retry-After"
    case 80: "Route"
    case 81: "RSeq"
    case 82: "Security-Client"
    case 83: "Security-Server"
    case 84: "Security-Verify"
    case 85: "Server"
    case 86: "Service-Route"
    case 87: "Session-Expires"
    case 88: "Session-ID"
    case 89: "SIP-ETag"
    case 90: "SIP-If-Match"
    case 91: "Subject"
    case 92: "Subscription-State"
    case 93: "Supported"
    case 94: "Suppress-If-Match"
    case 95: "Target-Dialog"
    case 96: "Timestamp"
    case 97: "To"
    case 98: "Unsupported"
    case 99: "User-Agent"
    case 100: "User-to-User"
    case 101: "Via"
    case 102: "Warning"
    case 103: "WWW-Authenticate"
    default: ""
    }
  }
}
