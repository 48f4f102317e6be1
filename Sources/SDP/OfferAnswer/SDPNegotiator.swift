import WireSupport

/// The offer/answer machine of a session (RFC 3264), for any number of streams.
///
/// A value: copy it where an INVITE forks into several dialogs. Each `m=` line is a *slot* whose index never changes; a
/// slot without local media has port 0, and may be used again. At any time at most one offer is open.
public struct SDPNegotiator: Sendable {
  /// The order of formats in our answers.
  public enum AnswerOrder: Hashable, Sendable {
    /// As the offer has them, which RFC 3264 §6.1 recommends.
    case offer
    /// As the local media has them.
    case local
  }

  private enum Phase: Sendable {
    case stable
    case localOffer(SDPSession, [Slot])
    case remoteOffer(SDPSession)
  }

  /// One `m=` line as last agreed (or last offered, in a local offer).
  struct Slot: Hashable, Sendable {
    var local: SDPMedia
    var stream: SDPLocalMedia?
    var payloadTypes = PayloadTypeTable()
    var negotiated: SDPNegotiatedMedia?

    var isActive: Bool { negotiated?.isAccepted ?? false }
  }

  private struct Agreed: Sendable {
    var slots = [Slot]()
    var agreement: SDPAgreement?
  }

  /// How formats are ordered in our answers.
  public var answerOrder = AnswerOrder.offer

  private let username: String
  private let sessionID: UInt64
  private let originAddress: IPAddress
  private let sessionName: SDPText
  private var nextVersion: UInt64
  private var lastSent: SDPSession?
  private var phase = Phase.stable
  private var current = Agreed()
  private var previous: Agreed?

  /// A negotiator at the start of a session.
  ///
  /// - Parameters:
  ///   - sessionID: the `o=` line's identifier, from an `IDSource`; RFC 8866 §5.2 only asks that it be unique.
  ///   - sessionVersion: the version of the first description; each change adds 1.
  ///   - address: the address in the `o=` line and the session's `c=` line.
  public init(
    username: String = "-", sessionID: UInt64, sessionVersion: UInt64 = 1, address: IPAddress,
    sessionName: SDPText = "-"
  ) {
    self.username = username
    self.sessionID = sessionID
    // Below 2^62, as RFC 3264 §5 asks, and so that adding 1 never overflows.
    nextVersion = sessionVersion & 0x3fff_ffff_ffff_ffff
    originAddress = address
    self.sessionName = sessionName
  }

  // MARK: State

  /// What was agreed last; nil before the first answer.
  public var agreement: SDPAgreement? { current.agreement }
  /// The local media by slot as last agreed; nil for a slot that is off. Change a copy and offer it.
  public var streams: [SDPLocalMedia?] { current.slots.map { $0.isActive ? $0.stream : nil } }
  /// The slot for a new stream: the first that is off, or one more.
  public var freeSlot: Int { current.slots.firstIndex { !$0.isActive } ?? current.slots.count }
  /// Our offer that waits for an answer.
  public var localOffer: SDPSession? {
    if case .localOffer(let offer, _) = phase { offer } else { nil }
  }
  /// The peer's offer that waits for our answer.
  public var remoteOffer: SDPSession? {
    if case .remoteOffer(let offer) = phase { offer } else { nil }
  }
  /// Whether no offer is open.
  public var isStable: Bool {
    if case .stable = phase { true } else { false }
  }

  // MARK: Our offer

  /// Makes an offer of `streams`, a slot each; nil, or none for a slot that exists, switches the slot off.
  ///
  /// - Throws: ``SDPError/Code/wrongState`` while an offer is open; ``SDPError/Code/incompleteMedia`` when a stream has
  ///   nothing to offer. Both are local faults and change nothing.
  public mutating func makeOffer(_ streams: [SDPLocalMedia?]) throws(SDPError) -> SDPSession {
    guard isStable else {
      throw SDPError(.wrongState, expected: "no open offer (RFC 3264 §4)", fault: .local, status: 500)
    }
    var slots = current.slots
    var media = [SDPMedia]()
    for index in 0..<max(streams.count, slots.count) {
      guard index < streams.count, let stream = streams[index] else {
        var off = Self.disabled(index < slots.count ? slots[index].local : Self.placeholder)
        if index >= slots.count { slots.append(Slot(local: off)) }
        off.port = 0
        slots[index].local = off
        slots[index].stream = nil
        media.append(off)
        continue
      }
      if index >= slots.count { slots.append(Slot(local: Self.placeholder)) }
      if !slots[index].isActive || slots[index].stream?.kind != stream.kind { slots[index].payloadTypes = .init() }
      var builder = SDPMediaBuilder(slot: slots[index], stream: stream, sessionAddress: originAddress)
      let part = try builder.offer()
      slots[index].payloadTypes = builder.payloadTypes
      slots[index].local = part
      slots[index].stream = stream
      media.append(part)
    }
    let offer = describe(media)
    previous = current
    phase = .localOffer(offer, slots)
    return offer
  }

