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
    private let storage: Storage
    private let access: AccessControl
    private let logger: Logger
    private let onListening: @Sendable (_ port: Int) async -> Void

    /// Makes a server that does not listen yet.
    ///
    /// - Parameters:
    ///   - access: who may use it; nil leaves that to the configuration's keys.
    ///   - storage: Where files, batches and responses are kept.
    ///   - onListening: called with the port once connections are taken.
    package init(
        configuration: ServerConfiguration, catalog: ModelCatalog, access: AccessControl? = nil,
        storage: Storage = .none(reason: "it was given no data folder"), logger: Logger,
        onListening: @escaping @Sendable (_ port: Int) async -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.catalog = catalog
        self.storage = storage
        self.access = access ?? AccessControl(plainKeys: configuration.apiKeys, logger: logger)
        self.logger = logger
        self.onListening = onListening
    }

    /// Serves until graceful shutdown or cancellation.
    ///
    /// - Throws: ``ListenError`` where the address cannot be listened at.
    package func run() async throws {
        let gate = Gate(placesMax: configuration.limits.requestsMax)
        let responder = APIResponder(
            configuration: configuration, catalog: catalog, access: access, storage: storage, logger: logger,
            gate: gate)
        let application = application(responder)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    try await application.run()
                } catch {
                    let (host, port) = (configuration.host, configuration.port)
                    throw ListenError(error, host: host, port: port) ?? error
                }
            }
            group.addTask {
                // What is not answered at the shutdown is answered after the next start.
                async let batches: Void = cancelWhenGracefulShutdown { await runBatches(responder) }
                async let responses: Void = cancelWhenGracefulShutdown { await responder.runInBackground() }
                await drain(when: gate)
                _ = await (batches, responses)
            }
            defer { group.cancelAll() }
            // Ends when it is cancelled, hence never first.
            async let _: Void = access.watch(everyMilliseconds: configuration.limits.accessCheckMilliseconds)
            try await group.next()
        }
    }

    private func runBatches(_ responder: APIResponder) async {
        guard let store = storage.store else { return }
        await BatchWorker(
            store: store, signals: responder.batchSignals, limits: configuration.limits.batches,
            jsonLimits: configuration.limits.api.json, logger: logger,
            answer: responder.answerLine(owner:_:_:)
        ).run()
    }

    private func application(_ responder: APIResponder) -> some ApplicationProtocol {
        let limits = configuration.limits
        var decoder = HTTP1Channel.Configuration.DecoderConfiguration()
        decoder.maxHeaderFieldSize = limits.headerBytesMax
        decoder.maxHeaderListSize = limits.headerBytesMax
        decoder.maxHeaderFieldCount = limits.headerFieldsMax
        // Hummingbird tells at info level what the command tells in its own words.
        var quietLogger = logger
        quietLogger.logLevel = max(logger.logLevel, .notice)
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ConnectionWatch(), BodyDeadline(secondsMax: limits.bodySecondsMax)],
            idleTimeout: .seconds(Int64(limits.idleSecondsMax)),
            httpDecoderConfiguration: decoder)
        return Application(
            responder: responder,
            server: HTTPServerBuilder { [access] responder in
                let base = HTTP1Channel(
                    responder: ContinueResponder(responder, bodyBytesMax: limits.bodyBytesMax).respond,
                    configuration: channel)
                return access.tls.map { TLSChannel(base: base, identity: $0) as any ServerChildChannel }
                    ?? base
            },
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
