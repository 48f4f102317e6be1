import ArgumentParser
import SIPSimple

/// What `sip` tells the shell: a script can act on each way in which a call fails.
enum ExitStatus: Int32, CaseIterable {
  case success = 0
  /// Final status 3xx.
  case redirected = 13
  /// Final status 4xx.
  case rejectedClientError = 14
  /// Final status 5xx.
  case rejectedServerError = 15
  /// Final status 6xx.
  case rejectedGlobally = 16
  case noAnswer = 20
  case missingACK = 21
  case noMedia = 22
  case unreachable = 23
  case mediaNotNegotiated = 24
  case cancelled = 25
  /// `sysexits.h` EX_USAGE: the target is no SIP address, or a setting has no sense.
  case usage = 64
  /// `sysexits.h` EX_NOINPUT: a file is missing or unusable.
  case noInput = 66
  /// EX_UNAVAILABLE: a port, an address or a device cannot be had.
  case unavailable = 69

  init(_ failure: SessionFailure) {
    switch failure.reason {
    case .rejected:
      self =
        switch failure.code / 100 {
        case 5: .rejectedServerError
        case 6: .rejectedGlobally
        default: .rejectedClientError
        }
    case .redirected: self = .redirected
    case .noAnswer: self = .noAnswer
    case .missingACK: self = .missingACK
    case .transport: self = .unreachable
    case .media: self = .mediaNotNegotiated
    case .cancelled: self = .cancelled
    }
  }

  /// What went wrong before there was a call.
  init(_ error: any Error) {
    switch error {
    case let failure as SessionFailure: self.init(failure)
    case is FileProblem: self = .noInput
    case let problem as SIPSimpleError where [.invalidTarget, .invalidConfiguration].contains(problem.code):
      self = .usage
    case let problem as SIPSimpleError where problem.code == .unresolvableTarget: self = .unreachable
    default: self = .unavailable
    }
  }

  var exitCode: ExitCode { ExitCode(rawValue) }

  /// The table that `--help` prints.
  static let help = """
    EXIT STATUS
      0   the call succeeded
      13  redirected (3xx)           14  refused (4xx)
      15  server failure (5xx)       16  refused everywhere (6xx)
      20  no answer                  21  no ACK
      22  no media                   23  unreachable
      24  no common media            25  cancelled
      64  wrong arguments            66  a file cannot be read
      69  a port or device cannot be had
    Of several calls the first that fails decides. The SIP status of a failure is printed with its reason.
    """
}
