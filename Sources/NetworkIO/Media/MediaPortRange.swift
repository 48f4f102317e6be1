import Synchronization
import WireSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Finds free even/odd pairs of ports. It goes round each range, so that a port rests as long as possible before it is
/// used again and late packets of an ended call do not reach a new one.
final class MediaPortRange: Sendable {
  /// A bound RTP and RTCP descriptor with their addresses.
  struct Pair: Sendable {
    var rtp: (descriptor: Int32, address: TransportAddress)
    var rtcp: (descriptor: Int32, address: TransportAddress)

    /// Closes the one that nobody has taken over.
    func closeRTCP() { close(rtcp.descriptor) }
  }

  private let lastPort = Mutex<UInt16>(0)

  init() {}

  /// Binds a pair within `ports`; `.portsExhausted` when each is taken.
  func bind(
    _ address: IPAddress, _ ports: ClosedRange<UInt16>, receiveBuffer: Int, dscp: UInt8
  ) throws(NetworkError) -> Pair {
    let first = Int(ports.lowerBound) + Int(ports.lowerBound & 1)
    let count = (Int(ports.upperBound) + 1 - first) / 2
    guard count > 0, first > 0 else {
      throw NetworkError(
        .invalidConfiguration,
        "the port range \(ports.lowerBound)-\(ports.upperBound) holds no even port with the next odd one")
    }
    // The pair after the one that was given last, if that lay in this range, or the first.
    let last = Int(lastPort.withLock { $0 })
    let start = last >= first && last < first + 2 * count ? (last - first) / 2 + 1 : 0
    for step in 0..<count {
      let port = UInt16(first + 2 * ((start + step) % count))
      do throws(NetworkError) {
        let pair = try bindPair(address, port, receiveBuffer, dscp)
        lastPort.withLock { $0 = port }
        return pair
      } catch  where error.code == .addressInUse {
        continue
      }
    }
    throw NetworkError(
      .portsExhausted,
      "each of the \(count) even/odd pairs of UDP ports \(ports.lowerBound)-\(ports.upperBound) of \(address) is taken",
      address: TransportAddress(ip: address, port: ports.lowerBound))
  }

  private func bindPair(
    _ address: IPAddress, _ port: UInt16, _ receiveBuffer: Int, _ dscp: UInt8
  ) throws(NetworkError) -> Pair {
    let rtp = try DatagramDescriptor.bind(
      TransportAddress(ip: address, port: port), DatagramOptions(use: "RTP", receiveBuffer: receiveBuffer, dscp: dscp))
    do throws(NetworkError) {
      let rtcp = try DatagramDescriptor.bind(
        TransportAddress(ip: address, port: port + 1),
        DatagramOptions(use: "RTCP", receiveBuffer: 1 << 16, dscp: dscp))
      return Pair(rtp: rtp, rtcp: rtcp)
    } catch {
      close(rtp.descriptor)
      throw error
    }
  }
}
