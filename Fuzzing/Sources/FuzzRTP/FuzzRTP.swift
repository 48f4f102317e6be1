import RTP
import WireSupport

/// One input: as one packet to every parser, and as a sequence of datagrams to a plain and to an encrypted session.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRTP(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = Array(UnsafeBufferPointer(start: start, count: count))
  parse(input.span)
  unprotect(input)
  converse(input, encrypted: false)
  converse(input, encrypted: true)
  return 0
}

/// Every parser, and every accessor of what it accepts.
private func parse(_ bytes: Span<UInt8>) {
  if let packet = try? RTPPacket(parsing: bytes) {
    precondition(packet.payload.count <= bytes.count, "a payload lies within its packet")
    for index in 0..<16 { _ = packet.contributingSource(index) }
    _ = packet.extensionData.count
    if let payload = try? TelephoneEventPayload(parsing: packet.payload) { _ = payload.event.digit }
  }
  for reducedSize in [false, true] {
    guard var compound = try? RTCPCompound(parsing: bytes, reducedSize: reducedSize) else { continue }
    while let packet = compound.next() {
      _ = (packet.ssrc, packet.senderInfo != nil, packet.applicationName, packet.goodbyeReason?.count)
      for index in 0..<32 { _ = (packet.report(index), packet.goodbyeSource(index)) }
      packet.forEachDescription { _, _, text in precondition(text.count <= 255, "an item has a length of one byte") }
    }
  }
}

/// A receiver with a key that the input does not know: nothing may pass but what its tag proves.
private func unprotect(_ input: [UInt8]) {
  for suite in SRTPSuite.all {
    let secret = (0..<(suite.keyLength + suite.saltLength)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    guard let key = try? SRTPMasterKey(suite: suite, keyAndSalt: secret.span),
      let receiver = try? SRTPReceiver(key: key)
    else { continue }
    var copy = input
    var span = copy.mutableSpan
    _ = try? receiver.unprotectRTP(&span, count: input.count)
    _ = try? receiver.unprotectRTCP(&span, count: input.count)
  }
}

/// The input as datagrams (a length, a component, that many bytes) that come 20 ms apart.
private func converse(_ input: [UInt8], encrypted: Bool) {
  let remote = TransportAddress(ip: .loopback, port: 4000)
  var now = Instant(nanoseconds: 1_000_000_000)
  let session = RTPSession(
    configuration: RTPSessionConfiguration(
      cname: "fuzz", clockRate: 8000, payloadTypes: [0, 8], telephoneEvents: [101], rtcp: .multiplexed,
      remoteRTP: remote, startTimeout: .seconds(1), silenceTimeout: .seconds(1)),
    ids: .seeded(1), at: now)
  if encrypted {
    let secret = [UInt8](repeating: 9, count: 30)
    guard let key = try? SRTPMasterKey(suite: .aesCM128HMACSHA1_80, keyAndSalt: secret.span),
      (try? session.setKeys(inbound: [key], outbound: key)) != nil
    else { return }
  }
  var outputs = RTPSessionOutputs()
  var events = TelephoneEventReceiver(clockRate: 8000)
  var offset = 0
  while offset + 2 <= input.count {
    let length = min(Int(input[offset]), input.count - offset - 2)
    let component: RTPComponent = input[offset + 1] & 1 == 0 ? .rtp : .rtcp
    let source = input[offset + 1] & 2 == 0 ? remote : TransportAddress(ip: .loopback, port: 4002)
    let datagram = input.span.extracting((offset + 2)..<(offset + 2 + length))
    if case .media(let packet) = session.receive(datagram, component: component, from: source, at: now, into: &outputs)
    {
      precondition(session.payload.count == packet.payloadCount, "a payload has the length that was told")
      try? events.receive(session.payload, timestamp: packet.header.timestamp, at: now) { _ in }
    }
    session.advance(to: now, wallClock: now.nanoseconds, into: &outputs)
    events.advance(to: now) { _ in }
    outputs.removeAll()
    now = now.adding(nanoseconds: 20_000_000)
    offset += 2 + length
  }
  session.close(at: now, wallClock: now.nanoseconds, into: &outputs)
}
