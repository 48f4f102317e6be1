import Testing
import WireSupport

@Suite("Deadlines: one timer an endpoint")
struct DeadlinesTests {
  @Test("earliest first, equal ones in the order in which they were set")
  func order() {
    var deadlines = Deadlines<String>()
    deadlines.set("b", at: Instant(nanoseconds: 20))
    deadlines.set("a", at: Instant(nanoseconds: 10))
    deadlines.set("c", at: Instant(nanoseconds: 20))
    #expect(deadlines.next == Instant(nanoseconds: 10))
    #expect(deadlines.popDue(at: Instant(nanoseconds: 9)) == nil)
    #expect(deadlines.popDue(at: Instant(nanoseconds: 30)) == "a")
    #expect(deadlines.popDue(at: Instant(nanoseconds: 30)) == "b")
    #expect(deadlines.popDue(at: Instant(nanoseconds: 30)) == "c")
    #expect(deadlines.popDue(at: .distantFuture) == nil)
    #expect(deadlines.isEmpty && deadlines.next == nil)
  }

  @Test("against a plain dictionary, over random operations")
  func model() {
    var ids = IDSource.seeded(42)
    var deadlines = Deadlines<Int>()
    var model: [Int: Instant] = [:]
    for step in 0..<20_000 {
      let id = Int(ids.next(in: 0...40))
      switch ids.next(in: 0...3) {
      case 0, 1:
        let at = Instant(nanoseconds: Int64(step) + Int64(ids.next(in: 0...500)))
        deadlines.set(id, at: at)
        model[id] = at
      case 2:
        deadlines.clear(id)
        model[id] = nil
      default:
        let now = Instant(nanoseconds: Int64(step))
        while let due = deadlines.popDue(at: now) {
          #expect(model[due].map { $0 <= now } == true)
          #expect(model[due] == model.values.min())
          model[due] = nil
        }
        #expect(!model.values.contains { $0 <= now })
      }
      #expect(deadlines.next == model.values.min())
      #expect(deadlines.count == model.count)
    }
  }

  @Test("re-arming a million times keeps memory and time bounded")
  func rearming() {
    var deadlines = Deadlines<Int>()
    deadlines.set(1, at: Instant(nanoseconds: 1))
    for step in 0..<1_000_000 { deadlines.set(2, at: Instant(nanoseconds: 2_000_000 + Int64(step))) }
    #expect(deadlines.count == 2)
    #expect(deadlines.popDue(at: .distantFuture) == 1)
    #expect(deadlines.popDue(at: .distantFuture) == 2)
  }
}
