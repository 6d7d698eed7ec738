import JSON
import OrderedCollections
import Server
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct RouteTests {
    @Test func `every route answers in its shape`() async throws {
        try await RunningServer.with(configure: { $0.version = "1.2.3" }) { server in
            let chat = try await server.request(
                "POST", "/v1/chat/completions",
                #"{"model": "alphabet", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 3}"#)
            #expect(chat.status == 200)
            #expect(chat.headers["content-type"] == "application/json")
            #expect(chat.json?["choices"]?[0]?["message"]?["content"] == "abc")
            #expect(chat.json?["id"]?.stringValue?.hasPrefix("chatcmpl-") == true)
            let completion = try await server.request("POST", "/v1/completions", #"{"prompt": "v"}"#)
            #expect(completion.json?["choices"]?[0]?["text"] == "wxyz")
            let models = try await server.request("GET", "/v1/models")
            #expect(models.json?["data"]?[0]?["id"] == "alphabet")
            let tokens = try await server.request("POST", "/tokenize", #"{"prompt": "ab"}"#)
            #expect(tokens.json?["tokens"] == [97, 98])
            let text = try await server.request("POST", "/detokenize", #"{"tokens": [97, 98]}"#)
            #expect(text.json == ["prompt": "ab"])
            let health = try await server.request("GET", "/health")
            #expect(health.status == 200)
            #expect(health.body.isEmpty)
            #expect(try await server.request("GET", "/version").json == ["version": "1.2.3"])
            #expect(try await server.request("POST", "/ping").status == 200)
            #expect(try await server.request("GET", "/load").json == ["server_load": 0])
        }
    }

    @Test func `model ids may hold slashes, as they are or escaped`() async throws {
        try await RunningServer.with { server in
            for path in ["/v1/models/alphabet", "/v1/models/team/alphabet", "/v1/models/team%2Falphabet"] {
                let response = try await server.request("GET", path)
                #expect(response.status == 200)
                #expect(response.json?["root"] == "alphabet")
            }
            let unknown = try await server.request("GET", "/v1/models/team/other")
            #expect(unknown.status == 404)
            #expect(unknown.json?["error"]?["code"] == "model_not_found")
        }
    }

    @Test(
        arguments: [
            ("GET", "/nowhere", nil, 404, "unknown_url"), ("GET", "/v1/models/%zz", nil, 404, "unknown_url"),
            ("GET", "/v1/chat/completions", nil, 405, "method_not_allowed"),
            ("DELETE", "/v1/models", nil, 405, "method_not_allowed"),
            ("POST", "/v1/completions", "{", 400, "invalid_json"),
            ("POST", "/v1/completions", "\"\u{1}\"", 400, "invalid_json"),
            ("POST", "/v1/completions", #"{"prompt": "a", "max_tokens": 0}"#, 400, "invalid_value"),
            ("POST", "/v1/completions", #"{"prompt": "a", "model": "x"}"#, 404, "model_not_found"),
            (
                "POST", "/v1/completions", #"{"prompt": "a", "max_tokens": 900}"#, 400,
                "context_length_exceeded"
            ),
            (
                "POST", "/v1/completions", #"{"prompt": "a", "logprob_token_ids": [1]}"#, 400,
                "unsupported_parameter"
            ),
            ("POST", "/tokenize", #"{"prompt": 1}"#, 400, "invalid_type"),
        ] as [(String, String, String?, Int, String)])
    func `every error is OpenAI's object`(
        method: String, path: String, body: String?, status: Int, code: String
    ) async throws {
        try await RunningServer.with { server in
            let response = try await server.request(method, path, body)
            #expect(response.status == status)
            let error = try #require(response.json?["error"]?.objectValue)
            #expect(Set(error.keys) == ["message", "type", "param", "code"])
            #expect(error["code"] == .string(code))
            #expect((response.headers["allow"] != nil) == (status == 405))
        }
    }

    @Test func `a body over the limit is refused before and while it is read`() async throws {
        try await RunningServer.with(configure: { $0.limits.bodyBytesMax = 1000 }) { server in
            let body = #"{"prompt": ""# + String(repeating: "a", count: 2000) + #""}"#
            let told = try await server.request("POST", "/v1/completions", body)
            #expect(told.status == 413)
            #expect(
                told.json?["error"]?["message"]
                    == .string("The body has more than the 1000 bytes allowed: \(body.utf8.count)"))
            let untold = try await WireClient.with(port: server.port) { client in
                let size = String(body.utf8.count, radix: 16)
                try await client.send(
                    raw: "POST /tokenize HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "\(size)\r\n\(body)\r\n0\r\n\r\n")
                return try await client.readResponse()
            }
            #expect(untold.status == 413)
        }
    }

    @Test func `a compressed body is refused for what it is`() async throws {
        try await RunningServer.with { server in
            for coding in ["gzip", "br"] {
                let refused = try await server.request(
                    "POST", "/tokenize", "{}", headers: ["Content-Encoding": coding])
                #expect(refused.status == 415)
                #expect(refused.json?["error"]?["message"]?.stringValue?.contains("not in \(coding)") == true)
            }
            let plain = try await server.request(
                "POST", "/tokenize", #"{"prompt": "a"}"#, headers: ["Content-Encoding": "identity"])
            #expect(plain.status == 200)
        }
    }

    @Test func `all bodies together have a limit, and what was read makes room again`() async throws {
        try await RunningServer.with(configure: { $0.limits.bodiesBytesMax = 100 }) { server in
            for _ in 0..<20 {
                let taken = try await server.request("POST", "/tokenize", #"{"prompt": "a"}"#)
                #expect(taken.status == 200)
            }
            let large = #"{"prompt": "\#(String(repeating: "a", count: 100))"}"#
            let refused = try await server.request("POST", "/tokenize", large)
            #expect(refused.status == 429 && refused.headers["retry-after"] == "1")
            // One that is still coming holds its part.
            try await WireClient.with(port: server.port) { client in
                try await client.send(
                    raw: "POST /tokenize HTTP/1.1\r\nHost: t\r\nContent-Length: 95\r\n\r\n"
                        + String(repeating: " ", count: 90))
                while try await server.request("POST", "/tokenize", #"{"prompt": "a"}"#).status != 429 {
                    try await Task.sleep(for: .milliseconds(2))
                }
            }
            while try await server.request("POST", "/tokenize", #"{"prompt": "a"}"#).status != 200 {
                try await Task.sleep(for: .milliseconds(2))
            }
        }
    }

    @Test func `a connection over the limit waits until another one ends`() async throws {
        try await RunningServer.with(configure: { $0.limits.connectionsMax = 2 }) { server in
            final class Flag: Sendable { let isSet = Mutex(false) }
            let answered = Flag()
            try await WireClient.with(port: server.port) { first in
                #expect(try await first.request("GET", "/health").status == 200)
                let waiting = try await WireClient.with(port: server.port) { second in
                    #expect(try await second.request("GET", "/health").status == 200)
                    let waiting = Task {
                        let status = try await server.request("GET", "/health").status
                        answered.isSet.withLock { $0 = true }
                        return status
                    }
                    try await Task.sleep(for: .milliseconds(100))
                    #expect(answered.isSet.withLock { $0 } == false)
                    return waiting
                }
                #expect(try await waiting.value == 200)
            }
        }
    }

    @Test func `keys open what they guard, and nothing else does`() async throws {
        try await RunningServer.with(configure: { $0.apiKeys = ["first", "second"] }) { server in
            for path in ["/v1/models", "/v1/models/alphabet"] {
                #expect(try await server.request("GET", path).status == 401)
                for key in ["first", "second"] {
                    let response = try await server.request(
                        "GET", path, headers: ["Authorization": "Bearer \(key)"])
                    #expect(response.status == 200)
                }
            }
            for path in ["/v1/completions", "/v1/chat/completions", "/tokenize", "/detokenize"] {
                for value in ["Bearer firs", "Bearer firstfirst", "Bearer ", "first", "Basic first"] {
                    let response = try await server.request(
                        "POST", path, "{}", headers: ["Authorization": value])
                    #expect(response.status == 401)
                    #expect(response.json?["error"]?["code"] == "invalid_api_key")
                    #expect(response.headers["www-authenticate"] == "Bearer")
                }
            }
            for path in ["/health", "/ping", "/metrics", "/version"] {
                #expect(try await server.request("GET", path).status == 200)
            }
        }
    }

    @Test func `a request's id is echoed if it is fit, and made if not`() async throws {
        try await RunningServer.with { server in
            let own = try await server.request("GET", "/health", headers: ["X-Request-Id": "my-id-7"])
            #expect(own.headers["x-request-id"] == "my-id-7")
            let long = String(repeating: "x", count: 200)
            let made = try await server.request("GET", "/health", headers: ["X-Request-Id": long])
            #expect(made.headers["x-request-id"]?.hasPrefix("req-") == true)
        }
    }

    @Test func `a connection serves one request after another, streams among them`() async throws {
        try await RunningServer.with { server in
            try await WireClient.with(port: server.port) { client in
                for stream in ["false", "true", "false", "true"] {
                    let response = try await client.request(
                        "POST", "/v1/completions", #"{"prompt": "v", "stream": \#(stream)}"#)
                    #expect(response.status == 200)
                    #expect(response.body.contains(#""finish_reason":"stop""#))
                }
                #expect(try await client.request("GET", "/nowhere").status == 404)
                #expect(try await client.request("HEAD", "/health").status == 200)
                #expect(try await client.request("GET", "/health").status == 200)
            }
        }
    }

    @Test func `metrics have vLLM's names and count what happened`() async throws {
        try await RunningServer.with { server in
            _ = try await server.request("POST", "/v1/completions", #"{"prompt": "v"}"#)
            _ = try await server.request("GET", "/nowhere")
            let metrics = try await server.request("GET", "/metrics")
            #expect(metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            let lines = metrics.body.split(separator: "\n").map(String.init)
            let labels = #"{model_name="alphabet",engine="0"}"#
            #expect(lines.contains("vllm:generation_tokens_total\(labels) 5.0"))
            #expect(lines.contains("vllm:prompt_tokens_total\(labels) 1.0"))
            #expect(lines.contains("# TYPE vllm:time_to_first_token_seconds histogram"))
            #expect(lines.contains("vllm:time_to_first_token_seconds_count\(labels) 1.0"))
            #expect(
                lines.contains(
                    "vllm:time_to_first_token_seconds_bucket"
                        + #"{model_name="alphabet",engine="0",le="+Inf"} 1.0"#
                ))
            #expect(
                lines.contains(
                    "vllm:request_success_total"
                        + #"{model_name="alphabet",engine="0",finished_reason="stop"} 1.0"#
                ))
            #expect(
                lines.contains(
                    #"http_requests_total{handler="/v1/completions",method="POST",status="200"} 1.0"#))
            #expect(lines.contains(#"http_requests_total{handler="unknown",method="GET",status="404"} 1.0"#))
            #expect(lines.contains { $0.hasPrefix("process_resident_memory_bytes ") })
        }
    }
}
