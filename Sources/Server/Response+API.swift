import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import OpenAIAPI

extension Response {
    /// A JSON response.
    static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: value.serializedBytes())))
    }

    /// A response of JSON that is written already.
    static func json(bytes: [UInt8]) -> Response {
        Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// A text response.
    static func text(_ text: String, type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: type],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }

    /// An error as the OpenAI API tells it, with the headers that belong to its status.
    ///
    /// - Parameter body: The error in another API's words.
    static func error(_ error: APIError, body: JSONValue? = nil) -> Response {
        var response = json(body ?? error.json, status: HTTPResponse.Status(code: error.status))
        if error.status == 401 { response.headers[.wwwAuthenticate] = "Bearer" }
        if let seconds = error.retryAfterSeconds { response.headers[.retryAfter] = String(seconds) }
        if !error.allowedMethods.isEmpty {
            response.headers[.allow] = error.allowedMethods.joined(separator: ", ")
        }
        return response
    }
}
