// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The peers are raced where their development packages are installed (Scripts/bootstrap --benchmark); without them a row
// has no peer, and nothing else changes.
func isInstalled(_ header: String) -> Bool {
  ["/usr/include", "/usr/local/include", "/opt/homebrew/include"].contains {
    FileManager.default.fileExists(atPath: "\($0)/\(header)")
  }
}

struct Peer {
  let module, library, package, header, define: String
}

let peers = [
  Peer(
    module: "CSofiaSIP", library: "sofia-sip-ua", package: "libsofia-sip-ua-dev",
    header: "sofia-sip-1.12/sofia-sip/sip.h", define: "HAVE_SOFIA"),
  Peer(
    module: "COSIP", library: "libosip2", package: "libosip2-dev", header: "osipparser2/osip_parser.h",
    define: "HAVE_OSIP"),
  Peer(module: "CSRTP", library: "libsrtp2", package: "libsrtp2-dev", header: "srtp2/srtp.h", define: "HAVE_SRTP"),
].filter { isInstalled($0.header) }

let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "SIPSimple", path: "..")],
  targets: [
    .executableTarget(
      name: "benchmark",
      dependencies: [
        "CPeers", "CAllocationCounter",
        .product(name: "SIPParser", package: "SIPSimple"),
        .product(name: "RTP", package: "SIPSimple"),
        .product(name: "Media", package: "SIPSimple"),
      ],
      swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
    // The peers' loops are C, so that no Swift stands between a peer and its figure.
    .target(
      name: "CPeers", dependencies: peers.map { .init(stringLiteral: $0.module) },
      cSettings: peers.map { .define($0.define) }),
    // A link: the tests of the media path count with the same code.
    .target(name: "CAllocationCounter"),
  ]
    + peers.map {
      .systemLibrary(name: $0.module, pkgConfig: $0.library, providers: [.apt([$0.package])])
    },
  swiftLanguageModes: [.v6]
)