  /// Takes the answer to our offer.
  ///
  /// A stream that cannot be used is in the agreement with its ``SDPNegotiatedMedia/rejection``, even where the peer
  /// believes that it is on: offer again without it, or end the call.
  /// - Throws: ``SDPError/Code/wrongState`` without an open offer; ``SDPError/Code/mediaMismatch`` when the answer's `m=`
  ///   lines do not pair with the offer's, which is the peer's fault and leaves the offer open: call ``rollback()``.
  public mutating func receiveAnswer(_ answer: SDPSession) throws(SDPError) -> SDPAgreement {
    guard case .localOffer(let offer, var slots) = phase else {
      throw SDPError(.wrongState, expected: "an offer of ours that is open (RFC 3264 §4)", fault: .remote, status: 400)
    }
    guard answer.media.count == offer.media.count else {
      throw SDPError(
        .mediaMismatch, expected: "\(offer.media.count) m= lines as in the offer (RFC 3264 §6)", status: 488)
    }
    for index in offer.media.indices where answer.media[index].kind != offer.media[index].kind {
      let place = answer.media[index].kind.text.origin
      throw SDPError(
        .mediaMismatch, line: place.line, offset: place.offset,
        expected: "m=\(offer.media[index].kind) as in the offer (RFC 3264 §6)", status: 488)
    }
    var results = [SDPNegotiatedMedia]()
    for index in offer.media.indices {
      let matcher = SDPMediaMatcher(
        index: index, local: offer.media[index], remote: answer.media[index], remoteSession: answer)
      var result = matcher.matchAnswer(stream: slots[index].stream)
      result.changes = matcher.changes(from: slots[index].negotiated, to: result)
      slots[index].negotiated = result
      results.append(result)
    }
    return commit(SDPAgreement(local: offer, remote: answer, media: results), slots: slots)
  }

  // MARK: The peer's offer

  /// Takes an offer of the peer. Look at ``remoteOffer``, choose local media, and call ``makeAnswer(_:)``; or ``rollback()``.
  ///
  /// - Throws: ``SDPError/Code/wrongState`` while another offer is open, with status 491 if ours is, else 500
  ///   (RFC 3261 §14.2); ``SDPError/Code/mediaMismatch`` when it has fewer `m=` lines than agreed (RFC 3264 §8).
  public mutating func receiveOffer(_ offer: SDPSession) throws(SDPError) {
    switch phase {
    case .stable: break
    case .localOffer: throw SDPError(.wrongState, expected: "an answer, not an offer (RFC 3264 §4)", status: 491)
    case .remoteOffer: throw SDPError(.wrongState, expected: "no second offer (RFC 3264 §4)", status: 500)
    }
    guard offer.media.count >= current.slots.count else {
      throw SDPError(
        .mediaMismatch, expected: "at least \(current.slots.count) m= lines as before (RFC 3264 §8)", status: 488)
    }
    previous = current
    phase = .remoteOffer(offer)
  }

  /// Answers the open offer with `streams`, a slot each; nil, or none, refuses the stream with port 0, as does a stream that
  /// finds nothing in common.
  ///
  /// Where the agreement ends up without media (``SDPAgreement/hasMedia``), call ``rollback()`` and refuse with 488.
  /// - Throws: ``SDPError/Code/wrongState`` without an open offer; ``SDPError/Code/incompleteMedia`` when a stream demands
  ///   SRTP and has no key.
  public mutating func makeAnswer(_ streams: [SDPLocalMedia?]) throws(SDPError) -> SDPAgreement {
    guard case .remoteOffer(let offer) = phase else {
      throw SDPError(.wrongState, expected: "an offer of the peer that is open", fault: .local, status: 500)
    }
    var slots = current.slots
    var parts = [SDPMedia]()
    var results = [SDPNegotiatedMedia]()
    for (index, remote) in offer.media.enumerated() {
      if index >= slots.count { slots.append(Slot(local: Self.disabled(remote))) }
      let stream = index < streams.count ? streams[index] : nil
      if !slots[index].isActive || slots[index].stream?.kind != stream?.kind { slots[index].payloadTypes = .init() }
      let matcher = SDPMediaMatcher(index: index, local: Self.disabled(remote), remote: remote, remoteSession: offer)
      var builder = SDPMediaBuilder(slot: slots[index], stream: stream, sessionAddress: originAddress)
      var result = try matcher.makeAnswer(&builder, order: answerOrder)
      result.changes = matcher.changes(from: slots[index].negotiated, to: result)
      slots[index].payloadTypes = builder.payloadTypes
      slots[index].local = result.local
      slots[index].stream = result.isAccepted ? stream : nil
      slots[index].negotiated = result
      parts.append(result.local)
      results.append(result)
    }
    return commit(SDPAgreement(local: describe(parts), remote: offer, media: results), slots: slots)
  }

  /// Gives up the last offer, whosever it was, open or just answered: what was agreed before holds again.
  ///
  /// For an offer refused with an error status, a re-INVITE that failed (RFC 6141 §3.4), or an answer not sent after all.
  public mutating func rollback() {
    if let previous { current = previous }
    previous = nil
    phase = .stable
  }

  // MARK: Descriptions

  private mutating func commit(_ agreement: SDPAgreement, slots: [Slot]) -> SDPAgreement {
    current = Agreed(slots: slots, agreement: agreement)
    phase = .stable
    return agreement
  }

  /// A description of ours; its version grows by one when anything differs from the last (RFC 3264 §8).
  private mutating func describe(_ media: [SDPMedia]) -> SDPSession {
    var session = SDPSession(
      origin: SDPOrigin(
        username: username, sessionID: sessionID, sessionVersion: nextVersion, address: originAddress),
      name: sessionName, connection: SDPConnection(originAddress), media: media)
    if let lastSent {
      if lastSent.media == media { return lastSent }
      nextVersion += 1
      session.origin = SDPOrigin(
        username: username, sessionID: sessionID, sessionVersion: nextVersion, address: originAddress)
    }
    lastSent = session
    return session
  }

  /// A media part switched off: port 0, with the kind, transport and formats of `media` (RFC 3264 §6, §8.2).
  static func disabled(_ media: SDPMedia) -> SDPMedia {
    SDPMedia(kind: media.kind, port: 0, portCount: nil, proto: media.proto, formatList: media.formatList)
  }

  /// For a slot that was skipped in the very first offer.
  static let placeholder = SDPMedia(kind: .audio, port: 0, portCount: nil, proto: "RTP/AVP", formatList: "0")
}
