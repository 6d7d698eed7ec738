import Synchronization

/// The output of one request, as it comes: at most one event a step.
///
/// What a slow reader has not taken is merged into one event, so that it neither stalls the engine nor holds
/// more than the request's tokens. The events can be read once. Dropping the iterator, or a generation whose
/// iterator was never made, aborts the request, as does cancelling the task that reads.
package final class Generation: AsyncSequence, Sendable {
    package typealias Element = GenerationEvent
    package typealias Failure = Never

    private let stream: GenerationStream
    /// Handed to the iterator.
    private let lease: Mutex<Lease?>

    init(_ stream: GenerationStream) {
        self.stream = stream
        lease = Mutex(Lease(stream))
    }

    /// Ends the request now: its reader gets what there is and ``FinishReason/aborted``, and its blocks are
    /// freed before the next step. Does nothing where it has ended.
    package func abort() {
        stream.abort()
    }

    /// The events; a second iterator has none.
    package func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(lease: lease.withLock { $0.take() })
    }

    /// Reads events.
    package struct AsyncIterator: AsyncIteratorProtocol {
        private let lease: Lease?

        fileprivate init(lease: consuming Lease?) {
            self.lease = lease
        }

        /// The next event, or none after the one that has a finish reason.
        package mutating func next(isolation actor: isolated (any Actor)?) async -> GenerationEvent? {
            await lease?.stream.next()
        }
    }

    /// Aborts the request when nobody can read it anymore.
    fileprivate final class Lease: Sendable {
        let stream: GenerationStream

        init(_ stream: GenerationStream) { self.stream = stream }

        deinit { stream.abort() }
    }
}
