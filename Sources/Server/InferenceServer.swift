import Embedding
import Engine
import Hummingbird
import HummingbirdCore
package import JSON
package import Logging
import NIOCore
package import OpenAIAPI
import ServiceLifecycle

/// What a server serves, once it is loaded.
package struct ServerContents: Sendable {
    /// The models.
    package var catalog: ModelCatalog
    /// Where files, batches and responses are kept.
    package var storage: Storage
    /// What `/server_info` tells beside what the server knows itself: settings with secrets masked, plans.
    package var information: JSONValue
    /// Called with the port once requests are answered.
    package var onReady: @Sendable (_ port: Int) async -> Void

    /// Puts them together.
    package init(
        catalog: ModelCatalog, storage: Storage, information: JSONValue = [:],
        onReady: @escaping @Sendable (_ port: Int) async -> Void
    ) {
        self.catalog = catalog
        self.storage = storage
        self.information = information
        self.onReady = onReady
    }
}

/// The HTTP server over its models, as a service: it runs until it is asked to stop, and stops gracefully.
///
/// It listens first and loads then; until the models are there, whoever asks is told to come again.
/// On graceful shutdown it takes no connection and no request any more, lets what runs finish within
/// `shutdownSecondsMax`, aborts the rest, and shuts the engines down.
package struct InferenceServer: Service {
    private let configuration: ServerConfiguration
    private let access: AccessControl
    private let logger: Logger
    private let modelNames: [String]
    private let load: @Sendable (_ port: Int) async throws -> ServerContents

    /// Makes a server that does not listen yet.
    ///
    /// - Parameters:
    ///   - access: who may use it; nil leaves that to the configuration's keys.
    ///   - modelNames: What will be served, for those who ask before.
    ///   - load: Loads it, once the port is the server's.
    package init(
        configuration: ServerConfiguration, access: AccessControl? = nil, logger: Logger,
        modelNames: [String],
        load: @escaping @Sendable (_ port: Int) async throws -> ServerContents
    ) {
        self.configuration = configuration
        self.access = access ?? AccessControl(plainKeys: configuration.apiKeys, logger: logger)
        self.logger = logger
        self.modelNames = modelNames
        self.load = load
    }

    /// Serves until graceful shutdown or cancellation.
    ///
    /// - Throws: ``ListenError`` where the address cannot be listened at, and what loading throws.
    package func run() async throws {
        let gate = Gate(placesMax: configuration.limits.requestsMax)
        let door = FrontDoor(
            version: configuration.version, modelNames: modelNames, access: access)
        let (ports, port) = AsyncStream<Int>.makeStream()
        let application = application(door) { port.yield($0) }
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
                guard let port = await ports.first(where: { _ in true }) else { return }
                let contents = try await load(port)
                let responder = responder(contents, gate)
                door.open(responder)
                await contents.onReady(port)
                // What is not answered at the shutdown is answered after the next start.
                async let batches: Void = cancelWhenGracefulShutdown { await runBatches(responder) }
                async let responses: Void = cancelWhenGracefulShutdown { await responder.runInBackground() }
                await drain(contents.catalog, when: gate)
                _ = await (batches, responses)
            }
            defer { group.cancelAll() }
            // Ends when it is cancelled, hence never first.
            async let _: Void = access.watch(everyMilliseconds: configuration.limits.accessCheckMilliseconds)
            try await group.next()
        }
    }

    private func responder(_ contents: ServerContents, _ gate: Gate) -> APIResponder {
        var configuration = configuration
        configuration.information = contents.information
        return APIResponder(
            configuration: configuration, catalog: contents.catalog, access: access,
            storage: contents.storage, logger: logger, gate: gate)
    }

    private func runBatches(_ responder: APIResponder) async {
        guard let store = responder.storage.store else { return }
        await BatchWorker(
            store: store, signals: responder.batchSignals, limits: configuration.limits.batches,
            jsonLimits: configuration.limits.api.json, logger: logger,
            answer: responder.answerLine(owner:_:_:)
        ).run()
    }

    private func application(
        _ door: FrontDoor, onListening: @escaping @Sendable (_ port: Int) -> Void
    ) -> some ApplicationProtocol {
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
            responder: door,
            server: HTTPServerBuilder { [access] responder in
                let base = HTTP1Channel(
                    responder: ContinueResponder(responder, bodyBytesMax: limits.bodyBytesMax).respond,
                    configuration: channel)
                return access.tls.map { TLSChannel(base: base, identity: $0) as any ServerChildChannel }
                    ?? base
            },
            configuration: ApplicationConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                backlog: limits.requestsMax,
                // Without a limit, connections would take the descriptors that the database and the next model need.
                availableConnectionsDelegate: MaximumAvailableConnections(
                    Descriptors.connections(wanted: limits.connectionsMax), logger: quietLogger)),
            onServerRunning: { channel in onListening(channel.localAddress?.port ?? configuration.port) },
            logger: quietLogger)
    }

    /// Waits for the shutdown, then for the engines to finish what runs, then for the last bytes to leave.
    private func drain(_ catalog: ModelCatalog, when gate: Gate) async {
        try? await gracefulShutdown()
        if !Task.isCancelled { logger.info("Stopping: what runs is finished first") }
        gate.close()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await shutDownEngines(of: catalog) }
            group.addTask { try? await Task.sleep(for: .seconds(configuration.limits.shutdownSecondsMax)) }
            await group.next()
            // Past the deadline the engines abort what still runs.
            group.cancelAll()
        }
        try? await Task.sleep(for: .seconds(configuration.limits.lingerSecondsMax))
    }

    private func shutDownEngines(of catalog: ModelCatalog) async {
        await withDiscardingTaskGroup { group in
            for model in catalog.models { group.addTask { await model.engine.shutdown() } }
            for model in catalog.embedders { group.addTask { await model.embedder.shutdown() } }
        }
    }
}
