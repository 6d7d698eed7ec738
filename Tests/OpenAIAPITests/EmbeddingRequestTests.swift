import Embedding
import JSON
import OpenAIAPI
import ServingFixtures
import Testing

struct EmbeddingRequestTests {
    private static func answer(_ body: JSONValue, _ catalog: ModelCatalog? = nil) async throws -> JSONValue {
        let catalog = try catalog ?? Fixtures.catalog()
        let request = try EmbeddingRequest(parsing: body, catalog: catalog, limits: APILimits())
        let rows = try await request.model.embedder.submit(request.sequences).rows()
        return try JSONValue(parsing: request.response(rows, id: "embd-1", created: 7))
    }

    @Test func `texts and token ids, one or many, become vectors in order, with true usage`() async throws {
        let one = try await Self.answer(["model": "letters", "input": "abba"])
        #expect(one["object"] == "list" && one["model"] == "letters" && one["id"] == "embd-1")
        #expect(one["usage"] == ["prompt_tokens": 4, "total_tokens": 4])
        #expect(one["data"]?[0]?["object"] == "embedding" && one["data"]?[0]?["index"] == 0)
        #expect(one["data"]?[0]?["embedding"] == [2.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0])
        let many = try await Self.answer(["input": ["h", "gg", "é"]])
        let vectors = try #require(many["data"]?.arrayValue).map { $0["embedding"]?.arrayValue?.suffix(2) }
        #expect(vectors == [[0.0, 1.0], [2.0, 0.0], [0.0, 0.0]])
        #expect(many["usage"]?["prompt_tokens"] == 5)
        let ids = try await Self.answer(["input": [97, 98]])
        #expect(ids["data"]?.arrayValue?.count == 1 && ids["data"]?[0]?["embedding"]?[1] == 1.0)
        let lists = try await Self.answer(["input": [[97], [98, 98]], "model": "text-embedding-ada-002"])
        #expect(lists["data"]?[1]?["embedding"]?[1] == 2.0 && lists["usage"]?["total_tokens"] == 3)
    }

    @Test func `base 64 holds the same numbers as little-endian floats`() async throws {
        let answer = try await Self.answer(["input": "a", "encoding_format": "base64"])
        // 1.0 is 00 00 80 3f, and 28 bytes of zeros follow.
        let text = try #require(answer["data"]?[0]?["embedding"]?.stringValue)
        #expect(text == "AACAPw" + String(repeating: "A", count: 37) + "=")
    }

    @Test func `dimensions cut vectors and bring them to length 1 again`() async throws {
        let cut = try await Self.answer(["input": "aaabbbbh", "dimensions": 2])
        let numbers = try #require(cut["data"]?[0]?["embedding"]?.arrayValue).compactMap(\.doubleValue)
        #expect(numbers.count == 2 && abs(numbers[0] - 0.6) < 1e-6 && abs(numbers[1] - 0.8) < 1e-6)
        let raw = try await Self.answer(["input": "aaabbbbh", "dimensions": 2, "normalize": false])
        #expect(raw["data"]?[0]?["embedding"] == [3.0, 4.0])
        let whole = try await Self.answer(["input": "aaabbbb", "dimensions": 8])
        #expect(whole["data"]?[0]?["embedding"]?[1] == 4.0)
        let unit = try await Self.answer(["input": "aaabbbb", "normalize": true])
        #expect(abs((unit["data"]?[0]?["embedding"]?[0]?.doubleValue ?? 0) - 0.6) < 1e-6)
    }

