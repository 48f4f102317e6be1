import WireSupport

extension SIPHeaderName {
  /// The id of the known name with these bytes, in any case, long or compact; 0 for any other.
  static func identify(_ bytes: Span<UInt8>) -> UInt16 {
    guard bytes.count > 0 else { return 0 }
    var first: UInt64 = 0
    for index in 0..<min(8, bytes.count) {
      // A control character would become a visible one: a name has none.
      if bytes[index] < 0x21 { return 0 }
      first |= UInt64(bytes[index] | 0x20) << UInt64(8 &* index)
    }
    return identify(bytes, first: first)
  }

  /// Like `identify(_:)`, told the first eight bytes as a little-endian word, with bit 5 of every byte of the name set.
  /// A name is a token, so setting bit 5 makes no other name look like a known one.
  static func identify(_ bytes: Span<UInt8>, first: UInt64) -> UInt16 {
    switch first {
    case 0x61: return bytes.count == 1 ? 2 : 0  // a
    case 0x62: return bytes.count == 1 ? 68 : 0  // b
    case 0x63: return bytes.count == 1 ? 21 : 0  // c
    case 0x64: return bytes.count == 1 ? 72 : 0  // d
    case 0x65: return bytes.count == 1 ? 16 : 0  // e
    case 0x66: return bytes.count == 1 ? 30 : 0  // f
    case 0x69: return bytes.count == 1 ? 12 : 0  // i
    case 0x6a: return bytes.count == 1 ? 69 : 0  // j
    case 0x6b: return bytes.count == 1 ? 89 : 0  // k
    case 0x6c: return bytes.count == 1 ? 19 : 0  // l
    case 0x6d: return bytes.count == 1 ? 14 : 0  // m
    case 0x6f: return bytes.count == 1 ? 26 : 0  // o
    case 0x72: return bytes.count == 1 ? 67 : 0  // r
    case 0x73: return bytes.count == 1 ? 87 : 0  // s
    case 0x74: return bytes.count == 1 ? 93 : 0  // t
    case 0x75: return bytes.count == 1 ? 8 : 0  // u
    case 0x76: return bytes.count == 1 ? 97 : 0  // v
    case 0x78: return bytes.count == 1 ? 83 : 0  // x
    case 0x79: return bytes.count == 1 ? 35 : 0  // y
    case 0x6f74: return bytes.count == 2 ? 93 : 0  // To
    case 0x616976: return bytes.count == 3 ? 97 : 0  // Via
    case 0x65746164: return bytes.count == 4 ? 23 : 0  // Date
    case 0x68746170: return bytes.count == 4 ? 55 : 0  // Path
    case 0x6b636172: return bytes.count == 4 ? 62 : 0  // RAck
    case 0x6d6f7266: return bytes.count == 4 ? 30 : 0  // From
    case 0x6e696f6a: return bytes.count == 4 ? 39 : 0  // Join
    case 0x71657363: return bytes.count == 4 ? 22 : 0  // CSeq
    case 0x71657372: return bytes.count == 4 ? 77 : 0  // RSeq
    case 0x6574756f72: return bytes.count == 5 ? 76 : 0  // Route
    case 0x746e657665: return bytes.count == 5 ? 26 : 0  // Event
    case 0x776f6c6c61: return bytes.count == 5 ? 7 : 0  // Allow
    case 0x65732d6e696d: return bytes.count == 6 ? 44 : 0  // Min-SE
    case 0x6e6f73616572: return bytes.count == 6 ? 63 : 0  // Reason
    case 0x726576726573: return bytes.count == 6 ? 81 : 0  // Server
    case 0x747065636361: return bytes.count == 6 ? 1 : 0  // Accept
    case 0x64692d6c6c6163: return bytes.count == 7 ? 12 : 0  // Call-ID
    case 0x65726975716572: return bytes.count == 7 ? 73 : 0  // Require
    case 0x676e696e726177: return bytes.count == 7 ? 98 : 0  // Warning
    case 0x73657269707865: return bytes.count == 7 ? 27 : 0  // Expires
    case 0x746361746e6f63: return bytes.count == 7 ? 14 : 0  // Contact
    case 0x7463656a627573: return bytes.count == 7 ? 87 : 0  // Subject
    case 0x79636176697270: return bytes.count == 7 ? 58 : 0  // Privacy
    case 0x2d65636976726573:
      if matches(bytes, "service-route") { return 82 }
      return 0
    case 0x2d65727574616566:
      if matches(bytes, "feature-caps") { return 28 }
      return 0
    case 0x2d6e6f6973736573:
      if matches(bytes, "session-expires") { return 83 }
      if matches(bytes, "session-id") { return 84 }
      return 0
    case 0x2d6f742d72657375:
      if matches(bytes, "user-to-user") { return 96 }
      return 0
    case 0x2d746e65746e6f63:
      if matches(bytes, "content-disposition") { return 15 }
      if matches(bytes, "content-encoding") { return 16 }
      if matches(bytes, "content-id") { return 17 }
      if matches(bytes, "content-language") { return 18 }
      if matches(bytes, "content-length") { return 19 }
      if matches(bytes, "content-transfer-encoding") { return 20 }
      if matches(bytes, "content-type") { return 21 }
      return 0
    case 0x2d74736575716572:
      if matches(bytes, "request-disposition") { return 72 }
      return 0
    case 0x2d796c7261652d70:
      if matches(bytes, "p-early-media") { return 52 }
      return 0
    case 0x2d79726f74736968:
      if matches(bytes, "history-info") { return 34 }
      return 0
    case 0x616572622d78616d:
      if matches(bytes, "max-breadth") { return 40 }
      return 0
    case 0x617a696e6167726f:
      if matches(bytes, "organization") { return 45 }
      return 0
    case 0x632d7463656a6572:
      if matches(bytes, "reject-contact") { return 69 }
      return 0
    case 0x632d747065636361:
      if matches(bytes, "accept-contact") { return 2 }
      return 0
    case 0x6361702d6f666e69:
      if matches(bytes, "info-package") { return 37 }
      return 0
    case 0x642d746567726174:
      if matches(bytes, "target-dialog") { return 91 }
      return 0
    case 0x64656c6c61632d70:
      if matches(bytes, "p-called-party-id") { return 49 }
      return 0
    case 0x6465727265666572:
      if matches(bytes, "referred-by") { return 68 }
      return 0
    case 0x652d747065636361:
      if matches(bytes, "accept-encoding") { return 3 }
      return 0
    case 0x656372756f736572:
      if matches(bytes, "resource-priority") { return 74 }
      return 0
    case 0x6567612d72657375:
      if matches(bytes, "user-agent") { return 95 }
      return 0
    case 0x65722d79786f7270:
      if matches(bytes, "proxy-require") { return 61 }
      return 0
    case 0x6574697369762d70:
      if matches(bytes, "p-visited-network-id") { return 54 }
      return 0
    case 0x6574726f70707573:
      if matches(bytes, "supported") { return 89 }
      return 0
    case 0x66612d7972746572:
      if matches(bytes, "retry-after") { return 75 }
      return 0
    case 0x666e692d6c6c6163:
      if matches(bytes, "call-info") { return 13 }
      return 0
    case 0x666e692d76636572:
      if matches(bytes, "recv-info") { return 65 }
      return 0
    case 0x676174652d706973:
      if bytes.count == 8 { return 85 }  // SIP-ETag
      return 0
    case 0x687475612d777777:
      if matches(bytes, "www-authenticate") { return 99 }
      return 0
    case 0x69636f7373612d70:
      if matches(bytes, "p-associated-uri") { return 48 }
      return 0
    case 0x6967726168632d70:
      if matches(bytes, "p-charging-function-addresses") { return 50 }
      if matches(bytes, "p-charging-vector") { return 51 }
      return 0
    case 0x697078652d6e696d:
      if matches(bytes, "min-expires") { return 43 }
      return 0
    case 0x69746e6568747561:
      if matches(bytes, "authentication-info") { return 10 }
      return 0
    case 0x6c2d747065636361:
      if matches(bytes, "accept-language") { return 4 }
      return 0
    case 0x6d2d66692d706973:
      if matches(bytes, "sip-if-match") { return 86 }
      return 0
    case 0x6d2d726577736e61:
      if matches(bytes, "answer-mode") { return 9 }
      return 0
    case 0x6d617473656d6974:
      if matches(bytes, "timestamp") { return 92 }
      return 0
    case 0x6d69742d776f6c66:
      if matches(bytes, "flow-timer") { return 29 }
      return 0
    case 0x6e692d726f727265:
      if matches(bytes, "error-info") { return 25 }
      return 0
    case 0x6e692d7472656c61:
      if matches(bytes, "alert-info") { return 6 }
      return 0
    case 0x6f69737265766964:
      if matches(bytes, "diversion") { return 24 }
      return 0
    case 0x6f742d7265666572:
      if bytes.count == 8 { return 67 }  // Refer-To
      return 0
    case 0x6f742d796c706572:
      if bytes.count == 8 { return 71 }  // Reply-To
      return 0
    case 0x7069726373627573:
      if matches(bytes, "subscription-state") { return 88 }
      return 0
    case 0x722d64726f636572:
      if matches(bytes, "record-route") { return 64 }
      return 0
    case 0x722d747065636361:
      if matches(bytes, "accept-resource-priority") { return 5 }
      return 0
    case 0x7265666572702d70:
      if matches(bytes, "p-preferred-identity") { return 53 }
      return 0
    case 0x7265762d656d696d:
      if matches(bytes, "mime-version") { return 42 }
      return 0
    case 0x726f707075736e75:
      if matches(bytes, "unsupported") { return 94 }
      return 0
    case 0x736563616c706572:
      if bytes.count == 8 { return 70 }  // Replaces
      return 0
    case 0x736e612d76697270:
      if matches(bytes, "priv-answer-mode") { return 57 }
      return 0
    case 0x7373656363612d70:
      if matches(bytes, "p-access-network-info") { return 46 }
      return 0
    case 0x7373657270707573:
      if matches(bytes, "suppress-if-match") { return 90 }
      return 0
    case 0x7461636f6c6f6567:
      if matches(bytes, "geolocation") { return 31 }
      if matches(bytes, "geolocation-error") { return 32 }
      if matches(bytes, "geolocation-routing") { return 33 }
      return 0
    case 0x7472657373612d70:
      if matches(bytes, "p-asserted-identity") { return 47 }
      return 0
    case 0x75612d79786f7270:
      if matches(bytes, "proxy-authenticate") { return 59 }
      if matches(bytes, "proxy-authorization") { return 60 }
      return 0
    case 0x75732d7265666572:
      if matches(bytes, "refer-sub") { return 66 }
      return 0
    case 0x76652d776f6c6c61:
      if matches(bytes, "allow-events") { return 8 }
      return 0
    case 0x77726f662d78616d:
      if matches(bytes, "max-forwards") { return 41 }
      return 0
    case 0x796c7065722d6e69:
      if matches(bytes, "in-reply-to") { return 38 }
      return 0
    case 0x797469726f697270:
      if bytes.count == 8 { return 56 }  // Priority
      return 0
    case 0x7974697275636573:
      if matches(bytes, "security-client") { return 78 }
      if matches(bytes, "security-server") { return 79 }
      if matches(bytes, "security-verify") { return 80 }
      return 0
    case 0x797469746e656469:
      if bytes.count == 8 { return 35 }  // Identity
      if matches(bytes, "identity-info") { return 36 }
      return 0
    case 0x7a69726f68747561:
      if matches(bytes, "authorization") { return 11 }
      return 0
    default: return 0
    }
  }

