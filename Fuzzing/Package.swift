// swift-tools-version: 6.2
import PackageDescription

// A package of its own: libFuzzer brings the `main` of these executables, so they link only with `--sanitize=fuzzer`
// (Scripts/fuzz), and would break a plain `swift build` of the main package.
func fuzzer(_ name: String, of product: String, _ more: [Target.Dependency] = []) -> Target {
  .executableTarget(
    name: name, dependencies: [.product(name: product, package: "SIPSimple")] + more,
    swiftSettings: [.enableExperimentalFeature("Lifetimes"), .unsafeFlags(["-parse-as-library"])])
}

let package = Package(
  name: "Fuzzing",
  dependencies: [.package(name: "SIPSimple", path: "..")],
  targets: [
    fuzzer("FuzzSIPMessage", of: "SIPParser"),
    fuzzer("FuzzSDP", of: "SDP"),
    fuzzer("FuzzRTP", of: "RTP"),
  ],
  swiftLanguageModes: [.v6]
)
