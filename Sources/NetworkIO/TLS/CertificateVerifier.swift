import CCrypto
import WireSupport

/// Decides whether the certificate chain of a TLS server is to be believed, and says why not.
///
/// NIOSSL's own verification says only that it failed, and knows DNS names but not the `sip:` URIs of RFC 5922; so the
/// chain is verified by libcrypto, whose verdict has a reason, and the names by `CertificateNames`.
final class CertificateVerifier: @unchecked Sendable {
  // Unchecked: an X509_STORE is written in `init` only, and libcrypto locks it for the cache it keeps.
  private let store: OpaquePointer?
  private let allowsWildcards: Bool
  /// A server that sends more certificates than this is not believed.
  private static let longestChain = 16

  /// A verifier that trusts as told. `.anyone` needs none.
  init(trust: TLSTrust, allowsWildcards: Bool) throws(NetworkError) {
    self.allowsWildcards = allowsWildcards
    guard let store = X509_STORE_new() else { throw Self.outOfMemory }
    self.store = store
    switch trust {
    case .anyone: break
    case .system:
      guard X509_STORE_set_default_paths(store) == 1 else {
        throw NetworkError(.invalidConfiguration, "the system's certificate authorities could not be loaded")
      }
    case .certificates(let pem):
      guard try Self.addCertificates(pem: pem, to: store) > 0 else {
        throw NetworkError(.invalidConfiguration, "the trusted certificates hold no PEM certificate")
      }
    }
  }

  deinit { X509_STORE_free(store) }

  /// Nil when `chain` (DER, the server's own first) is trusted and is for `name`, a SIP domain or a numeric address.
  func verify(chain: [[UInt8]], name: String, address: TransportAddress) -> NetworkError? {
    guard let store, !chain.isEmpty, chain.count <= Self.longestChain else {
      return failure("it presented \(chain.isEmpty ? "no certificate" : "too many certificates")", name, address)
    }
    var certificates: [OpaquePointer?] = []
    defer { for certificate in certificates { X509_free(certificate) } }
    for der in chain {
      guard let certificate = Self.certificate(der: der) else {
        return failure("a certificate that it presented cannot be read", name, address)
      }
      certificates.append(certificate)
    }
    var depth: Int32 = 0
    let verdict = sipsimple_chain_verify(store, certificates, Int32(certificates.count), &depth)
    guard verdict == X509_V_OK else {
      let reason = X509_verify_cert_error_string(Int(verdict)).map { String(cString: $0) } ?? "error \(verdict)"
      let which = depth == 0 ? "its certificate" : "the certificate \(depth) above its own"
      return failure("\(which) is not trusted: \(reason)", name, address)
    }
    guard let leaf = certificates.first ?? nil else { return failure("it presented no certificate", name, address) }
    if let mismatch = Self.names(of: leaf).mismatch(with: name, allowsWildcards: allowsWildcards) {
      return failure("its certificate \(mismatch)", name, address)
    }
    return nil
  }

  private func failure(_ reason: String, _ name: String, _ address: TransportAddress) -> NetworkError {
    let server = IPAddress(name) == address.ip ? "\(address)" : "\(name) at \(address)"
    return NetworkError(.tlsVerificationFailed, "the TLS server \(server) was refused: \(reason)", address: address)
  }

  private static let outOfMemory = NetworkError(.other, "libcrypto is out of memory")

  private static func certificate(der: [UInt8]) -> OpaquePointer? {
    der.withUnsafeBufferPointer { bytes in
      var cursor = bytes.baseAddress
      return d2i_X509(nil, &cursor, bytes.count)
    }
  }

  /// How many certificates of the text were added.
  private static func addCertificates(pem: String, to store: OpaquePointer) throws(NetworkError) -> Int {
    var added = 0
    var failed = false
    var pem = pem
    pem.withUTF8 { text in
      guard let bio = BIO_new_mem_buf(text.baseAddress, Int32(clamping: text.count)) else { return }
      defer { BIO_free(bio) }
      while let certificate = PEM_read_bio_X509(bio, nil, nil, nil) {
        defer { X509_free(certificate) }
        if X509_STORE_add_cert(store, certificate) == 1 { added += 1 } else { failed = true }
      }
      // The end of the text is an error in libcrypto's queue, which is the thread's.
      ERR_clear_error()
    }
    if failed { throw NetworkError(.invalidConfiguration, "a trusted certificate cannot be used") }
    return added
  }

  static func names(of certificate: OpaquePointer) -> CertificateNames {
    var names = CertificateNames()
    if let alternatives = X509_get_ext_d2i(certificate, NID_subject_alt_name, nil, nil) {
      names.hasAlternativeNames = true
      let list = OpaquePointer(alternatives)
      defer { GENERAL_NAMES_free(list) }
      // A peer can put thousands of names there; nobody needs them.
      for index in 0..<min(sipsimple_names_count(list), 256) {
        var start: UnsafePointer<UInt8>?
        var count = 0
        let type = sipsimple_names_at(list, index, &start, &count)
        let bytes = UnsafeBufferPointer(start: start, count: count)
        // A name with a NUL in it has fooled others: it is no name.
        if type != GEN_IPADD, bytes.contains(0) { continue }
        switch type {
        case GEN_DNS: names.dns.append(String(decoding: bytes, as: UTF8.self))
        case GEN_URI: names.uris.append(String(decoding: bytes, as: UTF8.self))
        case GEN_IPADD: if let address = IPAddress(network: bytes) { names.addresses.append(address) }
        default: break
        }
      }
    }
    names.commonName = commonName(of: certificate)
    return names
  }

  private static func commonName(of certificate: OpaquePointer) -> String? {
    guard let subject = X509_get_subject_name(certificate) else { return nil }
    var text = [CChar](repeating: 0, count: 256)
    let count = X509_NAME_get_text_by_NID(subject, NID_commonName, &text, Int32(text.count))
    guard count > 0, Int(count) < text.count else { return nil }
    let bytes = text[..<Int(count)].map { UInt8(bitPattern: $0) }
    return bytes.contains(0) ? nil : String(decoding: bytes, as: UTF8.self)
  }
}

extension IPAddress {
  /// An address from its 4 or 16 bytes in network order.
  init?(network bytes: UnsafeBufferPointer<UInt8>) {
    func word(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
    switch bytes.count {
    case 4: self = .v4(UInt32(truncatingIfNeeded: word(0..<4)))
    case 16: self = .v6(high: word(0..<8), low: word(8..<16), zone: 0)
    default: return nil
    }
  }

  /// The 4 or 16 bytes in network order.
  var networkBytes: [UInt8] {
    switch self {
    case .v4(let bits): return withUnsafeBytes(of: bits.bigEndian) { Array($0) }
    case .v6(let high, let low, _):
      return withUnsafeBytes(of: high.bigEndian) { Array($0) } + withUnsafeBytes(of: low.bigEndian) { Array($0) }
    }
  }
}
