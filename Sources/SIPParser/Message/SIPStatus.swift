/// A response's status code, 100 to 699 (RFC 3261 §21). Any code is a status; the class decides what an unknown one means.
public struct SIPStatus: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The three digits.
  public let code: UInt16

  /// The status with this code. A code outside 100…699 makes the message refuse to serialise.
  public init(_ code: UInt16) { self.code = code }

  /// 1xx
  public var isProvisional: Bool { code < 200 }
  /// 2xx to 6xx
  public var isFinal: Bool { code >= 200 }
  /// 2xx
  public var isSuccess: Bool { code / 100 == 2 }
  /// 3xx
  public var isRedirection: Bool { code / 100 == 3 }
  /// The three digits.
  public var description: String { String(code) }

  public static func < (lhs: SIPStatus, rhs: SIPStatus) -> Bool { lhs.code < rhs.code }

  /// 100 Trying (RFC 3261 §21.1).
  public static let trying = SIPStatus(100)
  /// 180 Ringing (RFC 3261 §21.1).
  public static let ringing = SIPStatus(180)
  /// 181 Call Is Being Forwarded (RFC 3261 §21.1).
  public static let callIsBeingForwarded = SIPStatus(181)
  /// 182 Queued (RFC 3261 §21.1).
  public static let queued = SIPStatus(182)
  /// 183 Session Progress (RFC 3261 §21.1).
  public static let sessionProgress = SIPStatus(183)
  /// 200 OK (RFC 3261 §21.2).
  public static let ok = SIPStatus(200)
  /// 202 Accepted (RFC 3265).
  public static let accepted = SIPStatus(202)
  /// 300 Multiple Choices (RFC 3261 §21.3).
  public static let multipleChoices = SIPStatus(300)
  /// 301 Moved Permanently (RFC 3261 §21.3).
  public static let movedPermanently = SIPStatus(301)
  /// 302 Moved Temporarily (RFC 3261 §21.3).
  public static let movedTemporarily = SIPStatus(302)
  /// 305 Use Proxy (RFC 3261 §21.3).
  public static let useProxy = SIPStatus(305)
  /// 400 Bad Request (RFC 3261 §21.4).
  public static let badRequest = SIPStatus(400)
  /// 401 Unauthorized (RFC 3261 §21.4).
  public static let unauthorized = SIPStatus(401)
  /// 403 Forbidden (RFC 3261 §21.4).
  public static let forbidden = SIPStatus(403)
  /// 404 Not Found (RFC 3261 §21.4).
  public static let notFound = SIPStatus(404)
  /// 405 Method Not Allowed (RFC 3261 §21.4).
  public static let methodNotAllowed = SIPStatus(405)
  /// 406 Not Acceptable (RFC 3261 §21.4).
  public static let notAcceptable = SIPStatus(406)
  /// 407 Proxy Authentication Required (RFC 3261 §21.4).
  public static let proxyAuthenticationRequired = SIPStatus(407)
  /// 408 Request Timeout (RFC 3261 §21.4).
  public static let requestTimeout = SIPStatus(408)
  /// 410 Gone (RFC 3261 §21.4).
  public static let gone = SIPStatus(410)
  /// 413 Request Entity Too Large (RFC 3261 §21.4).
  public static let requestEntityTooLarge = SIPStatus(413)
  /// 414 Request URIToo Long (RFC 3261 §21.4).
  public static let requestURITooLong = SIPStatus(414)
  /// 415 Unsupported Media Type (RFC 3261 §21.4).
  public static let unsupportedMediaType = SIPStatus(415)
  /// 416 Unsupported URIScheme (RFC 3261 §21.4).
  public static let unsupportedURIScheme = SIPStatus(416)
  /// 420 Bad Extension (RFC 3261 §21.4).
  public static let badExtension = SIPStatus(420)
  /// 421 Extension Required (RFC 3261 §21.4.16).
  public static let extensionRequired = SIPStatus(421)
  /// 422 Session Interval Too Small (RFC 4028 §6).
  public static let sessionIntervalTooSmall = SIPStatus(422)
  /// 423 Interval Too Brief (RFC 3261 §21.4).
  public static let intervalTooBrief = SIPStatus(423)
  /// 480 Temporarily Unavailable (RFC 3261 §21.4).
  public static let temporarilyUnavailable = SIPStatus(480)
  /// 481 Call Does Not Exist (RFC 3261 §21.4).
  public static let callDoesNotExist = SIPStatus(481)
  /// 482 Loop Detected (RFC 3261 §21.4).
  public static let loopDetected = SIPStatus(482)
  /// 483 Too Many Hops (RFC 3261 §21.4).
  public static let tooManyHops = SIPStatus(483)
  /// 484 Address Incomplete (RFC 3261 §21.4).
  public static let addressIncomplete = SIPStatus(484)
  /// 485 Ambiguous (RFC 3261 §21.4).
  public static let ambiguous = SIPStatus(485)
  /// 486 Busy Here (RFC 3261 §21.4).
  public static let busyHere = SIPStatus(486)
  /// 487 Request Terminated (RFC 3261 §21.4).
  public static let requestTerminated = SIPStatus(487)
  /// 488 Not Acceptable Here (RFC 3261 §21.4).
  public static let notAcceptableHere = SIPStatus(488)
  /// 489 Bad Event (RFC 6665).
  public static let badEvent = SIPStatus(489)
  /// 491 Request Pending (RFC 3261 §21.4).
  public static let requestPending = SIPStatus(491)
  /// 493 Undecipherable (RFC 3261 §21.4).
  public static let undecipherable = SIPStatus(493)
  /// 500 Server Internal Error (RFC 3261 §21.5).
  public static let serverInternalError = SIPStatus(500)
  /// 501 Not Implemented (RFC 3261 §21.5).
  public static let notImplemented = SIPStatus(501)
  /// 502 Bad Gateway (RFC 3261 §21.5).
  public static let badGateway = SIPStatus(502)
  /// 503 Service Unavailable (RFC 3261 §21.5).
  public static let serviceUnavailable = SIPStatus(503)
  /// 504 Server Timeout (RFC 3261 §21.5).
  public static let serverTimeout = SIPStatus(504)
  /// 505 Version Not Supported (RFC 3261 §21.5).
  public static let versionNotSupported = SIPStatus(505)
  /// 513 Message Too Large (RFC 3261 §21.5).
  public static let messageTooLarge = SIPStatus(513)
  /// 600 Busy Everywhere (RFC 3261 §21.6).
  public static let busyEverywhere = SIPStatus(600)
  /// 603 Decline (RFC 3261 §21.6).
  public static let decline = SIPStatus(603)
  /// 604 Does Not Exist Anywhere (RFC 3261 §21.6).
  public static let doesNotExistAnywhere = SIPStatus(604)
  /// 606 Not Acceptable Anywhere (RFC 3261 §21.6).
  public static let notAcceptableAnywhere = SIPStatus(606)

  /// The reason phrase that the standards give this code; the class's for a code that they do not name.
  public var defaultReason: String {
    switch code {
    case 100: "Trying"
    case 180: "Ringing"
    case 181: "Call Is Being Forwarded"
    case 182: "Queued"
    case 183: "Session Progress"
    case 199: "Early Dialog Terminated"
    case 200: "OK"
    case 202: "Accepted"
    case 204: "No Notification"
    case 300: "Multiple Choices"
    case 301: "Moved Permanently"
    case 302: "Moved Temporarily"
    case 305: "Use Proxy"
    case 380: "Alternative Service"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 402: "Payment Required"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 406: "Not Acceptable"
    case 407: "Proxy Authentication Required"
    case 408: "Request Timeout"
    case 410: "Gone"
    case 412: "Conditional Request Failed"
    case 413: "Request Entity Too Large"
    case 414: "Request-URI Too Long"
    case 415: "Unsupported Media Type"
    case 416: "Unsupported URI Scheme"
    case 417: "Unknown Resource-Priority"
    case 420: "Bad Extension"
    case 421: "Extension Required"
    case 422: "Session Interval Too Small"
    case 423: "Interval Too Brief"
    case 428: "Use Identity Header"
    case 429: "Provide Referrer Identity"
    case 430: "Flow Failed"
    case 433: "Anonymity Disallowed"
    case 436: "Bad Identity Info"
    case 437: "Unsupported Credential"
    case 438: "Invalid Identity Header"
    case 439: "First Hop Lacks Outbound Support"
    case 440: "Max-Breadth Exceeded"
    case 469: "Bad Info Package"
    case 470: "Consent Needed"
    case 480: "Temporarily Unavailable"
    case 481: "Call/Transaction Does Not Exist"
    case 482: "Loop Detected"
    case 483: "Too Many Hops"
    case 484: "Address Incomplete"
    case 485: "Ambiguous"
    case 486: "Busy Here"
    case 487: "Request Terminated"
    case 488: "Not Acceptable Here"
    case 489: "Bad Event"
    case 491: "Request Pending"
    case 493: "Undecipherable"
    case 494: "Security Agreement Required"
    case 500: "Server Internal Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Server Time-out"
    case 505: "Version Not Supported"
    case 513: "Message Too Large"
    case 555: "Push Notification Service Not Supported"
    case 580: "Precondition Failure"
    case 600: "Busy Everywhere"
    case 603: "Decline"
    case 604: "Does Not Exist Anywhere"
    case 606: "Not Acceptable"
    case 607: "Unwanted"
    case 608: "Rejected"
    default:
      switch code / 100 {
      case 1: "Session Progress"
      case 2: "OK"
      case 3: "Redirection"
      case 4: "Request Failure"
      case 5: "Server Failure"
      default: "Global Failure"
      }
    }
  }
}
