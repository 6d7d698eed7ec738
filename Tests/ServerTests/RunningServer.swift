import Engine
import Logging
import OpenAIAPI
import Server
import ServiceLifecycle
import ServingFixtures
import Store

/// A server that listens on a free port, over the alphabet model.
struct RunningServer {
    let port: Int
    let model: ServedModel
    private let services: ServiceGroup

    /// Starts a server, runs `body`, and shuts the server down.
    @discardableResult
    static func with<Value: Sendable>(
        _ model: ServedModel? = nil, embedders: [ServedEmbedder] = [], store: Store? = nil,
        access: AccessControl? = nil, logger: Logger = Fixtures.logger,
        configure: (inout ServerConfiguration) -> Void = { _ in },
        load: @escaping @Sendable (_ port: Int) async throws -> Void = { _ in },
        _ body: @concurrent (RunningServer) async throws -> Value
    ) async throws -> Value {
        var configuration = ServerConfiguration()
        configuration.port = 0
        configuration.limits.lingerSecondsMax = 1
        configure(&configuration)
        let model = try model ?? Fixtures.model()
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        let contents = ServerContents(
            catalog: ModelCatalog([model], embedders: embedders),
            storage: store.map(Storage.store) ?? .none(reason: "the test gave it none")
        ) {
            continuation.yield($0)
        }
        let server = InferenceServer(
            configuration: configuration, access: access, logger: logger, modelNames: ["alphabet"]
        ) { port in
            try await load(port)
            return contents
        }
        let services = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [server], logger: Fixtures.logger))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await services.run()
            }
            guard let port = await ports.first(where: { _ in true }) else {
                try await group.waitForAll()
                throw NotListening()
            }
            let value = try await body(RunningServer(port: port, model: model, services: services))
            await services.triggerGracefulShutdown()
            try await group.waitForAll()
            return value
        }
    }

    /// Asks the server to stop, as SIGTERM does.
    func shutDown() async { await services.triggerGracefulShutdown() }

    /// One request on a connection of its own.
    func request(
        _ method: String, _ path: String, _ body: String? = nil, headers: [String: String] = [:]
    ) async throws -> WireResponse {
        try await WireClient.with(port: port) { client in
            try await client.request(method, path, body, headers: headers)
        }
    }

    /// Waits until the engine has nothing to do, or fails the test by its time limit.
    func waitUntilIdle() async throws {
        while model.engine.statistics().runningCount + model.engine.statistics().waitingCount > 0 {
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Waits until the engine is at work.
    func waitUntilBusy() async throws {
        while model.engine.statistics().runningCount == 0 { try await Task.sleep(for: .milliseconds(1)) }
    }

    private struct NotListening: Error {}
}
