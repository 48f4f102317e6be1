import SIPSimple
import SIPSimpleTesting
import Testing

@Suite("EventSequence: state is replayed and never dropped, statistics keep the newest, a slow reader ends alone")
struct EventSequenceTests {
  enum Event: DeliverableEvent, Hashable {
    case state(String, Int)
    case moment(Int)
    case statistics(String, Int)

    var delivery: EventDelivery {
      switch self {
      case .state(let key, _): .state(key)
      case .moment: .moment
      case .statistics(let key, _): .statistics(key)
      }
    }
  }

  /// What a reader gets until the end.
  private func rest(_ iterator: EventSequence<Event>.Iterator) async throws -> [Event] {
    var result: [Event] = []
    while let event = try await iterator.next() { result.append(event) }
    return result
  }

  @Test("a late reader gets the newest of each state in the order in which they happened, and no moments")
  func replay() async throws {
    let source = EventSource<Event>()
    source.send(.state("life", 1))
    source.send(.state("hold", 1))
    source.send(.moment(1))
    source.send(.statistics("figures", 1))
    source.send(.state("life", 2))
    source.send(.statistics("figures", 2))
    let late = source.events.makeAsyncIterator()
    source.send(.moment(2))
    source.finish()
    #expect(try await rest(late) == [.state("hold", 1), .state("life", 2), .statistics("figures", 2), .moment(2)])
  }

  @Test("a reader after the end still gets the last state, then the end")
  func afterTheEnd() async throws {
    let source = EventSource<Event>()
    source.send(.state("life", 1))
    source.send(.moment(1))
    source.finish()
    source.send(.state("life", 2))  // too late: nothing happens to an object that is over
    #expect(try await rest(source.events.makeAsyncIterator()) == [.state("life", 1)])
  }

  @Test("each reader gets everything, in order, however they take turns")
  func everyReader() async throws {
    let source = EventSource<Event>()
    let readers = (0..<3).map { _ in source.events.makeAsyncIterator() }
    for number in 0..<500 { source.send(number % 2 == 0 ? .moment(number) : .state("s", number)) }
    source.finish()
    for reader in readers {
      let got = try await rest(reader)
      #expect(got == (0..<500).map { $0 % 2 == 0 ? .moment($0) : .state("s", $0) })
    }
  }

  @Test("a reader that falls behind ends with EventOverflowError after what it was owed; the others go on")
  func overflow() async throws {
    let source = EventSource<Event>()
    let slow = source.events.makeAsyncIterator()
    let quick = source.events.makeAsyncIterator()
    let capacity = EventSequence<Event>.capacity
    var received = 0
    for number in 0..<capacity + 200 {
      source.send(.moment(number))
      if try await quick.next() == .moment(number) { received += 1 }
    }
    #expect(received == capacity + 200)
    for number in 0..<capacity { #expect(try await slow.next() == .moment(number)) }
    let error = await #expect(throws: EventOverflowError.self) { try await slow.next() }
    #expect(error?.waiting == capacity)
    #expect(error?.description.contains("\(capacity)") == true)
    await #expect(throws: EventOverflowError.self) { try await slow.next() }
    source.send(.moment(-1))
    #expect(try await quick.next() == .moment(-1))
  }

  @Test("statistics never make a reader overflow: only the newest of each key waits")
  func statistics() async throws {
    let source = EventSource<Event>()
    let reader = source.events.makeAsyncIterator()
    for number in 0..<10_000 { source.send(.statistics(number % 2 == 0 ? "a" : "b", number)) }
    source.send(.moment(1))
    source.finish()
    #expect(try await rest(reader) == [.statistics("a", 9998), .statistics("b", 9999), .moment(1)])
  }

  @Test("a waiting reader is woken by an event, by the end, and by its task's cancellation")
  func waking() async throws {
    let loop = VirtualLoop()
    try await loop.run(limit: .seconds(10)) {
      let source = EventSource<Event>()
      let events = source.events
      let collected = loop.task { () -> [Event] in
        var result: [Event] = []
        for try await event in events { result.append(event) }
        return result
      }
      let cancelled = loop.task { () -> Int in
        var count = 0
        for try await _ in events { count += 1 }
        return count
      }
      await loop.sleep(for: .seconds(1))
      source.send(.moment(1))
      await loop.sleep(for: .seconds(1))
      cancelled.cancel()
      let count = try await cancelled.value
      #expect(count == 1)
      source.send(.moment(2))
      await loop.sleep(for: .seconds(1))
      source.finish()
      let all = try await collected.value
      #expect(all == [.moment(1), .moment(2)])
    }
  }

  @Test("a reader that stops reading is forgotten")
  func forgotten() async throws {
    let source = EventSource<Event>()
    for _ in 0..<100 {
      let reader = source.events.makeAsyncIterator()
      source.send(.moment(1))
      _ = try await reader.next()
    }
    #expect(source.readerCount == 0)
  }
}
