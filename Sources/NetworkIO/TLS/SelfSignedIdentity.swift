import CCrypto
import WireSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A throw-away X.509 identity: a new P-256 key and a certificate that it signs itself, made at run time by libcrypto.
///
/// A peer believes it when told to trust `certificatePEM`:
///
/// ```swift
/// let identity = try SelfSignedIdentity(names: [.dns("localhost"), .address(.loopback)])
/// let server = SIPTLSSettings(identity: identity.identity)
/// let client = SIPTLSSettings(trust: identity.trust)
/// ```
public struct SelfSignedIdentity: Sendable {
  /// What the certificate is for (RFC 5280 §4.2.1.6).
  public enum Name: Sendable, Hashable {
    /// A host or domain name.
    case dns(String)
    /// A numeric address.
    case address(IPAddress)
    /// A URI: `sip:example.com` makes it a certificate for that SIP domain, and then DNS names do not count (RFC 5922).
    case uri(String)
  }

  /// The certificate and its key, to present.
  public let identity: TLSIdentity
  /// The certificate as PEM text, to give to peers.
  public var certificatePEM: String { identity.certificateChainPEM }
  /// The certificate's bytes (DER).
  public let certificateDER: [UInt8]
  /// Trust in this certificate and nothing else.
  public var trust: TLSTrust { .certificates(pem: certificatePEM) }

  /// Makes an identity.
  ///
  /// - Parameters:
  ///   - names: at least one; text is ASCII and at most 253 characters.
  ///   - days: how long it is valid.
  ///   - start: from when, in seconds since 1970; by default an hour ago, for peers whose clock is late.
  /// - Throws: `.invalidConfiguration` for a name or a time that cannot be used.
  public init(names: [Name], days: Int = 30, start: Int64? = nil) throws(NetworkError) {
    guard !names.isEmpty, names.count <= 64, days > 0, days <= 36_500 else {
      throw NetworkError(.invalidConfiguration, "a certificate needs 1 to 64 names and 1 to 36500 days")
    }
    guard let key = sipsimple_p256_generate(), let certificate = X509_new() else { throw Self.failed }
    defer {
      EVP_PKEY_free(key)
      X509_free(certificate)
    }
    let begin = start ?? SystemClock.wall() / 1_000_000_000 - 3600
    try Self.fill(certificate, key: key, begin: begin, end: begin + Int64(days) * 86_400)
    try Self.setNames(names, on: certificate)
    guard
      sipsimple_certificate_add_extension(certificate, NID_basic_constraints, "critical,CA:FALSE") == 1,
      sipsimple_certificate_add_extension(certificate, NID_key_usage, "critical,digitalSignature") == 1,
      sipsimple_certificate_add_extension(certificate, NID_ext_key_usage, "serverAuth,clientAuth") == 1,
      X509_sign(certificate, key, EVP_sha256()) > 0
    else { throw Self.failed }
    let certificatePEM = try Self.text { PEM_write_bio_X509($0, certificate) }
    let keyPEM = try Self.text { PEM_write_bio_PrivateKey($0, key, nil, nil, 0, nil, nil) }
    identity = TLSIdentity(certificateChainPEM: certificatePEM, privateKeyPEM: keyPEM)
    certificateDER = try Self.bytes { i2d_X509_bio($0, certificate) }
  }

  private static let failed = NetworkError(.other, "libcrypto could not make a certificate")

  private static func fill(
    _ certificate: OpaquePointer, key: OpaquePointer, begin: Int64, end: Int64
  ) throws(NetworkError) {
    var generator = SystemRandomNumberGenerator()
    // RFC 5280 §4.1.2.2: positive, and unique for an issuer.
    let serial = generator.next() >> 1 | 1
    let commonName = Array("SIPSimple".utf8)
    guard
      X509_set_version(certificate, 2) == 1,
      ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial) == 1,
      ASN1_TIME_set(X509_getm_notBefore(certificate), time_t(begin)) != nil,
      ASN1_TIME_set(X509_getm_notAfter(certificate), time_t(end)) != nil,
      X509_set_pubkey(certificate, key) == 1,
      let subject = X509_get_subject_name(certificate),
      X509_NAME_add_entry_by_NID(
        subject, NID_commonName, MBSTRING_UTF8, commonName, Int32(commonName.count), -1, 0) == 1,
      X509_set_issuer_name(certificate, subject) == 1
    else { throw failed }
  }

  private static func setNames(_ names: [Name], on certificate: OpaquePointer) throws(NetworkError) {
    guard let list = GENERAL_NAMES_new() else { throw failed }
    defer { GENERAL_NAMES_free(list) }
    for name in names {
      let (type, bytes): (Int32, [UInt8]) =
        switch name {
        case .dns(let text): (GEN_DNS, Array(text.utf8))
        case .uri(let text): (GEN_URI, Array(text.utf8))
        case .address(let address): (GEN_IPADD, address.networkBytes)
        }
      if type != GEN_IPADD {
        guard !bytes.isEmpty, bytes.count <= 253, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
          throw NetworkError(.invalidConfiguration, "a certificate's name must be 1 to 253 printable ASCII characters")
        }
      }
      guard sipsimple_names_append(list, type, bytes, bytes.count) == 1 else { throw failed }
    }
    guard X509_add1_ext_i2d(certificate, NID_subject_alt_name, UnsafeMutableRawPointer(list), 0, 0) == 1 else {
      throw failed
    }
  }

  private static func text(_ write: (OpaquePointer) -> Int32) throws(NetworkError) -> String {
    String(decoding: try bytes(write), as: UTF8.self)
  }

  private static func bytes(_ write: (OpaquePointer) -> Int32) throws(NetworkError) -> [UInt8] {
    guard let bio = BIO_new(BIO_s_mem()) else { throw failed }
    defer { BIO_free(bio) }
    guard write(bio) == 1 else { throw failed }
    var start: UnsafePointer<UInt8>?
    let count = sipsimple_bio_bytes(bio, &start)
    return Array(UnsafeBufferPointer(start: start, count: count))
  }
}
