import SIPSimple

/// One call of `sip audio-session`: what happens to it, told to the person at the terminal, and what came of it.
@MainActor
final class AudioSessionCall {
  typealias Input = AudioSessionRunner.Input

  let number: Int
  let session: Session
  private(set) var stream: AudioStream?
  /// Whether a person is to say if it is answered.
  var isAsking = false
  private(set) var outcome = CallOutcome()

  private let options: AudioSessionCommand
  private let application: SIPApplication
  private let feed: AsyncStream<Input>.Continuation
  private var startTime: Instant?
  private var hangUpTime: Instant?
  private var isMuted = false
  private var isOnHold = false
  private var hasTimedOut = false
  private var tasks: [Task<Void, Never>] = []

  init(
    _ number: Int, _ session: Session, _ options: AudioSessionCommand, _ application: SIPApplication,
    _ feed: AsyncStream<Input>.Continuation
  ) {
    self.number = number
    self.session = session
    self.options = options
    self.application = application
    self.feed = feed
    outcome.peer = session.remoteIdentity.uri.description
    follow(session.events) { .session(number, $0) }
  }

  /// A line about this call; where several go on at once it says which.
  func tell(_ line: String) { say(options.parallel > 1 ? "[\(number)] \(line)" : line) }

  // MARK: What we do

  func connect() {
    tell("Initiating SIP audio session to \(session.remoteIdentity.uri)")
    perform { [session] in
      // How it fails is told by its event.
      do { try await session.connect() } catch {}
    }
  }

  func answer() {
    isAsking = false
    perform { [session] in do { try await session.accept() } catch { /* its event tells */  } }
  }

  func refuse(_ code: Int) async {
    isAsking = false
    await session.reject(code: code)
  }

  func hangUp() {
    isAsking = false
    if hangUpTime == nil { hangUpTime = application.network.now() }
    // A session that has not been answered is declined, one that we make is cancelled.
    perform { [session] in await session.end() }
  }

  func after(_ seconds: Double, _ input: Input) {
    perform { [feed, network = application.network] in
      await network.sleep(for: .milliseconds(Int64(seconds * 1000)))
      if !Task.isCancelled { feed.yield(input) }
    }
  }

  func toggleHold() {
    isOnHold.toggle()
    let hold = isOnHold
    perform { [session] in
      do { if hold { try await session.hold() } else { try await session.unhold() } } catch { say("\(error)") }
    }
  }

  func toggleMute() async {
    guard let stream else { return }
    isMuted.toggle()
    await stream.setMuted(isMuted)
    tell(isMuted ? "The microphone is muted" : "The microphone is open")
  }

  func toggleRecording() async {
    guard let stream else { return }
    if await stream.recordingPath != nil { return await stream.stopRecording() }
    let stamp = application.network.wallClock() / 1_000_000_000
    do {
      try await stream.startRecording(
        to: recordingPath ?? "sip-audio-\(stamp).wav", content: options.recordContent.content)
    } catch {
      tell("\(error)")
    }
  }

  func send(_ digit: Character) async {
    guard let stream else { return }
    do {
      try await stream.sendDTMF(digit)
      tell("Sent DTMF \(digit)")
    } catch {
      tell("\(error)")
    }
  }

  /// Where it is recorded: each call after the first in a file of its own.
  private var recordingPath: String? {
    guard let path = options.record, number > 1 else { return options.record }
    let stem = path.hasSuffix(".wav") ? String(path.dropLast(4)) : path
    return "\(stem)-\(number).wav"
  }

  private func perform(_ body: @escaping @Sendable () async -> Void) { tasks.append(Task { await body() }) }

  private func follow<Event>(_ events: EventSequence<Event>, _ wrap: @escaping @Sendable (Event) -> Input) {
    perform { [feed] in
      do {
        for try await event in events { feed.yield(wrap(event)) }
      } catch {
        complain("sip: \(error)")
      }
    }
  }

  // MARK: What happens

  /// Takes in an event; gives the call's result if it is over.
  func handle(_ event: SessionEvent) async -> ExitStatus? {
    switch event {
    case .ringing: tell("Ringing...")
    case .provisional, .willStart, .renegotiated: break
    case .didStart(let streams): await started(streams)
    case .didFail(let failure):
      tell(failure.description)
      tell("SIP status: \(failure.code) \(failure.phrase)")
      outcome.failure = failure
      return ExitStatus(failure)
    case .holdChanged(let originator, let onHold, _):
      switch (originator, onHold) {
      case (.local, true): tell("Audio session is put on hold")
      case (.local, false): tell("Audio session is resumed")
      case (.remote, true): tell("Remote party has put the audio session on hold")
      case (.remote, false): tell("Remote party has resumed the audio session")
      }
    case .proposalRejected(let originator, let code, let phrase):
      tell("The change proposed by the \(originator.rawValue) party was refused: \(code) \(phrase)")
    case .willEnd(let originator): if originator == .local { tell("Ending audio session...") }
    case .didEnd(let end): return await ended(end)
    }
    return nil
  }

