import NIOCore
import WireSupport

/// An RTP/RTCP pair of UDP sockets on an event loop.
final class SystemMediaSocket: MediaSocket, @unchecked Sendable {
  // Unchecked: `handler` and the counter are touched on the loop only, as the sockets make sure of.
  let localRTP: TransportAddress
  let localRTCP: TransportAddress
  private(set) var refusedSends: UInt64 = 0
  private let rtp: DatagramSocket
  private let rtcp: DatagramSocket
  private let whenClosed: @Sendable () -> Void
  private var isClosed = false

  private init(rtp: DatagramSocket, rtcp: DatagramSocket, whenClosed: @escaping @Sendable () -> Void) {
    self.rtp = rtp
    self.rtcp = rtcp
    self.whenClosed = whenClosed
    localRTP = rtp.address
    localRTCP = rtcp.address
  }

  /// Receives on a bound pair of descriptors, which it owns from now on.
  static func open(
    _ pair: MediaPortRange.Pair, on loop: any EventLoop, handler: any MediaSocketHandler,
    whenClosed: @escaping @Sendable () -> Void
  ) async throws(NetworkError) -> SystemMediaSocket {
    // 64 a system call is where throughput stops growing; RTCP is a packet a second.
    let rtp: DatagramSocket
    do throws(NetworkError) {
      rtp = try await DatagramSocket.open(pair.rtp.descriptor, pair.rtp.address, on: loop, vector: 64, largest: 2048) {
        handler.received($0, component: .rtp, from: $1, at: $2)
      }
    } catch {
      pair.closeRTCP()
      throw error
    }
    do throws(NetworkError) {
      let rtcp = try await DatagramSocket.open(
        pair.rtcp.descriptor, pair.rtcp.address, on: loop, vector: 8, largest: 2048
      ) {
        handler.received($0, component: .rtcp, from: $1, at: $2)
      }
      return SystemMediaSocket(rtp: rtp, rtcp: rtcp, whenClosed: whenClosed)
    } catch {
      loop.execute { rtp.close() }
      throw error
    }
  }

  func send(_ packet: Span<UInt8>, component: MediaComponent, to destination: TransportAddress) {
    let socket =
      switch component {
      case .rtp: rtp
      case .rtcp: rtcp
      }
    if socket.send(packet, to: destination) != 0 { refusedSends &+= 1 }
  }

  func close() {
    rtp.close()
    rtcp.close()
    if isClosed { return }
    isClosed = true
    whenClosed()
  }
}
