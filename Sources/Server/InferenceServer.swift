import Embedding
import Engine
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
package import OpenAIAPI
import ServiceLifecycle

/// The HTTP server over its models, as a service: it runs until it is asked to stop, and stops gracefully.
///
/// On graceful shutdown it takes no connection and no request any more, lets what runs finish within
/// `shutdownSecondsMax`, aborts the rest, and shuts the engines down.
package struct InferenceServer: Service {
    private let configuration: ServerConfiguration
    private let catalog: ModelCatalog
    private let logger: Logger
    private let onListening: @Sendable (_ port: Int) async -> Void

    /// Makes a server that does not listen yet.
    ///
    /// - Parameter onListening: called with the port once connections are taken.
    package init(
        configuration: ServerConfiguration, catalog: ModelCatalog, logger: Logger,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.catalog = catalog
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until graceful shutdown or cancellation.
    ///
    /// - Throws: ``ListenError`` where the address cannot be listened at.
    package func run() async throws {
        let gate = Gate(placesMax: configuration.limits.requestsMax)
        let application = application(gate)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await application.run()
                } catch {
                    let (host, port) = (configuration.host, configuration.port)
                    throw ListenError(error, host: host, port: port) ?? error
                }
            }
            group.addTask { await drain(when: gate) }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func application(_ gate: Gate) -> some ApplicationProtocol {
        let limits = configuration.limits
        var decoder = HTTP1Channel.Configuration.DecoderConfiguration()
        decoder.maxHeaderFieldSize = limits.headerBytesMax
        decoder.maxHeaderListSize = limits.headerBytesMax
        decoder.maxHeaderFieldCount = limits.headerFieldsMax
        // Hummingbird tells at info level what the command tells in its own words.
        var quietLogger = logger
        quietLogger.logLevel = max(logger.logLevel, .notice)
        return Application(
            responder: APIResponder(
                configuration: configuration, catalog: catalog, logger: logger, gate: gate),
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    additionalChannelHandlers: [ConnectionWatch()],
                    idleTimeout: .seconds(Int64(limits.idleSecondsMax)), httpDecoderConfiguration: decoder)),
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                backlog: limits.requestsMax),
            onServerRunning: { [onListening] channel in
                await onListening(channel.localAddress?.port ?? configuration.port)
            },
            logger: quietLogger)
    }

    /// Waits for the shutdown, then for the engines to finish what runs, then for the last bytes to leave.
    private func drain(when gate: Gate) async {
        try? await gracefulShutdown()
        if !Task.isCancelled { logger.info("Stopping: what runs is finished first") }
        gate.close()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await shutDownEngines() }
            group.addTask { try? await Task.sleep(for: .seconds(configuration.limits.shutdownSecondsMax)) }
            await group.next()
            // Past the deadline the engines abort what still runs.
            group.cancelAll()
        }
        try? await Task.sleep(for: .seconds(configuration.limits.lingerSecondsMax))
    }

    private func shutDownEngines() async {
        await withDiscardingTaskGroup { group in
            for model in catalog.models { group.addTask { await model.engine.shutdown() } }
            for model in catalog.embedders { group.addTask { await model.embedder.shutdown() } }
        }
    }
}