  /// Whether `bytes` are `name` when A–Z and a–z count as equal. The first eight are known to be.
  private static func matches(_ bytes: Span<UInt8>, _ name: StaticString) -> Bool {
    let count = name.utf8CodeUnitCount
    guard bytes.count == count else { return false }
    return name.withUTF8Buffer { buffer in
      for index in 8..<count where bytes[index].lowercasedASCII != buffer[index] { return false }
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
    case 53: "P-Preferred-Identity"
    case 54: "P-Visited-Network-ID"
    case 55: "Path"
    case 56: "Priority"
    case 57: "Priv-Answer-Mode"
    case 58: "Privacy"
    case 59: "Proxy-Authenticate"
    case 60: "Proxy-Authorization"
    case 61: "Proxy-Require"
    case 62: "RAck"
    case 63: "Reason"
    case 64: "Record-Route"
    case 65: "Recv-Info"
    case 66: "Refer-Sub"
    case 67: "Refer-To"
    case 68: "Referred-By"
    case 69: "Reject-Contact"
    case 70: "Replaces"
    case 71: "Reply-To"
    case 72: "Request-Disposition"
    case 73: "Require"
    case 74: "Resource-Priority"
    case 75: "Retry-After"
    case 76: "Route"
    case 77: "RSeq"
    case 78: "Security-Client"
    case 79: "Security-Server"
    case 80: "Security-Verify"
    case 81: "Server"
    case 82: "Service-Route"
    case 83: "Session-Expires"
    case 84: "Session-ID"
    case 85: "SIP-ETag"
    case 86: "SIP-If-Match"
    case 87: "Subject"
    case 88: "Subscription-State"
    case 89: "Supported"
    case 90: "Suppress-If-Match"
    case 91: "Target-Dialog"
    case 92: "Timestamp"
    case 93: "To"
    case 94: "Unsupported"
    case 95: "User-Agent"
    case 96: "User-to-User"
    case 97: "Via"
    case 98: "Warning"
    case 99: "WWW-Authenticate"
    default: ""
    }
  }
}
