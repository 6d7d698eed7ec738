import Server
import ServiceLifecycle
import UnixSignals

/// Reads keys and certificate again at SIGHUP, as servers do.
struct ReloadOnHangup: Service {
    let access: AccessControl

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            access.reload()
        }
    }
}
