import SIPSimple

/// Runs `sip audio-session`: one loop over everything that can happen, one call at a time.
@MainActor
final class AudioSessionRunner {
  /// Everything that can happen.
  enum Input: Sendable {
    case key(Character)
    case endOfInput
    case interrupted
    case application(ApplicationEvent)
    case session(SessionEvent)
    case stream(AudioStreamEvent)
    case connectFailed(any Error)
    case answerNow(Int)
    case hangUpNow(Int)
  }

  let options: AudioSessionCommand
  private let inputs: AsyncStream<Input>
  private let feed: AsyncStream<Input>.Continuation
  private let application: SIPApplication
  private let style = Style()
  private let terminal: TerminalInput?
  private var session: Session?
  private var stream: AudioStream?
  private var callNumber = 0
  private var callsEnded = 0
  private var tracesSIP: Bool
  private var showsStatistics = false
  private var isMuted = false
  private var isOnHold = false
  private var isAsking = false
  private var isQuitting = false
  private var hadMedia = false
  private var lacksMedia = false
  private var startTime: Instant?
  private var status = ExitStatus.success
  private var outcome = CallOutcome()
  private var tasks: [Task<Void, Never>] = []

  init(_ options: AudioSessionCommand, inputs: AsyncStream<Input>, feed: AsyncStream<Input>.Continuation) throws {
    self.options = options
    self.inputs = inputs
    self.feed = feed
    tracesSIP = options.traceSip
    terminal = options.batch ? nil : TerminalInput()
    do {
      application = try SIPApplication(Self.configuration(options))
    } catch {
      complain("sip: \(error)")
      throw error is FileProblem ? ExitStatus.noInput.exitCode : ExitStatus.unavailable.exitCode
    }
  }

  private static func configuration(_ options: AudioSessionCommand) throws -> SIPApplicationConfiguration {
    if let play = options.play, !Files.isReadable(play) {
      throw FileProblem(description: "the file to play, \(play), cannot be read")
    }
    guard let ip = IPAddress(options.address) else {
      throw SIPSimpleError(.invalidConfiguration, "--address takes a numeric address, not \"\(options.address)\"")
    }
    var tls = SIPTLSSettings(trust: options.tlsInsecure ? .anyone : .system)
    if let ca = options.tlsCa { tls.trust = .certificates(pem: try Files.text(ca)) }
    if let certificate = options.tlsCertificate, let key = options.tlsKey {
      tls.identity = TLSIdentity(
        certificateChainPEM: try Files.text(certificate), privateKeyPEM: try Files.text(key))
    } else if options.transport == .tls {
      // To be called over TLS one needs an identity; a throw-away one serves callers that are told to trust anyone.
      tls.identity = try SelfSignedIdentity(names: [.dns("localhost"), .address(ip.isUnspecified ? .loopback : ip)]).identity
    }
    let listen = SIPListenAddress(
      SIPTransport(options.transport.rawValue), TransportAddress(ip: ip, port: options.port))
    return SIPApplicationConfiguration(
      account: .direct(user: options.account, displayName: options.displayName),
      sip: SIPSettings(listen: [listen], tls: tls, answerTimeout: .milliseconds(Int64(options.answerTimeout * 1000))),
      rtp: RTPSettings(
        portRange: try options.portRange(),
        audioCodecs: options.codecs.map { $0.split(separator: ",").map(String.init) },
        packetMilliseconds: options.ptime, encryption: options.srtp,
        startTimeout: .milliseconds(Int64(options.mediaTimeout * 1000))))
  }

  // MARK: The loop

  func run() async -> ExitStatus {
    do {
      try await application.start()
    } catch {
      complain("sip: \(error)")
      return .unavailable
    }
    await chooseSound()
    follow(application.events) { .application($0) }
    if let terminal {
      let keys = terminal.keys()
      tasks.append(
        Task { [feed] in
          for await key in keys { feed.yield(.key(key)) }
          feed.yield(.endOfInput)
        })
    }
    await announce()
    if let target = options.target { await call(target) }
    for await input in inputs where !isQuitting {
      await handle(input)
      if isQuitting { break }
    }
    await application.stop()
    for task in tasks { task.cancel() }
    terminal?.restore()
    if options.json { say(outcome.json(status).text) }
    return status
  }

