/// A level in dBFS as a bar.
struct LevelMeter: Sendable {
  let style: Style

  /// A bar of 20 characters from −60 to 0 dBFS.
  func bar(_ level: Double) -> String {
    let filled = max(0, min(20, Int(((level + 60) / 3).rounded())))
    let bar = String(repeating: "#", count: filled)
    let rest = String(repeating: ".", count: 20 - filled)
    return (filled > 17 ? style.red(bar) : filled > 12 ? style.yellow(bar) : style.green(bar)) + style.dim(rest)
  }
}
