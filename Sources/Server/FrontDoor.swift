import HTTPTypes
import Hummingbird
import JSON
import OpenAIAPI
import Synchronization

/// Answers while the models load; from then on the real responder does.
///
/// Who asks whether the process lives (`/ping`, `/version`) hears yes, whoever asks for anything else is told to come
/// again, and that is what `/health` and `/ready` say, too.
final class FrontDoor: HTTPResponder {
    private let version: String
    private let refusal: APIError
    private let access: AccessControl
    private let responder = Mutex<APIResponder?>(nil)

    /// - Parameter modelNames: What loads.
    init(version: String, modelNames: [String], access: AccessControl) {
        self.version = version
        self.access = access
        let names = modelNames.isEmpty ? "The model" : modelNames.joined(separator: ", ")
        refusal = APIError(
            status: 503, "\(names) is being loaded; try again soon", type: "server_error",
            code: "model_loading", retryAfterSeconds: 1)
    }

    /// Lets that one answer from now on.
    func open(_ responder: APIResponder) { self.responder.withLock { $0 = responder } }

    /// Answers one request; never throws.
    func respond(to request: Request, context: Connection) async -> Response {
        if let responder = responder.withLock({ $0 }) {
            return await responder.respond(to: request, context: context)
        }
        if let preflight = access.cors?.preflight(request) { return preflight }
        var response = answer(request)
        access.cors?.describe(request.headers[.origin], in: &response.headers)
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(_ request: Request) -> Response {
        do {
            switch try RouteTable.find(method: request.method.rawValue, path: request.uri.path).route {
            case .ping: return Response(status: .ok)
            case .version: return .json(["version": .string(version)])
            case .ready:
                // As it answers later, and with the error of every other route.
                return .error(
                    refusal,
                    body: [
                        "status": "loading", "message": .string(refusal.message),
                        "error": refusal.json["error"] ?? nil,
                    ])
            default: return APIResponder.response(to: refusal, request)
            }
        } catch {
            return APIResponder.response(to: error, request)
        }
    }
}
