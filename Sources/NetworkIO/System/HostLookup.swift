import NIOPosix
import WireSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Host names by the system's resolver, which blocks: it runs on NIO's pool of threads, never on a loop.
enum HostLookup {
  /// More addresses than this are not of use to anybody.
  private static let limit = 64

  /// The addresses of `host` in the system's order (RFC 6724); a numeric address without asking anybody.
  static func addresses(of host: String) async throws(NetworkError) -> [IPAddress] {
    if let address = IPAddress(host) { return [address] }
    guard !host.isEmpty, host.utf8.count <= 253, !host.utf8.contains(0) else {
      throw NetworkError(.nameNotFound, "\"\(host.prefix(64))\" is not a host name")
    }
    do {
      return try await NIOThreadPool.singleton.runIfActive { try lookUp(host) }
    } catch {
      throw error as? NetworkError ?? NetworkError(.other, "could not look up \(host): \(error)")
    }
  }

  private static func lookUp(_ host: String) throws(NetworkError) -> [IPAddress] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_DGRAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, nil, &hints, &list)
    defer { if let list { freeaddrinfo(list) } }
    guard status == 0 else {
      let reason = gai_strerror(status).map { String(cString: $0) } ?? "error \(status)"
      throw NetworkError(.nameNotFound, "no address for the host name \(host): \(reason)")
    }
    var addresses: [IPAddress] = []
    var entry = list
    while let current = entry, addresses.count < limit {
      if let address = address(current.pointee), !addresses.contains(address) { addresses.append(address) }
      entry = current.pointee.ai_next
    }
    guard !addresses.isEmpty else { throw NetworkError(.nameNotFound, "the host name \(host) has no address") }
    return addresses
  }

  private static func address(_ entry: addrinfo) -> IPAddress? {
    guard let address = entry.ai_addr else { return nil }
    switch entry.ai_family {
    case AF_INET:
      return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { TransportAddress($0.pointee).ip }
    case AF_INET6:
      return address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { TransportAddress($0.pointee).ip }
    default: return nil
    }
  }
}