  private func chooseSound() async {
    guard !options.disableSound, !options.batch else { return }
    do {
      try await application.setAudioDevice(ALSADevice())
      say("Using the audio device system_default")
    } catch {
      say("No sound device can be used, going on without sound (\(error))")
      do { try await application.setAudioDevice(NullDevice()) } catch { complain("sip: \(error)") }
    }
  }

  private func announce() async {
    for listen in await application.listening {
      say("Listening on \(listen.address) (\(listen.transport))")
    }
    if !options.batch { say("Press ? for the control keys") }
    if options.target == nil { say("Waiting for a call") }
  }

  private func follow<Event>(_ events: EventSequence<Event>, _ wrap: @escaping @Sendable (Event) -> Input) {
    tasks.append(
      Task { [feed] in
        do {
          for try await event in events { feed.yield(wrap(event)) }
        } catch {
          complain("sip: \(error)")
        }
      })
  }

  private func handle(_ input: Input) async {
    switch input {
    case .key(let key): await press(key)
    case .endOfInput, .interrupted: await quit()
    case .application(let event): await handle(event)
    case .session(let event): await handle(event)
    case .stream(let event): await handle(event)
    case .connectFailed(let error):
      // The failure of a call that was made at all is told by its event; this is one that was not.
      if session == nil { fail(error) }
    case .answerNow(let number): if number == callNumber { answer() }
    case .hangUpNow(let number): if number == callNumber { await hangUp() }
    }
  }

  // MARK: Calls

  private func call(_ target: String) async {
    do {
      let session = try await application.session(to: target)
      begin(session)
      say("Initiating SIP audio session to \(session.remoteIdentity.uri)")
      tasks.append(
        Task { [feed] in
          do { try await session.connect() } catch { feed.yield(.connectFailed(error)) }
        })
    } catch {
      fail(error)
    }
  }

  private func fail(_ error: any Error) {
    complain("sip: \(error)")
    status = (error as? SessionFailure).map { ExitStatus($0) } ?? .unavailable
    isQuitting = true
  }

  private func begin(_ session: Session) {
    self.session = session
    callNumber += 1
    outcome = CallOutcome()
    outcome.peer = session.remoteIdentity.uri.description
    stream = nil
    startTime = nil
    hadMedia = false
    lacksMedia = false
    isMuted = false
    isOnHold = false
    follow(session.events) { .session($0) }
  }

  private func handle(_ event: ApplicationEvent) async {
    switch event {
    case .trace(let record): if tracesSIP { printTrace(record) }
    case .incomingSession(let incoming): await receive(incoming)
    case .audioDeviceFailed(let reason): say("The audio device failed: \(reason)")
    case .started, .stopped: break
    }
  }

  private func receive(_ incoming: Session) async {
    if let code = options.reject {
      say("Refusing the call from \(incoming.remoteIdentity.uri) with \(code)")
      return await incoming.reject(code: code)
    }
    guard session == nil else { return await incoming.reject(code: 486) }
    begin(incoming)
    await incoming.ring()
    let number = callNumber
    if let seconds = options.autoAnswer ?? (options.batch ? 0 : nil) {
      say("Incoming audio session from \(incoming.remoteIdentity.uri)")
      after(seconds, .answerNow(number))
    } else {
      isAsking = true
      say("Incoming audio session from \(incoming.remoteIdentity.uri), do you want to accept? (y/n)")
    }
  }

  private func answer() {
    isAsking = false
    guard let session else { return }
    tasks.append(Task { do { try await session.accept() } catch { /* its event tells */ } })
  }

