import WireSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How a datagram socket is made.
struct DatagramOptions: Sendable {
  /// What for, to say in an error.
  var use: String
  /// The receive buffer to ask the system for, in bytes; it may give less.
  var receiveBuffer: Int
  /// The differentiated services code point (RFC 2474) of what is sent, 0 to 63.
  var dscp: UInt8
}

/// A bound, non-blocking UDP descriptor, made by the system's own calls: to know the descriptor is what makes sending
/// without an allocation possible.
enum DatagramDescriptor {
  /// Binds `address`; returns the descriptor and the address with the port that it got.
  static func bind(
    _ address: TransportAddress, _ options: DatagramOptions
  ) throws(NetworkError) -> (descriptor: Int32, address: TransportAddress) {
    let family = address.ip.isV6 ? AF_INET6 : AF_INET
    let attempt = NetworkError.Attempt.bind(address, use: options.use)
    let kind = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(family, kind, 0)
    guard descriptor >= 0 else { throw NetworkError(systemError: errno, attempt) }
    // SO_REUSEADDR stays off: on Linux it would let two processes bind the same UDP port.
    set(descriptor, SOL_SOCKET, SO_RCVBUF, Int32(clamping: options.receiveBuffer))
    if address.ip.isV6 {
      set(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, 1)
      set(descriptor, Int32(IPPROTO_IPV6), IPV6_TCLASS, Int32(options.dscp & 63) << 2)
    } else {
      set(descriptor, Int32(IPPROTO_IP), IP_TOS, Int32(options.dscp & 63) << 2)
    }
    guard address.withSystemAddress({ systemBind(descriptor, $0, $1) }) == 0, let bound = localAddress(of: descriptor)
    else {
      let number = errno
      close(descriptor)
      throw NetworkError(systemError: number, attempt)
    }
    return (descriptor, bound)
  }

  /// The local address from which the system would send to `peer`.
  static func route(to peer: TransportAddress) throws(NetworkError) -> IPAddress {
    let descriptor = socket(
      peer.ip.isV6 ? AF_INET6 : AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw NetworkError(systemError: errno, .connect(peer)) }
    defer { close(descriptor) }
    // Port 0 cannot be connected to; the port makes no difference to the route.
    let target = TransportAddress(ip: peer.ip, port: peer.port == 0 ? 9 : peer.port)
    guard target.withSystemAddress({ connect(descriptor, $0, $1) }) == 0, let local = localAddress(of: descriptor)
    else {
      throw NetworkError(systemError: errno, .connect(peer))
    }
    return local.ip
  }

  /// Sends one datagram; 0, or the system's error number.
  static func send(_ bytes: Span<UInt8>, from descriptor: Int32, to destination: TransportAddress) -> Int32 {
    bytes.withUnsafeBufferPointer { bytes in
      destination.withSystemAddress { address, length in
        while sendto(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL), address, length) < 0 {
          if errno != EINTR { return errno }
        }
        return 0
      }
    }
  }

  private static func localAddress(of descriptor: Int32) -> TransportAddress? {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { storage in
      let known = storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        getsockname(descriptor, $0, &length) == 0
      }
      guard known else { return nil }
      switch Int32(storage.pointee.ss_family) {
      case AF_INET: return storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { TransportAddress($0.pointee) }
      case AF_INET6:
        return storage.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { TransportAddress($0.pointee) }
      default: return nil
      }
    }
  }

  /// Sets an integer option. A refusal is no failure: each of these makes things better, and none is needed.
  private static func set(_ descriptor: Int32, _ level: Int32, _ name: Int32, _ value: Int32) {
    var value = value
    setsockopt(descriptor, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
  }
}

// Inside `DatagramDescriptor`, `bind` would name its own method.
private func systemBind(_ descriptor: Int32, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> Int32 {
  bind(descriptor, address, length)
}
