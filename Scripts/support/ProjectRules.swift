import Foundation

/// The rules of `Tests/ArchitectureTests/Rules` as a program, for `Scripts/lint`: no need to build the package for them.
@main
struct ProjectRules {
  static func main() {
    let root = CommandLine.arguments.dropFirst().first ?? FileManager.default.currentDirectoryPath
    let project = Project(root: URL(fileURLWithPath: root))
    guard let arrows = Arrows(project) else {
      print("\(Arrows.page): has no table between <!-- arrows --> and <!-- /arrows -->")
      exit(1)
    }
    let violations =
      arrows.violations(in: project) + CorePurity.violations(in: project, arrows: arrows)
      + Documentation.violations(in: project, arrows: arrows) + Docstrings.violations(in: project, arrows: arrows)
      + Conformance.violations(in: project)
      + KnownFailures.violations(in: project)
    for violation in violations { print(violation) }
    exit(violations.isEmpty ? 0 : 1)
  }
}