  private func started(_ streams: [any MediaStream]) async {
    guard let stream = streams.first(where: { $0.kind == .audio }) as? AudioStream else { return }
    self.stream = stream
    startTime = application.network.now()
    outcome.setupMilliseconds = await session.setupMilliseconds
    outcome.transport = await session.transport.map { "\($0)" }
    outcome.tlsVersion = await session.tlsVersion
    if let parameters = await stream.parameters {
      outcome.parameters = parameters
      tell("Audio session established using \"\(parameters.codec)\" codec at \(parameters.sampleRate)Hz")
      tell("Audio RTP endpoints \(parameters.localAddress) <-> \(parameters.remoteAddress)")
      if let suite = parameters.srtpSuite { tell("RTP audio stream is encrypted (\(suite))") }
    }
    if let agent = await session.remoteUserAgent { tell("Remote SIP User Agent is \"\(agent)\"") }
    let number = number
    follow(stream.events) { .stream(number, $0) }
    if let path = options.play {
      perform { [feed] in
        do { try await stream.play(path, loops: 0) } catch { feed.yield(.fileFailed("\(error)")) }
      }
    }
    if let path = recordingPath {
      do { try await stream.startRecording(to: path, content: options.recordContent.content) } catch {
        feed.yield(.fileFailed("\(error)"))
      }
    }
    for digit in options.dtmf ?? "" {
      do { try await stream.sendDTMF(digit) } catch { complain("sip: \(error)") }
    }
    if let seconds = options.autoHangup { after(seconds, .hangUpNow(number)) }
  }

  func handle(_ event: AudioStreamEvent, showsStatistics: Bool) {
    switch event {
    case .dtmf(let digit):
      outcome.digits.append(digit)
      tell("Got DTMF \(digit)")
    case .recordingStarted(let path, _): tell("Recording to \(path)")
    case .recordingStopped(let path): tell("The recording is in \(path)")
    case .mediaTimeout(let after, _):
      tell("No RTP has come for \(Int(after.inMilliseconds / 1000)) seconds")
      // Nobody is there to see it: a peer that has gone without a word must not hold the line for ever.
      if options.batch || options.autoHangup != nil {
        hasTimedOut = true
        hangUp()
      }
    case .mediaResumed: tell("RTP comes again")
    case .parametersChanged(let parameters):
      outcome.parameters = parameters
      tell("Audio goes on with \"\(parameters.codec)\", RTP to \(parameters.remoteAddress)")
    case .statistics(let statistics):
      outcome.statistics = statistics
      if showsStatistics { tell(statistics.line) }
    case .didEnd(let statistics): outcome.statistics = statistics
    case .didStart, .holdChanged, .playbackStarted, .playbackFinished: break
    }
  }

  private func ended(_ end: SessionEnd) async -> ExitStatus {
    var wasHeld = false
    if let stream {
      outcome.statistics = await stream.statistics
      let (byUs, byPeer) = (await stream.isOnHoldByLocal, await stream.isOnHoldByRemote)
      wasHeld = byUs || byPeer
    }
    let over = hangUpTime ?? application.network.now()
    let seconds = startTime.map { over.milliseconds(since: $0) / 1000 } ?? 0
    tell("Session duration was \(Int(seconds)) second\(Int(seconds) == 1 ? "" : "s")")
    tell("Audio session \(end)")
    switch end.reason {
    case .missingACK: return .missingACK
    case .dialogLost: return .unreachable
    case .hangup, .applicationStopped, .mediaTimeout:
      // The first packets of a call that was over at once may have had no time to come.
      let isSilent = outcome.statistics.packetsReceived == 0 && seconds >= 1 && !wasHeld
      guard isSilent || hasTimedOut || end.reason == .mediaTimeout else { return .success }
      if outcome.statistics.packetsReceived == 0 { tell("The call had no media: not one RTP packet came") }
      return .noMedia
    }
  }

  /// Nothing more is awaited of it.
  func close() { for task in tasks { task.cancel() } }
}
