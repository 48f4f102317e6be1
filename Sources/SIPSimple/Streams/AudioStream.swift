import Media
import NetworkIO
import RTP
import SDP
import WireSupport

/// RTP audio with one peer.
public actor AudioStream: MediaStream {
  /// What a recording of a stream holds.
  public enum RecordingContent: Hashable, Sendable {
    /// What the peer says.
    case received
    /// What the peer hears.
    case sent
    /// Both, mixed.
    case conversation
    /// What the peer hears left, what it says right.
    case stereo
  }

  public nonisolated let kind = MediaStreamKind.audio
  private nonisolated let application: SIPApplication
  /// The network's serial executor, shared with the session and the application.
  public nonisolated var unownedExecutor: UnownedSerialExecutor { application.network.unownedExecutor }

  private nonisolated let source = EventSource<AudioStreamEvent>()
  /// What happens to the stream; a late reader first gets the present state.
  public nonisolated var events: EventSequence<AudioStreamEvent> { source.events }

  /// Whether we asked the peer to send nothing.
  public private(set) var isOnHoldByLocal = false
  /// Whether the peer asked us to send nothing.
  public private(set) var isOnHoldByRemote = false
  /// The file that is being recorded.
  public private(set) var recordingPath: String?

  private let description: AudioDescription
  private var socket: (any MediaSocket)?
  private let handler: AudioPacketHandler
  private var wiring: AudioWiring?
  private var lastStatistics = AudioStreamStatistics()
  private var isEnded = false

  init(application: SIPApplication) {
    self.application = application
    let registry: AudioCodecRegistry
    switch application.codecs {
    case .success(let codecs): registry = codecs
    case .failure: registry = .standard  // start() has refused this configuration
    }
    var ids = application.network.makeIDSource()
    description = AudioDescription(codecs: registry, settings: application.configuration.rtp, ids: &ids)
    handler = AudioPacketHandler(executor: application.network.executor)
  }

  // MARK: The session's calls

  public func prepare(_ context: MediaStreamContext) async throws(SIPSimpleError) {
    guard socket == nil, !isEnded else { return }
    do {
      let made = try await application.network.makeMediaSocket(
        address: context.localAddress, ports: application.configuration.rtp.portRange, handler: handler)
      if isEnded { made.close() } else { socket = made }
    } catch {
      throw SIPSimpleError(.network, error.message)
    }
  }

  public func localMedia() -> SDPLocalMedia {
    let nowhere = TransportAddress(ip: .any, port: 9)
    return description.local(
      rtp: socket?.localRTP ?? nowhere, rtcp: socket?.localRTCP ?? nowhere, onHold: isOnHoldByLocal)
  }

  public func start(_ agreed: SDPNegotiatedMedia) throws(SIPSimpleError) {
    guard let socket, !isEnded, let audio = application.audioNow else {
      throw SIPSimpleError(.invalidState, "The stream was not prepared")
    }
    var ids = application.network.makeIDSource()
    let call = try AudioCall(
      description: description, agreed: agreed, socket: socket, network: application.network,
      mixer: audio.value.mixer, source: source, cname: ids.token(length: 16))
    do {
      wiring = try AudioWiring(call: call, audio: audio)
    } catch {
      throw SIPSimpleError(.media, "\(error)")
    }
    handler.call.value = call
    isOnHoldByRemote = agreed.isHeldByPeer
    rewire()
    source.send(.didStart(call.parameters))
    if isOnHoldByRemote {
      reportedHold.remote = true
      source.send(.holdChanged(originator: .remote, onHold: true))
    }
  }

  public func update(_ agreed: SDPNegotiatedMedia, by originator: Originator) throws(SIPSimpleError) {
    guard let call = wiring?.call else { return }
    let before = call.parameters
    try call.update(agreed, description)
    isOnHoldByRemote = agreed.isHeldByPeer
    rewire()
    if call.parameters != before { source.send(.parametersChanged(call.parameters)) }
    // An answer may bring the peer's hold, and our answer ours: both are compared with what was told last.
    if reportedHold.local != isOnHoldByLocal {
      reportedHold.local = isOnHoldByLocal
      source.send(.holdChanged(originator: .local, onHold: isOnHoldByLocal))
    }
    if reportedHold.remote != isOnHoldByRemote {
      reportedHold.remote = isOnHoldByRemote
      source.send(.holdChanged(originator: .remote, onHold: isOnHoldByRemote))
    }
  }

  private var reportedHold = (local: false, remote: false)

  public func setHold(_ onHold: Bool) { isOnHoldByLocal = onHold }

  public func end() {
    guard !isEnded else { return }
    isEnded = true
    finishRecording()
    if let wiring {
      lastStatistics = wiring.call.statistics
      wiring.call.close()
      wiring.disconnect()
    }
    wiring = nil
    handler.call.value = nil
    socket?.close()
    socket = nil
    for waiter in playbacks.values { waiter.resume() }
    playbacks = [:]
    source.send(.didEnd(lastStatistics))
    source.finish()
  }

  // MARK: The application's calls

  /// What was agreed on; nil before the start.
  public var parameters: AudioStreamParameters? { wiring?.call.parameters }

  /// The present figures; the last ones when the stream has ended.
  public var statistics: AudioStreamStatistics { wiring?.call.statistics ?? lastStatistics }

  /// Whether the peer hears silence instead of us.
  public var isMuted: Bool { wiring?.call.isMuted ?? false }

  /// Lets the peer hear silence, or us again.
  public func setMuted(_ muted: Bool) { wiring?.call.isMuted = muted }

  /// Sends a DTMF digit as telephone-event (RFC 4733), after those that are still being sent.
  ///
  /// - Parameter digit: `0`–`9`, `*`, `#`, `A`–`D`.
  /// - Throws: `SIPSimpleError` for another character, before the start, or when the peer does not take events.
  public func sendDTMF(_ digit: Character, for duration: Duration = .milliseconds(160)) throws(SIPSimpleError) {
    guard let event = TelephoneEvent(digit: digit) else {
      throw SIPSimpleError(.invalidConfiguration, "\"\(digit)\" is not a DTMF digit: use 0-9, *, #, A-D")
    }
    guard let call = wiring?.call else { throw SIPSimpleError(.invalidState, "The stream does not run") }
    guard call.send(event, for: duration) else {
      throw SIPSimpleError(.negotiation, "The peer does not take DTMF as telephone-event, or too many digits wait")
    }
  }

  /// Plays a WAV file to the peer and returns when it has been played, the stream ends or the task is cancelled.
  ///
  /// - Parameter loops: how often; 0 for as long as the stream lives.
  /// - Throws: `SIPSimpleError` when the file cannot be played or the stream does not run.
  public func play(_ path: String, loops: Int = 1) async throws(SIPSimpleError) {
    guard let wiring else { throw SIPSimpleError(.invalidState, "The stream does not run") }
    let player: AudioPortID
    let network = application.network
    let token = nextPlayback
    nextPlayback += 1
    do {
      player = try wiring.startPlayer(path, loops: loops) { [source] in
        source.send(.playbackStarted(path: path, at: network.now()))
      } finished: { [weak self] in
        // Called inside the mixer's tick, in which ports must not change: afterwards.
        network.execute { [weak self] in self?.assumeIsolated { $0.playbackEnded(token) } }
      }
    } catch {
      throw SIPSimpleError(.media, "\(path) cannot be played: \(error)")
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        if Task.isCancelled { continuation.resume() } else { playbacks[token] = continuation }
      }
    } onCancel: {
      network.execute { self.assumeIsolated { $0.playbackEnded(token) } }
    }
    self.wiring?.stopPlayer(player)
    source.send(.playbackFinished(path: path))
  }

  private var playbacks: [Int: CheckedContinuation<Void, Never>] = [:]
  private var nextPlayback = 0

  private func playbackEnded(_ token: Int) { playbacks.removeValue(forKey: token)?.resume() }

  /// Records into a WAV file at the mixer's rate until `stopRecording()` or the end; the file is valid at every moment.
  ///
  /// - Throws: `SIPSimpleError` when the file cannot be written, the stream does not run or is recorded already.
  public func startRecording(
    to path: String, content: RecordingContent = .conversation
  ) throws(SIPSimpleError) {
    guard let wiring else { throw SIPSimpleError(.invalidState, "The stream does not run") }
    guard recordingPath == nil else {
      throw SIPSimpleError(.invalidState, "The stream is being recorded to \(recordingPath ?? "") already")
    }
    do { try wiring.startRecorder(path, content: content) } catch {
      throw SIPSimpleError(.media, "\(path) cannot be recorded to: \(error)")
    }
    recordingPath = path
    wiring.call.onNextTick = { [source] now in source.send(.recordingStarted(path: path, at: now)) }
  }

  /// Ends the recording; the file is complete when this returns.
  public func stopRecording() { finishRecording() }

  private func finishRecording() {
    guard let path = recordingPath else { return }
    recordingPath = nil
    wiring?.stopRecorder()
    source.send(.recordingStopped(path: path))
  }

  private func rewire() { wiring?.setActive(!isOnHoldByLocal && !isOnHoldByRemote) }
}

/// Takes a stream's datagrams from its sockets to its call, which comes and goes.
final class AudioPacketHandler: MediaSocketHandler {
  let call: Confined<AudioCall?>

  init(executor: any SerialExecutor) { call = Confined(nil, to: executor) }

  func received(_ packet: Span<UInt8>, component: MediaComponent, from source: TransportAddress, at time: Instant) {
    call.value?.received(packet, component: component, from: source, at: time)
  }
}
