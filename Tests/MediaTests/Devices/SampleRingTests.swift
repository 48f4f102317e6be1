import Testing
import WireSupport

@testable import Media

@Suite("SampleRing: between two threads without a lock")
struct SampleRingTests {
  @Test("what goes in comes out, in order, with whatever sizes")
  func order() {
    let ring = SampleRing(capacity: 100)
    #expect(ring.capacity == 128)
    var ids = IDSource.seeded(1)
    var written = 0
    var read = 0
    for _ in 0..<10_000 {
      let piece = (0..<Int(ids.next(in: 0...150))).map { Int16(truncatingIfNeeded: written + $0) }
      let room = 128 - (written - read)
      let taken = ring.write(piece.span)
      #expect(taken == min(piece.count, room))
      written += taken
      #expect(ring.count == written - read)
      if ids.nextUnit() < 0.1 {
        read += ring.discard(Int(ids.next(in: 0...20)))
        continue
      }
      var output = [Int16](repeating: -1, count: Int(ids.next(in: 0...150)))
      var span = output.mutableSpan
      let count = ring.read(into: &span)
      #expect(output[..<count].elementsEqual((read..<(read + count)).map { Int16(truncatingIfNeeded: $0) }))
      read += count
    }
  }

  @Test("two threads pass two million samples, none lost, none torn")
  func twoThreads() throws {
    let ring = SampleRing(capacity: 1_024)
    let total = 2_000_000
    let writer = try DeviceThread {
      var next = 0
      var piece = [Int16](repeating: 0, count: 441)
      while next < total {
        let count = min(piece.count, total - next)
        for index in 0..<count { piece[index] = Int16(truncatingIfNeeded: (next + index) &* 7) }
        var done = 0
        while done < count { done += ring.write(piece.span.extracting(done..<count)) }
        next += count
      }
    }
    var next = 0
    var wrong = 0
    var output = [Int16](repeating: 0, count: 320)
    while next < total {
      var span = output.mutableSpan
      let count = ring.read(into: &span)
      for index in 0..<count where output[index] != Int16(truncatingIfNeeded: (next + index) &* 7) { wrong += 1 }
      next += count
    }
    writer.join()
    #expect(wrong == 0 && ring.count == 0)
  }
}
