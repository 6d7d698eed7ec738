import JSON
import Server
import ServingFixtures
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct AnswerRouteTests {
    /// The events of a stream: their names and data.
    private static func events(of response: WireResponse) throws -> [(name: String, data: JSONValue)] {
        try response.body.split(separator: "\n\n").map { event in
            let lines = event.split(separator: "\n").map(String.init)
            let name = try #require(lines.first.flatMap { $0.hasPrefix("event: ") ? $0.dropFirst(7) : nil })
            let data = try #require(lines.last.flatMap { $0.hasPrefix("data: ") ? $0.dropFirst(6) : nil })
            return (String(name), try JSONValue(parsing: String(data)))
        }
    }

    @Test func `a message is answered whole and in events alike`() async throws {
        try await RunningServer.with { server in
            let body = #""max_tokens": 9, "messages": [{"role": "user", "content": "hi"}]"#
            let whole = try await server.request("POST", "/v1/messages", "{\(body)}")
            #expect(whole.status == 200)
            #expect(whole.headers["request-id"] == whole.headers["x-request-id"])
            #expect(whole.json?["content"] == [["type": "text", "text": "abcdefghi"]])
            #expect(whole.json?["stop_reason"] == "max_tokens")
            #expect(whole.json?["usage"]?["output_tokens"] == 9)
            let stream = try await server.request("POST", "/v1/messages", #"{"stream": true, \#(body)}"#)
            #expect(stream.headers["content-type"] == "text/event-stream; charset=utf-8")
            let events = try Self.events(of: stream)
            #expect(events.first?.name == "message_start")
            #expect(events.last?.name == "message_stop")
            let text = events.compactMap { $0.data["delta"]?["text"]?.stringValue }.joined()
            #expect(text == "abcdefghi")
            let delta = events.first { $0.name == "message_delta" }?.data
            #expect(delta?["usage"] == whole.json?["usage"])
        }
    }

    @Test func `a message's errors have Anthropic's shape, before a stream and without one`() async throws {
        try await RunningServer.with { server in
            for (body, status, type) in [
                ("{", 400, "invalid_request_error"), (#"{"messages": []}"#, 400, "invalid_request_error"),
                (
                    #"{"model": "none", "max_tokens": 1, "messages": [{"role": "user", "content": "a"}]}"#,
                    404,
                    "not_found_error"
                ),
            ] {
                let refused = try await server.request("POST", "/v1/messages", body)
                #expect(refused.status == status)
                #expect(refused.json?["type"] == "error")
                #expect(refused.json?["error"]?["type"] == .string(type))
            }
            let unknown = try await server.request("POST", "/v1/messages/batches", "{}")
            #expect(unknown.json?["error"]?["type"] == "not_found_error")
            #expect(try await server.request("GET", "/v1/messages").status == 405)
        }
    }

    @Test func `a message that asks for more than the context holds ends where it does`() async throws {
        try await RunningServer.with(try Fixtures.model(contextLength: 64)) { server in
            let answer = try await server.request(
                "POST", "/v1/messages",
                #"{"max_tokens": 32000, "messages": [{"role": "user", "content": "hi"}, "#
                    + #"{"role": "assistant", "content": "A"}]}"#)
            #expect(answer.json?["stop_reason"] == "model_context_window_exceeded")
            #expect(answer.json?["content"]?[0]?["text"]?.stringValue?.hasPrefix("BCD") == true)
        }
    }

    @Test func `a message's thoughts end with their budget, or do not begin`() async throws {
        // Begins the thoughts unless it is told not to; the alphabet model then thinks the alphabet.
        let template = """
            {%- for message in messages -%}{{ message.role }}: {{ message.content }}
            {% endfor -%}
            {%- if add_generation_prompt -%}
            assistant:<think>{% if thinking is defined and not thinking %}</think>{% endif %}
            {%- endif -%}
            """
        let alphabet = "abcdefghijklmnopqrstuvwxyz"
        func content(_ server: RunningServer, _ thinking: String) async throws -> JSONValue? {
            try await server.request(
                "POST", "/v1/messages",
                #"{"max_tokens": 200, "messages": [{"role": "user", "content": "hi"}]\#(thinking)}"#
            ).json?["content"]
        }
        let budget = #", "thinking": {"type": "enabled", "budget_tokens": 3}"#
        try await RunningServer.with(try Fixtures.model(template: template)) { server in
            let thought = try await content(server, budget)
            #expect(thought?[0]?["thinking"] == "abc")
            #expect(thought?[1]?["text"] == .string(alphabet))
            let endless = try await content(server, #", "thinking": {"type": "adaptive"}"#)
            #expect(endless?[0]?["thinking"] == .string(alphabet))
            let off = try await content(server, #", "thinking": {"type": "disabled"}"#)
            #expect(off == [["type": "text", "text": .string(alphabet)]])
            // What vLLM's own parameter says comes first.
            let both = try await content(server, budget + #", "thinking_token_budget": 5"#)
            #expect(both?[0]?["thinking"] == "abcde")
        }
        try await RunningServer.with { server in
            let plain = try await content(server, budget)
            #expect(plain == [["type": "text", "text": .string(alphabet)]], "agents say so to any model")
        }
    }

    @Test func `a response is kept, gone on from, shown and forgotten`() async throws {
        try await StoreFixture.with { store in
            try await RunningServer.with(store: store) { server in
                let first = try await server.request(
                    "POST", "/v1/responses", #"{"input": "one", "instructions": "x", "max_output_tokens": 3}"#
                )
                let id = try #require(first.json?["id"]?.stringValue)
                #expect(first.json?["status"] == "incomplete")
                #expect(try await server.request("GET", "/v1/responses/\(id)").json == first.json)
                let items = try await server.request("GET", "/v1/responses/\(id)/input_items").json
                #expect(items?["data"]?[0]?["content"]?[0]?["text"] == "one")
                let second = try await server.request(
                    "POST", "/v1/responses",
                    #"{"input": "two", "previous_response_id": "\#(id)", "max_output_tokens": 3}"#)
                // Instructions are told once: they belong to the request that has them.
                let tokens = "user: one\nassistant: abc\nuser: two\nassistant:".utf8.count
                #expect(second.json?["usage"]?["input_tokens"] == .int(tokens))
                #expect(try await server.request("DELETE", "/v1/responses/\(id)").json?["deleted"] == true)
                let gone = try await server.request(
                    "POST", "/v1/responses", #"{"input": "two", "previous_response_id": "\#(id)"}"#)
                #expect(gone.status == 400)
                #expect(gone.json?["error"]?["code"] == "previous_response_not_found")
                for (method, path) in [
                    ("GET", ""), ("DELETE", ""), ("GET", "/input_items"), ("POST", "/cancel"),
                ] {
                    #expect(try await server.request(method, "/v1/responses/\(id)\(path)").status == 404)
                }
            }
        }
    }

    @Test func `a response streams events that build what is kept`() async throws {
        try await StoreFixture.with { store in
            try await RunningServer.with(store: store) { server in
                let stream = try await server.request(
                    "POST", "/v1/responses", #"{"input": "hi", "stream": true, "max_output_tokens": 4}"#)
                let events = try Self.events(of: stream)
                #expect(events.map { $0.data["sequence_number"]?.intValue } == Array(0..<events.count))
                let text = events.filter { $0.name == "response.output_text.delta" }
                    .compactMap { $0.data["delta"]?.stringValue }.joined()
                #expect(text == "abcd")
                let whole = try #require(events.last?.data["response"])
                #expect(events.last?.name == "response.incomplete")
                let id = try #require(whole["id"]?.stringValue)
                #expect(try await server.request("GET", "/v1/responses/\(id)").json == whole)
            }
        }
    }

    @Test func `a long conversation is cut only where the request allows it`() async throws {
        try await RunningServer.with(try Fixtures.model(contextLength: 128)) { server in
            let turns = (0..<10).map { #"{"role": "user", "content": "number \#($0)"}"# }.joined(
                separator: ", ")
            let body = #""input": [\#(turns)], "instructions": "stay", "max_output_tokens": 20"#
            let refused = try await server.request("POST", "/v1/responses", "{\(body)}")
            #expect(refused.json?["error"]?["code"] == "context_length_exceeded", "\(refused.body)")
            let cut = try await server.request("POST", "/v1/responses", #"{"truncation": "auto", \#(body)}"#)
            #expect(cut.status == 200)
            // "system: stay", "assistant:" and as many turns of 15 bytes as leave 20 tokens.
            let kept = (128 - 20 - "system: stay\nassistant:".utf8.count) / "user: number 0\n".utf8.count
            let tokens = "system: stay\nassistant:".utf8.count + kept * "user: number 0\n".utf8.count
            #expect(cut.json?["usage"]?["input_tokens"] == .int(tokens))
        }
    }

    @Test func `a client that goes away frees the engine and keeps no response`() async throws {
        try await StoreFixture.with { store in
            try await RunningServer.with(try Fixtures.model(stepMicroseconds: 1000), store: store) { server in
                try await WireClient.with(port: server.port) { client in
                    try await client.send(
                        "POST", "/v1/responses",
                        #"{"input": [{"role": "user", "content": "hi"}], "stream": true, "ignore_eos": true}"#
                    )
                    _ = try await client.read(upTo: "response.output_text.delta")
                }
                try await server.waitUntilIdle()
            }
        }
    }
}
