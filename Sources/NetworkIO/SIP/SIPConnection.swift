import NIOCore
import NIOPosix
import NIOSSL
import NIOTLS
import SIPParser
import SIPTransaction
import WireSupport

/// One TCP or TLS connection that carries SIP, accepted or opened by us: the last handler of its channel.
///
/// Its transport owns it, and tells it what to send; it tells the transport what happened, by `emit` only, so that the
/// user of the transport is never called from within a call of their own.
final class SIPConnection: ChannelInboundHandler, @unchecked Sendable {
  // Unchecked: confined to the loop.
  typealias InboundIn = ByteBuffer

  enum Role {
    case accepted
    case opened(for: SIPDestination)

    var isAccepted: Bool {
      switch self {
      case .accepted: true
      case .opened: false
      }
    }
  }

  private enum Phase {
    /// TCP is being established, and then TLS. What is to be sent waits.
    case opening(waiting: [SIPTransmission], bytes: Int)
    case open
    /// Nothing more may be sent; it closes when what was sent has been written.
    case draining
    case closed
  }

  let id: UInt64
  let role: Role
  private let transport: SystemSIPTransport
  private let sipTransport: SIPTransport
  private let limits: SIPTransportLimits
  private var remote: TransportAddress
  private var phase = Phase.opening(waiting: [], bytes: 0)
  private var channel: (any Channel)?
  private var flow: SIPFlow?
  private var failure: NetworkError?
  private var timer: SystemTimer?
  private var lastActivity = Instant.zero
  private var inputIsClosed = false
  private var isReading = false
  private var needsFlush = false
  private var drainsWhenOpen = false
  private var bufferedBytes = 0

  init(
    id: UInt64, role: Role, sipTransport: SIPTransport, remote: TransportAddress, limits: SIPTransportLimits,
    transport: SystemSIPTransport
  ) {
    self.id = id
    self.role = role
    self.sipTransport = sipTransport
    self.remote = remote
    self.limits = limits
    self.transport = transport
  }

  // MARK: What the transport tells

  /// The channel exists, and is about to be connected.
  func attach(_ channel: any Channel) {
    self.channel = channel
    // A channel that ends before it was active says so here only.
    channel.closeFuture.whenComplete { [self] _ in finish() }
    if case .closed = phase { channel.close(promise: nil) }
  }

  func send(_ transmission: SIPTransmission) {
    switch phase {
    case .opening(var waiting, let bytes):
      guard bytes + transmission.bytes.count <= limits.outboundBufferedBytes else {
        return transport.report(transmission.id, backPressure)
      }
      phase = .opening(waiting: [], bytes: 0)
      waiting.append(transmission)
      phase = .opening(waiting: waiting, bytes: bytes + transmission.bytes.count)
    case .open:
      guard bufferedBytes + transmission.bytes.count <= limits.outboundBufferedBytes else {
        transport.report(transmission.id, backPressure)
        return fail(backPressure)
      }
      write(transmission)
      if isReading { needsFlush = true } else { channel?.flush() }
    case .draining, .closed:
      transport.report(
        transmission.id, NetworkError(.flowClosed, "the connection to \(remote) is closed", address: remote))
    }
  }

  /// Closes it once everything has been written.
  func drain() {
    switch phase {
    case .opening(let waiting, _) where waiting.isEmpty: fail(nil)
    case .opening:
      drainsWhenOpen = true
      transport.retire(self)
    case .open:
      phase = .draining
      transport.retire(self)
      arm(after: limits.closing)
      if bufferedBytes == 0 { channel?.close(promise: nil) }
    case .draining, .closed: break
    }
  }

  /// Closes it at once; `error` says why, and what was not written is reported with it.
  func fail(_ error: NetworkError?) {
    if failure == nil { failure = error }
    transport.retire(self)
    if let channel { channel.close(promise: nil) } else { finish() }
  }

  /// The connection could not be made.
  func connectFailed(_ error: any Error) {
    if failure == nil { failure = NetworkError(error, .connect(remote)) }
    finish()
  }

  /// The server's certificate was not believed; the handshake will fail for that.
  func refuse(_ error: NetworkError) { failure = error }

  // MARK: What the channel tells

