// swift-tools-version: 6.2
import PackageDescription

// CI builds with every warning as an error; a user's build of this package as a dependency is never stopped by one.
let strict: [SwiftSetting] =
  Context.environment["SIPSIMPLE_WARNINGS_AS_ERRORS"] == nil ? [] : [.treatAllWarnings(as: .error)]

// `Lifetimes` lets a parser keep a `Span` in a non-escapable reader (docs/architecture.md, "Bytes").
let core: [SwiftSetting] = strict + [.enableExperimentalFeature("Lifetimes")]

let package = Package(
  name: "SIPSimple",
  products: [
    .library(name: "SIPSimple", targets: ["SIPSimple"]),
    .library(name: "SIPSimpleTesting", targets: ["SIPSimpleTesting"]),
    .library(name: "SIPParser", targets: ["SIPParser"]),
    .library(name: "SIPTransaction", targets: ["SIPTransaction"]),
    .library(name: "SIPUserAgent", targets: ["SIPUserAgent"]),
    .library(name: "SDP", targets: ["SDP"]),
    .library(name: "RTP", targets: ["RTP"]),
    .library(name: "Media", targets: ["Media"]),
    .executable(name: "sip", targets: ["sip"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
  ],
  targets: [
    .target(name: "WireSupport", swiftSettings: core),
    .target(name: "SIPParser", dependencies: ["WireSupport"], swiftSettings: core),
    .target(name: "SDP", dependencies: ["WireSupport"], swiftSettings: core),
    .target(name: "SIPTransaction", dependencies: ["SIPParser", "WireSupport"], swiftSettings: core),
    .target(
      name: "SIPUserAgent", dependencies: ["SIPTransaction", "SIPParser", "WireSupport"],
      swiftSettings: core),
    .target(name: "RTP", dependencies: ["WireSupport", "CCrypto"], swiftSettings: core),
    .target(
      name: "Media", dependencies: ["WireSupport", "COpus", "CSpeexDSP", "CALSA"],
      swiftSettings: core),
    .target(
      name: "NetworkIO",
      dependencies: [
        "SIPUserAgent", "SIPTransaction", "SIPParser", "WireSupport", "CCrypto",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "NIOTLS", package: "swift-nio"),
      ], swiftSettings: core),
    .target(
      name: "SIPSimple",
      dependencies: ["NetworkIO", "Media", "RTP", "SDP", "SIPUserAgent", "SIPTransaction", "SIPParser", "WireSupport"],
      swiftSettings: core),
    .target(
      name: "SIPSimpleTesting",
      dependencies: ["SIPSimple", "NetworkIO", "Media", "SIPTransaction", "SIPParser", "WireSupport"],
      swiftSettings: core),
    .executableTarget(
      name: "sip",
      dependencies: ["SIPSimple", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: strict),

    .executableTarget(
      name: "example-call", dependencies: ["SIPSimple"], path: "Examples/Call", swiftSettings: strict),

    // Counts allocations in the tests that promise none.
    .target(name: "CAllocationCounter", path: "Tests/CAllocationCounter"),
    .testTarget(name: "ArchitectureTests", swiftSettings: strict),
    .testTarget(name: "WireSupportTests", dependencies: ["WireSupport"], swiftSettings: core),
    .testTarget(name: "SIPParserTests", dependencies: ["SIPParser", "WireSupport"], swiftSettings: core),
    .testTarget(name: "SDPTests", dependencies: ["SDP", "WireSupport"], swiftSettings: core),
    .testTarget(
      name: "SIPTransactionTests", dependencies: ["SIPTransaction", "SIPParser", "WireSupport"], swiftSettings: core),
    .testTarget(
      name: "SIPUserAgentTests", dependencies: ["SIPUserAgent", "SIPTransaction", "SIPParser", "WireSupport"],
      swiftSettings: core),
    .testTarget(name: "RTPTests", dependencies: ["RTP", "WireSupport", "CCrypto"], swiftSettings: core),
    .testTarget(
      name: "MediaTests", dependencies: ["Media", "WireSupport", "CAllocationCounter", "CSpeexDSP"],
      swiftSettings: core),
    .testTarget(
      name: "NetworkIOTests",
      dependencies: [
        "NetworkIO", "SIPTransaction", "SIPParser", "WireSupport", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ], swiftSettings: core),
    .testTarget(
      name: "SIPSimpleTests",
      dependencies: ["SIPSimple", "SIPSimpleTesting", "Media", "NetworkIO", "SDP", "SIPParser", "WireSupport"],
      swiftSettings: core),
    .testTarget(name: "InteropTests", dependencies: ["sip"], swiftSettings: strict),

    .systemLibrary(name: "COpus", pkgConfig: "opus", providers: [.apt(["libopus-dev"])]),
    .systemLibrary(name: "CSpeexDSP", pkgConfig: "speexdsp", providers: [.apt(["libspeexdsp-dev"])]),
    .systemLibrary(name: "CALSA", pkgConfig: "alsa", providers: [.apt(["libasound2-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
  ],
  swiftLanguageModes: [.v6]
)
