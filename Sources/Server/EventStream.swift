import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import OpenAIAPI
import Store

/// Server-sent events as OpenAI streams them: `data: {…}`, an empty line, and `data: [DONE]` at the end.
struct EventStream {
    /// The headers of such a response; they ask proxies not to collect it.
    static let headers: HTTPFields = {
        var headers: HTTPFields = [
            .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache",
        ]
        if let name = HTTPField.Name("X-Accel-Buffering") { headers[name] = "no" }
        return headers
    }()

    private var buffer = ByteBuffer()

    /// Adds an event.
    mutating func add(_ value: JSONValue) {
        buffer.writeStaticString("data: ")
        buffer.writeBytes(value.serializedBytes())
        buffer.writeStaticString("\n\n")
    }

    /// Adds events that have names.
    mutating func add(_ events: [AnswerEvent]) {
        for event in events { buffer.writeBytes(Self.bytes(of: event)) }
    }

    /// Adds events as they were sent before.
    mutating func add(_ events: [StoredEvent]) {
        for event in events { buffer.writeBytes(event.bytes) }
    }

    /// An event that has a name, as it is sent.
    static func bytes(of event: AnswerEvent) -> [UInt8] {
        Array("event: \(event.name)\ndata: ".utf8) + event.data.serializedBytes() + Array("\n\n".utf8)
    }

    /// Adds the event that ends the stream.
    mutating func addDone() { buffer.writeStaticString("data: [DONE]\n\n") }

    /// Sends what was added, in one piece and at once; waits while the client is slow to read.
    @concurrent
    mutating func flush(to writer: inout any ResponseBodyWriter) async throws {
        guard buffer.readableBytes > 0 else { return }
        try await writer.write(buffer)
        buffer.clear()
    }
}
