import Glibc

/// A thread of one's own, off the concurrency pool: for what computes, blocks or takes long.
package enum OwnThread {
    /// The stack, enough for any backend's calls.
    private static let stackBytes = 8 << 20

    /// There is no thread to be had.
    package struct Failure: Error, CustomStringConvertible {
        /// The system's error number.
        package let errorNumber: Int32

        /// One line for people.
        package var description: String {
            "no thread can be started: \(String(cString: strerror(errorNumber)))"
        }
    }

    /// Runs `body` on a new thread; the error number where there is no thread to be had.
    package static func start(_ body: sending @escaping () -> Void) -> Int32? {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackBytes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))

        let start = Unmanaged.passRetained(Start(body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                // The pointer is the one retained above, and this thread takes it over.
                let start = Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                start.body()
                return nil
            }, start.toOpaque())
        guard status == 0 else {
            start.release()
            return status
        }
        return nil
    }

    /// What `body` returns on a new thread; the task waits, and no thread of the pool.
    ///
    /// - Throws: What `body` throws, or ``Failure``.
    package static func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let errorNumber = start { continuation.resume(with: Result(catching: body)) }
            if let errorNumber { continuation.resume(throwing: Failure(errorNumber: errorNumber)) }
        }
    }

    private final class Start {
        let body: () -> Void

        init(_ body: @escaping () -> Void) { self.body = body }
    }
}
