/// One place where the project breaks one of its own rules.
struct Violation: CustomStringConvertible, Equatable {
  /// The file, relative to the project's root.
  var path: String
  /// The line, counted from 1; nil where the whole file is meant.
  var line: Int?
  /// What is wrong, and what would be right, in a sentence.
  var message: String

  var description: String {
    if let line { "\(path):\(line): \(message)" } else { "\(path): \(message)" }
  }
}
