import Benchmarking
import Synchronization
import Testing

/// The client against made-up servers that answer what a test has written for them.
struct ClientTests {
    private let options = CompletionAPI.Options(
        model: "tiny", ignoresEndOfSequence: true, temperature: 0)

    private let request = BenchmarkRequest(prompt: .tokens([5, 6, 7]), promptTokens: 3, outputTokens: 4)

    private func head(_ status: String = "200 OK", type: String = "text/event-stream") -> String {
        "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\nConnection: close\r\n\r\n"
    }

    private func text(_ text: String, finish: String = "null") -> String {
        "data: {\"choices\":[{\"index\":0,\"text\":\"\(text)\",\"finish_reason\":\(finish)}]}\n\n"
    }

    private let usage: String =
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":4}}\n\ndata: [DONE]\n\n"

    /// Sends the request to a server that answers so.
    private func record(
        _ answer: [String], api: CompletionAPI = .completions, request: BenchmarkRequest? = nil
    ) async throws -> (record: RequestRecord, received: String) {
        try await OneAnswerServer.with(answer) { server in
            let client = CompletionClient(
                address: try ServerAddress("http://127.0.0.1:\(server.port)"), api: api,
                path: api == .chat ? "/v1/chat/completions" : "/v1/completions", apiKey: "secret")
            let record = await client.send(request ?? self.request, options)
            return (record, server.received)
        }
    }

    @Test func `a stream becomes a record of its tokens, counted by the server`() async throws {
        let answer: [String] = [
            head(), text("a"), text("b"), text(""), text("d", finish: "\"length\""), usage,
        ]
        let (record, received) = try await self.record(answer)
        #expect(record.failure == nil)
        #expect(record.promptTokens == 3 && record.outputTokens == 4)
        let first = try #require(record.timeToFirstToken)
        #expect(record.interTokenLatencies.count == 3)
        #expect(abs(first + record.interTokenLatencies.reduce(0, +) - record.latency) < 1e-9)
        #expect(received.hasPrefix("POST /v1/completions HTTP/1.1\r\n"))
        #expect(received.contains("Authorization: Bearer secret\r\n"))
        for member in [
            "\"model\":\"tiny\"", "\"prompt\":[5,6,7]", "\"max_tokens\":4", "\"ignore_eos\":true",
            "\"stream\":true", "\"stream_options\":{\"include_usage\":true}",
        ] {
            #expect(received.contains(member), "\(member) in \(received)")
        }
    }

    @Test func `events may be cut anywhere, and lines may end as they do on Windows`() async throws {
        let stream = text("a").replacing("\n", with: "\r\n") + text("b", finish: "\"stop\"") + usage
        let pieces = stream.map(String.init)
        let (record, _) = try await self.record([head()] + pieces)
        #expect(record.failure == nil)
        #expect(record.outputTokens == 4)
        #expect(record.interTokenLatencies.count == 1)
    }

    @Test func `without a count by the server, events are counted`() async throws {
        let (record, _) = try await self.record([
            head(), text("a"), text("", finish: "\"stop\""), "data: [DONE]\n\n",
        ])
        #expect(record.failure == nil)
        #expect(record.outputTokens == 1)
        #expect(record.promptTokens == 3)
    }

    @Test func `a chat's role is no token, and its content and reasoning are`() async throws {
        func delta(_ members: String, finish: String = "null") -> String {
            "data: {\"choices\":[{\"delta\":{\(members)},\"finish_reason\":\(finish)}]}\n\n"
        }
        let answer: [String] = [
            head(), delta("\"role\":\"assistant\",\"content\":\"\""), delta("\"reasoning_content\":\"hm\""),
            delta("\"content\":\"a\""), delta("\"content\":\"b\""), delta("", finish: "\"stop\""), usage,
        ]
        let request = BenchmarkRequest(prompt: .text("Hello"), promptTokens: 1, outputTokens: 4)
        let (record, received) = try await self.record(answer, api: .chat, request: request)
        #expect(record.failure == nil)
        #expect(record.interTokenLatencies.count == 2)
        #expect(received.contains("\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]"))
    }

    @Test(arguments: [
        (
            ["400 Bad Request"], "{\"error\":{\"message\":\"too long\"}}", "HTTP 400: too long"
        ),
        (["503 Service Unavailable"], "busy", "HTTP 503: busy"),
        (["200 OK"], "data: {\"error\":{\"message\":\"out of memory\"}}\n\n", "out of memory"),
        (["200 OK"], "data: nonsense\n\n", "an event of the stream is no JSON"),
        (["200 OK"], "data: {\"choices\":[{\"text\":\"a\"}]}\n\n", "the stream ended before the output did"),
    ])
    func `what goes wrong stands in the record`(
        _ status: [String], _ body: String, _ failure: String
    ) async throws {
        let (record, _) = try await self.record([head(status[0]), body])
        #expect(record.failure == failure)
    }

    @Test func `a server that hangs up without an answer is told by its address`() async throws {
        let (record, _) = try await self.record([])
        #expect(record.failure?.contains("127.0.0.1") == true, "\(record.failure ?? "no failure")")
    }

    @Test func `a server that is not there is told by its address`() async throws {
        let address = try await OneAnswerServer.with([]) { try ServerAddress("http://127.0.0.1:\($0.port)") }
        let client = CompletionClient(
            address: address, api: .completions, path: "/v1/completions", apiKey: nil)
        let record = await client.send(request, options)
        #expect(record.failure?.contains("127.0.0.1:\(address.port)") == true)
        await #expect(throws: LoadError.self) { try await client.models() }
    }

    @Test(arguments: [
        ("http://localhost", "localhost", 80, ""), ("http://127.0.0.1:8000/", "127.0.0.1", 8000, ""),
        ("http://[::1]:9/a/b//", "::1", 9, "/a/b"), ("http://host/v1", "host", 80, "/v1"),
    ])
    func `a base URL is host, port and path`(
        _ url: String, _ host: String, _ port: Int, _ path: String
    ) throws {
        let address = try ServerAddress(url)
        #expect(address.host == host && address.port == port && address.path == path)
    }

    @Test(arguments: [
        "https://host", "host:80", "http://", "http://:80", "http://h:0", "http://h:70000", "http://[::1",
        "http://a@b",
    ])
    func `what is no base URL is refused, TLS by its name`(_ url: String) {
        let error = #expect(throws: LoadError.self) { try ServerAddress(url) }
        #expect(error?.description.contains("TLS") == url.hasPrefix("https"))
    }
}

struct LoadGeneratorTests {
    @Test func `no more requests are under way than may be, and all are sent in order`() async {
        struct State {
            var running = 0
            var most = 0
            var order: [Int] = []
        }
        let state = Mutex(State())
        let requests = (0..<50).map {
            BenchmarkRequest(prompt: .tokens([$0]), promptTokens: $0, outputTokens: 1)
        }
        var progress: [Int] = []
        let generator = LoadGenerator(rate: .infinity, concurrencyMax: 3, seed: 0)
        let (records, _) = await generator.run(requests, progress: { progress.append($0) }) { request in
            state.withLock {
                $0.running += 1
                $0.most = max($0.most, $0.running)
                $0.order.append(request.promptTokens)
            }
            try? await Task.sleep(for: .milliseconds(1))
            state.withLock { $0.running -= 1 }
            return RequestRecord(promptTokens: request.promptTokens)
        }
        #expect(state.withLock { $0.most } <= 3)
        #expect(state.withLock { $0.order.sorted() } == Array(0..<50))
        #expect(records.map(\.promptTokens).sorted() == Array(0..<50))
        #expect(progress == Array(1...50))
    }
}