    @Test func `a text over the context is refused with both figures, and cut on request`() async throws {
        let long = String(repeating: "a", count: 40)
        let error = await #expect(throws: APIError.self) {
            try await Self.answer(["input": ["x", .string(long)]])
        }
        #expect(error?.status == 400 && error?.code == "context_length_exceeded")
        let message = error?.message ?? ""
        #expect(message.contains("32 tokens") && message.contains("input[1] has 40"))
        let cut = try await Self.answer(["input": .string(long), "truncate_prompt_tokens": -1])
        #expect(cut["data"]?[0]?["embedding"]?[0] == 32.0)
        let short = try await Self.answer(["input": ["aab", "b"], "truncate_prompt_tokens": 2])
        #expect(short["data"]?[0]?["embedding"]?[0] == 2.0 && short["usage"]?["prompt_tokens"] == 3)
    }

    @Test(
        arguments: [
            (["model": "letters"], "input"), (["input": []], "input"), (["input": [""]], "input"),
            (["input": ["a", 1]], "input"), (["input": [300]], "input"), (["input": 7], "input"),
            (["input": "a", "dimensions": 9], "dimensions"), (["input": "a", "dimensions": 0], "dimensions"),
            (["input": "a", "encoding_format": "hex"], "encoding_format"),
            (["input": "a", "truncate_prompt_tokens": 33], "truncate_prompt_tokens"),
            (["input": "a", "truncate_prompt_tokens": 0], "truncate_prompt_tokens"),
            (["input": "a", "model": "alphabet"], "model"), (["input": "a", "model": "pairs"], "model"),
            (["messages": [], "input": "a"], "messages"),
        ] as [(JSONValue, String)])
    func `what cannot be is refused with the parameter`(_ body: JSONValue, _ parameter: String) async throws {
        let error = await #expect(throws: APIError.self) { try await Self.answer(body) }
        #expect(error?.status == 400)
        #expect(error?.parameter?.hasPrefix(parameter) == true, "\(error?.message ?? "")")
    }

    @Test func `a model that does something else is told from one that is not there`() throws {
        let catalog = try Fixtures.catalog()
        func refusal(_ body: () throws -> Void) -> APIError? {
            #expect(throws: APIError.self) { try body() }
        }
        let chat = refusal {
            _ = try ChatCompletionRequest(
                parsing: ["model": "letters", "messages": [["role": "user", "content": "x"]]],
                catalog: catalog,
                limits: APILimits())
        }
        #expect(chat?.status == 400 && chat?.code == "model_not_supported")
        #expect(chat?.message.contains("`alphabet`") == true)
        let vectors = refusal {
            _ = try EmbeddingRequest(
                parsing: ["model": "alphabet", "input": "x"], catalog: catalog, limits: APILimits())
        }
        #expect(vectors?.code == "model_not_supported" && vectors?.message.contains("`letters`") == true)
        let unknown = refusal {
            _ = try EmbeddingRequest(
                parsing: ["model": "nobody", "input": "x"], catalog: catalog, limits: APILimits())
        }
        #expect(unknown?.status == 404 && unknown?.code == "model_not_found")
        let chatOnly = ModelCatalog([try Fixtures.model()])
        let none = refusal {
            _ = try EmbeddingRequest(parsing: ["input": "x"], catalog: chatOnly, limits: APILimits())
        }
        #expect(none?.message.contains("needletail serve MODEL --model PATH") == true)
        let encodersOnly = ModelCatalog([], embedders: [try Fixtures.embedder()])
        let noChat = refusal { _ = try encodersOnly.model(named: nil) }
        #expect(noChat?.code == "model_not_supported")
    }

    @Test func `every model is listed, and an encoder's tokenizer is served too`() throws {
        let catalog = try Fixtures.catalog()
        #expect(
            catalog.list()["data"]?.arrayValue?.map { $0["id"] } == [
                "alphabet", "team/alphabet", "letters", "text-embedding-ada-002", "pairs",
            ])
        #expect(try catalog.card(named: "letters")["max_model_len"] == 32)
        let request = try TokenizeRequest(
            parsing: ["model": "letters", "prompt": "ab"], catalog: catalog, limits: APILimits())
        #expect(try request.response()["tokens"] == [97, 98])
        #expect(try request.response()["max_model_len"] == 32)
    }
}