  func channelActive(context: ChannelHandlerContext) {
    channel = context.channel
    lastActivity = SystemClock.now()
    if let address = TransportAddress(context.remoteAddress) { remote = address }
    timer = SystemTimer(loop: context.eventLoop) { [weak self] in self?.timerFired() }
    if sipTransport.isSecure { arm(after: limits.handshake) } else { becomeOpen(tlsVersion: nil) }
    context.fireChannelActive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case TLSUserEvent.handshakeCompleted? = event as? TLSUserEvent {
      let version = try? context.pipeline.syncOperations.nioSSL_tlsVersion()
      becomeOpen(tlsVersion: version.map(Self.name(of:)) ?? "TLS")
    } else if case ChannelEvent.inputClosed? = event as? ChannelEvent {
      // The peer has said its last word, and may still wait for our answer.
      inputIsClosed = true
      arm(after: limits.halfClosed)
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    isReading = true
    let buffer = Self.unwrapInboundIn(data)
    guard case .open = phase, let flow, buffer.readableBytes > 0 else { return }
    lastActivity = SystemClock.now()
    transport.emit(.received(Array(buffer.readableBytesView), flow, lastActivity))
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    isReading = false
    if needsFlush {
      needsFlush = false
      context.flush()
    }
    context.fireChannelReadComplete()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case NIOSSLError.uncleanShutdown:
      // A peer that ends TCP without TLS's goodbye. SIP messages say their own length, so nothing can be cut unseen.
      break
    default:
      if failure == nil { failure = NetworkError(error, .connect(remote)) }
    }
    transport.retire(self)
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    finish()
    context.fireChannelInactive()
  }

  // MARK: Inside

  private func becomeOpen(tlsVersion: String?) {
    guard case .opening(let waiting, _) = phase, let channel, let local = TransportAddress(channel.localAddress) else {
      return
    }
    let flow = SIPFlow(id: id, transport: sipTransport, local: local, remote: remote)
    self.flow = flow
    phase = .open
    if role.isAccepted { arm(after: limits.idle) } else { timer?.disarm() }
    for transmission in waiting { write(transmission) }
    transport.emit(.opened(flow, tlsVersion: tlsVersion))
    channel.flush()
    if drainsWhenOpen { drain() }
  }

  private func write(_ transmission: SIPTransmission) {
    guard let channel else { return }
    let count = transmission.bytes.count
    let id = transmission.id
    bufferedBytes += count
    lastActivity = SystemClock.now()
    let written = channel.eventLoop.makePromise(of: Void.self)
    written.futureResult.whenComplete { [self] result in
      bufferedBytes -= count
      switch result {
      case .success:
        if case .draining = phase, bufferedBytes == 0 { self.channel?.close(promise: nil) }
      case .failure(let error):
        if failure == nil, !isInOrder { failure = NetworkError(error, .connect(remote)) }
        transport.report(id, failure ?? NetworkError(error, .connect(remote)))
      }
    }
    channel.write(channel.allocator.buffer(bytes: transmission.bytes), promise: written)
  }

  /// Whether it is we who close it, without an error.
  private var isInOrder: Bool {
    if case .draining = phase { return true }
    return false
  }

  private func arm(after duration: Duration) { timer?.arm(at: SystemClock.now() + duration) }

  private func timerFired() {
    switch phase {
    case .opening:
      let code = role.isAccepted ? NetworkError.Code.limitReached : .timedOut
      fail(NetworkError(code, "\(remote) did not finish the TLS handshake in \(limits.handshake)", address: remote))
    case .open where inputIsClosed: drain()
    case .open:
      let deadline = lastActivity + limits.idle
      if deadline > SystemClock.now() {
        timer?.arm(at: deadline)
      } else {
        fail(NetworkError(.limitReached, "\(remote) was silent for \(limits.idle)", address: remote))
      }
    case .draining:
      fail(NetworkError(.backPressure, "\(remote) did not read in \(limits.closing) what was sent", address: remote))
    case .closed: break
    }
  }

  private func finish() {
    let last = phase
    phase = .closed
    timer?.disarm()
    channel = nil
    switch last {
    case .opening(let waiting, _):
      let error =
        failure
        ?? NetworkError(.connectionReset, "\(remote) broke the connection off before it was open", address: remote)
      for transmission in waiting { transport.report(transmission.id, error) }
    case .open, .draining:
      if let flow { transport.emit(.closed(flow, failure)) }
    case .closed: return
    }
    transport.forget(self)
  }

  private var backPressure: NetworkError {
    NetworkError(
      .backPressure, "\(remote) does not read: more than \(limits.outboundBufferedBytes) bytes wait to be written",
      address: remote)
  }

  private static func name(of version: TLSVersion) -> String {
    switch version {
    case .tlsv1: "TLSv1"
    case .tlsv11: "TLSv1.1"
    case .tlsv12: "TLSv1.2"
    case .tlsv13: "TLSv1.3"
    }
  }
}
