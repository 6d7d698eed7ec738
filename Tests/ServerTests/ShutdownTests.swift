import Engine
import JSON
import OpenAIAPI
import Sampling
import Server
import ServingFixtures
import Testing
import Tokens

@Suite(.timeLimit(.minutes(1)))
struct ShutdownTests {
    @Test func `what runs at shutdown is finished`() async throws {
        let model = try Fixtures.model(stepMicroseconds: 5000)
        try await RunningServer.with(model) { server in
            try await WireClient.with(port: server.port) { client in
                try await client.send(
                    "POST", "/v1/completions", #"{"prompt": "A", "max_tokens": 60, "stream": true}"#)
                try await server.waitUntilBusy()
                await server.shutDown()
                let response = try await client.readResponse()
                let text = try response.events.dropLast().compactMap {
                    try JSONValue(parsing: $0)["choices"]?[0]?["text"]?.stringValue
                }.joined()
                #expect(text.utf8.count == 60)
                #expect(response.events.last == "[DONE]")
            }
            await #expect(throws: (any Error).self) { _ = try await server.request("GET", "/health") }
        }
        #expect(throws: AdmissionError.shuttingDown) {
            try model.engine.submit(GenerationRequest(prompt: [65], sampling: .init()))
        }
    }

    @Test func `a server on its way out says so to who is connected`() async throws {
        let model = try Fixtures.model(stepMicroseconds: 5000)
        try await RunningServer.with(model) { server in
            #expect(try await server.request("GET", "/ready").json?["status"] == "ready")
            try await WireClient.with(port: server.port) { client in
                try await client.send("POST", "/v1/completions", #"{"prompt": "A", "max_tokens": 100}"#)
                // Sent before the connection would be closed: it waits its turn.
                try await client.send("GET", "/ready")
                try await server.waitUntilBusy()
                await server.shutDown()
                #expect(try await client.readResponse().status == 200)
                let ready = try await client.readResponse()
                #expect(ready.status == 503)
                #expect(ready.json?["status"] == "draining")
                #expect(ready.headers["retry-after"] == "5")
            }
        }
    }

    @Test func `what is not done by the deadline ends with an error event`() async throws {
        let model = try Fixtures.model(contextLength: 100_000, stepMicroseconds: 5000)
        try await RunningServer.with(model, configure: { $0.limits.shutdownSecondsMax = 0 }) { server in
            try await WireClient.with(port: server.port) { client in
                try await client.send(
                    "POST", "/v1/completions", #"{"prompt": "A", "max_tokens": 90000, "stream": true}"#)
                try await server.waitUntilBusy()
                await server.shutDown()
                let events = try await client.readResponse().events
                #expect(events.last == "[DONE]")
                let error = try JSONValue(parsing: try #require(events.dropLast().last))["error"]
                #expect(error?["code"] == "shutting_down")
            }
        }
    }

    @Test func `an address in use is an error`() async throws {
        try await RunningServer.with { server in
            await #expect(throws: (any Error).self) {
                try await RunningServer.with(configure: { $0.port = server.port }) { _ in }
            }
        }
    }
}