  private func after(_ seconds: Double, _ input: Input) {
    let network = application.network
    let timer = network.makeTimer { [feed] in feed.yield(input) }
    network.execute { timer.arm(at: network.now() + .milliseconds(Int64(seconds * 1000))) }
  }

  private func handle(_ event: SessionEvent) async {
    switch event {
    case .ringing: say("Ringing...")
    case .provisional, .willStart, .renegotiated: break
    case .didStart(let streams): await started(streams)
    case .didFail(let failure):
      say(failure.description)
      say("SIP status: \(failure.code) \(failure.phrase)")
      outcome.failure = failure
      await ended(ExitStatus(failure))
    case .holdChanged(let originator, let onHold, _):
      switch (originator, onHold) {
      case (.local, true): say("Audio session is put on hold")
      case (.local, false): say("Audio session is resumed")
      case (.remote, true): say("Remote party has put the audio session on hold")
      case (.remote, false): say("Remote party has resumed the audio session")
      }
    case .proposalRejected(let originator, let code, let phrase):
      say("The change proposed by the \(originator.rawValue) party was refused: \(code) \(phrase)")
    case .willEnd(let originator): if originator == .local { say("Ending audio session...") }
    case .didEnd(let end):
      if let startTime {
        say("Session duration was \(Int(application.network.now().milliseconds(since: startTime) / 1000)) seconds")
      }
      say("Audio session \(end)")
      switch end.reason {
      case .missingACK: await ended(.missingACK)
      case .hangup, .applicationStopped, .mediaTimeout, .dialogLost: await ended(lacksMedia ? .noMedia : .success)
      }
    }
  }

  private func started(_ streams: [any MediaStream]) async {
    guard let session, let stream = streams.first(where: { $0.kind == .audio }) as? AudioStream else { return }
    self.stream = stream
    startTime = application.network.now()
    outcome.setupMilliseconds = await session.setupMilliseconds
    outcome.transport = await session.transport.map { "\($0)" }
    outcome.tlsVersion = await session.tlsVersion
    if let parameters = await stream.parameters {
      outcome.parameters = parameters
      say("Audio session established using \"\(parameters.codec)\" codec at \(parameters.sampleRate)Hz")
      say("Audio RTP endpoints \(parameters.localAddress) <-> \(parameters.remoteAddress)")
      if let suite = parameters.srtpSuite { say("RTP audio stream is encrypted (\(suite))") }
    }
    if let agent = await session.remoteUserAgent { say("Remote SIP User Agent is \"\(agent)\"") }
    follow(stream.events) { .stream($0) }
    if let path = options.play {
      tasks.append(
        Task {
          do { try await stream.play(path, loops: 0) } catch { complain("sip: \(error)") }
        })
    }
    if let path = options.record {
      do { try await stream.startRecording(to: path, content: options.recordContent.content) } catch {
        complain("sip: \(error)")
        status = .noInput
      }
    }
    for digit in options.dtmf ?? "" {
      do { try await stream.sendDTMF(digit) } catch { complain("sip: \(error)") }
    }
    if let seconds = options.autoHangup { after(seconds, .hangUpNow(callNumber)) }
  }

  private func handle(_ event: AudioStreamEvent) async {
    switch event {
    case .dtmf(let digit):
      outcome.digits.append(digit)
      say("Got DTMF \(digit)")
    case .recordingStarted(let path, _): say("Recording to \(path)")
    case .recordingStopped(let path): say("The recording is in \(path)")
    case .mediaTimeout(let after, let sinceStart):
      say("No RTP has come for \(Int(after.inMilliseconds / 1000)) seconds")
      if sinceStart, options.batch || options.autoHangup != nil {
        lacksMedia = true
        await hangUp()
      }
    case .mediaResumed: say("RTP comes again")
    case .parametersChanged(let parameters):
      outcome.parameters = parameters
      say("Audio goes on with \"\(parameters.codec)\", RTP to \(parameters.remoteAddress)")
    case .statistics(let statistics):
      outcome.statistics = statistics
      if showsStatistics { say(statistics.line) }
    case .didEnd(let statistics): outcome.statistics = statistics
    case .didStart, .holdChanged, .playbackStarted, .playbackFinished: break
    }
  }

