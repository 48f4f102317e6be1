import SIPParser

/// What an element accepts of a request that is well formed, and how it refuses the rest (RFC 3261 §8.2, §10.3, §16.3).
///
/// A value without state: `refusal(of:)` goes through every rule in the order of RFC 3261, the other functions are its
/// steps, for elements that take them one by one.
public struct SIPRequestRules: Sendable {
  /// What kind of element decides.
  public enum Role: Sendable {
    /// The end of the request's way (RFC 3261 §8.2). Max-Forwards does not matter to it.
    case userAgent
    /// A user agent that keeps bindings (§10.3): a REGISTER's To must be a SIP or SIPS address-of-record.
    case registrar
    /// One that passes requests on (§16.3): it looks at Max-Forwards and Proxy-Require, and not at method, Require and body.
    case proxy
  }

  /// What kind of element decides.
  public var role: Role
  /// Schemes that a Request-URI may have.
  public var schemes: [SIPURI.Scheme] = [.sip, .sips, .tel]
  /// Methods that are allowed.
  public var allowedMethods: [SIPMethod] = [.invite, .ack, .cancel, .bye, .options]
  /// Option tags that are understood.
  public var supportedOptions: [String] = []
  /// Media types of bodies that are understood, such as `application/sdp`, `text/*`, `*/*`. A multipart type that is listed
  /// is looked into.
  public var acceptedContentTypes: [String] = ["application/sdp"]
  /// Content codings that are understood beside `identity`.
  public var acceptedEncodings: [String] = []
  /// Media types that an answer to INVITE may have: one of them must suit its Accept.
  public var sentContentTypes: [String] = ["application/sdp"]
  /// The challenge for requests without credentials of its scheme; nil: none is asked for. Whether credentials are right is
  /// not decided here.
  public var challenge: SIPAuthentication?

  /// Rules for an element of this kind, to be changed as needed.
  public init(_ role: Role = .userAgent) { self.role = role }

  /// How `request` is to be refused; nil when every rule is kept. ACK is never refused, and CANCEL is not challenged
  /// (RFC 3261 §22.1) nor asked for extensions (§8.2.2.3).
  public func refusal(of request: SIPRequest) -> SIPRefusal? {
    if request.method == .ack { return nil }
    do throws(SIPParseError) { try request.checkMandatoryHeaders() } catch { return SIPRefusal(error) }
    if role == .proxy {
      return refusalOfAddress(request) ?? refusalOfHops(request) ?? refusalOfExtensions(request)
        ?? refusalOfCredentials(request)
    }
    return refusalOfCredentials(request) ?? refusalOfMethod(request) ?? refusalOfAddress(request)
      ?? refusalOfExtensions(request) ?? refusalOfBody(request) ?? refusalOfAccept(request)
  }

  /// Whether a response is not for this element and must be dropped without a word: with more than one Via it was meant for
  /// another one (RFC 3261 §8.1.3.3).
  public func discards(_ response: SIPResponse) -> Bool {
    do throws(SIPParseError) { try response.checkMandatoryHeaders() } catch { return true }
    guard role != .proxy else { return false }
    var count = 0
    _ = try? response.headers.forEach(.via) { _ in
      count += 1
      return count < 2
    }
    return count > 1
  }

  // MARK: The steps

  /// §22.1: 401 (407 from a proxy) with the challenge for a request without credentials of the challenge's scheme.
  public func refusalOfCredentials(_ request: SIPRequest) -> SIPRefusal? {
    guard let challenge, request.method != .ack, request.method != .cancel else { return nil }
    do throws(SIPParseError) {
      let credentials = try request.headers.values(role == .proxy ? .proxyAuthorization : .authorization)
      // RFC 4475 §3.3.7: credentials of a scheme that nobody knows are as good as none.
      if credentials.contains(where: { $0.scheme.equalsIgnoringCase(challenge.scheme) }) { return nil }
    } catch {
      return SIPRefusal(error)
    }
    var refusal = SIPRefusal(role == .proxy ? .proxyAuthenticationRequired : .unauthorized)
    refusal.headers.append(role == .proxy ? .proxyAuthenticate : .wwwAuthenticate, challenge)
    return refusal
  }

  /// §8.2.1: 405 with Allow.
  public func refusalOfMethod(_ request: SIPRequest) -> SIPRefusal? {
    if allowedMethods.contains(request.method) { return nil }
    var refusal = SIPRefusal(.methodNotAllowed)
    refusal.headers.set(.allow, allowedMethods)
    return refusal
  }

  /// §8.2.2.1, RFC 5630 §4.2: 416 for another scheme, 480 with a Warning between `sip` and `sips`; at a registrar also §10.3
  /// step 5, 400 for an address-of-record that is no SIP URI.
  public func refusalOfAddress(_ request: SIPRequest) -> SIPRefusal? {
    if !schemes.contains(request.uri.scheme) {
      switch request.uri.scheme {
      case .sips where schemes.contains(.sip): return refusal(380, "SIPS Not Allowed")
      case .sip where schemes.contains(.sips): return refusal(381, "SIPS Required")
      case .sip, .sips, .tel, .other: return SIPRefusal(.unsupportedURIScheme)
      }
    }
    guard role == .registrar, request.method == .register else { return nil }
    do throws(SIPParseError) {
      switch try request.headers.value(.to)?.uri.scheme {
      case .sip?, .sips?: return nil
      case .tel?, .other?, nil: return SIPRefusal(.badRequest, reason: "To Is Not A SIP Address")
      }
    } catch {
      return SIPRefusal(error)
    }
  }

  private func refusal(_ code: UInt16, _ text: String) -> SIPRefusal {
    var refusal = SIPRefusal(.temporarilyUnavailable)
    refusal.headers.append(.warning, SIPWarning(code: code, agent: "-", text: text))
    return refusal
  }

  /// §16.3 step 3: 483 when no hop is left. For a proxy; a user agent must not refuse.
  public func refusalOfHops(_ request: SIPRequest) -> SIPRefusal? {
    do throws(SIPParseError) {
      return try request.headers.value(.maxForwards) == 0 ? SIPRefusal(.tooManyHops) : nil
    } catch {
      return SIPRefusal(error)
    }
  }

  /// §8.2.2.3 (§16.3 step 5 for a proxy): 420 with Unsupported for option tags that are not understood.
  public func refusalOfExtensions(_ request: SIPRequest) -> SIPRefusal? {
    guard request.method != .cancel, request.method != .ack else { return nil }
    let unknown: [SIPText]
    do throws(SIPParseError) {
      unknown = try request.headers.values(role == .proxy ? .proxyRequire : .require).filter { option in
        !supportedOptions.contains { option.equalsIgnoringCase($0) }
      }
    } catch {
      return SIPRefusal(error)
    }
    if unknown.isEmpty { return nil }
    var refusal = SIPRefusal(.badExtension)
    refusal.headers.set(.unsupported, unknown.map(\.detached))
    return refusal
  }
}
