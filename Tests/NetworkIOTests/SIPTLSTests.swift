import NetworkIO
import SIPParser
import SIPTransaction
import Testing
import WireSupport

@Suite("SIP over TLS on real sockets (RFC 3261 §26.2, RFC 5922, RFC 8996)")
struct SIPTLSTests {
  static let names: [SelfSignedIdentity.Name] = [.dns("bob.example"), .dns("localhost"), .address(.loopback)]

  /// Sends one byte from a client that trusts `trust` and calls `name`; the identity is the server's.
  func call(
    _ identity: SelfSignedIdentity, trust: TLSTrust? = nil, name: String?, wildcards: Bool = false,
    _ body: (Endpoint, Endpoint) async throws -> Void
  ) async throws {
    try await withNetwork { (network) async throws in
      let bob = try await Endpoint(network, [.tls], tls: SIPTLSSettings(identity: identity.identity)) { bytes, _ in
        bytes
      }
      let settings = SIPTLSSettings(trust: trust ?? identity.trust, allowsWildcardNames: wildcards)
      let alice = try await Endpoint(network, tls: settings)
      alice.send([42], .tls, try bob.address(.tls), name: name)
      try await body(alice, bob)
    }
  }

  @Test(
    "the name that was called is in the certificate: a DNS name in any case, an address, or nobody named",
    arguments: ["bob.example", "BOB.Example", "bob.example.", "localhost", "127.0.0.1", nil] as [String?])
  func accepted(_ name: String?) async throws {
    try await call(SelfSignedIdentity(names: Self.names), name: name) { (alice, bob) async throws in
      #expect(try await alice.received(count: 1) == [42])
      let (flow, version) = try await alice.opened()
      #expect(version == "TLSv1.3")
      #expect(flow.transport == .tls)
      #expect(try await bob.opened().tlsVersion == "TLSv1.3")
      alice.close(flow)
      #expect(try await alice.closed() == nil)
      #expect(try await bob.closed() == nil)
    }
  }

