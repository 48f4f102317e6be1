import SIPParser
import SIPTransaction
import WireSupport

/// Everything of the outside world that an endpoint needs: one serial executor, a clock, timers, sockets, names.
///
/// `SystemNetwork` is the machine's own, on one SwiftNIO event loop; `VirtualNetwork` (SIPSimpleTesting) is a simulation
/// in virtual time. Every callback of every object made here (timers, transport events, packets) runs on `executor`, so
/// an actor whose `unownedExecutor` is `network.unownedExecutor` handles it without a hop by `assumeIsolated`.
///
/// The synchronous members of timers, transports and media sockets must be called on `executor`, and trap elsewhere:
/// that is a mistake in our own code, never a peer's doing.
public protocol Network: Sendable {
  /// Runs every callback, and the actors of an endpoint. Lives at least as long as the network.
  var executor: any SerialExecutor { get }

  /// The monotonic clock. From any thread.
  func now() -> Instant

  /// The wall clock in nanoseconds since 1970-01-01 00:00 UTC, for NTP timestamps and `Date`. From any thread.
  func wallClock() -> Int64

  /// A source of identifiers that a peer cannot guess (or, in a simulation, the same in every run).
  func makeIDSource() -> IDSource

  /// Runs `body` on the executor, after what is already waiting there. From any thread.
  func execute(_ body: @escaping @Sendable () -> Void)

  /// One timer, disarmed, that calls `fire` on the executor each time an armed deadline is reached. From any thread.
  func makeTimer(_ fire: @escaping @Sendable () -> Void) -> any NetworkTimer

  /// Binds the addresses in `configuration` and starts to receive SIP.
  ///
  /// - Parameter handler: called on the executor; the first call may come before this method returns. It is kept until
  ///   `shutdown()` has returned.
  /// - Throws: `.addressInUse`, `.permissionDenied`, `.addressNotAvailable`, `.invalidConfiguration`; nothing stays
  ///   bound then.
  func makeSIPTransport(
    _ configuration: SIPTransportConfiguration, handler: @escaping @Sendable (SIPTransportEvent) -> Void
  ) async throws(NetworkError) -> any SIPTransportLayer

  /// Binds an RTP socket to an even port of `ports` and its RTCP socket to the next (RFC 3550 §11), both on `address`.
  ///
  /// - Parameters:
  ///   - address: a local address; the unspecified one receives on every interface.
  ///   - ports: where both ports must lie.
  ///   - handler: called on the executor with each datagram; kept until `close()`.
  /// - Throws: `.portsExhausted` when each pair in the range is taken, or what binding the first pair threw otherwise.
  func makeMediaSocket(
    address: IPAddress, ports: ClosedRange<UInt16>, handler: any MediaSocketHandler
  ) async throws(NetworkError) -> any MediaSocket

  /// The local address from which the system would send to `peer`: what to advertise for a socket that is bound to the
  /// unspecified address. Sends nothing and does not block. From any thread.
  ///
  /// - Throws: `.unreachable` when there is no route.
  func localAddress(toward peer: TransportAddress) throws(NetworkError) -> IPAddress

  /// The addresses of a host name, in the order in which they should be tried; a numeric address gives itself.
  ///
  /// - Throws: `.nameNotFound` with the resolver's reason.
  func resolve(host: String) async throws(NetworkError) -> [IPAddress]
}

extension Network {
  /// For an actor that lives on this network: `nonisolated var unownedExecutor: UnownedSerialExecutor { network.unownedExecutor }`.
  /// The actor must also keep the network.
  public var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
}

/// One re-armable deadline on a network's executor.
public protocol NetworkTimer: AnyObject, Sendable {
  /// Fires once when `deadline` is reached (at once, but never within this call, when it has passed), instead of at the
  /// deadline that was armed before. On the executor only.
  func arm(at deadline: Instant)

  /// Never fires until armed again. On the executor only.
  func disarm()
}

extension NetworkTimer {
  /// Arms for `deadline`, or disarms when it is nil: what a driver does with a core's `nextDeadline`.
  public func arm(at deadline: Instant?) {
    if let deadline { arm(at: deadline) } else { disarm() }
  }
}
