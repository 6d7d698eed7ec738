import JSON
import OpenAIAPI
import ServingFixtures
import Testing
import Tokenizers

struct TokenizeTests {
    private static func tokenize(_ body: JSONValue) throws -> JSONValue {
        try TokenizeRequest(parsing: body, catalog: ModelCatalog([Fixtures.model()]), limits: APILimits())
            .response()
    }

    @Test func `a text becomes ids, with their texts if wanted`() throws {
        #expect(
            try Self.tokenize(["prompt": "aé<|end|>", "return_token_strs": true]) == [
                "count": 4, "max_model_len": 512, "tokens": [97, 195, 169, 256],
                "token_strs": ["a", "\u{FFFD}", "\u{FFFD}", "<|end|>"],
            ])
        #expect(try Self.tokenize(["prompt": "a"])["token_strs"] == .some(.null))
    }

    @Test func `a conversation becomes the ids of what the template writes`() throws {
        let messages: JSONValue = [["role": "user", "content": "x"]]
        let tokens = try Self.tokenize(["messages": messages])["tokens"]
        let text = try DetokenizeRequest(
            parsing: ["tokens": tokens ?? nil], catalog: ModelCatalog([Fixtures.model()]), limits: APILimits()
        ).response()
        #expect(text == ["prompt": "user: x\nassistant:"])
        #expect(try Self.tokenize(["messages": messages, "add_generation_prompt": false])["count"] == 8)
    }

    @Test func `ids become text`() throws {
        let request = try DetokenizeRequest(
            parsing: ["tokens": [195, 169, 256]], catalog: ModelCatalog([Fixtures.model()]),
            limits: APILimits())
        #expect(request.response() == ["prompt": "é<|end|>"])
        #expect(throws: APIError.self) {
            try DetokenizeRequest(
                parsing: ["tokens": [257]], catalog: ModelCatalog([Fixtures.model()]), limits: APILimits())
        }
    }

    @Test func `a final message is continued where its text ends`() throws {
        let body: JSONValue = [
            "messages": [["role": "user", "content": "x"], ["role": "assistant", "content": "Once "]],
            "continue_final_message": true,
        ]
        let model = try Fixtures.model()
        let request = try ChatCompletionRequest(
            parsing: body, catalog: ModelCatalog([model]), limits: APILimits())
        let tokens = try model.tokens(of: request.prompt)
        #expect(model.tokenizer.decode(tokens, skipSpecialTokens: false) == "user: x\nassistant: Once ")
    }

    @Test func `models are listed under every name`() throws {
        let catalog = ModelCatalog([try Fixtures.model()])
        #expect(catalog.list()["data"]?.arrayValue?.map { $0["id"] } == ["alphabet", "team/alphabet"])
        #expect(
            try catalog.card(named: "team/alphabet") == [
                "id": "team/alphabet", "object": "model", "created": 1_700_000_000, "owned_by": "needletail",
                "root": "alphabet", "parent": nil, "max_model_len": 512,
            ])
    }
}
