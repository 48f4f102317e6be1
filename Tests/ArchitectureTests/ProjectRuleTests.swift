import Foundation
import Testing

/// The project as it stands: the folder that holds this file's target.
private let project = Project(
  root: URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent())

@Suite("The project keeps its own rules (docs/architecture.md)")
struct ProjectRuleTests {
  @Test("Every import and every dependency is an arrow of the table")
  func arrows() throws {
    let arrows = try #require(Arrows(project), "docs/architecture.md has no table of arrows")
    #expect(!arrows.rows.isEmpty)
    report(arrows.violations(in: project))
  }

  @Test("Cores reach for nothing, and nothing is forced")
  func purity() throws {
    let arrows = try #require(Arrows(project))
    report(CorePurity.violations(in: project, arrows: arrows))
  }

  @Test("Every library has a landing page, and links lead somewhere")
  func documentation() throws {
    let arrows = try #require(Arrows(project))
    report(Documentation.violations(in: project, arrows: arrows))
  }

  @Test("Every public declaration has a docstring")
  func docstrings() throws {
    let arrows = try #require(Arrows(project))
    report(Docstrings.violations(in: project, arrows: arrows))
  }

  @Test("docs/conformance.md names only tests that exist")
  func conformance() {
    report(Conformance.violations(in: project))
  }

  @Test("Lists of known failures only shrink")
  func knownFailures() {
    report(KnownFailures.violations(in: project))
  }

  private func report(_ violations: [Violation]) {
    for violation in violations { Issue.record("\(violation)") }
  }
}
