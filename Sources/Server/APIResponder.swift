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
    /// The models; while a request is answered, those that its caller may use.
    private(set) var catalog: ModelCatalog
    /// Whose request is answered: the owner of what is stored, and who pays for its tokens.
    private(set) var caller = Caller.anonymous
    let logger: Logger
    let gate: Gate
    let storage: Storage
    /// The bytes of the bodies that are read.
    let bodies: BodyBudget
    let counts = HTTPCounts()
    /// Tells the worker what callers want of their batches.
    let batchSignals = WorkSignals()
    /// The same of their responses in the background.
    let responseSignals = WorkSignals()
    /// What those tell who are at work in the background.
    let responseStreams = ResponseStreams()
    let access: AccessControl
    let warnings: ParameterWarnings
    private let document: OpenAPIDocument

    init(
        configuration: ServerConfiguration, catalog: ModelCatalog, access: AccessControl, storage: Storage,
        logger: Logger,
        gate: Gate
    ) {
        self.configuration = configuration
        self.catalog = catalog
        self.access = access
        self.storage = storage
        self.logger = logger
        self.gate = gate
        self.bodies = BodyBudget(bytesMax: configuration.limits.bodiesBytesMax)
        self.warnings = ParameterWarnings(namesMax: configuration.limits.warnedParametersMax)
        self.document = OpenAPIDocument(configuration, asksForKeys: access.asksForKeys)
    }

    /// Answers one request; never throws.
    func respond(to request: Request, context: Connection) async -> Response {
        var call = Call(request, id: requestID(of: request))
        var response: Response
        var meter: RateMeter?
        if let preflight = access.cors?.preflight(request) {
            call.finish(status: preflight.status.code, counts: counts, logger: logger)
            return preflight
        }
        do {
            let (entry, route) = try RouteTable.find(method: request.method.rawValue, path: request.uri.path)
            call.route = entry.path
            let caller = try caller(of: request, for: entry)
            if entry.access != .open { call.caller = caller.name }
            if entry.isMetered {
                meter = caller.meter
                try meter?.enter()
            }
            response = try await acting(for: caller).answer(route, request, call, context)
        } catch {
            response = self.response(to: error, request, call)
        }
        for name in Self.requestIDHeaders(of: request) { response.headers[name] = call.id }
        meter?.describe(in: &response.headers)
        access.cors?.describe(request.headers[.origin], in: &response.headers)
        // A stream is finished when its last byte has left.
        if response.body.contentLength != nil {
            call.finish(status: response.status.code, counts: counts, logger: logger)
        }
        return request.method == .head ? response.createHeadResponse() : response
    }

    /// - Throws: ``APIError`` 401 without a key where one is asked for, 403 where the key does not show that.
    private func caller(of request: Request, for entry: RouteEntry) throws(APIError) -> Caller {
        guard entry.access != .open else { return .anonymous }
        let caller = try access.keys.caller(request.headers)
        guard entry.access != .admin || caller.isAdmin else {
            throw APIError(
                status: 403,
                "The key of \(caller.name) does not open \(entry.path); it takes a key with \"admin\": true",
                code: "insufficient_permissions")
        }
        return caller
    }

    /// The same responder with only what that caller may use in sight.
    func acting(for caller: Caller) -> APIResponder {
        var copy = self
        copy.caller = caller
        if let names = caller.models { copy.catalog = catalog.limited(to: names) }
        return copy
    }

    private func answer(
        _ route: Route, _ request: Request, _ call: Call, _ connection: Connection
    ) async throws -> Response {
        switch route {
        case .chatCompletions, .completions:
            let place = try gate.enter()
            let prepared = try prepare(route, try await json(of: request))
            warnings.note(prepared.unknownParameters, route: call.route, logger: logger)
            return try await complete(prepared, place, call, connection)
        case .embeddings, .engineEmbeddings, .rerank, .score:
            return try await embed(route, try await json(of: request), call, connection)
        case .tokenize:
            let request = try TokenizeRequest(
                parsing: try await json(of: request), catalog: catalog, limits: configuration.limits.api)
            warnings.note(request.unknownParameters, route: call.route, logger: logger)
            return .json(try request.response())
        case .detokenize:
            let request = try DetokenizeRequest(
                parsing: try await json(of: request), catalog: catalog, limits: configuration.limits.api)
            warnings.note(request.unknownParameters, route: call.route, logger: logger)
            return .json(request.response())
        case .messages, .countMessageTokens, .responses, .response, .responseItems, .cancelResponse, .files,
            .file, .fileContent, .splitFile, .batches, .batch, .cancelBatch:
            return try await answerStored(route, request, call, connection)
        case .models: return .json(catalog.list())
        case .model(let name): return .json(try catalog.card(named: name))
        case .health, .ping: return Response(status: isHealthy ? .ok : .serviceUnavailable)
        case .ready: return readiness
        case .load: return .json(["server_load": .int(gate.taken)])
        case .version: return .json(["version": .string(configuration.version)])
        case .metrics: return .text(metrics(), type: PrometheusText.contentType)
        case .serverInfo: return .json(serverInfo)
        case .openAPI: return .json(document.json)
        case .docs: return DocsPage.response
        }
    }

    /// Parses a completion's body.
    func prepare(_ route: Route, _ body: JSONValue) throws(APIError) -> PreparedCompletion {
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
    func json(of request: Request) async throws(APIError) -> JSONValue {
        let limits = configuration.limits
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > limits.bodyBytesMax {
            throw .bodyTooLarge(limit: limits.bodyBytesMax, given: length)
        }
        if let coding = request.headers[.contentEncoding], coding.lowercased() != "identity" {
            throw APIError(
                status: 415,
                "Bodies are taken as they are: send this one without Content-Encoding, not in \(coding.prefix(40))",
                code: "unsupported_content_encoding")
        }
        let share = BodyBudget.Share(of: bodies)
        defer { withExtendedLifetime(share) {} }
        var buffer = ByteBuffer()
        do {
            for try await part in request.body {
                guard buffer.readableBytes + part.readableBytes <= limits.bodyBytesMax else {
                    throw APIError.bodyTooLarge(limit: limits.bodyBytesMax)
                }
                try share.take(part.readableBytes)
                buffer.writeImmutableBuffer(part)
            }
        } catch let error as APIError {
            throw error
        } catch {
            throw APIError(status: 400, "The body ended before it was complete")
        }
        do {
            return try JSONValue(
                parsing: buffer.readableBytesView,
                limits: limits.api.json)
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
