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
    func embed(
        _ route: Route, _ body: JSONValue, _ call: Call, _ connection: Connection
    ) async throws -> Response {
        let place = try gate.enter()
        defer { withExtendedLifetime(place) {} }
        return .json(bytes: try await embedding(route, body, route: call.route, connection))
    }

    /// The answer to a request for vectors or scores, as JSON.
    ///
    /// - Parameters:
    ///   - label: the route, for the log.
    ///   - connection: whose client may go away; nil where nobody waits.
    @concurrent
    func embedding(
        _ route: Route, _ body: JSONValue, route label: String, _ connection: Connection?
    ) async throws -> [UInt8] {
        let limits = configuration.limits.api
        let created = SystemClock.secondsSince1970
        switch route {
        case .rerank:
            let request = try RerankRequest(parsing: body, catalog: catalog, limits: limits)
            warnings.note(request.unknownParameters, route: label, logger: logger)
            let rows = try await rows(
                of: request.scoring.sequences, request.scoring.model, "documents", connection)
            return Array(request.response(rows, id: Identifier.make("rerank-")).serialized().utf8)
        case .score:
            let request = try ScoreRequest(parsing: body, catalog: catalog, limits: limits)
            warnings.note(request.unknownParameters, route: label, logger: logger)
            let rows = try await rows(
                of: request.scoring.sequences, request.scoring.model, "text_2", connection)
            let answer = request.response(rows, id: Identifier.make("score-"), created: created)
            return Array(answer.serialized().utf8)
        default:
            var engine: String?
            if case .engineEmbeddings(let name) = route { engine = name }
            let request = try EmbeddingRequest(
                parsing: body, engine: engine, catalog: catalog, limits: limits)
            warnings.note(request.unknownParameters, route: label, logger: logger)
            let rows = try await rows(of: request.sequences, request.model, "input", connection)
            return request.response(rows, id: Identifier.make("embd-"), created: created)
        }
    }

    @concurrent
    private func rows(
        of sequences: [TokenSequence], _ model: ServedEmbedder, _ parameter: String, _ connection: Connection?
    ) async throws -> [ArraySlice<Float>] {
        let tokenCount = sequences.reduce(0) { $0 + $1.tokens.count }
        try caller.take(promptTokens: tokenCount)
        let watch =
            if let connection { try await ConnectionWatch.on(connection.channel) } else {
                nil as ConnectionWatch?
            }
        do {
            let pending = try submit(sequences, of: tokenCount, to: model.embedder)
            watch?.onGone { pending.abort() }
            defer { watch?.onGone(nil) }
            return try await pending.rows()
        } catch {
            throw watch?.isGone == true ? APIError.clientGone : APIError(error, parameter: parameter)
        }
    }
}

extension APIResponder {
    /// Hands sequences over; where they are not taken, their tokens are the caller's again.
    private func submit(
        _ sequences: [TokenSequence], of tokenCount: Int, to embedder: Embedder
    ) throws(EmbeddingError) -> PendingRows {
        do {
            return try embedder.submit(sequences)
        } catch {
            caller.charge(answerTokens: -tokenCount)
            throw error
        }
    }
}

extension ModelCatalog {
    /// Whether nothing broke that computes.
    var isHealthy: Bool {
        models.allSatisfy { $0.engine.isHealthy } && embedders.allSatisfy { $0.embedder.isHealthy }
    }
}
