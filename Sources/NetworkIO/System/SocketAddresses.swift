import NIOCore
import WireSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension TransportAddress {
  /// The address of a socket as NIO tells it; nil for a Unix domain socket.
  init?(_ address: SocketAddress?) {
    switch address {
    case .v4(let v4): self.init(v4.address)
    case .v6(let v6): self.init(v6.address)
    case .unixDomainSocket, nil: return nil
    }
  }

  init(_ address: sockaddr_in) {
    self.init(ip: .v4(UInt32(bigEndian: address.sin_addr.s_addr)), port: UInt16(bigEndian: address.sin_port))
  }

  init(_ address: sockaddr_in6) {
    let (high, low) = withUnsafeBytes(of: address.sin6_addr) {
      ($0.load(fromByteOffset: 0, as: UInt64.self), $0.load(fromByteOffset: 8, as: UInt64.self))
    }
    self.init(
      ip: .v6(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low), zone: address.sin6_scope_id),
      port: UInt16(bigEndian: address.sin6_port))
  }

  /// The system's form, on the stack, for one call.
  func withSystemAddress<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    switch systemAddress {
    case .v4(var address):
      return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
      }
    case .v6(var address):
      return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in6>.size)) }
      }
    }
  }

  /// NIO's form, which lives on the heap: not for the path of a packet.
  var socketAddress: SocketAddress {
    switch systemAddress {
    case .v4(let address): SocketAddress(address)
    case .v6(let address): SocketAddress(address)
    }
  }

  private enum SystemAddress {
    case v4(sockaddr_in)
    case v6(sockaddr_in6)
  }

  private var systemAddress: SystemAddress {
    switch ip {
    case .v4(let bits):
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = port.bigEndian
      address.sin_addr.s_addr = bits.bigEndian
      return .v4(address)
    case .v6(let high, let low, let zone):
      var address = sockaddr_in6()
      address.sin6_family = sa_family_t(AF_INET6)
      address.sin6_port = port.bigEndian
      address.sin6_scope_id = zone
      withUnsafeMutableBytes(of: &address.sin6_addr) {
        $0.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
        $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
      }
      return .v6(address)
    }
  }
}
