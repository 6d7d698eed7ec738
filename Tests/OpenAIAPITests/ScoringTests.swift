import Embedding
import Glibc
import JSON
import OpenAIAPI
import ServingFixtures
import Testing

/// `/rerank` and `/score`, by a model that reads pairs and by cosines.
struct ScoringTests {
    private static func rows(_ scoring: PairScoring) async throws -> [ArraySlice<Float>] {
        try await scoring.model.embedder.submit(scoring.sequences).rows()
    }

    private static func rerank(_ body: JSONValue, _ catalog: ModelCatalog? = nil) async throws -> JSONValue {
        let catalog = try catalog ?? Fixtures.catalog()
        let request = try RerankRequest(parsing: body, catalog: catalog, limits: APILimits())
        return request.response(try await rows(request.scoring), id: "rerank-1")
    }

    private static func score(_ body: JSONValue) async throws -> JSONValue {
        let request = try ScoreRequest(parsing: body, catalog: Fixtures.catalog(), limits: APILimits())
        return request.response(try await rows(request.scoring), id: "score-1", created: 7)
    }

    private static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    @Test func `documents come by relevance, with their index and text, equal ones in their order`()
        async throws
    {
        let answer = try await Self.rerank([
            "query": "ab", "documents": ["xa", ["text": "abab"], "", "ya"],
        ])
        #expect(answer["model"] == "pairs" && answer["id"] == "rerank-1")
        let results = try #require(answer["results"]?.arrayValue)
        #expect(results.map { $0["index"] } == [1, 0, 3, 2])
        #expect(results[0]["document"]?["text"] == "abab")
        #expect(results[0]["relevance_score"]?.doubleValue == Self.sigmoid(4))
        #expect(results[3]["relevance_score"]?.doubleValue == Self.sigmoid(0))
        // The query counts once for each document.
        #expect(answer["usage"]?["total_tokens"] == 16)
    }

    @Test func `top_n keeps the best, and texts are left out on request`() async throws {
        let answer = try await Self.rerank([
            "query": "a", "documents": ["b", "a", "aa"], "top_n": 2, "return_documents": false,
        ])
        let results = try #require(answer["results"]?.arrayValue)
        #expect(results.map { $0["index"] } == [2, 1])
        #expect(results.allSatisfy { $0["document"] == nil })
        let all = try await Self.rerank(["query": "a", "documents": ["b", "a"], "top_n": 99])
        #expect(all["results"]?.arrayValue?.count == 2)
    }

    @Test func `a model of vectors ranks by cosine`() async throws {
        let answer = try await Self.rerank([
            "model": "letters", "query": "aab", "documents": ["c", "aab", "a"],
        ])
        let results = try #require(answer["results"]?.arrayValue)
        #expect(results.map { $0["index"] } == [1, 2, 0])
        #expect(abs((results[0]["relevance_score"]?.doubleValue ?? 0) - 1) < 1e-12)
        #expect(abs((results[1]["relevance_score"]?.doubleValue ?? 0) - 2 / 5.0.squareRoot()) < 1e-7)
    }

    @Test func `scores may be left as they are`() async throws {
        let pairs = try Fixtures.embedder(scoresPairs: true, hasSigmoid: false)
        let catalog = ModelCatalog([], embedders: [pairs])
        let answer = try await Self.rerank(["query": "ab", "documents": ["aab"]], catalog)
        #expect(answer["results"]?[0]?["relevance_score"] == 3.0)
    }

    @Test func `one text is scored with many, and many in pairs`() async throws {
        let one = try await Self.score(["text_1": "ab", "text_2": ["a", "ab", "x"]])
        #expect(one["object"] == "list" && one["model"] == "pairs" && one["created"] == 7)
        let data = try #require(one["data"]?.arrayValue)
        #expect(data.map { $0["index"] } == [0, 1, 2] && data.allSatisfy { $0["object"] == "score" })
        #expect(data.map { $0["score"]?.doubleValue } == [1, 2, 0].map(Self.sigmoid))
        let pairs = try await Self.score(["model": "letters", "text_1": ["a", "b"], "text_2": ["a", "a"]])
        #expect(pairs["data"]?.arrayValue?.map { $0["score"] } == [1.0, 0.0])
        let single = try await Self.score(["queries": "ab", "documents": "ba"])
        #expect(single["data"]?[0]?["score"]?.doubleValue == Self.sigmoid(2))
    }

    @Test(
        arguments: [
            (["documents": ["a"]], "query"), (["query": "a"], "documents"),
            (["query": "a", "documents": []], "documents"), (["query": "a", "documents": [1]], "documents"),
            (["query": "a", "documents": ["b"], "top_n": -1], "top_n"),
            (["query": "a", "documents": ["b"], "model": "alphabet"], "model"),
            (["query": .string(String(repeating: "a", count: 32)), "documents": ["b"]], "query"),
        ] as [(JSONValue, String)])
    func `what cannot be ranked is refused with the parameter`(
        _ body: JSONValue, _ parameter: String
    ) async throws {
        let error = await #expect(throws: APIError.self) { try await Self.rerank(body) }
        #expect(error?.status == 400)
        #expect(error?.parameter?.hasPrefix(parameter) == true, "\(error?.message ?? "")")
    }

    @Test func `a pair that is too long loses the longer text's end on request`() async throws {
        let long = JSONValue.string(String(repeating: "a", count: 50))
        let answer = try await Self.rerank([
            "query": "ab", "documents": [long], "truncate_prompt_tokens": -1,
        ])
        #expect(answer["usage"]?["total_tokens"] == 32)
        #expect(answer["results"]?[0]?["relevance_score"]?.doubleValue == Self.sigmoid(30))
    }

    @Test func `a long query with many documents is read once`() async throws {
        // Read with each document, it would take minutes.
        let query = String(repeating: "ab", count: 500_000)
        let elapsed = try await ContinuousClock().measure {
            let answer = try await Self.rerank([
                "query": .string(query), "documents": .array(Array(repeating: "ab", count: 2000)),
                "truncate_prompt_tokens": -1,
            ])
            #expect(answer["usage"]?["total_tokens"] == 64_000)
        }
        #expect(elapsed < .seconds(30))
    }

    @Test func `sides that do not match are refused`() async throws {
        let error = await #expect(throws: APIError.self) {
            try await Self.score(["text_1": ["a", "b"], "text_2": ["a", "b", "c"]])
        }
        #expect(error?.parameter == "text_1" && error?.message.contains("3, not 2") == true)
        await #expect(throws: APIError.self) { try await Self.score(["text_1": "a"]) }
        await #expect(throws: APIError.self) { try await Self.score(["text_1": "a", "text_2": [1]]) }
    }
}
