import SIPSimple

/// Runs `sip audio-session`: one loop over everything that can happen to its calls.
@MainActor
final class AudioSessionRunner {
  /// Everything that can happen. Calls are known by their number.
  enum Input: Sendable {
    case key(Character)
    case endOfInput
    case interrupted
    case application(ApplicationEvent)
    case made(Int, Session)
    case notMade(any Error)
    case session(Int, SessionEvent)
    case stream(Int, AudioStreamEvent)
    case fileFailed(String)
    case answerNow(Int)
    case hangUpNow(Int)
  }

  let options: AudioSessionCommand
  private let inputs: AsyncStream<Input>
  private let feed: AsyncStream<Input>.Continuation
  private let application: SIPApplication
  private let style = Style()
  private let terminal: TerminalInput?
  /// The calls that are not over.
  private var calls: [Int: AudioSessionCall] = [:]
  private var callsBegun = 0
  private var totals = CallTotals()
  private var lastOutcome = CallOutcome()
  private var tracesSIP: Bool
  private var showsStatistics = false
  /// No more calls; those that are go to their end.
  private var isLeaving = false
  private var isDone = false
  private var status = ExitStatus.success
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
      throw ExitStatus(error).exitCode
    }
  }

  private static func configuration(_ options: AudioSessionCommand) throws -> SIPApplicationConfiguration {
    if let play = options.play, !Files.isReadable(play) {
      throw FileProblem(description: "the file to play, \(play), cannot be read")
    }
    guard let ip = IPAddress(options.address) else {
      throw SIPSimpleError(.invalidConfiguration, "--address takes a numeric address, not \"\(options.address)\"")
    }
    let transports = Self.transports(options)
    var tls = SIPTLSSettings(trust: options.tlsInsecure ? .anyone : .system)
    if let ca = options.tlsCa { tls.trust = .certificates(pem: try Files.text(ca)) }
    if let certificate = options.tlsCertificate, let key = options.tlsKey {
      tls.identity = TLSIdentity(
        certificateChainPEM: try Files.text(certificate), privateKeyPEM: try Files.text(key))
    } else if transports.contains(.tls) {
      // To be called over TLS one needs an identity; a throw-away one serves callers that are told to trust anyone.
      tls.identity = try SelfSignedIdentity(names: [.dns("localhost"), .address(ip.isUnspecified ? .loopback : ip)])
        .identity
    }
    // A second transport is there for the call that we make: any port will do.
    let listen = transports.enumerated().map { index, transport in
      SIPListenAddress(transport, TransportAddress(ip: ip, port: index == 0 ? options.port : 0))
    }
    return SIPApplicationConfiguration(
      account: .direct(user: options.account, displayName: options.displayName),
      sip: SIPSettings(listen: listen, tls: tls, answerTimeout: .milliseconds(Int64(options.answerTimeout * 1000))),
      rtp: RTPSettings(
        portRange: try options.portRange(),
        audioCodecs: options.codecs.map { $0.split(separator: ",").map(String.init) },
        packetMilliseconds: options.ptime, encryption: options.srtp,
        startTimeout: .milliseconds(Int64(options.mediaTimeout * 1000))))
  }

  /// What to listen on: the transport that was asked for, and the one that the target names.
  private static func transports(_ options: AudioSessionCommand) -> [SIPTransport] {
    let asked = SIPTransport(options.transport.rawValue)
    guard let target = options.target, let uri = (try? SIPURI(target)) ?? (try? SIPURI("sip:" + target)),
      let named = uri.transport ?? (uri.isSecure ? .tls : nil), named != asked, [.udp, .tcp, .tls].contains(named)
    else { return [asked] }
    return [asked, named]
  }

  // MARK: The loop

  func run() async -> ExitStatus {
    do {
      try await application.start()
    } catch {
      complain("sip: \(error)")
      return ExitStatus(error)
    }
    await chooseSound()
    tasks.append(
      Task { [feed, application] in
        do {
          for try await event in application.events { feed.yield(.application(event)) }
        } catch {
          complain("sip: \(error)")
        }
      })
    if let terminal {
      let keys = terminal.keys()
      tasks.append(
        Task { [feed] in
          for await key in keys { feed.yield(.key(key)) }
          // A terminal that is gone ends the program; a file or a pipe has only no more keys to give.
          if terminal.isTerminal { feed.yield(.endOfInput) }
        })
    }
    await announce()
    makeCalls()
    var next = inputs.makeAsyncIterator()
    while !isDone, let input = await next.next() { await handle(input) }
    let signalling = await application.signalling
    await application.stop()
    for task in tasks { task.cancel() }
    terminal?.restore()
    if totals.count > 1 { say(totals.line) }
    if options.json { say(lastOutcome.json(status, totals, signalling).text) }
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

  private func handle(_ input: Input) async {
    switch input {
    case .key(let key): await press(key)
    case .endOfInput, .interrupted: leave()
    case .application(let event): await handle(event)
    case .made(let number, let session): if !isLeaving { begin(number, session).connect() }
    case .notMade(let error):
      complain("sip: \(error)")
      callEnded(with: ExitStatus(error))
    case .session(let number, let event):
      guard let call = calls[number], let result = await call.handle(event) else { return }
      calls[number] = nil
      call.close()
      lastOutcome = call.outcome
      callEnded(with: result)
    case .stream(let number, let event): calls[number]?.handle(event, showsStatistics: showsStatistics)
    case .fileFailed(let problem):
      complain("sip: \(problem)")
      status = .noInput
    case .answerNow(let number): calls[number]?.answer()
    case .hangUpNow(let number): calls[number]?.hangUp()
    }
  }

  // MARK: Calls

  /// How many calls there are to be: those of `--calls`, one that is made, or as many as come.
  private var callsWanted: Int { options.calls ?? (options.target == nil ? .max : 1) }

  /// Makes as many calls as may go on at once.
  private func makeCalls() {
    guard let target = options.target else { return }
    while !isLeaving, callsBegun < callsWanted, callsBegun - totals.count < options.parallel {
      callsBegun += 1
      let number = callsBegun
      // The name in the target may take its time to be resolved; keys and signals are heard meanwhile.
      Task { [feed, application] in
        do { feed.yield(.made(number, try await application.session(to: target))) } catch {
          feed.yield(.notMade(error))
        }
      }
    }
  }

  @discardableResult
  private func begin(_ number: Int, _ session: Session) -> AudioSessionCall {
    let call = AudioSessionCall(number, session, options, application, feed)
    calls[number] = call
    return call
  }

  private func callEnded(with result: ExitStatus) {
    totals.add(result, setupMilliseconds: result == .success ? lastOutcome.setupMilliseconds : nil)
    if status == .success { status = result }
    makeCalls()
    if options.target == nil, calls.isEmpty, !isLeaving, totals.count < callsWanted { say("Waiting for a call") }
    finishIfDone()
  }

  private func finishIfDone() {
    if calls.isEmpty, isLeaving || totals.count >= callsWanted { isDone = true }
  }

  /// Ends what goes on, and then the program.
  private func leave() {
    isLeaving = true
    if options.target != nil, totals.count == 0, calls.isEmpty { status = .cancelled }
    for call in calls.values { call.hangUp() }
    finishIfDone()
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
      await incoming.reject(code: code)
      callsBegun += 1
      return callEnded(with: .success)
    }
    // A call whose end has not come to be told here yet makes nobody busy.
    var live = 0
    for call in calls.values where ![.terminated, .terminating].contains(await call.session.state) { live += 1 }
    guard options.target == nil, !isLeaving, live < options.parallel, callsBegun < callsWanted else {
      say("Busy: refusing the call from \(incoming.remoteIdentity.uri) with 486")
      return await incoming.reject(code: 486)
    }
    callsBegun += 1
    let call = begin(callsBegun, incoming)
    await incoming.ring()
    if let seconds = options.autoAnswer ?? (options.batch ? 0 : nil) {
      call.tell("Incoming audio session from \(incoming.remoteIdentity.uri)")
      call.after(seconds, .answerNow(call.number))
    } else {
      call.isAsking = true
      call.tell("Incoming audio session from \(incoming.remoteIdentity.uri), do you want to accept? (y/n)")
    }
  }

  // MARK: Keys

  /// The call that keys are for: one that waits for its answer, or the newest.
  private var currentCall: AudioSessionCall? {
    calls.values.filter(\.isAsking).min { $0.number < $1.number } ?? calls.values.max { $0.number < $1.number }
  }

  private func press(_ key: Character) async {
    let call = currentCall
    if let call, call.isAsking {
      switch key {
      case "y", "Y": return call.answer()
      case "n", "N": return await call.refuse(603)
      default: break
      }
    }
    switch key {
    case "?": say(Self.keyHelp)
    case "h": call?.hangUp()
    case "q": leave()
    case " ": call?.toggleHold()
    case "m": await call?.toggleMute()
    case "r": await call?.toggleRecording()
    case "p":
      showsStatistics.toggle()
      if showsStatistics, let call, let stream = call.stream { call.tell(await stream.statistics.line) }
      say("RTP statistics are now \(showsStatistics ? "shown" : "hidden")")
    case "s":
      tracesSIP.toggle()
      say("The SIP trace is now \(tracesSIP ? "shown" : "hidden")")
    case _ where TelephoneEvent(digit: key) != nil: await call?.send(key)
    default: break
    }
  }

  static let keyHelp = """
    h: hang up the session          SPACE: hold, resume
    m: mute, unmute                 r: start, stop recording
    p: show, hide RTP statistics    s: show, hide the SIP trace
    0-9 * # A-D: send DTMF          Ctrl-D, q: quit
    """

  private func printTrace(_ record: TraceRecord) {
    let arrow = record.direction == .sent ? "-->" : "<--"
    say(style.dim("\(arrow) \(record.transport) \(record.local) \(arrow) \(record.remote)"))
    say(
      String(decoding: record.bytes, as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
        .joined(separator: "\n"))
  }
}
