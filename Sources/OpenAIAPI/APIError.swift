package import JSON

/// A failure as the OpenAI API tells it: an HTTP status and the `error` object.
package struct APIError: Error, Hashable, Sendable {
    /// The HTTP status.
    package var status: Int
    /// What is wrong, for people; states the limit and the value where there is one.
    package var message: String
    /// The class of failure, `invalid_request_error` for instance.
    package var type: String
    /// The parameter at fault.
    package var parameter: String?
    /// What programs go by.
    package var code: String?
    /// When to try again, for the `Retry-After` header.
    package var retryAfterSeconds: Int?
    /// The methods that the route knows, for the `Allow` header.
    package var allowedMethods: [String] = []

    /// Makes an error; the more telling ones have functions of their own.
    package init(
        status: Int, _ message: String, type: String = "invalid_request_error", parameter: String? = nil,
        code: String? = nil, retryAfterSeconds: Int? = nil
    ) {
        self.status = status
        self.message = message
        self.type = type
        self.parameter = parameter
        self.code = code
        self.retryAfterSeconds = retryAfterSeconds
    }

    /// `{"error": {"message", "type", "param", "code"}}`.
    package var json: JSONValue {
        let error: JSONValue = [
            "message": .string(message), "type": .string(type),
            "param": parameter.map(JSONValue.string) ?? nil, "code": code.map(JSONValue.string) ?? nil,
        ]
        return ["error": error]
    }
}

extension APIError {
    /// 400: a parameter has a value that cannot be.
    package static func invalid(_ parameter: String, _ message: String) -> APIError {
        APIError(status: 400, message, parameter: parameter, code: "invalid_value")
    }

    /// 400: a parameter asks for something that this server does not do.
    package static func unsupported(_ parameter: String, _ message: String) -> APIError {
        APIError(status: 400, message, parameter: parameter, code: "unsupported_parameter")
    }

    /// 400: prompt and answer together pass the model's context length.
    package static func contextLengthExceeded(_ message: String, parameter: String) -> APIError {
        APIError(status: 400, message, parameter: parameter, code: "context_length_exceeded")
    }

    /// 401: no key, or one that the server does not know.
    package static func invalidKey(_ message: String) -> APIError {
        APIError(status: 401, message, code: "invalid_api_key")
    }

    /// 404: no model of that name is served.
    package static func modelNotFound(_ name: String, served: [String]) -> APIError {
        APIError(
            status: 404,
            "The model \(quoted(name)) does not exist; served: "
                + (served.isEmpty ? "nothing to your key" : served.map(quoted).joined(separator: ", ")),
            parameter: "model", code: "model_not_found")
    }

    /// 404: nothing answers at that path.
    package static func unknownRoute(_ method: String, _ path: String) -> APIError {
        APIError(status: 404, "Unknown request URL: \(method) \(path)", code: "unknown_url")
    }

    /// 405: the path is known, the method is not.
    package static func methodNotAllowed(_ method: String, _ path: String, allowed: [String]) -> APIError {
        var error = APIError(
            status: 405, "\(path) takes \(allowed.joined(separator: ", ")), not \(method)",
            code: "method_not_allowed")
        error.allowedMethods = allowed
        return error
    }

    /// 413: the body is larger than the server reads; how large, where it was told.
    package static func bodyTooLarge(limit: Int, given: Int? = nil) -> APIError {
        APIError(
            status: 413,
            "The body has more than the \(limit) bytes allowed" + (given.map { ": \($0)" } ?? ""),
            code: "request_too_large")
    }

    /// 429: the house is full.
    package static func overloaded(_ message: String) -> APIError {
        APIError(
            status: 429, message, type: "rate_limit_error", code: "rate_limit_exceeded", retryAfterSeconds: 1)
    }

    /// 503: the server is on its way out.
    package static var shuttingDown: APIError {
        APIError(
            status: 503, "The server is shutting down", type: "server_error", code: "shutting_down",
            retryAfterSeconds: 5)
    }

    /// 500: a fault of ours; says nothing of what is inside.
    package static var internalError: APIError {
        APIError(status: 500, "The server had an error", type: "server_error", code: "internal_error")
    }

    /// 503: the engine broke, and only a restart helps.
    package static func engineFailed(_ reason: String) -> APIError {
        APIError(status: 503, "The engine failed: \(reason)", type: "server_error", code: "engine_failed")
    }

    /// A piece of the caller's text in backquotes, shortened to what a message can bear.
    static func quoted(_ text: String) -> String {
        let shown = text.unicodeScalars.prefix(80)
        let ellipsis = shown.endIndex == text.unicodeScalars.endIndex ? "" : "…"
        return "`\(String(String.UnicodeScalarView(shown)))\(ellipsis)`"
    }
}
