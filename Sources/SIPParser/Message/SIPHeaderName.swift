import WireSupport

/// The name of a header: case-insensitive, and the compact form (RFC 3261 §7.3.3) is the same name.
///
/// Open: `SIPHeaderName("X-Anything")` is as good a name as `.via`. docs/adding-a-header.md says when to add one here.
public struct SIPHeaderName: Sendable {
  /// The place in the table of known names, from 1; 0 for any other name.
  let id: UInt16
  /// The name, for those that the table does not have.
  private let other: String

  private init(id: UInt16) {
    self.id = id
    other = ""
  }

  /// The name that `text` spells, in any case, long or compact. A name that is no token makes the message refuse to
  /// serialise.
  public init(_ text: String) {
    let id = text.utf8.count <= 32 ? Self.identify(SIPText(text).span) : 0
    self.id = id
    other = id == 0 ? text : ""
  }

  init(id: UInt16, other: @autoclosure () -> String) {
    self.id = id
    self.other = id == 0 ? other() : ""
  }

  /// The name as the standards spell it; as it was given, when they do not.
  public var description: String { id == 0 ? other : Self.canonical(id) }

  /// `Accept`
  public static let accept = SIPHeaderName(id: 1)
  /// `Accept-Contact`, compact `a`
  public static let acceptContact = SIPHeaderName(id: 2)
  /// `Accept-Encoding`
  public static let acceptEncoding = SIPHeaderName(id: 3)
  /// `Accept-Language`
  public static let acceptLanguage = SIPHeaderName(id: 4)
  /// `Accept-Resource-Priority`
  public static let acceptResourcePriority = SIPHeaderName(id: 5)
  /// `Alert-Info`
  public static let alertInfo = SIPHeaderName(id: 6)
  /// `Allow`
  public static let allow = SIPHeaderName(id: 7)
  /// `Allow-Events`, compact `u`
  public static let allowEvents = SIPHeaderName(id: 8)
  /// `Answer-Mode`
  public static let answerMode = SIPHeaderName(id: 9)
  /// `Authentication-Info`
  public static let authenticationInfo = SIPHeaderName(id: 10)
  /// `Authorization`
  public static let authorization = SIPHeaderName(id: 11)
  /// `Call-ID`, compact `i`
  public static let callID = SIPHeaderName(id: 12)
  /// `Call-Info`
  public static let callInfo = SIPHeaderName(id: 13)
  /// `Contact`, compact `m`
  public static let contact = SIPHeaderName(id: 14)
  /// `Content-Disposition`
  public static let contentDisposition = SIPHeaderName(id: 15)
  /// `Content-Encoding`, compact `e`
  public static let contentEncoding = SIPHeaderName(id: 16)
  /// `Content-ID`
  public static let contentID = SIPHeaderName(id: 17)
  /// `Content-Language`
  public static let contentLanguage = SIPHeaderName(id: 18)
  /// `Content-Length`, compact `l`
  public static let contentLength = SIPHeaderName(id: 19)
  /// `Content-Transfer-Encoding`
  public static let contentTransferEncoding = SIPHeaderName(id: 20)
  /// `Content-Type`, compact `c`
  public static let contentType = SIPHeaderName(id: 21)
  /// `CSeq`
  public static let cseq = SIPHeaderName(id: 22)
  /// `Date`
  public static let date = SIPHeaderName(id: 23)
  /// `Diversion`
  public static let diversion = SIPHeaderName(id: 24)
  /// `Error-Info`
  public static let errorInfo = SIPHeaderName(id: 25)
  /// `Event`, compact `o`
  public static let event = SIPHeaderName(id: 26)
  /// `Expires`
  public static let expires = SIPHeaderName(id: 27)
  /// `Feature-Caps`
  public static let featureCaps = SIPHeaderName(id: 28)
  /// `Flow-Timer`
  public static let flowTimer = SIPHeaderName(id: 29)
  /// `From`, compact `f`
  public static let from = SIPHeaderName(id: 30)
  /// `Geolocation`
  public static let geolocation = SIPHeaderName(id: 31)
  /// `Geolocation-Error`
  public static let geolocationError = SIPHeaderName(id: 32)
  /// `Geolocation-Routing`
  public static let geolocationRouting = SIPHeaderName(id: 33)
  /// `History-Info`
  public static let historyInfo = SIPHeaderName(id: 34)
  /// `Identity`, compact `y`
  public static let identity = SIPHeaderName(id: 35)
  /// `Identity-Info`
  public static let identityInfo = SIPHeaderName(id: 36)
  /// `Info-Package`
  public static let infoPackage = SIPHeaderName(id: 37)
  /// `In-Reply-To`
  public static let inReplyTo = SIPHeaderName(id: 38)
  /// `Join`
  public static let join = SIPHeaderName(id: 39)
  /// `Max-Breadth`
  public static let maxBreadth = SIPHeaderName(id: 40)
  /// `Max-Forwards`
  public static let maxForwards = SIPHeaderName(id: 41)
  /// `MIME-Version`
  public static let mimeVersion = SIPHeaderName(id: 42)
  /// `Min-Expires`
  public static let minExpires = SIPHeaderName(id: 43)
  /// `Min-SE`
  public static let minSE = SIPHeaderName(id: 44)
  /// `Organization`
  public static let organization = SIPHeaderName(id: 45)
  /// `P-Access-Network-Info`
  public static let pAccessNetworkInfo = SIPHeaderName(id: 46)
  /// `P-Asserted-Identity`
  public static let pAssertedIdentity = SIPHeaderName(id: 47)
  /// `P-Associated-URI`
  public static let pAssociatedURI = SIPHeaderName(id: 48)
  /// `P-Called-Party-ID`
  public static let pCalledPartyID = SIPHeaderName(id: 49)
  /// `P-Charging-Function-Addresses`
  public static let pChargingFunctionAddresses = SIPHeaderName(id: 50)
  /// `P-Charging-Vector`
  public static let pChargingVector = SIPHeaderName(id: 51)
  /// `P-Early-Media`
  public static let pEarlyMedia = SIPHeaderName(id: 52)
  /// `P-Media-Authorization`
  public static let pMediaAuthorization = SIPHeaderName(id: 53)
  /// `P-Preferred-Identity`
  public static let pPreferredIdentity = SIPHeaderName(id: 54)
  /// `P-Visited-Network-ID`
  public static let pVisitedNetworkID = SIPHeaderName(id: 55)
  /// `Path`
  public static let path = SIPHeaderName(id: 56)
  /// `Policy-Contact`
  public static let policyContact = SIPHeaderName(id: 57)
  /// `Policy-ID`
  public static let policyID = SIPHeaderName(id: 58)
  /// `Priority`
  public static let priority = SIPHeaderName(id: 59)
  /// `Priv-Answer-Mode`
  public static let privAnswerMode = SIPHeaderName(id: 60)
  /// `Privacy`
  public static let privacy = SIPHeaderName(id: 61)
  /// `Proxy-Authenticate`
  public static let proxyAuthenticate = SIPHeaderName(id: 62)
  /// `Proxy-Authentication-Info`
  public static let proxyAuthenticationInfo = SIPHeaderName(id: 63)
  /// `Proxy-Authorization`
  public static let proxyAuthorization = SIPHeaderName(id: 64)
  /// `Proxy-Require`
  public static let proxyRequire = SIPHeaderName(id: 65)
  /// `RAck`
  public static let rack = SIPHeaderName(id: 66)
  /// `Reason`
  public static let reason = SIPHeaderName(id: 67)
  /// `Record-Route`
  public static let recordRoute = SIPHeaderName(id: 68)
  /// `Recv-Info`
  public static let recvInfo = SIPHeaderName(id: 69)
  /// `Refer-Sub`
  public static let referSub = SIPHeaderName(id: 70)
  /// `Refer-To`, compact `r`
  public static let referTo = SIPHeaderName(id: 71)
  /// `Referred-By`, compact `b`
  public static let referredBy = SIPHeaderName(id: 72)
  /// `Reject-Contact`, compact `j`
  public static let rejectContact = SIPHeaderName(id: 73)
  /// `Replaces`
  public static let replaces = SIPHeaderName(id: 74)
  /// `Reply-To`
  public static let replyTo = SIPHeaderName(id: 75)
  /// `Request-Disposition`, compact `d`
  public static let requestDisposition = SIPHeaderName(id: 76)
  /// `Require`
  public static let require = SIPHeaderName(id: 77)
  /// `Resource-Priority`
  public static let resourcePriority = SIPHeaderName(id: 78)
  /// `Retry-After`
  public static let retryAfter = SIPHeaderName(id: 79)
  /// `Route`
  public static let route = SIPHeaderName(id: 80)
  /// `RSeq`
  public static let rseq = SIPHeaderName(id: 81)
  /// `Security-Client`
  public static let securityClient = SIPHeaderName(id: 82)
  /// `Security-Server`
  public static let securityServer = SIPHeaderName(id: 83)
  /// `Security-Verify`
  public static let securityVerify = SIPHeaderName(id: 84)
  /// `Server`
  public static let server = SIPHeaderName(id: 85)
  /// `Service-Route`
  public static let serviceRoute = SIPHeaderName(id: 86)
  /// `Session-Expires`, compact `x`
  public static let sessionExpires = SIPHeaderName(id: 87)
  /// `Session-ID`
  public static let sessionID = SIPHeaderName(id: 88)
  /// `SIP-ETag`
  public static let sipETag = SIPHeaderName(id: 89)
  /// `SIP-If-Match`
  public static let sipIfMatch = SIPHeaderName(id: 90)
  /// `Subject`, compact `s`
  public static let subject = SIPHeaderName(id: 91)
  /// `Subscription-State`
  public static let subscriptionState = SIPHeaderName(id: 92)
  /// `Supported`, compact `k`
  public static let supported = SIPHeaderName(id: 93)
  /// `Suppress-If-Match`
  public static let suppressIfMatch = SIPHeaderName(id: 94)
  /// `Target-Dialog`
  public static let targetDialog = SIPHeaderName(id: 95)
  /// `Timestamp`
  public static let timestamp = SIPHeaderName(id: 96)
  /// `To`, compact `t`
  public static let to = SIPHeaderName(id: 97)
  /// `Unsupported`
  public static let unsupported = SIPHeaderName(id: 98)
  /// `User-Agent`
  public static let userAgent = SIPHeaderName(id: 99)
  /// `User-to-User`
  public static let userToUser = SIPHeaderName(id: 100)
  /// `Via`, compact `v`
  public static let via = SIPHeaderName(id: 101)
  /// `Warning`
  public static let warning = SIPHeaderName(id: 102)
  /// `WWW-Authenticate`
  public static let wwwAuthenticate = SIPHeaderName(id: 103)

  /// How many names the table has; their ids are 1 to this.
  static let knownCount: UInt16 = 103
}

extension SIPHeaderName: Hashable, CustomStringConvertible {
  public static func == (lhs: SIPHeaderName, rhs: SIPHeaderName) -> Bool {
    if lhs.id != rhs.id { return false }
    if lhs.id != 0 { return true }
    return SIPText(lhs.other).equalsIgnoringCase(rhs.other)
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(id)
    if id == 0 { for byte in other.utf8 { hasher.combine(byte.lowercasedASCII) } }
  }
}
