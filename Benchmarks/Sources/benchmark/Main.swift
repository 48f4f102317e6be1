#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// `benchmark [AREA] [--json] [--quick]`: times our work beside the peers' and prints a table, or JSON.
@main
struct Main {
  static func main() {
    var area: String?
    var json = false
    var measurement = Measurement.standard
    for argument in CommandLine.arguments.dropFirst() {
      switch argument {
      case "--json": json = true
      case "--quick": measurement = .quick
      default: area = argument
      }
    }
    do {
      let all = try SIPBenchmarks.all() + SRTPBenchmarks.all() + MixerBenchmarks.all() + MediaBenchmarks.all()
      let chosen = all.filter { area == nil || $0.area == area || $0.name == area }
      guard !chosen.isEmpty else {
        throw BenchmarkError(description: "no area or name \(area ?? ""); there are: \(areas(all))")
      }
      let rows = try chosen.flatMap { try measurement.rows(of: $0) }
      print(json ? Report.json(rows) : Report.table(rows))
    } catch {
      let message = "benchmark: \(error)\n"
      _ = write(2, message, message.utf8.count)
      exit(1)
    }
  }

  private static func areas(_ all: [Benchmark]) -> String { Set(all.map(\.area)).sorted().joined(separator: ", ") }
}
