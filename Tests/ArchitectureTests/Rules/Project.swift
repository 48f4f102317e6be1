import Foundation

/// The project's files, as the rules read them.
struct Project {
  /// The folder that holds Package.swift.
  let root: URL

  init(root: URL) { self.root = root.standardizedFileURL }

  /// Every file under `folder` whose name ends with `suffix`, as sorted paths relative to the root.
  ///
  /// Build folders, hidden folders and what only a build made are left out.
  func files(under folder: String, suffix: String) -> [String] {
    let start = folder.isEmpty ? root : root.appendingPathComponent(folder)
    guard let walk = FileManager.default.enumerator(atPath: start.path) else { return [] }
    var found: [String] = []
    while let path = walk.nextObject() as? String {
      let name = path.split(separator: "/").last ?? ""
      if name.hasPrefix(".") || name == "Package.resolved" {
        walk.skipDescendants()
        continue
      }
      if name.hasSuffix(suffix) { found.append(folder.isEmpty ? path : folder + "/" + path) }
    }
    return found.sorted()
  }

  /// The names of the folders in `folder`, sorted.
  func folders(in folder: String) -> [String] {
    let url = root.appendingPathComponent(folder)
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    return names.filter { !$0.hasPrefix(".") && isDirectory(folder + "/" + $0) }.sorted()
  }

  func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
  }

  func isDirectory(_ path: String) -> Bool {
    var directory: ObjCBool = false
    let there = FileManager.default.fileExists(
      atPath: root.appendingPathComponent(path).path, isDirectory: &directory)
    return there && directory.boolValue
  }

  /// The text of a file, or nil where it is missing or not UTF-8.
  func text(_ path: String) -> String? {
    guard let data = FileManager.default.contents(atPath: root.appendingPathComponent(path).path) else { return nil }
    return String(data: data, encoding: .utf8)
  }

  /// Every Swift file of a target with its path.
  func sources(of target: String) -> [(path: String, text: SourceText)] {
    files(under: "Sources/" + target, suffix: ".swift").compactMap { path in
      text(path).map { (path, SourceText($0)) }
    }
  }
}
