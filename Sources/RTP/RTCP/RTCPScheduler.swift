import WireSupport

/// The least time between two reports of one participant (RFC 3550 §6.2).
public enum RTCPMinimumInterval: Hashable, Sendable {
  /// Five seconds, half of it before the first report.
  case standard
  /// 360 divided by the session bandwidth in kbit/s, in seconds: for unicast sessions.
  case reduced
}

/// When to send RTCP: the randomised interval, timer and reverse reconsideration of RFC 3550 §6.3 and §A.7.
///
/// A leaf machine: it is told the time, the sizes of the session and a random number in 0..<1 wherever it draws one.
public struct RTCPScheduler: Sendable {
  /// Who takes part, as the caller knows at the moment of a call.
  public struct Population: Hashable, Sendable {
    /// Participants, ourselves included; at least 1.
    public var members: Int
    /// Those among them that send.
    public var senders: Int
    /// Whether we are one of these.
    public var weSent: Bool

    /// A population of these numbers.
    public init(members: Int, senders: Int, weSent: Bool) {
      self.members = max(1, members)
      self.senders = max(0, senders)
      self.weSent = weSent
    }
  }

  /// e − 3/2: makes up for reconsideration's bias to short intervals (§6.3.1).
  static let compensation = 2.718_281_828_459_045 - 1.5
  /// IPv4 and UDP headers, which §6.2 counts.
  static let overhead = 28.0

  private let octetsPerSecond: Double
  private let minimum: Double
  private var previous: Instant
  private var lastMembers = 1
  private var averageSize: Double
  private var isInitial = true
  /// When the timer runs out; nil before `start`.
  public private(set) var nextDeadline: Instant?

  /// A scheduler.
  /// - Parameters:
  ///   - sessionBandwidth: bit/s of the whole session; RTCP takes 5 %.
  ///   - expectedSize: the size in bytes that the first report will about have.
  public init(sessionBandwidth: Int, minimum: RTCPMinimumInterval = .standard, expectedSize: Int = 100) {
    let bandwidth = Double(max(1000, sessionBandwidth))
    octetsPerSecond = bandwidth * 0.05 / 8
    self.minimum =
      switch minimum {
      case .standard: 5
      case .reduced: min(5, 360 / (bandwidth / 1000))
      }
    previous = .zero
    averageSize = Double(expectedSize) + Self.overhead
  }

  /// The interval in seconds before randomisation: Td of §6.3.1.
  public func deterministicInterval(_ population: Population) -> Double {
    interval(population, minimum: isInitial ? minimum / 2 : minimum)
  }

  /// After how long without a sign a member is dropped: five Td with the standard minimum (§6.3.5), in nanoseconds.
  public func memberTimeout(_ population: Population) -> Int64 {
    Int64(min(1e9, 5 * interval(population, minimum: 5)) * 1e9)
  }

  /// Joins the session: sets the timer for the first report.
  public mutating func start(at now: Instant, _ population: Population, random: Double) {
    previous = now
    lastMembers = population.members
    nextDeadline = now.adding(nanoseconds: draw(population, random))
  }

  /// The timer ran out: reconsiders (§6.3.6).
  /// - Returns: whether to send a report now; if not, the timer is set again for later.
  public mutating func expire(at now: Instant, _ population: Population, random: Double, redraw: Double) -> Bool {
    guard let deadline = nextDeadline, deadline <= now else { return false }
    lastMembers = population.members
    let reconsidered = previous.adding(nanoseconds: draw(population, random))
    guard reconsidered <= now else {
      nextDeadline = reconsidered
      return false
    }
    previous = now
    isInitial = false
    nextDeadline = now.adding(nanoseconds: draw(population, redraw))
    return true
  }

  /// Members left: moves the timer nearer in proportion, so that the rest does not time out (§6.3.4).
  public mutating func membersLeft(_ population: Population, at now: Instant) {
    guard let deadline = nextDeadline, population.members < lastMembers, lastMembers > 0 else { return }
    let ratio = Double(population.members) / Double(lastMembers)
    nextDeadline = now.adding(nanoseconds: Int64(ratio * Double(max(0, deadline.nanoseconds(since: now)))))
    previous = now.adding(nanoseconds: -Int64(ratio * Double(max(0, now.nanoseconds(since: previous)))))
    lastMembers = population.members
  }

  /// Takes the size in bytes of a compound sent or received into the average (§6.3.3).
  public mutating func note(size: Int) { averageSize += (Double(size) + Self.overhead - averageSize) / 16 }

  /// Leaves the session: no further timer.
  public mutating func stop() { nextDeadline = nil }

  private func interval(_ population: Population, minimum: Double) -> Double {
    var bandwidth = octetsPerSecond
    var count = population.members
    // Senders get a quarter of the bandwidth while they are at most a quarter of the members.
    if population.senders > 0, Double(population.senders) <= 0.25 * Double(population.members) {
      bandwidth *= population.weSent ? 0.25 : 0.75
      count = population.weSent ? population.senders : population.members - population.senders
    }
    return max(minimum, averageSize * Double(count) / bandwidth)
  }

  private func draw(_ population: Population, _ random: Double) -> Int64 {
    let seconds = deterministicInterval(population) * (min(1, max(0, random)) + 0.5) / Self.compensation
    return Int64(min(1e9, seconds) * 1e9)
  }
}
