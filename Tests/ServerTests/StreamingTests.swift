import Engine
import JSON
import OpenAIAPI
import Server
import ServingFixtures
import Testing

@Suite(.timeLimit(.minutes(1)))
struct StreamingTests {
    private static let endless = #"{"prompt": "A", "max_tokens": 400, "stream": true}"#

    @Test func `a chat streams role, text, reason, usage, and the end`() async throws {
        try await RunningServer.with { server in
            let response = try await server.request(
                "POST", "/v1/chat/completions",
                #"""
                {"messages": [{"role": "user", "content": "x"}], "max_tokens": 3, "stream": true,
                "stream_options": {"include_usage": true}}
                """#)
            #expect(response.headers["content-type"] == "text/event-stream; charset=utf-8")
            #expect(response.headers["cache-control"] == "no-cache")
            #expect(response.headers["x-accel-buffering"] == "no")
            #expect(response.events.last == "[DONE]")
            let chunks = try response.events.dropLast().map { try JSONValue(parsing: $0) }
            #expect(Set(chunks.map { $0["id"] }).count == 1)
            #expect(chunks.allSatisfy { $0["object"] == "chat.completion.chunk" })
            #expect(chunks.first?["choices"]?[0]?["delta"] == ["role": "assistant", "content": ""])
            let texts = chunks.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.stringValue }
            #expect(texts.joined() == "abc")
            #expect(chunks.dropLast().last?["choices"]?[0]?["finish_reason"] == "length")
            #expect(chunks.dropLast().allSatisfy { $0["usage"] == .some(.null) })
            #expect(chunks.last?["choices"] == [])
            #expect(
                chunks.last?["usage"] == Usage(promptTokens: 18, completionTokens: 3).json)
        }
    }

    @Test func `a batch streams every answer under its index`() async throws {
        try await RunningServer.with { server in
            let response = try await server.request(
                "POST", "/v1/completions",
                #"{"prompt": ["a", "A", "w"], "n": 2, "max_tokens": 4, "stream": true}"#)
            var texts = [String](repeating: "", count: 6)
            var reasons = [JSONValue?](repeating: nil, count: 6)
            for event in response.events.dropLast() {
                let chunk = try JSONValue(parsing: event)
                let choice = try #require(chunk["choices"]?[0])
                let index = try #require(choice["index"]?.intValue)
                texts[index] += choice["text"]?.stringValue ?? ""
                if choice["finish_reason"] != .null { reasons[index] = choice["finish_reason"] }
                #expect(chunk["usage"] == nil)
            }
            #expect(texts == ["bcde", "bcde", "BCDE", "BCDE", "xyz", "xyz"])
            #expect(reasons == ["length", "length", "length", "length", "stop", "stop"])
        }
    }

    @Test func `each token leaves as it comes`() async throws {
        try await RunningServer.with(Fixtures.model(stepMicroseconds: 20_000)) { server in
            try await WireClient.with(port: server.port) { client in
                try await client.send("POST", "/v1/completions", Self.endless)
                let head = try await client.read(upTo: "\r\n\r\n")
                #expect(head.hasPrefix("HTTP/1.1 200"))
                #expect(try await client.read(upTo: "\n\n").contains(#""text":"B""#))
                #expect(try await client.read(upTo: "\n\n").contains(#""text":"C""#))
                #expect(server.model.engine.statistics().runningCount == 1)
            }
            try await server.waitUntilIdle()
        }
    }

    @Test func `a client that goes away frees its place in the engine`() async throws {
        let model = try Fixtures.model(contextLength: 100_000, stepMicroseconds: 1000)
        try await RunningServer.with(model) { server in
            for stream in ["true", "false"] {
                try await WireClient.with(port: server.port) { client in
                    try await client.send(
                        "POST", "/v1/completions",
                        #"{"prompt": "A", "max_tokens": 90000, "stream": \#(stream)}"#)
                    try await server.waitUntilBusy()
                }
                try await server.waitUntilIdle()
            }
            let statistics = model.engine.statistics()
            #expect(statistics.finished.aborted == 2)
            #expect(statistics.freeBlockCount == statistics.blockCount)
            while try await server.request("GET", "/load").json != ["server_load": 0] {
                try await Task.sleep(for: .milliseconds(2))
            }
        }
    }

    @Test func `a client that does not read holds nobody up`() async throws {
        let model = try Fixtures.model(contextLength: 100_000)
        try await RunningServer.with(model) { server in
            try await WireClient.with(port: server.port) { slow in
                try await slow.send(
                    "POST", "/v1/completions", #"{"prompt": "A", "max_tokens": 50000, "stream": true}"#)
                try await server.waitUntilBusy()
                let quick = try await server.request("POST", "/v1/completions", #"{"prompt": "v"}"#)
                #expect(quick.json?["choices"]?[0]?["text"] == "wxyz")
                // The engine goes on to the end, whoever reads it.
                try await server.waitUntilIdle()
                #expect(model.engine.statistics().finished.length == 1)
                let response = try await slow.readResponse()
                // More than the buffers on the way hold: what was not taken was put together.
                #expect(response.events.count < 50000)
                let text = try response.events.dropLast().compactMap {
                    try JSONValue(parsing: $0)["choices"]?[0]?["text"]?.stringValue
                }.joined()
                #expect(text.utf8.count == 50000)
                #expect(response.events.last == "[DONE]")
            }
        }
    }

    @Test func `too many requests get a 429 with the time to wait`() async throws {
        let model = try Fixtures.model(stepMicroseconds: 5000)
        try await RunningServer.with(model, configure: { $0.limits.requestsMax = 1 }) { server in
            try await WireClient.with(port: server.port) { client in
                try await client.send("POST", "/v1/completions", Self.endless)
                _ = try await client.read(upTo: "\n\n")
                let refused = try await server.request("POST", "/v1/completions", #"{"prompt": "a"}"#)
                #expect(refused.status == 429)
                #expect(refused.headers["retry-after"] == "1")
                #expect(refused.json?["error"]?["type"] == "rate_limit_error")
                #expect(try await server.request("GET", "/health").status == 200)
            }
        }
    }

    @Test func `an engine that is full answers 429 too`() async throws {
        let model = try Fixtures.model(sequencesMax: 1, waitingMax: 0, stepMicroseconds: 5000)
        try await RunningServer.with(model) { server in
            try await WireClient.with(port: server.port) { client in
                try await client.send("POST", "/v1/completions", Self.endless)
                _ = try await client.read(upTo: "\n\n")
                let refused = try await server.request("POST", "/v1/completions", #"{"prompt": "a"}"#)
                #expect(refused.status == 429)
                #expect(refused.headers["retry-after"] == "1")
            }
        }
    }
}
