import Embedding
import Engine
import Hummingbird
import JSON
import OpenAIAPI

extension APIResponder {
    /// Answers with vectors or scores.
    ///
    /// A client that goes away takes its request out of the embedder.
    @concurrent
    func embed(_ route: Route, _ body: JSONValue, _ connection: Connection) async throws -> Response {
        let place = try gate.enter()
        defer { withExtendedLifetime(place) {} }
        let limits = configuration.limits.api
        let created = SystemClock.secondsSince1970
        switch route {
        case .rerank:
            let request = try RerankRequest(parsing: body, catalog: catalog, limits: limits)
            warnings.note(request.unknownParameters, route: route.label, logger: logger)
            let rows = try await rows(
                of: request.scoring.sequences, request.scoring.model, "documents", connection)
            return .json(request.response(rows, id: Identifier.make("rerank-")))
        case .score:
            let request = try ScoreRequest(parsing: body, catalog: catalog, limits: limits)
            warnings.note(request.unknownParameters, route: route.label, logger: logger)
            let rows = try await rows(
                of: request.scoring.sequences, request.scoring.model, "text_2", connection)
            return .json(request.response(rows, id: Identifier.make("score-"), created: created))
        default:
            var engine: String?
            if case .engineEmbeddings(let name) = route { engine = name }
            let request = try EmbeddingRequest(
                parsing: body, engine: engine, catalog: catalog, limits: limits)
            warnings.note(request.unknownParameters, route: route.label, logger: logger)
            let rows = try await rows(of: request.sequences, request.model, "input", connection)
            return .json(bytes: request.response(rows, id: Identifier.make("embd-"), created: created))
        }
    }

    @concurrent
    private func rows(
        of sequences: [TokenSequence], _ model: ServedEmbedder, _ parameter: String, _ connection: Connection
    ) async throws -> [ArraySlice<Float>] {
        let watch = try await ConnectionWatch.on(connection.channel)
        do {
            let pending = try model.embedder.submit(sequences)
            watch.onGone { pending.abort() }
            defer { watch.onGone(nil) }
            return try await pending.rows()
        } catch {
            throw watch.isGone ? APIError.clientGone : APIError(error, parameter: parameter)
        }
    }
}

extension ModelCatalog {
    /// Whether nothing broke that computes.
    var isHealthy: Bool {
        models.allSatisfy { $0.engine.isHealthy } && embedders.allSatisfy { $0.embedder.isHealthy }
    }
}
