// A call in a dozen lines: `swift run example-call sip:bob@127.0.0.1:5070`.
import SIPSimple

let application = SIPApplication(SIPApplicationConfiguration(account: .direct(user: "alice")))
try await application.run {
  let target = CommandLine.arguments.dropFirst().first ?? "sip:bob@127.0.0.1:5070"
  let session = try await application.call(target, streams: [.audio()])
  for try await event in session.events {
    print(event)
    if case .didStart = event {
      await application.network.sleep(for: .seconds(5))
      await session.end()
    }
  }
}
