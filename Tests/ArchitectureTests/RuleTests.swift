import Foundation
import Testing

/// A made-up project in a temporary folder, to see each rule refuse what it is there to refuse.
private final class MadeUpProject {
  let project: Project
  private let folder: URL

  init(_ files: [String: String]) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("rules-\(UUID().uuidString)")
    for (path, text) in files {
      let file = folder.appendingPathComponent(path)
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(text.utf8).write(to: file)
    }
    project = Project(root: folder)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }
}

/// A piece of Swift as a test's argument, on one line where it is printed.
struct Sample: ExpressibleByStringLiteral, CustomTestStringConvertible {
  let text: String
  init(stringLiteral text: String) { self.text = text }
  var testDescription: String { text.replacingOccurrences(of: "\n", with: "⏎") }
}

private let table = """
  <!-- arrows -->
  | target | kind | ours | elsewhere |
  |---|---|---|---|
  | Low | core | | libc.memchr |
  | High | library | Low | Synchronization |
  <!-- /arrows -->
  """

private let manifest = """
  let package = Package(targets: [
    .target(name: "Low"),
    .target(name: "High", dependencies: ["Low"]),
  ])
  """

@Suite("Rule: arrows point down")
struct ArrowRuleTests {
  private func messages(low: String, high: String, manifest text: String = manifest) throws -> [String] {
    let made = try MadeUpProject([
      "docs/architecture.md": table, "Package.swift": text, "Sources/Low/Low.swift": low,
      "Sources/High/High.swift": high,
    ])
    let arrows = try #require(Arrows(made.project))
    return arrows.violations(in: made.project).map(\.description)
  }

  @Test("What the table allows passes")
  func allowed() throws {
    let high = "public import Low\n@preconcurrency import struct Synchronization.Mutex\n// import Forbidden\n"
    #expect(try messages(low: "import func Glibc.memchr\n", high: high) == [])
  }

  @Test("An arrow upward is refused, with its line")
  func upward() throws {
    #expect(
      try messages(low: "\nimport High", high: "import Low") == [
        "Sources/Low/Low.swift:2: Low may not import High (docs/architecture.md)",
        "Package.swift:2: Low imports High and does not declare the dependency",
      ])
  }

  @Test("A scoped allowance does not let the whole C library in")
  func scoped() throws {
    #expect(
      try messages(low: "import Glibc", high: "import Low") == [
        "Sources/Low/Low.swift:1: Low may not import libc (docs/architecture.md)"
      ])
  }

  @Test("A dependency that Package.swift declares and nobody imports is refused")
  func unused() throws {
    #expect(
      try messages(low: "", high: "") == ["Package.swift:3: High depends on Low and imports it nowhere"])
  }

  @Test("A dependency that the table does not have is refused in Package.swift too")
  func declared() throws {
    let text = manifest.replacingOccurrences(
      of: "[\"Low\"]", with: "[\"Low\", .product(name: \"NIO\", package: \"n\")]")
    #expect(
      try messages(low: "", high: "import Low", manifest: text) == [
        "Package.swift:3: High may not depend on NIO (docs/architecture.md)"
      ])
  }
}

@Suite("Rule: a core is told everything")
struct PurityRuleTests {
  private func messages(_ low: String) throws -> [String] {
    let made = try MadeUpProject(["docs/architecture.md": table, "Sources/Low/Low.swift": low])
    let arrows = try #require(Arrows(made.project))
    return CorePurity.violations(in: made.project, arrows: arrows).map(\.message)
  }

  @Test(
    "A clock, a task, randomness, output or force is refused",
    arguments: [
      "let now = ContinuousClock.now", "Task { }", "let x = Int.random(in: 0..<2)", "print(1)", "let a = b!",
      "let a = try! b()", "let a = b as! Int", "fatalError()", "let lock = Mutex(0)", "func f() async {}",
    ] as [Sample])
  func refused(line: Sample) throws {
    #expect(try messages(line.text).count == 1)
  }

