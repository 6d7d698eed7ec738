import Glibc

/// A thread of the embedder's own, off the concurrency pool.
enum EmbeddingThread {
    /// The stack, enough for any backend's calls.
    private static let stackBytes = 8 << 20

    /// Runs `body` on a new thread; the error number where there is no thread to be had.
    static func start(_ body: sending @escaping () -> Void) -> Int32? {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackBytes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))

        let closure = Unmanaged.passRetained(Closure(body))
        var thread = pthread_t()
        let status = pthread_create(
            &thread, &attributes,
            { argument in
                guard let argument else { return nil }
                // The pointer is the one retained above, and this thread takes it over.
                Unmanaged<Closure>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, closure.toOpaque())
        guard status != 0 else { return nil }
        closure.release()
        return status
    }

    private final class Closure {
        let body: () -> Void

        init(_ body: @escaping () -> Void) { self.body = body }
    }
}
