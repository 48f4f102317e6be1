import NIOCore
import NIOSSL
import WireSupport

/// What TLS connections of one transport share.
struct TLSContexts: Sendable {
  private let client: NIOSSLContext
  private let server: NIOSSLContext?
  /// Nil: anybody is believed.
  private let verifier: CertificateVerifier?

  /// Reads the settings. Throws `.invalidConfiguration` for certificates or keys that cannot be used.
  init(_ settings: SIPTLSSettings) throws(NetworkError) {
    do {
      verifier =
        settings.trust == .anyone
        ? nil : try CertificateVerifier(trust: settings.trust, allowsWildcards: settings.allowsWildcardNames)
      var chain: [NIOSSLCertificateSource] = []
      var key: NIOSSLPrivateKeySource?
      if let identity = settings.identity {
        chain = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificateChainPEM.utf8)).map { .certificate($0) }
        key = .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.privateKeyPEM.utf8), format: .pem))
        guard !chain.isEmpty else {
          throw NetworkError(.invalidConfiguration, "the TLS identity holds no PEM certificate")
        }
      }
      var configuration = TLSConfiguration.makeClientConfiguration()
      configuration.minimumTLSVersion = .tlsv12
      configuration.certificateChain = chain
      configuration.privateKey = key
      // Ours verifies (see CertificateVerifier), so NIOSSL need not load the system's roots.
      configuration.trustRoots = .certificates([])
      configuration.certificateVerification = verifier == nil ? .none : .noHostnameVerification
      configuration.shutdownTimeout = Self.shutdownTimeout
      client = try NIOSSLContext(configuration: configuration)
      if let key {
        var configuration = TLSConfiguration.makeServerConfiguration(certificateChain: chain, privateKey: key)
        configuration.minimumTLSVersion = .tlsv12
        configuration.shutdownTimeout = Self.shutdownTimeout
        server = try NIOSSLContext(configuration: configuration)
      } else {
        server = nil
      }
    } catch let error as NetworkError {
      throw error
    } catch {
      // What NIOSSL says does not hold the key.
      throw NetworkError(.invalidConfiguration, "the TLS certificate or key cannot be used: \(error)")
    }
  }

  /// How long a peer may take to answer our close_notify.
  private static let shutdownTimeout = TimeAmount.seconds(1)

  /// Whether connections can be accepted.
  var canAccept: Bool { server != nil }

  /// The handler of an accepted connection; nil without an identity.
  func makeServerHandler() -> NIOSSLServerHandler? { server.map(NIOSSLServerHandler.init(context:)) }

  /// The handler of a connection to `name` (a SIP domain, or a numeric address) at `address`.
  ///
  /// - Parameter refused: called on the loop, before the handshake fails, with the reason why the server was not believed.
  func makeClientHandler(
    name: String, address: TransportAddress, refused: @escaping @Sendable (NetworkError) -> Void
  ) throws -> NIOSSLClientHandler {
    // RFC 6066 §3: no addresses, and no final dot, in the server name indication.
    let indicated = IPAddress(name) == nil ? (name.hasSuffix(".") ? String(name.dropLast()) : name) : nil
    guard let verifier else { return try NIOSSLClientHandler(context: client, serverHostname: indicated) }
    return try NIOSSLClientHandler(context: client, serverHostname: indicated) { certificates, promise in
      do {
        let chain = try certificates.map { try $0.toDERBytes() }
        if let error = verifier.verify(chain: chain, name: name, address: address) {
          refused(error)
          promise.succeed(.failed)
        } else {
          promise.succeed(.certificateVerified)
        }
      } catch {
        promise.fail(error)
      }
    }
  }
}
