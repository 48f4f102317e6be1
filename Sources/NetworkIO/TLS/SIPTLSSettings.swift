/// Who we are and whom we trust on TLS connections. TLS 1.2 is the least version spoken (RFC 8996).
public struct SIPTLSSettings: Sendable {
  /// What we present: needed to accept connections, and presented when a server asks for it.
  public var identity: TLSIdentity?
  /// Whose certificates are believed.
  public var trust: TLSTrust
  /// Accepts a certificate for `*.example.com` as one for `sip.example.com`. RFC 5922 §7.2 forbids it; some providers
  /// have only such certificates.
  public var allowsWildcardNames: Bool

  /// Settings; by default the system's roots are trusted, wildcards are not.
  public init(identity: TLSIdentity? = nil, trust: TLSTrust = .system, allowsWildcardNames: Bool = false) {
    self.identity = identity
    self.trust = trust
    self.allowsWildcardNames = allowsWildcardNames
  }
}

/// Whose certificates are believed when we open a TLS connection.
public enum TLSTrust: Sendable, Hashable {
  /// The certificate authorities that the system is configured with.
  case system
  /// Only these certificates, as PEM text of one or more: authorities, or a peer's self-signed certificate itself.
  case certificates(pem: String)
  /// Anybody: the connection is encrypted, but to whom is unknown. For measurements and broken peers.
  case anyone
}

/// A certificate with its private key, in memory.
public struct TLSIdentity: Sendable {
  /// The certificate, then those that lead to its root, as PEM text.
  public var certificateChainPEM: String
  /// The private key as PEM text. Never shown by `description`.
  public var privateKeyPEM: String

  /// An identity from PEM texts; what they hold is checked when it is used.
  public init(certificateChainPEM: String, privateKeyPEM: String) {
    self.certificateChainPEM = certificateChainPEM
    self.privateKeyPEM = privateKeyPEM
  }
}

extension TLSIdentity: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// The kind of thing, without the key.
  public var description: String { "TLSIdentity(certificate and private key)" }
  /// The kind of thing, without the key.
  public var debugDescription: String { description }
  /// No children, so that `dump` shows no key.
  public var customMirror: Mirror { Mirror(self, children: [:]) }
}
