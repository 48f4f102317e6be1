import ArgumentParser

/// The operator's tool: one subcommand for each thing that can be tried against a SIP service.
@main
struct SIPCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sip",
    abstract: "Test a SIP service, script an alarm, or listen to a network, from the command line.",
    version: "0.1.0",
    subcommands: [AudioSessionCommand.self, DemoCommand.self])
}
