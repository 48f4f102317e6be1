import Foundation
import Synchronization

/// Ports of loopback that nobody uses now, below the system's ephemeral range so that nobody is handed one later.
enum LoopbackPorts {
  private static let next = Mutex<UInt16>(UInt16.random(in: 10_000...19_999) & ~1)

  /// The first of `count` ports in a row, even, free for UDP and TCP.
  static func take(_ count: UInt16 = 2) throws -> UInt16 {
    try next.withLock { next in
      for _ in 0..<500 {
        let first = next
        next = next &+ count &+ (count & 1)
        if next > 30_000 { next = 10_000 }
        if (first..<(first + count)).allSatisfy(isFree) { return first }
      }
      throw InteropError("no \(count) free ports in a row on loopback")
    }
  }

  private static func isFree(_ port: UInt16) -> Bool {
    [SOCK_DGRAM, SOCK_STREAM].allSatisfy { kind in
      let descriptor = socket(AF_INET, Int32(kind.rawValue), 0)
      guard descriptor >= 0 else { return false }
      defer { close(descriptor) }
      var address = LoopbackSocket.address(port)
      return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
          bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
      }
    }
  }
}

/// A plain socket on loopback, for what no program offers: a port that takes datagrams and says nothing, or noise.
final class LoopbackSocket: Sendable {
  private let descriptor: Int32
  let port: UInt16

  /// A bound UDP socket that nobody reads.
  init() throws {
    port = try LoopbackPorts.take()
    descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0)
    var address = Self.address(port)
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard bound == 0 else { throw InteropError("cannot bind 127.0.0.1:\(port)") }
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8], to port: UInt16) {
    var address = Self.address(port)
    withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = sendto(descriptor, bytes, bytes.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }

  static func address(_ port: UInt16) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    return address
  }
}
