import HTTPTypes
import Hummingbird
import JSON
import Logging
import OpenAIAPI
import Store

/// The routes that came with the store, and what differs for Anthropic's clients.
extension APIResponder {
    /// Answers what ``Route/stored(_:)`` and its like stand for.
    func answerStored(
        _ route: Route, _ request: Request, _ call: Call, _ connection: Connection
    ) async throws -> Response {
        switch route {
        case .messages: try await messages(request, try gate.enter(), call, connection)
        case .countMessageTokens: try await countTokens(request, call)
        case .responses: try await responses(request, try gate.enter(), call, connection)
        case .response(let id): try await response(id, request, call, connection)
        case .responseItems(let id): try await responseItems(id, request)
        case .cancelResponse(let id): try await cancelResponse(id)
        case .files: try await files(request)
        case .file(let id): try await file(id, request)
        case .fileContent(let id): try await fileContent(id)
        case .splitFile: try await splitFile(request)
        case .batches: try await batches(request)
        case .batch(let id): try await batch(id)
        case .cancelBatch(let id): try await cancelBatch(id)
        default: throw APIError.unknownRoute(request.method.rawValue, request.uri.path)
        }
    }

    /// What went wrong, in the words of the API that was asked.
    func response(to error: any Error, _ request: Request, _ call: Call) -> Response {
        let shown: APIError
        switch error {
        case let error as APIError: shown = error
        case let error as StoreError: shown = APIError(error)
        default: shown = .internalError
        }
        if shown.status == 500 {
            logger.error("Unexpected error", metadata: ["error": "\(error)", "request_id": "\(call.id)"])
        }
        return Self.response(to: shown, request)
    }

    /// An error in the words of the API that was asked.
    static func response(to error: APIError, _ request: Request) -> Response {
        isAnthropic(request) ? .error(error, body: error.messagesJSON) : .error(error)
    }

    /// The key in whichever header the client's API has it, as an `Authorization` header has it.
    static func authorization(of request: Request) -> String? {
        if let authorization = request.headers[.authorization] { return authorization }
        return HTTPField.Name("x-api-key").flatMap { request.headers[$0] }.map { "Bearer \($0)" }
    }

    /// The headers that tell the request's id; Anthropic's clients look for one of their own.
    static func requestIDHeaders(of request: Request) -> [HTTPField.Name] {
        let names = isAnthropic(request) ? ["X-Request-Id", "request-id"] : ["X-Request-Id"]
        return names.compactMap { HTTPField.Name($0) }
    }

    private static func isAnthropic(_ request: Request) -> Bool {
        request.uri.path.hasPrefix("/v1/messages")
    }
}
