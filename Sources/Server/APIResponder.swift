import Engine
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import OpenAIAPI

/// Answers requests: finds the route, checks the key, counts, logs, and turns every error into OpenAI's
/// object.
struct APIResponder: HTTPResponder {
    let configuration: ServerConfiguration
    let catalog: ModelCatalog
    let logger: Logger
    let gate: Gate
    let counts = HTTPCounts()
    private let keys: KeyRing
    let warnings: ParameterWarnings

    init(configuration: ServerConfiguration, catalog: ModelCatalog, logger: Logger, gate: Gate) {
        self.configuration = configuration
        self.catalog = catalog
        self.logger = logger
        self.gate = gate
        self.keys = KeyRing(configuration.apiKeys)
        self.warnings = ParameterWarnings(namesMax: configuration.limits.warnedParametersMax)
    }

    /// Answers one request; never throws.
    func respond(to request: Request, context: Connection) async -> Response {
        var call = Call(request, id: requestID(of: request))
        var response: Response
        do {
            let route = try Route(method: request.method.rawValue, path: request.uri.path)
            call.route = route.label
            if route.isGuarded { try keys.check(authorization: request.headers[.authorization]) }
            response = try await answer(route, request, call, context)
        } catch let error as APIError {
            response = .error(error)
        } catch {
            logger.error("Unexpected error", metadata: ["error": "\(error)", "request_id": "\(call.id)"])
            response = .error(.internalError)
        }
        if let name = Self.requestIDHeader { response.headers[name] = call.id }
        // A stream is finished when its last byte has left.
        if response.body.contentLength != nil {
            call.finish(status: response.status.code, counts: counts, logger: logger)
        }
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(
        _ route: Route, _ request: Request, _ call: Call, _ connection: Connection
    ) async throws -> Response {
        switch route {
        case .chatCompletions, .completions:
            let place = try gate.enter()
            let prepared = try prepare(route, try await json(of: request))
            warnings.note(prepared.unknownParameters, route: route.label, logger: logger)
            return try await complete(prepared, place, call, connection)
        case .embeddings, .engineEmbeddings, .rerank, .score:
            return try await embed(route, try await json(of: request), connection)
        case .tokenize:
            let request = try TokenizeRequest(
                parsing: try await json(of: request), catalog: catalog, limits: configuration.limits.api)
            warnings.note(request.unknownParameters, route: route.label, logger: logger)
            return .json(try request.response())
        case .detokenize:
            let request = try DetokenizeRequest(
                parsing: try await json(of: request), catalog: catalog, limits: configuration.limits.api)
            warnings.note(request.unknownParameters, route: route.label, logger: logger)
            return .json(request.response())
        case .models: return .json(catalog.list())
        case .model(let name): return .json(try catalog.card(named: name))
        case .health, .ping: return Response(status: isHealthy ? .ok : .serviceUnavailable)
        case .load: return .json(["server_load": .int(gate.taken)])
        case .version: return .json(["version": .string(configuration.version)])
        case .metrics: return .text(metrics(), type: PrometheusText.contentType)
        }
    }

    private var isHealthy: Bool { !gate.isClosed && catalog.isHealthy }

    private func prepare(_ route: Route, _ body: JSONValue) throws(APIError) -> PreparedCompletion {
        let limits = configuration.limits.api
        let created = SystemClock.secondsSince1970
        if case .chatCompletions = route {
            let request = try ChatCompletionRequest(parsing: body, catalog: catalog, limits: limits)
            return try PreparedCompletion(request, id: Identifier.make("chatcmpl-"), created: created)
        }
        let request = try CompletionRequest(parsing: body, catalog: catalog, limits: limits)
        return PreparedCompletion(request, id: Identifier.make("cmpl-"), created: created)
    }

    /// The body as JSON, whatever content type it claims.
    private func json(of request: Request) async throws(APIError) -> JSONValue {
        let limits = configuration.limits
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limits.bodyBytesMax {
            throw .bodyTooLarge(limit: limits.bodyBytesMax)
        }
        let buffer: ByteBuffer
        do {
            buffer = try await request.body.collect(upTo: limits.bodyBytesMax)
        } catch is NIOTooManyBytesError {
            throw .bodyTooLarge(limit: limits.bodyBytesMax)
        } catch {
            throw APIError(status: 400, "The body ended before it was complete")
        }
        do {
            return try JSONValue(
                parsing: buffer.readableBytesView,
                limits: JSONLimits(depthMax: limits.api.jsonDepthMax, valuesMax: limits.api.jsonValuesMax))
        } catch {
            throw APIError(status: 400, "The body is not valid JSON: \(error)", code: "invalid_json")
        }
    }

    private static let requestIDHeader = HTTPField.Name("X-Request-Id")

    private func requestID(of request: Request) -> String {
        Identifier.forRequest(
            Self.requestIDHeader.flatMap { request.headers[$0] },
            charactersMax: configuration.limits.requestIDCharactersMax)
    }
}
