import OpenAIAPI
import Store
import Synchronization

/// The events of one response as they come, for any number of readers, each at its own pace.
final class ResponseEvents: Sendable {
    private struct State {
        var events: [StoredEvent] = []
        var isSealed = false
        var isEnded = false
        var wakers: [Int: AsyncStream<Void>.Continuation] = [:]
        var readerCount = 0
    }

    private let state = Mutex(State())

    /// Adds events, but none whose number was there before, and none to a sealed stream.
    func append(_ events: [AnswerEvent]) {
        let made = Self.stored(events)
        change { state in
            let last = state.events.last?.number ?? -1
            if !state.isSealed { state.events += made.drop { $0.number <= last } }
        }
    }

    /// Takes no more events but the last ones.
    ///
    /// - Returns: All events until now.
    func seal() -> [StoredEvent] {
        state.withLock { state in
            state.isSealed = true
            return state.events
        }
    }

    /// Tells the last events, and that none follows.
    func end(with last: [StoredEvent] = []) {
        change { state in
            guard !state.isEnded else { return }
            state.events += last
            (state.isSealed, state.isEnded) = (true, true)
        }
    }

    /// Events as they are sent.
    static func stored(_ events: [AnswerEvent]) -> [StoredEvent] {
        events.map { StoredEvent(number: $0.number ?? 0, bytes: EventStream.bytes(of: $0)) }
    }

    /// Hands out the events behind that number as they come, until the last one or until `stopper` stops.
    @concurrent
    func forEach(
        after number: Int, until stopper: ReaderStopper,
        _ body: @concurrent ([StoredEvent]) async throws -> Void
    ) async throws {
        // One wake may stand for many events, and none is lost.
        let (wakes, waker) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let reader = state.withLock { state in
            state.readerCount += 1
            state.wakers[state.readerCount] = waker
            return state.readerCount
        }
        defer { state.withLock { $0.wakers[reader] = nil } }
        stopper.onStop { waker.finish() }
        waker.yield()
        var position = 0
        for await _ in wakes {
            let (new, isEnded) = state.withLock { [position] in ($0.events[position...], $0.isEnded) }
            position = new.endIndex
            let events = new.filter { $0.number > number }
            if !events.isEmpty { try await body(events) }
            if isEnded { return }
        }
    }

    private func change(_ body: (inout State) -> Void) {
        let wakers = state.withLock { state in
            body(&state)
            return Array(state.wakers.values)
        }
        for waker in wakers { waker.yield() }
    }
}

/// Ends the reading of events from elsewhere.
final class ReaderStopper: Sendable {
    private let state = Mutex<(action: (@Sendable () -> Void)?, isStopped: Bool)>((nil, false))

    /// What to do when it stops; done at once where it has.
    func onStop(_ action: @escaping @Sendable () -> Void) {
        let isStopped = state.withLock { state in
            state.action = action
            return state.isStopped
        }
        if isStopped { action() }
    }

    func stop() {
        state.withLock { state in
            state.isStopped = true
            return state.action
        }?()
    }
}

/// The events of the responses that are open, by the responses' ids.
final class ResponseStreams: Sendable {
    private let streams = Mutex<[String: ResponseEvents]>([:])

    /// The events of a response that is, or will be, worked on here.
    ///
    /// Who opens them looks at the store afterwards: where the response has ended, nobody else will end them.
    func open(_ id: String) -> ResponseEvents {
        streams.withLock { streams in
            if let known = streams[id] { return known }
            let new = ResponseEvents()
            streams[id] = new
            return new
        }
    }

    /// No event of that response follows those.
    func end(_ id: String, with last: [StoredEvent] = []) {
        streams.withLock { $0.removeValue(forKey: id) }?.end(with: last)
    }

    /// The server stops.
    func endAll() {
        let all = streams.withLock { streams in
            defer { streams = [:] }
            return Array(streams.values)
        }
        for events in all { events.end() }
    }
}