  @Test(
    "What only looks like it passes",
    arguments: [
      "// ContinuousClock, and print(1)", "let text = \"Task { } b! \\(c)\"", "let a = b != c", "if !a { }",
      "enum Kind { case socket }", "self.print(1)", "let r = Int.random(in: 0..<2, using: &source)",
      "let raw = #\"a\"b! \"#", "let block = \"\"\"\n  print(b!)\n  \"\"\"",
    ] as [Sample])
  func accepted(line: Sample) throws {
    #expect(try messages(line.text) == [])
  }
}

@Suite("Rule: pages tell the truth")
struct PageRuleTests {
  @Test("A link to a missing file or heading is refused; code, schemes and good links are not")
  func links() throws {
    let made = try MadeUpProject([
      "docs/a.md": "# A page\n[b](b.md) [c](c.md) [h](#a-page) [n](b.md#none) [w](https://x.y/z) `[q](q.md)`\n",
      "docs/b.md": "# B\n",
    ])
    #expect(
      Documentation.violations(in: made.project, arrows: Arrows(table: []))
        .map(\.description) == [
          "docs/a.md:2: links to c.md, which does not exist",
          "docs/a.md:2: links to b.md#none, and there is no such heading",
        ])
  }

  @Test("A conformance row must name a test that exists")
  func conformance() throws {
    let made = try MadeUpProject([
      "docs/conformance.md": """
      | section | test |
      |---|---|
      | 1 | `SomeTests/works()` |
      | 2 | `A name that is shown` |
      | 3 | `SomeTests/gone()`, `works()` |
      """,
      "Tests/T/T.swift": "@Suite(\"A name that is shown\")\nstruct SomeTests { @Test func works() {} }",
    ])
    #expect(
      Conformance.violations(in: made.project).map(\.description) == [
        "docs/conformance.md:5: names the test `SomeTests/gone()`, which does not exist"
      ])
  }

  @Test("A library needs a landing page that names it")
  func landingPage() throws {
    let made = try MadeUpProject([
      "docs/architecture.md": table, "Sources/Low/Low.docc/Low.md": "# ``Low``\n",
      "Sources/High/High.docc/High.md": "# Something else\n",
    ])
    let arrows = try #require(Arrows(made.project))
    #expect(
      Documentation.violations(in: made.project, arrows: arrows).map(\.path) == ["Sources/High/High.docc/High.md"])
  }

  @Test("A list of known failures ignores comments and blank lines")
  func entries() {
    #expect(KnownFailures.entries("# why\n\na.dat # because\nb.dat\n") == ["a.dat", "b.dat"])
  }
}

@Suite("Rule: a public declaration says what it is")
struct DocstringRuleTests {
  @Test(
    "What lacks a docstring is found",
    arguments: [
      "public func a() {}", "  public static let b = 1", "// no docstring\npublic struct C {}", "public init() {}",
      "@inlinable public var d: Int { 1 }", "public final class E {}", "/// far away\n\npublic enum F {}",
    ] as [Sample])
  func found(sample: Sample) {
    #expect(Docstrings.undocumented(SourceText(sample.text)).count == 1)
  }

  @Test(
    "What has one, inherits one or is not public passes",
    arguments: [
      "/// A.\npublic func a() {}", "/// B.\n@inlinable\npublic var b: Int { 1 }", "func c() {}",
      "public import Foundation",
      "public var description: String { \"\" }", "public static func == (a: A, b: A) -> Bool { true }",
      "public extension D {}", "let text = \"public func e() {}\"", "/** F. */\npublic enum F {}",
      "public override func g() {}", "public func hash(into hasher: inout Hasher) {}",
    ] as [Sample])
  func passed(sample: Sample) {
    #expect(Docstrings.undocumented(SourceText(sample.text)).isEmpty)
  }
}
