import Foundation
import Testing
import WireSupport

@testable import RTP

#if os(Linux)
  @Suite("RTP session: memory does not grow with packets")
  struct RTPAllocationTests {
    /// In a process of its own, so that no other test's memory is in the sum. That nothing is allocated even for a moment
    /// is shown by the benchmark, which counts the calls of malloc.
    @Test("30 000 packets sent, received, replayed and refused: the process is as large as before")
    func residentMemory() async {
      await #expect(processExitsWith: .success) {
        let growth = try residentGrowth()
        // Eight bytes a packet would be 720 KB.
        guard growth <= 400_000 else {
          print("the process grew by \(growth) bytes")
          exit(1)
        }
      }
    }
  }

  private func residentGrowth() throws -> Int {
    let left = RTPSession(
      configuration: RTPSessionConfiguration(cname: "l", clockRate: 8000, payloadTypes: [0], remoteRTP: bob),
      ids: .seeded(1), at: .zero)
    let right = RTPSession(
      configuration: RTPSessionConfiguration(cname: "r", clockRate: 8000, payloadTypes: [0], remoteRTP: alice),
      ids: .seeded(2), at: .zero)
    let (one, other) = (try masterKey(seed: 1), try masterKey(seed: 2))
    try left.setKeys(inbound: [other], outbound: one)
    try right.setKeys(inbound: [one], outbound: other)
    var outputs = RTPSessionOutputs()
    let payload = [UInt8](repeating: 1, count: 160)
    var noise = [UInt8](repeating: 0x80, count: 172)
    func run(_ numbers: Range<Int>) throws {
      for number in numbers {
        let now = ms(Double(number) * 20)
        let packet = try left.send(payload.span, payloadType: 0, timestamp: UInt32(number) &* 160, at: now)
        _ = right.receive(packet, from: alice, at: now, into: &outputs)
        _ = right.receive(packet, from: mallory, at: now, into: &outputs)
        noise[11] = UInt8(truncatingIfNeeded: number)
        _ = right.receive(noise.span, from: mallory, at: now, into: &outputs)
      }
    }
    try run(0..<1000)
    let before = try residentBytes()
    try run(1000..<31_000)
    return try residentBytes() - before
  }

  private func residentBytes() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    // Resident less shared: a library's pages that are read in on the way are not ours.
    let (resident, shared) = (Int(fields[1]), Int(fields[2]))
    return (try #require(resident) - (try #require(shared))) * 4096
  }
#endif
