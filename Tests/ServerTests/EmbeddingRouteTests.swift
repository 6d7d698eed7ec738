import JSON
import OpenAIAPI
import Server
import ServingFixtures
import Testing

@Suite(.timeLimit(.minutes(1)))
struct EmbeddingRouteTests {
    @Test func `vectors, ranks and scores are at every path that clients know`() async throws {
        try await RunningServer.with(embedders: Self.embedders()) { server in
            for path in [
                "/v1/embeddings", "/v1/engines/letters/embeddings", "/v1/engines/letters/embeddings/",
            ] {
                let answer = try await server.request("POST", path, #"{"input": ["ab", "h"]}"#)
                #expect(answer.status == 200 && answer.headers["content-type"] == "application/json")
                #expect(answer.json?["data"]?[1]?["embedding"]?[7] == 1.0)
                #expect(answer.json?["id"]?.stringValue?.hasPrefix("embd-") == true)
            }
            for path in ["/rerank", "/v1/rerank", "/v2/rerank"] {
                let answer = try await server.request(
                    "POST", path, #"{"query": "a", "documents": ["b", "a"]}"#)
                #expect(answer.json?["results"]?[0]?["index"] == 1)
            }
            for path in ["/score", "/v1/score"] {
                let answer = try await server.request("POST", path, #"{"text_1": "a", "text_2": "b"}"#)
                #expect(answer.json?["data"]?[0]?["score"] == 0.5)
            }
            let metrics = try await server.request("GET", "/metrics")
            #expect(metrics.body.contains(#"needletail_embedding_sequences_total{model_name="letters"} 6"#))
            #expect(metrics.body.contains("/v1/rerank"))
        }
    }

    @Test(
        arguments: [
            ("GET", "/v1/embeddings", nil, 405, "method_not_allowed"),
            ("GET", "/v1/engines/letters/embeddings", nil, 405, "method_not_allowed"),
            ("POST", "/v1/engines//embeddings", "{}", 404, "unknown_url"),
            ("POST", "/v1/engines/x/embeddings", #"{"input": "a"}"#, 404, "model_not_found"),
            ("POST", "/v1/embeddings", #"{"input": "a", "model": "alphabet"}"#, 400, "model_not_supported"),
            ("POST", "/v1/completions", #"{"prompt": "a", "model": "letters"}"#, 400, "model_not_supported"),
            ("POST", "/v1/embeddings", #"{"input": "a", "dimensions": 9}"#, 400, "invalid_value"),
            ("POST", "/v1/rerank", #"{"query": "a"}"#, 400, "invalid_value"),
        ] as [(String, String, String?, Int, String)])
    func `what cannot be is an error object`(
        _ method: String, _ path: String, _ body: String?, _ status: Int, _ code: String
    ) async throws {
        try await RunningServer.with(embedders: Self.embedders()) { server in
            let answer = try await server.request(method, path, body)
            #expect(answer.status == status)
            #expect(answer.json?["error"]?["code"] == .string(code))
        }
    }

    @Test func `a key is asked for`() async throws {
        try await RunningServer.with(embedders: Self.embedders(), configure: { $0.apiKeys = ["k"] }) {
            server in
            for path in ["/v1/embeddings", "/rerank", "/score", "/v1/engines/letters/embeddings"] {
                let answer = try await server.request("POST", path, "{}")
                #expect(answer.status == 401)
            }
        }
    }

    private static func embedders() throws -> [ServedEmbedder] {
        [try Fixtures.embedder(), try Fixtures.embedder(scoresPairs: true)]
    }
}