  @Test("a certificate for another name is refused in a sentence with both names, and nothing is sent")
  func wrongName() async throws {
    try await call(SelfSignedIdentity(names: Self.names), name: "eve.example") { (alice, bob) async throws in
      let error = try await alice.failed()
      #expect(error.code == .tlsVerificationFailed)
      #expect(
        error.message.contains("its certificate is for bob.example, localhost, 127.0.0.1, not for eve.example"),
        "\(error)")
      #expect(alice.recorder.events.count == 1)
      #expect(Endpoint.bytes(bob.recorder.events).isEmpty)
    }
  }

  @Test("a certificate that nobody vouches for is refused with libcrypto's reason", arguments: [true, false])
  func untrusted(_ bySystem: Bool) async throws {
    let other = try SelfSignedIdentity(names: Self.names)
    try await call(
      SelfSignedIdentity(names: Self.names), trust: bySystem ? .system : other.trust, name: "bob.example"
    ) { (alice, _) async throws in
      let error = try await alice.failed()
      #expect(error.code == .tlsVerificationFailed)
      #expect(
        error.message.contains("not trusted: self-signed certificate") || error.message.contains("self signed"),
        "\(error)")
      #expect(alice.openedCount == 0)
    }
  }

  @Test("an expired certificate is refused as expired")
  func expired() async throws {
    let old = try SelfSignedIdentity(names: Self.names, days: 1, start: 1_600_000_000)
    try await call(old, name: "bob.example") { (alice, _) async throws in
      let error = try await alice.failed()
      #expect(error.code == .tlsVerificationFailed)
      #expect(error.message.contains("certificate has expired"), "\(error)")
    }
  }

  @Test("who trusts anyone is told nothing, and encrypted")
  func anyone() async throws {
    try await call(SelfSignedIdentity(names: Self.names), trust: .anyone, name: "eve.example") {
      (alice, _) async throws in
      #expect(try await alice.received(count: 1) == [42])
    }
  }

  @Test("a certificate with a sip: URI is one for that SIP domain alone (RFC 5922 §7.1)")
  func sipURI() async throws {
    let identity = try SelfSignedIdentity(names: [.uri("sip:example.com"), .dns("bob.example")])
    try await call(identity, name: "example.com") { (alice, _) async throws in
      #expect(try await alice.received(count: 1) == [42])
    }
    try await call(identity, name: "bob.example") { (alice, _) async throws in
      let error = try await alice.failed()
      #expect(error.code == .tlsVerificationFailed)
    }
  }

  @Test("a handshake that never finishes is ended by the limit")
  func stalledHandshake() async throws {
    try await withNetwork { (network) async throws in
      var limits = SIPTransportLimits()
      limits.handshake = .milliseconds(200)
      let identity = try SelfSignedIdentity(names: Self.names)
      let bob = try await Endpoint(network, [.tls], tls: SIPTLSSettings(identity: identity.identity), limits: limits)
      let raw = try RawSocket(to: bob.address(.tls).port)
      let end = raw.read()
      #expect(end == [] || end == nil)
      #expect(bob.recorder.events.isEmpty)

      let deaf = try RawSocket(listening: ())
      let alice = try await Endpoint(network, tls: SIPTLSSettings(trust: identity.trust), limits: limits)
      alice.send([1], .tls, TransportAddress(ip: .loopback, port: deaf.port), name: "bob.example")
      let error = try await alice.failed()
      #expect(error.code == .timedOut)
      #expect(error.message.contains("TLS handshake"), "\(error)")
    }
  }

  @Test("noise at the TLS port is not a flow, and the next peer is served")
  func noise() async throws {
    try await call(SelfSignedIdentity(names: Self.names), name: "bob.example") { (alice, bob) async throws in
      let raw = try RawSocket(to: bob.address(.tls).port)
      raw.write(Array("OPTIONS sip:bob.example SIP/2.0\r\n\r\n".utf8))
      while let bytes = raw.read(), !bytes.isEmpty {}
      #expect(try await alice.received(count: 1) == [42])
      #expect(bob.openedCount == 1)
    }
  }

  @Test("large messages survive TLS's records, both ways")
  func large() async throws {
    try await call(SelfSignedIdentity(names: Self.names), name: "bob.example") { (alice, bob) async throws in
      let flow = try await alice.opened().flow
      let message = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 13) }
      alice.send(message, .flow(flow))
      let expected = [42] + message
      let received = try await alice.received(count: expected.count)
      #expect(received == expected)
      #expect(Endpoint.bytes(bob.recorder.events) == expected)
    }
  }

  @Test("connections are reused by name: another name at the same address is verified on its own")
  func reuseByName() async throws {
    try await call(SelfSignedIdentity(names: Self.names), name: "bob.example") { (alice, bob) async throws in
      _ = try await alice.received(count: 1)
      let address = try bob.address(.tls)
      alice.send([1], .tls, address, name: "Bob.example")
      _ = try await alice.received(count: 2)
      #expect(alice.openedCount == 1)
      alice.send([2], .tls, address, name: "eve.example", id: 9)
      let error = try await alice.failed(9)
      #expect(error.code == .tlsVerificationFailed)
    }
  }

  @Test("settings that cannot be applied are refused before anything is bound")
  func configuration() async throws {
    try await withNetwork { (network) async throws in
      let identity = try SelfSignedIdentity(names: Self.names)
      let other = try SelfSignedIdentity(names: Self.names)
      let listen = [SIPListenAddress(.tls, TransportAddress(ip: .loopback, port: 0))]
      let unusable: [SIPTLSSettings?] = [
        nil, SIPTLSSettings(),
        SIPTLSSettings(identity: TLSIdentity(certificateChainPEM: "nonsense", privateKeyPEM: "nonsense")),
        SIPTLSSettings(
          identity: TLSIdentity(
            certificateChainPEM: identity.certificatePEM, privateKeyPEM: other.identity.privateKeyPEM)),
        SIPTLSSettings(identity: identity.identity, trust: .certificates(pem: "nonsense")),
      ]
      for settings in unusable {
        let error = try await networkError("accepted \(String(describing: settings))") {
          _ = try await network.makeSIPTransport(SIPTransportConfiguration(listen: listen, tls: settings)) { _ in }
        }
        #expect(error.code == .invalidConfiguration, "\(error)")
      }
      #expect("\(identity)".contains("PRIVATE") == false)
      #expect(throws: NetworkError.self) { try SelfSignedIdentity(names: [.dns("a b")]) }
      #expect(throws: NetworkError.self) { try SelfSignedIdentity(names: []) }
    }
  }
}
