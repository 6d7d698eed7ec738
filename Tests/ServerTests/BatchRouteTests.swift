import JSON
import Server
import ServingFixtures
import Store
import Testing

@Suite(.timeLimit(.minutes(1)))
struct BatchRouteTests {
    private static func line(_ number: Int, _ body: String, url: String = "/v1/completions") -> String {
        #"{"custom_id": "line-\#(number)", "method": "POST", "url": "\#(url)", "body": \#(body)}"#
    }

    @Test func `each line is answered as a request of its own would be`() async throws {
        try await StoreFixture.with { store in
            try await RunningServer.with(store: store) { server in
                let id = try await server.makeBatch(
                    (0..<20).map { Self.line($0, #"{"prompt": "v", "max_tokens": \#($0 % 4 + 1)}"#) } + [
                        "", Self.line(20, #"{"prompt": "a", "model": "none"}"#), "  ",
                    ])
                let batch = try await server.ended(id)
                #expect(batch["status"] == "completed")
                #expect(batch["request_counts"] == ["total": 21, "completed": 20, "failed": 1])
                #expect(batch["metadata"] == ["for": "tests"])
                for moment in ["in_progress_at", "finalizing_at", "completed_at"] {
                    #expect(batch[moment]?.intValue != nil)
                }
                let output = try await server.lines(of: batch["output_file_id"])
                #expect(output.map { $0["custom_id"] ?? nil } == (0..<20).map { .string("line-\($0)") })
                for (number, answer) in output.enumerated() {
                    #expect(answer["id"]?.stringValue?.hasPrefix("batch_req_") == true)
                    #expect(answer["error"] == JSONValue.null)
                    #expect(answer["response"]?["status_code"] == 200)
                    let text = answer["response"]?["body"]?["choices"]?[0]?["text"]
                    #expect(text == .string(String("wxyz".prefix(number % 4 + 1))))
                }
                let errors = try await server.lines(of: batch["error_file_id"])
                #expect(errors.count == 1)
                #expect(errors.first?["custom_id"] == "line-20")
                #expect(errors.first?["response"]?["status_code"] == 404)
                let code = errors.first?["response"]?["body"]?["error"]?["code"]
                #expect(code == "model_not_found")
            }
        }
    }

    @Test(arguments: ["/v1/chat/completions", "/v1/responses"])
    func `lines go to the endpoint of the batch`(endpoint: String) async throws {
        try await StoreFixture.with { store in
            try await RunningServer.with(store: store) { server in
                let bodies = [
                    "/v1/chat/completions":
                        #"{"messages": [{"role": "user", "content": "hi"}], "max_completion_tokens": 3}"#,
                    "/v1/responses": #"{"input": "hi", "max_output_tokens": 3}"#,
                ]
                let body = try #require(bodies[endpoint])
                let id = try await server.makeBatch([Self.line(1, body, url: endpoint)], endpoint: endpoint)
                let batch = try await server.ended(id)
                let answer = try #require(try await server.lines(of: batch["output_file_id"]).first)
                let shown = answer["response"]?["body"]
                let text =
                    shown?["choices"]?[0]?["message"]?["content"]
                    ?? shown?["output"]?[0]?["content"]?[0]?["text"]
                #expect(text == "abc")
            }
        }
    }

    @Test func `an input with faults fails as a whole, with the lines that have them`() async throws {
        try await StoreFixture.with { store in
            try await RunningServer.with(store: store) { server in
                let good = Self.line(1, #"{"prompt": "v"}"#)
                let id = try await server.makeBatch([
                    good, "{", good, Self.line(2, "{}", url: "/v1/embeddings"), Self.line(3, "[]"),
                    Self.line(4, #"{"stream": true}"#), #"{"method": "POST"}"#,
                    #"{"custom_id": "x", "method": "GET"}"#,
                ])
                let batch = try await server.ended(id)
                #expect(batch["status"] == "failed")
                #expect(batch["output_file_id"] == JSONValue.null)
                let errors = try #require(batch["errors"]?["data"]?.arrayValue)
                #expect(errors.map { $0["line"]?.intValue ?? 0 } == [2, 3, 4, 5, 6, 7, 8])
                #expect(
                    errors.map { $0["code"]?.stringValue ?? "" } == [
                        "invalid_json_line", "duplicate_custom_id", "mismatched_url",
                        "missing_required_parameter", "invalid_request", "missing_required_parameter",
                        "invalid_method",
                    ])
                let empty = try await server.ended(try await server.makeBatch(["", " "]))
                #expect(empty["errors"]?["data"]?[0]?["code"] == "empty_file")
            }
        }
    }

    @Test func `a cancelled batch ends soon, and keeps what was answered`() async throws {
        try await StoreFixture.with { store in
            let model = try Fixtures.model(stepMicroseconds: 2000)
            try await RunningServer.with(model, store: store) { server in
                let short = Self.line(0, #"{"prompt": "v", "max_tokens": 1}"#)
                // The uppercase letters have no end.
                let endless = (1..<50).map { Self.line($0, #"{"prompt": "A", "max_tokens": 500}"#) }
                let id = try await server.makeBatch([short] + endless)
                while true {
                    let shown = try await server.request("GET", "/v1/batches/\(id)").json
                    if shown?["request_counts"]?["completed"] == 1 { break }
                    try await Task.sleep(for: .milliseconds(5))
                }
                let asked = try await server.request("POST", "/v1/batches/\(id)/cancel")
                #expect(asked.json?["status"] == "cancelling")
                let batch = try await server.ended(id)
                #expect(batch["status"] == "cancelled")
                #expect(try await server.lines(of: batch["output_file_id"]).first?["custom_id"] == "line-0")
                #expect(try await server.request("POST", "/v1/batches/\(id)/cancel").status == 409)
                try await server.waitUntilIdle()
            }
        }
    }

    @Test func `what a server left undone the next one does, each line once`() async throws {
        try await StoreFixture.with { store in
            let model = try Fixtures.model(stepMicroseconds: 2000)
            let lines = (0..<30).map { Self.line($0, #"{"prompt": "A", "max_tokens": 10}"#) }
            let id = try await RunningServer.with(model, store: store) { server in
                let id = try await server.makeBatch(lines)
                while true {
                    let shown = try await server.request("GET", "/v1/batches/\(id)").json
                    if shown?["request_counts"]?["completed"]?.intValue ?? 0 >= 4 { return id }
                    try await Task.sleep(for: .milliseconds(2))
                }
            }
            let left = try await store.batch(id, owner: nil)
            #expect(left.status == .inProgress)
            #expect(left.completed < 30)
            try await RunningServer.with(store: store) { server in
                let batch = try await server.ended(id)
                #expect(batch["request_counts"] == ["total": 30, "completed": 30, "failed": 0])
                let output = try await server.lines(of: batch["output_file_id"])
                #expect(output.map { $0["custom_id"] ?? nil } == (0..<30).map { .string("line-\($0)") })
            }
        }
    }

    @Test func `others' requests come before a batch's lines`() async throws {
        try await StoreFixture.with { store in
            let model = try Fixtures.model(sequencesMax: 1, stepMicroseconds: 1000)
            try await RunningServer.with(model, store: store) { server in
                let id = try await server.makeBatch(
                    (0..<20).map { Self.line($0, #"{"prompt": "A", "max_tokens": 20}"#) })
                try await server.waitUntilBusy()
                let answer = try await server.request(
                    "POST", "/v1/completions", #"{"prompt": "A", "max_tokens": 2}"#)
                #expect(answer.status == 200)
                let shown = try await server.request("GET", "/v1/batches/\(id)").json
                #expect(shown?["request_counts"]?["completed"]?.intValue ?? 20 < 15)
                _ = try await server.request("POST", "/v1/batches/\(id)/cancel")
                _ = try await server.ended(id)
            }
        }
    }

    @Test func `what cannot be a batch is refused`() async throws {
        try await StoreFixture.with { store in
            try await RunningServer.with(store: store) { server in
                let data = try await server.upload("{}", fields: ["purpose": "user_data"])
                let file = try #require(data.json?["id"]?.stringValue)
                for (input, endpoint, window, parameter) in [
                    ("file-none", "/v1/completions", "24h", "input_file_id"),
                    (file, "/v1/completions", "24h", "input_file_id"),
                    (file, "/v1/nothing", "24h", "endpoint"),
                    (file, "/v1/completions", "1d", "completion_window"),
                    (file, "/v1/completions", "0h", "completion_window"),
                ] {
                    let refused = try await server.request(
                        "POST", "/v1/batches",
                        """
                        {"input_file_id": "\(input)", "endpoint": "\(endpoint)", "completion_window": "\(window)"}
                        """)
                    #expect(refused.json?["error"]?["param"] == .string(parameter))
                }
                let good = try await server.upload("{}").json?["id"]?.stringValue ?? ""
                let named = try await server.request(
                    "POST", "/v1/batches",
                    """
                    {"input_file_id": "\(good)", \
                    "endpoint": "/v1/completions", "completion_window": "24h", \
                    "metadata": {"a": "\(String(repeating: "x", count: 513))"}}
                    """)
                #expect(named.status == 400 && named.json?["error"]?["param"] == "metadata")
                #expect(try await server.request("GET", "/v1/batches/none").status == 404)
                #expect(try await server.request("POST", "/v1/batches/none/cancel").status == 404)
                #expect(try await server.request("GET", "/v1/batches").json?["data"] == [])
            }
        }
    }
}
