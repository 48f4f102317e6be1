import NIOCore
import NIOPosix
import NIOSSL
import WireSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension NetworkError {
  /// What an attempt was, to say in a sentence why it failed.
  enum Attempt {
    /// To bind the address, for `use` ("SIP over UDP", "RTP").
    case bind(TransportAddress, use: String)
    /// To connect, or to talk on a connection.
    case connect(TransportAddress)
    /// To send a datagram.
    case send(TransportAddress)

    var address: TransportAddress {
      switch self {
      case .bind(let address, _), .connect(let address), .send(let address): address
      }
    }
  }

  /// The error for the system's `number`.
  init(systemError number: Int32, _ attempt: Attempt) {
    let address = attempt.address
    let (code, message): (Code, String)
    switch (number, attempt) {
    case (EADDRINUSE, .bind(_, let use)):
      (code, message) = (.addressInUse, "port \(address.port) of \(address.ip) is taken by another socket (for \(use))")
    case (EACCES, .bind(_, let use)), (EPERM, .bind(_, let use)):
      (code, message) = (.permissionDenied, "no permission to bind port \(address.port) of \(address.ip) (for \(use))")
    case (EADDRNOTAVAIL, .bind(_, let use)):
      (code, message) = (.addressNotAvailable, "\(address.ip) is not an address of this machine (for \(use))")
    case (EAFNOSUPPORT, .bind(_, let use)):
      (code, message) = (.addressNotAvailable, "this machine has no \(address.ip.isV6 ? "IPv6" : "IPv4") (for \(use))")
    case (ECONNREFUSED, _):
      (code, message) = (.refused, "nobody listens at \(address)")
    // Linux says EINVAL for a route out of a socket that is bound to the loopback address.
    case (ENETUNREACH, _), (EHOSTUNREACH, _), (EADDRNOTAVAIL, _), (EAFNOSUPPORT, _), (EHOSTDOWN, _), (ENETDOWN, _),
      (EINVAL, .send):
      (code, message) = (.unreachable, "there is no way to \(address): \(Self.text(number))")
    case (EACCES, _), (EPERM, _):
      (code, message) = (.permissionDenied, "the system forbids sending to \(address)")
    case (ETIMEDOUT, _):
      (code, message) = (.timedOut, "\(address) did not answer in time")
    case (ECONNRESET, _), (EPIPE, _), (ECONNABORTED, _):
      (code, message) = (.connectionReset, "\(address) broke the connection off")
    case (EMSGSIZE, _):
      (code, message) = (.messageTooLarge, "the datagram to \(address) is too large")
    case (EAGAIN, .send), (ENOBUFS, .send):
      (code, message) = (.backPressure, "the system's buffer is full; the datagram to \(address) was not sent")
    case (_, .bind(_, let use)):
      (code, message) = (.other, "could not bind \(address) (for \(use)): \(Self.text(number))")
    default:
      (code, message) = (.other, "could not reach \(address): \(Self.text(number))")
    }
    self.init(code, message, address: address, systemError: number)
  }

  /// The error for what NIO threw.
  init(_ error: any Error, _ attempt: Attempt) {
    let address = attempt.address
    switch error {
    case let error as NetworkError: self = error
    case let error as IOError: self.init(systemError: error.errnoCode, attempt)
    case ChannelError.connectTimeout:
      self.init(.timedOut, "\(address) did not answer in time", address: address)
    case ChannelError.ioOnClosedChannel, ChannelError.alreadyClosed, ChannelError.outputClosed, ChannelError.eof:
      self.init(.connectionReset, "\(address) broke the connection off", address: address)
    case NIOSSLError.handshakeFailed(let reason):
      self.init(.tlsHandshakeFailed, "the TLS handshake with \(address) failed: \(reason)", address: address)
    case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
      self.init(.tlsHandshakeFailed, "TLS with \(address) failed: \(error)", address: address)
    case is EventLoopError:
      self.init(.shutDown, "the network was shut down", address: address)
    default:
      self.init(.other, "could not reach \(address): \(error)", address: address)
    }
  }

  private static func text(_ number: Int32) -> String {
    guard let text = strerror(number) else { return "error \(number)" }
    return String(cString: text)
  }
}