  private func hangUp() async {
    guard let session else { return }
    if let stream {
      outcome.statistics = await stream.statistics
      let heldByUs = await stream.isOnHoldByLocal
      let held = await stream.isOnHoldByRemote || heldByUs
      let seconds = startTime.map { application.network.now().milliseconds(since: $0) / 1000 } ?? 0
      if outcome.statistics.packetsReceived == 0, seconds >= 1, !held { lacksMedia = true }
    }
    tasks.append(Task { await session.end() })
  }

  private func ended(_ result: ExitStatus) async {
    if let stream { outcome.statistics = await stream.statistics }
    if lacksMedia { say("The call had no media: not one RTP packet came") }
    if status == .success { status = result }
    session = nil
    stream = nil
    isAsking = false
    callsEnded += 1
    if options.target != nil || options.calls.map({ callsEnded >= $0 }) == true { isQuitting = true }
    if !isQuitting { say("Waiting for a call") }
  }

  private func quit() async {
    guard let session else {
      isQuitting = true
      return
    }
    if options.target == nil, options.calls == nil { isQuitting = true }
    tasks.append(Task { await session.end() })
  }

  // MARK: Keys

  private func press(_ key: Character) async {
    if isAsking {
      switch key {
      case "y", "Y": return answer()
      case "n", "N":
        isAsking = false
        await session?.reject(code: 603)
        return
      default: break
      }
    }
    switch key {
    case "?": say(Self.keyHelp)
    case "h": await hangUp()
    case "q": await quit()
    case " ": toggleHold()
    case "m": await toggleMute()
    case "r": await toggleRecording()
    case "p":
      showsStatistics.toggle()
      if showsStatistics, let stream { say(await stream.statistics.line) }
      say("RTP statistics are now \(showsStatistics ? "shown" : "hidden")")
    case "s":
      tracesSIP.toggle()
      say("The SIP trace is now \(tracesSIP ? "shown" : "hidden")")
    case _ where TelephoneEvent(digit: key) != nil:
      guard let stream else { return }
      do {
        try await stream.sendDTMF(key)
        say("Sent DTMF \(key)")
      } catch {
        say("\(error)")
      }
    default: break
    }
  }

  static let keyHelp = """
    h: hang up the session          SPACE: hold, resume
    m: mute, unmute                 r: start, stop recording
    p: show, hide RTP statistics    s: show, hide the SIP trace
    0-9 * # A-D: send DTMF          Ctrl-D, q: quit
    """

  private func toggleHold() {
    guard let session else { return }
    isOnHold.toggle()
    let hold = isOnHold
    tasks.append(
      Task {
        do { if hold { try await session.hold() } else { try await session.unhold() } } catch { say("\(error)") }
      })
  }

  private func toggleMute() async {
    guard let stream else { return }
    isMuted.toggle()
    await stream.setMuted(isMuted)
    say(isMuted ? "The microphone is muted" : "The microphone is open")
  }

  private func toggleRecording() async {
    guard let stream else { return }
    if await stream.recordingPath != nil { return await stream.stopRecording() }
    let stamp = application.network.wallClock() / 1_000_000_000
    do {
      try await stream.startRecording(
        to: options.record ?? "sip-audio-\(stamp).wav", content: options.recordContent.content)
    } catch {
      say("\(error)")
    }
  }

  private func printTrace(_ record: TraceRecord) {
    let arrow = record.direction == .sent ? "-->" : "<--"
    say(style.dim("\(arrow) \(record.transport) \(record.local) \(arrow) \(record.remote)"))
    say(String(decoding: record.bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
      .joined(separator: "\n"))
  }
}
