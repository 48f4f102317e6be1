import NIOCore
import NIOPosix
import WireSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// One UDP socket on an event loop: received by NIO in vectors, sent by the system's call.
///
/// Sending goes around NIO's pipeline because a datagram that cannot be sent at once is better lost than queued, and
/// because it then allocates nothing. The descriptor is NIO's to close; on the loop `isOpen` tells whether it has.
final class DatagramSocket: ChannelInboundHandler, @unchecked Sendable {
  // Unchecked: confined to the loop but for `address` and `open`.
  typealias InboundIn = AddressedEnvelope<ByteBuffer>
  typealias Receive = @Sendable (Span<UInt8>, TransportAddress, Instant) -> Void

  /// The bound address.
  let address: TransportAddress
  private let loop: any EventLoop
  private let descriptor: Int32
  private var receive: Receive?
  private var channel: (any Channel)?
  private var batchTime: Instant?

  private init(_ descriptor: Int32, _ address: TransportAddress, _ loop: any EventLoop, _ receive: @escaping Receive) {
    self.descriptor = descriptor
    self.address = address
    self.loop = loop
    self.receive = receive
  }

  /// Starts to receive on a bound descriptor, which it owns from now on.
  ///
  /// - Parameters:
  ///   - vector: how many datagrams one system call may read.
  ///   - largest: the longest datagram that is received whole, in bytes; a longer one is cut there.
  ///   - receive: called on the loop with each; the bytes are valid during the call.
  static func open(
    _ descriptor: Int32, _ address: TransportAddress, on loop: any EventLoop, vector: Int, largest: Int,
    receive: @escaping Receive
  ) async throws(NetworkError) -> DatagramSocket {
    let socket = DatagramSocket(descriptor, address, loop, receive)
    // One vector a wake-up: a second read that finds nothing would double the system calls of a quiet stream.
    let bootstrap = DatagramBootstrap(group: loop)
      .channelOption(.datagramVectorReadMessageCount, value: vector)
      .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: vector * largest))
      .channelOption(.maxMessagesPerRead, value: 1)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(socket) }
      }
    do {
      _ = try await bootstrap.withBoundSocket(descriptor).get()
    } catch {
      throw NetworkError(error, .bind(address, use: "datagrams"))
    }
    return socket
  }

  /// Whether it still receives and sends.
  var isOpen: Bool { channel != nil }

  /// Sends one datagram; 0, or the system's error number.
  func send(_ bytes: Span<UInt8>, to destination: TransportAddress) -> Int32 {
    loop.preconditionInEventLoop()
    guard channel != nil else { return EBADF }
    return DatagramDescriptor.send(bytes, from: descriptor, to: destination)
  }

  /// Closes it; nothing is received afterwards.
  func close() {
    loop.preconditionInEventLoop()
    receive = nil
    let closing = channel
    channel = nil
    closing?.close(promise: nil)
  }

  func handlerAdded(context: ChannelHandlerContext) { channel = context.channel }

  func channelInactive(context: ChannelHandlerContext) { channel = nil }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let envelope = Self.unwrapInboundIn(data)
    guard let receive, let source = TransportAddress(envelope.remoteAddress) else { return }
    let time: Instant
    if let batchTime {
      time = batchTime
    } else {
      time = SystemClock.now()
      batchTime = time
    }
    receive(envelope.data.readableBytesUInt8Span, source, time)
  }

  func channelReadComplete(context: ChannelHandlerContext) { batchTime = nil }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // An ICMP "port unreachable" about something that we sent is no reason to stop receiving.
  }
}
