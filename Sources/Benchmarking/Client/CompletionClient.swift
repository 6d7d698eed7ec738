import JSON
import NIOCore

/// Sends completions to one server and takes the times of their tokens.
package struct CompletionClient: Sendable {
    private static let doneMark = Array("[DONE]".utf8)
    /// The most bytes of an answer that is no stream that are kept.
    private static let answerBytesMax = 1 << 20

    private let exchange: HTTPExchange
    private let api: CompletionAPI
    /// The route of ``api``, behind the address's own path.
    private let path: String

    /// - Parameters:
    ///   - path: The route that completions are posted to, such as `/v1/completions`.
    ///   - apiKey: What the server asks for, if it does.
    package init(address: ServerAddress, api: CompletionAPI, path: String, apiKey: String?) {
        exchange = HTTPExchange(address: address, apiKey: apiKey)
        self.api = api
        self.path = path
    }

    /// The names of the models that are served.
    ///
    /// - Throws: ``LoadError`` where there is no server, or its answer is no list of models.
    package func models() async throws -> [String] {
        var body: [UInt8] = []
        let status = try await exchange.send("/v1/models", body: nil) { bytes in
            if body.count < Self.answerBytesMax { body.append(contentsOf: bytes.readableBytesView) }
        }
        guard status == 200 else { throw LoadError(Self.refusal(status, body)) }
        guard let models = (try? JSONValue(parsing: body))?["data"]?.arrayValue else {
            throw LoadError("the answer to /v1/models is no list of models")
        }
        return models.compactMap { $0["id"]?.stringValue }
    }

    /// Sends one request and reads its stream to the end. What goes wrong stands in the record.
    package func send(_ request: BenchmarkRequest, _ options: CompletionAPI.Options) async -> RequestRecord {
        let body = api.body(request, options).serializedBytes()
        var reader = Reader(api: api, record: RequestRecord(promptTokens: request.promptTokens))
        do {
            let status = try await exchange.send(path, body: body) { reader.take($0) }
            return reader.finish(status: status)
        } catch {
            reader.record.failure = "\(error)"
            return reader.record
        }
    }

    private static func refusal(_ status: Int, _ body: [UInt8]) -> String {
        let error = (try? JSONValue(parsing: body))?["error"]
        let message =
            error?["message"]?.stringValue ?? error?.stringValue ?? String(decoding: body, as: UTF8.self)
        return "HTTP \(status): \(message.prefix(300))"
    }

    /// Makes a record out of a stream's bytes.
    private struct Reader {
        let api: CompletionAPI
        var record: RequestRecord
        private let start = ContinuousClock.now
        private var lines = EventLines()
        /// Events that brought tokens, for servers that do not count these.
        private var eventCount = 0
        private var isCounted = false
        private var isComplete = false
        /// The beginning of the body, where it should turn out to be no stream.
        private var body: [UInt8] = []

        init(api: CompletionAPI, record: RequestRecord) {
            self.api = api
            self.record = record
        }

        mutating func take(_ bytes: ByteBuffer) {
            let now = start.duration(to: .now) / .seconds(1)
            if !isComplete && eventCount == 0 && body.count < CompletionClient.answerBytesMax {
                body.append(contentsOf: bytes.readableBytesView)
            }
            var payloads: [ArraySlice<UInt8>] = []
            lines.append(bytes.readableBytesView) { payloads.append($0) }
            for payload in payloads where !payload.elementsEqual(CompletionClient.doneMark) {
                guard let value = try? JSONValue(parsing: payload) else {
                    record.failure = "an event of the stream is no JSON"
                    continue
                }
                take(api.event(value), at: now)
            }
        }

        private mutating func take(_ event: CompletionAPI.Event, at now: Double) {
            if let failure = event.failure { record.failure = failure }
            if let count = event.promptTokens { record.promptTokens = count }
            if let count = event.outputTokens { (record.outputTokens, isCounted) = (count, true) }
            if event.isLast {
                isComplete = true
                // All of the text was held back until now.
                if record.timeToFirstToken == nil && !event.bringsTokens { record.noteTokens(at: now) }
            }
            guard event.bringsTokens else { return }
            eventCount += 1
            record.noteTokens(at: now)
        }

        mutating func finish(status: Int) -> RequestRecord {
            if !isCounted { record.outputTokens = eventCount }
            if status != 200 {
                record.failure = CompletionClient.refusal(status, body)
            } else if !isComplete && record.failure == nil {
                record.failure = "the stream ended before the output did"
            }
            return record
        }
    }
}
