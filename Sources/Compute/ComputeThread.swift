import Glibc

/// A thread of one's own, off the concurrency pool, for whoever calls a backend: a step takes as long as it takes, and must
/// not keep the pool's few threads from others.
package enum ComputeThread {
    /// The stack, enough for any backend's calls.
    private static let stackBytes = 8 << 20

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
                Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, start.toOpaque())
        guard status != 0 else { return nil }
        start.release()
        return status
    }

    private final class Start {
        let body: () -> Void

        init(_ body: @escaping () -> Void) { self.body = body }
    }
}
