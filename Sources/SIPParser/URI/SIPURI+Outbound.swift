/// Parameters of RFC 5626, RFC 5627 and RFC 8599 on a URI.
extension SIPURI {
  /// Whether `gr` says that this is a GRUU, which leads to one instance of a user agent (RFC 5627 §6.1).
  public var isGRUU: Bool { parameters.contains("gr") }

  /// The value of `gr`; empty for a temporary GRUU, nil for a URI that is none. Setting it to the empty string writes the
  /// name alone.
  public var gruu: String? {
    get { parameters["gr"] }
    set { parameters["gr"] = newValue }
  }

  /// Whether `ob` says that requests to this contact take the flow of its registration (RFC 5626 §4.3, §5.4).
  public var isOutbound: Bool {
    get { parameters.contains("ob") }
    set { parameters["ob"] = newValue ? "" : nil }
  }

  /// How the user agent behind this contact can be woken (RFC 8599 §13.1); nil when there is no `pn-provider`.
  public var push: SIPPushParameters? {
    get {
      guard let provider = parameters["pn-provider"] else { return nil }
      return SIPPushParameters(
        provider: provider, resource: parameters["pn-prid"], parameter: parameters["pn-param"],
        registration: parameters["pn-purr"])
    }
    set {
      var parameters = parameters
      parameters["pn-provider"] = newValue?.provider
      parameters["pn-prid"] = newValue?.resource
      parameters["pn-param"] = newValue?.parameter
      parameters["pn-purr"] = newValue?.registration
      self.parameters = parameters
    }
  }
}

/// What a push notification service is told to wake a user agent (RFC 8599).
public struct SIPPushParameters: Hashable, Sendable {
  /// `pn-provider`: `apns`, `fcm`, `webpush`, …; empty in a query for what is supported (§4.1.4).
  public var provider: String
  /// `pn-prid`: the device, as the service knows it.
  public var resource: String?
  /// `pn-param`: what else the service wants.
  public var parameter: String?
  /// `pn-purr`: the registration, as the proxy knows it (§6.2.1).
  public var registration: String?

  /// A device of a service.
  public init(provider: String, resource: String? = nil, parameter: String? = nil, registration: String? = nil) {
    self.provider = provider
    self.resource = resource
    self.parameter = parameter
    self.registration = registration
  }
}
